import assert from "node:assert/strict";
import { test } from "node:test";
import type { SideConfig } from "../../../daemon/core/snapshot.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";

const fields = [field("name", { required: true }), field("sev")];
const rows = [row("name", "name"), row("sev", "sev")];

/** Twenty pairs, of which nothing is out of step. */
async function paired(left: Partial<SideConfig>, right: Partial<SideConfig> = {}, count = 20): Promise<Bench> {
  const b = bench(fields, fields, link(rows, { left: side("l", left), right: side("r", right) }));
  for (let i = 0; i < count; i++) b.left.add({ name: `n${i}`, sev: "1" });
  await b.run();
  b.pass(10);
  return b;
}

const store = (b: Bench) => b.store.link("t/defects");

test("E31 S39 S40 deleted = nothing: the partner stays, nobody makes the record again, and the second run is empty", async () => {
  const b = await paired({ deleted: "nothing" });
  b.left.drop("3");
  await b.run({ full: true });
  assert.equal(b.right.rows.size, 20);
  assert.equal(b.left.rows.size, 19);
  b.right.edit("1003", { name: "edited" });
  const before = b.writes();
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

test("E31 S39 S41 deleted = delete: the partner goes with the record, and its values stay in the journal", async () => {
  const b = await paired({ deleted: "delete" });
  b.left.drop("3");
  const report = await b.run({ full: true });
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(report.counts["r"]?.deleted, 1);
  assert.equal(b.right.rows.has("1003"), false);
  assert.equal(store(b).pairCount(), 19);
  const journal = store(b).journal({ record: "1003", field: "name", limit: 1 });
  assert.equal(journal[0]?.kind, "delete");
  assert.equal(journal[0]?.before, "n2");
  const before = b.writes();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

test("E31 S39 S42 deleted = recreate: the record is made anew from its partner, which is not doubled", async () => {
  const b = await paired({ deleted: "recreate" });
  b.left.drop("3");
  await b.run({ full: true });
  assert.equal(b.left.rows.size, 20);
  assert.equal(b.right.rows.size, 20);
  const made = [...b.left.rows.values()].find((r) => r.fields["name"] === "n2");
  assert.equal(made?.fields["partner"], "1003");
  assert.equal(b.right.rows.get("1003")?.fields["partner"], String(made?.id));
  const before = b.writes();
  await b.run({ full: true });
  await b.run();
  assert.equal(b.writes(), before);
});

test("T17 a partner that was edited since both last agreed is not deleted: the edit would be lost", async () => {
  const b = await paired({ deleted: "delete" });
  b.right.edit("1003", { name: "precious" });
  b.left.drop("3");
  const report = await b.run({ full: true });
  assert.equal(b.right.rows.get("1003")?.fields["name"], "precious");
  assert.ok(report.messages.some((m) => m.record === "1003" && m.message.includes("edited")));
});

test("T16 hidden and moved records are not deleted ones", async () => {
  const b = await paired({ deleted: "delete" });
  b.left.hide("3", "hidden");
  b.left.hide("4", "outside");
  const report = await b.run({ full: true });
  assert.equal(b.right.rows.size, 20);
  assert.equal(store(b).pairCount(), 20);
  assert.ok(report.messages.some((m) => m.record === "3" && m.message.includes("not visible")));
  assert.ok(report.messages.some((m) => m.record === "4" && m.message.includes("moved")));
});

test("a deletion met in an incremental run, where the partner was edited, keeps the edit and says so", async () => {
  const b = await paired({ deleted: "delete" });
  b.left.drop("5");
  b.right.edit("1005", { name: "x" });
  const report = await b.run();
  assert.equal(b.right.rows.get("1005")?.fields["name"], "x");
  assert.ok(report.messages.some((m) => m.record === "1005"));
});

test("both sides deleted: the pair is forgotten", async () => {
  const b = await paired({ deleted: "delete" }, { deleted: "delete" });
  b.left.drop("3");
  b.right.drop("1003");
  await b.run({ full: true });
  assert.equal(store(b).pairCount(), 19);
});

test("B14 too many deletions stop the link before the first, say what would go, and go on once allowed", async () => {
  const b = await paired({ deleted: "delete" }, {}, 40);
  for (let i = 1; i <= 15; i++) b.left.drop(String(i));
  const report = await b.run({ full: true });
  assert.equal(report.status, "error");
  assert.equal(b.right.rows.size, 40);
  const stop = store(b).stop();
  assert.equal(stop?.brake, "delete");
  assert.equal(stop?.would.delete, 15);
  b.left.edit("20", { name: "waits" });
  await b.run();
  assert.notEqual(b.right.rows.get("1020")?.fields["name"], "waits", "a stopped link writes nothing");
  if (stop !== null) store(b).commit({ stop: { ...stop, allowed: stop.would } });
  const again = await b.run({ full: true });
  assert.equal(again.status, "passed", JSON.stringify(again.messages));
  assert.equal(b.right.rows.size, 25);
  assert.equal(store(b).stop(), null);
});

test("B14 an allowance is no blank cheque: more than was asked for stops again", async () => {
  const b = await paired({ deleted: "delete" }, {}, 40);
  for (let i = 1; i <= 15; i++) b.left.drop(String(i));
  await b.run({ full: true });
  const stop = store(b).stop();
  if (stop !== null) store(b).commit({ stop: { ...stop, allowed: stop.would } });
  b.left.drop("16");
  await b.run({ full: true });
  assert.equal(b.right.rows.size, 40);
});

test("B14 a side that lists nothing although it had records stops the link", async () => {
  const b = await paired({ deleted: "delete" });
  for (let i = 1; i <= 20; i++) b.left.drop(String(i));
  const report = await b.run({ full: true });
  assert.equal(report.status, "error");
  assert.equal(store(b).stop()?.brake, "empty");
  assert.equal(b.right.rows.size, 20);
});

test("B14 a mass edit beyond half of all pairs stops before the first write", async () => {
  const b = await paired({}, {}, 300);
  for (let i = 1; i <= 250; i++) b.left.edit(String(i), { sev: "9" });
  const before = b.writes();
  const report = await b.run();
  assert.equal(report.status, "error");
  assert.equal(store(b).stop()?.brake, "update");
  assert.equal(b.writes(), before);
});
