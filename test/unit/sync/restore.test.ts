import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { backUpState } from "../../../daemon/state/backup.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { findDrift } from "../../../daemon/sync/look/drift.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";
import { lookAt } from "./looking.ts";

const FIELDS = [field("name", { required: true }), field("sev")];
const SHORT = [field("name", { required: true, maxLength: { size: 8, unit: "characters" } }), field("sev")];
const FILES = { store: "links.sqlite", document: "daemon.json", lastGood: "last-good" };

/** A bench whose memory is on the disk, with `count` pairs in step, and a backup of it. */
async function yesterday(t: TestContext, b: Bench, count: number): Promise<() => void> {
  const root = mkdtempSync(join(tmpdir(), "syncline-restore-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "state"));
  const file = join(root, "state", FILES.store);
  b.store = openSqliteStore(file, { now: () => 0 });
  for (let i = 0; i < count; i++) b.left.add({ name: `n${i}`, sev: "1" });
  await b.run();
  await backUpState(join(root, "state"), join(root, "copy"), FILES);
  b.pass(24 * 60);
  return () => {
    b.store.close();
    b.store = openSqliteStore(join(root, "copy", FILES.store), { now: () => 0 });
    t.after(() => b.store.close());
  };
}

function content(b: Bench): string {
  return JSON.stringify([[...b.left.rows], [...b.right.rows]].map((rows) => rows.map(([id, r]) => [id, r.fields])));
}

test("a restore one day old loses nothing and doubles nothing: creations are found by their markers, edits by comparing; the second run is empty", async (t) => {
  const b = bench(FIELDS, FIELDS, link([row("name", "name"), row("sev", "sev")]));
  const restore = await yesterday(t, b, 20);
  b.left.add({ name: "made since, left" });
  b.right.add({ name: "made since, right" });
  b.left.edit("1", { name: "edited left" });
  b.right.edit("1002", { name: "edited right" });
  b.left.edit("3", { sev: "5" });
  b.right.edit("1003", { name: "and the other side's field" });
  await b.run();
  b.pass(60);
  b.left.edit("1", { name: "edited left twice" });
  b.right.edit("1003", { sev: "6" });
  await b.run();
  b.pass(60);
  const before = content(b);
  restore();
  // Edits that no run has seen before the disk died.
  b.left.edit("5", { sev: "7" });
  b.right.edit("1006", { sev: "8" });
  b.left.add({ name: "made after the last run" });
  const writes = b.writes();
  const report = await b.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(report.paired, 2);
  assert.equal(b.right.rows.get("1005")?.fields["sev"], "7");
  assert.equal(b.left.rows.get("6")?.fields["sev"], "8");
  assert.equal(b.left.rows.size, 23);
  assert.equal(b.right.rows.size, 23);
  assert.ok(b.writes() - writes <= 4, "one write an edit, and a new record with its marker");
  const known = JSON.parse(before) as [string, Record<string, unknown>][][];
  for (const [i, rows] of known.entries()) {
    for (const [id, fields] of rows) {
      if (["5", "6", "1005", "1006"].includes(id)) continue;
      assert.deepEqual((i === 0 ? b.left : b.right).rows.get(id)?.fields, fields, id);
    }
  }
  b.pass(5);
  const settled = b.writes();
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), settled);
  assert.deepEqual((await findDrift(await lookAt(b), 10)).items, []);
});

for (const conflict of ["left", "right", "newest"] as const) {
  test(`a restore one day old does not bring a cut text back to the side that has it whole (conflict = ${conflict})`, async (t) => {
    const b = bench(FIELDS, SHORT, link([row("name", "name", { conflict }), row("sev", "sev", { conflict })]));
    const restore = await yesterday(t, b, 3);
    b.left.edit("1", { name: "edited and much too long for the other side" });
    await b.run();
    b.pass(60);
    const before = content(b);
    restore();
    await b.run();
    b.pass(5);
    await b.run({ full: true });
    assert.equal(content(b), before);
  });
}
