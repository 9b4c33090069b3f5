import assert from "node:assert/strict";
import { test } from "node:test";
import { getTasks } from "node-cron";
import { cronTicker } from "../../../daemon/triggers/ticker.ts";

test("node-cron ticks every second, says nothing on the console, and leaves no task behind", async (context) => {
  const printed = ["log", "info", "warn", "error", "debug"].map((name) =>
    context.mock.method(console, name as "log", () => undefined),
  );
  const failures: unknown[] = [];
  const second = Promise.withResolvers<void>();
  let ticks = 0;
  const ticking = cronTicker((error) => failures.push(error))(() => {
    if (++ticks === 2) second.resolve();
    if (ticks === 1) throw new Error("a tick that throws");
  });
  await second.promise;
  ticking.stop();
  assert.equal(getTasks().size, 0);
  assert.ok(printed.every((method) => method.mock.callCount() === 0));
  assert.equal(failures.length, 1);
});
