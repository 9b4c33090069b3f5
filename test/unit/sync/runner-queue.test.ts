import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../../daemon/core/events.ts";
import type { Snapshot } from "../../../daemon/core/snapshot.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { createRunner } from "../../../daemon/sync/runner.ts";
import { field, link, ORIGIN, row } from "./bench.ts";
import { memoryTracker } from "./memory-tracker.ts";

test("T36 a run that is asked for while its link is running comes after that one, and the log says that it waits", async () => {
  const store = openSqliteStore(":memory:", { now: () => 0 });
  const events: Event[] = [];
  const config = link([row("name", "name")]);
  const endpoint = (name: string) => ({
    ...{ name, type: "memory", settings: {}, secret: null, origin: ORIGIN, schemas: {} },
  });
  const connection = { name: "t", description: "", links: [config], origin: ORIGIN };
  const snapshot: Snapshot = {
    ...{ revision: "r", digest: "", rules: null, warnings: [] },
    connections: [{ ...connection, left: endpoint("l"), right: endpoint("r") }],
  };
  const tracker = () => memoryTracker([field("name"), field("partner", { kind: "number" })], 1);
  const trackers: Record<string, ReturnType<typeof tracker>> = { l: tracker(), r: tracker() };
  const runner = createRunner({
    source: { lease: () => ({ snapshot, release: () => undefined }) },
    open: async (_connection, { name }) => ({ connector: trackers[name] ?? tracker(), requests: () => 0 }),
    ...{
      store,
      emit: (event) => void events.push(event),
      now: () => 0,
      newId: () => "id",
      wait: async () => undefined,
    },
    signal: new AbortController().signal,
    fail: (error) => {
      throw error;
    },
  });
  const request = { link: config.key, full: false, dryRun: false, due: null };
  const first = runner.run({ ...request, reason: "first" });
  const second = runner.run({ ...request, reason: "command line" });
  assert.deepEqual(
    events.filter(({ event }) => event === "run.queued"),
    [{ event: "run.queued", link: "t/defects", reason: "command line" }],
  );
  await Promise.all([first, second]);
  const order = events.flatMap((e) =>
    e.event === "run.started" ? [e.reason] : e.event === "run.ended" ? ["ended"] : [],
  );
  assert.deepEqual(order, ["first", "ended", "command line", "ended"]);
  await runner.run({ ...request, reason: "later" });
  assert.equal(events.filter(({ event }) => event === "run.queued").length, 1);
  store.close();
});
