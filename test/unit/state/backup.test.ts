import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Pair, RunReport } from "../../../daemon/core/store.ts";
import { backUpState } from "../../../daemon/state/backup.ts";
import { runsBeginning } from "../../../daemon/state/run-ids.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";

const FILES = { store: "links.sqlite", document: "daemon.json", lastGood: "last-good" };

function folder(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "syncline-backup-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function pair(id: number): Pair {
  const base = { left: { name: "a".repeat(200) }, right: {}, toRight: {}, toLeft: {} };
  return {
    id: `p${id}`,
    left: `${id}`,
    right: `${1000 + id}`,
    base,
    leftVersion: "1",
    rightVersion: "1",
    held: [],
    revision: "rev1",
  };
}

test("a backup is one consistent moment of a store that is being written, with the document and the content that it names", async (t) => {
  const root = folder(t);
  const state = join(root, "state");
  mkdirSync(join(state, "last-good"), { recursive: true });
  mkdirSync(join(state, "secrets"));
  writeFileSync(join(state, "secrets", "alm"), "password = 'x'");
  writeFileSync(join(state, "control.json"), "{}");
  writeFileSync(
    join(state, "daemon.json"),
    JSON.stringify({ format: 1, data: { publish: { active: { revision: "r", digest: "abc123" } } } }),
  );
  writeFileSync(join(state, "last-good", "abc123.tree"), "content");
  const store = openSqliteStore(join(state, FILES.store), { now: () => 0 });
  // Two links are always written together: a backup between the two commits of a round may have one more of the first.
  const rounds = { written: 0, over: false };
  const write = (async () => {
    while (!rounds.over) {
      store.link("t/a").commit({ pairs: [pair(rounds.written)], doneIntents: [] });
      rounds.written++;
      await new Promise(setImmediate);
    }
  })();
  const files = await backUpState(state, join(root, "copy"), FILES);
  rounds.over = true;
  await write;
  assert.deepEqual(
    files.map((f) => f.name),
    ["daemon.json", "last-good/abc123.tree", "links.sqlite"],
  );
  assert.deepEqual(readdirSync(join(root, "copy")).sort(), ["daemon.json", "last-good", "links.sqlite"]);
  assert.equal(readFileSync(join(root, "copy", "last-good", "abc123.tree"), "utf8"), "content");
  store.link("t/a").commit({ pairs: [pair(999_999)] });
  store.close();
  const copy = openSqliteStore(join(root, "copy", FILES.store), { now: () => 0 });
  const kept = copy.link("t/a").pairPage("left", null, 10_000).length;
  assert.equal(copy.link("t/a").pairCount(), kept);
  assert.ok(kept <= rounds.written);
  copy.link("t/a").commit({ pairs: [pair(1_000_000)] });
  copy.close();
});

test("a backup never overwrites: a folder that is not empty is refused", async (t) => {
  const root = folder(t);
  mkdirSync(join(root, "copy"));
  writeFileSync(join(root, "copy", "links.sqlite"), "yesterday");
  await assert.rejects(backUpState(root, join(root, "copy"), FILES), /not empty/);
  assert.equal(readFileSync(join(root, "copy", "links.sqlite"), "utf8"), "yesterday");
});

test("E127 a run is found by the beginning of its id", (t) => {
  const file = join(folder(t), "links.sqlite");
  const store = openSqliteStore(file, { now: () => 0 });
  for (const [i, run] of ["aa11", "aa22", "bb33"].entries())
    store.saveReport({ run, link: "t/a", started: i } as unknown as RunReport);
  assert.deepEqual(runsBeginning(file, "aa", 5), ["aa22", "aa11"]);
  assert.deepEqual(runsBeginning(file, "bb33", 5), ["bb33"]);
  assert.deepEqual(runsBeginning(file, "c", 5), []);
  assert.deepEqual(runsBeginning(file, "%", 5), []);
  store.close();
});
