import assert from "node:assert/strict";
import { test } from "node:test";
import { mapAfterFirst, mapLimit } from "../../../daemon/lib/concurrency.ts";
import { createRedactor } from "../../../daemon/lib/redact.ts";
import { sleep } from "../../../daemon/lib/sleep.ts";

test("sleep ends with the signal's own reason", async () => {
  const reason = new Error("enough");
  const abort = new AbortController();
  const sleeping = sleep(60_000, abort.signal);
  abort.abort(reason);
  await assert.rejects(sleeping, (error) => error === reason);
  await assert.rejects(sleep(1, abort.signal), (error) => error === reason);
  await sleep(1, new AbortController().signal);
});

test("mapLimit keeps the order and the limit", async () => {
  const state = { running: 0, most: 0 };
  const results = await mapLimit(
    [5, 1, 4, 2, 3],
    2,
    async (n, index) => {
      state.running += 1;
      state.most = Math.max(state.most, state.running);
      for (let i = 0; i < n; i++) await Promise.resolve();
      state.running -= 1;
      return `${index}:${n}`;
    },
    new AbortController().signal,
  );
  assert.deepEqual(results, ["0:5", "1:1", "2:4", "3:2", "4:3"]);
  assert.equal(state.most, 2);
});

test("mapLimit starts nothing after a failure and waits for what runs", async () => {
  const done: number[] = [];
  const failing = mapLimit(
    [1, 2, 3, 4],
    2,
    async (n) => {
      if (n === 1) throw new Error("first");
      await new Promise((resolve) => setImmediate(resolve));
      done.push(n);
    },
    new AbortController().signal,
  );
  await assert.rejects(failing, /first/);
  assert.deepEqual(done, [2]);
});

test("mapAfterFirst has the first by itself, and keeps the order, the places and the limit", async () => {
  const log: string[] = [];
  const work = async (n: number, index: number) => {
    log.push(`begin ${index}`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`end ${index}`);
    return `${index}:${n}`;
  };
  const { signal } = new AbortController();
  assert.deepEqual(await mapAfterFirst([7, 8, 9], 2, work, signal), ["0:7", "1:8", "2:9"]);
  assert.deepEqual(log, ["begin 0", "end 0", "begin 1", "begin 2", "end 1", "end 2"]);
  assert.deepEqual(await mapAfterFirst([], 2, work, signal), []);
});

test("mapLimit stops at an abort", async () => {
  const abort = new AbortController();
  const reason = new Error("stop");
  const started: number[] = [];
  const run = mapLimit(
    [1, 2, 3],
    1,
    async (n) => {
      started.push(n);
      abort.abort(reason);
    },
    abort.signal,
  );
  await assert.rejects(run, (error) => error === reason);
  assert.deepEqual(started, [1]);
  assert.deepEqual(await mapLimit([], 3, async () => 1, new AbortController().signal), []);
});

test("secrets are masked in every spelling", () => {
  const secret = 'p&ss wörd"<1>';
  const redact = createRedactor(() => [secret, "abc", "", "topsecret", "topsecretandmore"]);
  const spellings = [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ p: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ];
  for (const spelling of spellings) assert.equal(redact(`>${spelling}<`), ">***<");
  for (const user of ["a", "bc", "def", "ghij"]) {
    const masked = redact(`Basic ${Buffer.from(`${user}:topsecret`).toString("base64")}`);
    assert.match(masked, /\*\*\*/, user);
  }
  assert.equal(redact("abc stays, topsecretandmore goes"), "abc stays, *** goes");
});

test("a rotated secret counts at once", () => {
  const state = { secrets: ["first-one"] };
  const redact = createRedactor(() => state.secrets);
  assert.equal(redact("first-one second-one"), "*** second-one");
  state.secrets = ["second-one"];
  assert.equal(redact("first-one second-one"), "first-one ***");
});
