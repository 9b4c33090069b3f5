import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bench, bench, field, link, row, valueMap } from "./bench.ts";
import { GENTLE } from "./memory-tracker.ts";

const NAME = field("name", { required: true });
const SHORT = field("name", { required: true, maxLength: { size: 5, unit: "characters" } });

function left(b: Bench, id = "1") {
  return b.left.rows.get(id)?.fields;
}

function right(b: Bench, id = "1001") {
  return b.right.rows.get(id)?.fields;
}

test("T1 a cut text that somebody edits is a conflict that is shown, not a copy over the whole text", async () => {
  for (const [conflict, wanted] of [
    ["hold", ["much too long", "edit"]],
    ["left", ["much too long", "much "]],
    ["right", ["edit", "edit"]],
  ] as const) {
    const b = bench([NAME], [SHORT], link([row("name", "name", { conflict })]));
    b.left.add({ name: "much too long" });
    await b.run();
    b.pass(5);
    b.right.edit("1001", { name: "edit" });
    const report = await b.run();
    assert.equal(report.conflicts, 1, conflict);
    assert.deepEqual([left(b)?.["name"], right(b)?.["name"]], wanted);
    const before = b.writes();
    await b.run({ full: true });
    assert.equal(b.writes(), before);
  }
});

test("T40 S25 a dry run tells what an update would cut, as the run does", async () => {
  const b = bench([NAME], [SHORT], link([row("name", "name")]));
  b.left.add({ name: "short" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "much too long" });
  const [dry, real] = [await b.run({ dryRun: true }), await b.run()];
  const told = (report: typeof dry) =>
    report.messages.map(({ endpoint, record, field, message }) => [endpoint, record, field, message]);
  assert.deepEqual(told(dry), told(real));
  assert.deepEqual(told(real), [["r", "1001", "name", 'cut from 13 to 5 characters for "name" of r']]);
});

test("S25 `overflow = truncate-both` cuts the source as well, on creation and later", async () => {
  const b = bench([NAME], [SHORT], link([row("name", "name", { overflow: "truncate-both" })]));
  b.left.add({ name: "much too long" });
  await b.run();
  assert.deepEqual([left(b)?.["name"], right(b)?.["name"]], ["much ", "much "]);
  b.pass(5);
  b.left.edit("1", { name: "again too long" });
  await b.run();
  assert.deepEqual([left(b)?.["name"], right(b)?.["name"]], ["again", "again"]);
  const before = b.writes();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

const LIST = field("product", { kind: "option", options: ["Web"], verified: true });

test("S44 T25 a value that the list lacks is an error of its field; the rest is written, and it is tried again for as long as it takes", async () => {
  const b = bench([NAME, field("app")], [NAME, LIST], link([row("name", "name"), row("app", "product")]));
  b.left.add({ name: "a", app: "Till" });
  const first = await b.run();
  assert.equal(first.status, "passed with errors");
  assert.match(first.messages.map((m) => m.message).join(), /"Till" is not in the list of "product" in r \(Web\)/);
  assert.deepEqual([right(b)?.["name"], right(b)?.["product"] ?? null], ["a", null]);
  const queued = () => b.store.link("t/defects").retry("left", "1");
  assert.equal(queued()?.field, "product");
  b.pass(5);
  b.left.edit("1", { name: "b" });
  await b.run();
  assert.equal(right(b)?.["name"], "b");
  for (let i = 0; i < 14; i++) {
    b.pass(7 * 60);
    await b.run();
  }
  assert.ok((queued()?.attempts ?? 0) > 10);
  assert.ok((queued()?.due ?? Number.POSITIVE_INFINITY) < Date.parse("2027-01-01"), "nobody has given it up");
  const { fields } = await b.right.describe("defect", new AbortController().signal);
  Object.assign(fields, { product: { ...LIST, options: ["Web", "Till"] } });
  b.pass(7 * 60);
  assert.equal((await b.run()).status, "passed");
  assert.equal(right(b)?.["product"], "Till");
  assert.equal(queued(), null);
});

test("T25 what the tracker itself put into a field that could not be carried does not come back over the source", async () => {
  for (const conflict of ["left", "right", "hold"] as const) {
    const rows = [row("name", "name"), row("app", "product", { conflict })];
    const b = bench([NAME, field("app")], [NAME, LIST], link(rows));
    b.right.habits = { ...GENTLE, defaults: { product: "Web" }, tersely: conflict !== "hold" };
    b.left.add({ name: "a", app: "Till" });
    const report = await b.run();
    assert.equal(report.conflicts, 0, conflict);
    assert.deepEqual([left(b)?.["app"], right(b)?.["product"]], ["Till", "Web"]);
    b.pass(5);
    b.right.edit("1001", { name: "b" });
    await b.run();
    assert.deepEqual([left(b)?.["name"], left(b)?.["app"]], ["b", "Till"]);
  }
});

test("S46 T25 a field that holds the record: nothing of the pair is written, either way, until the value can be carried", async () => {
  const rows = [row("name", "name"), row("note", "note"), row("app", "product", { onError: "record" })];
  const b = bench([NAME, field("note"), field("app")], [NAME, field("note"), LIST], link(rows));
  b.left.add({ name: "a", app: "Till" });
  assert.equal((await b.run()).status, "failed");
  assert.equal(b.right.rows.size, 0, "no record is made of it");
  b.pass(5);
  b.left.edit("1", { app: "Web" });
  await b.run();
  assert.equal(right(b)?.["product"], "Web");
  b.pass(5);
  b.left.edit("1", { name: "b", app: "Till" });
  b.right.edit("1001", { note: "n" });
  const before = b.writes();
  const held = await b.run();
  assert.match(held.messages.map((m) => m.message).join(), /"Till" is not in the list/);
  assert.equal(b.writes(), before);
  b.pass(5);
  b.left.edit("1", { app: null });
  assert.equal((await b.run()).status, "passed");
  assert.deepEqual([right(b)?.["name"], left(b)?.["note"], right(b)?.["product"] ?? null], ["b", "n", null]);
});

test("S75 S76 S77 T2 four values and three: Medium and High both become 2, Medium stays Medium until somebody edits the 2", async () => {
  const values = valueMap(
    { Low: "1", Medium: "2", High: "2", Critical: "3" },
    { "1": "Low", "2": "High", "3": "Critical" },
  );
  const list = (name: string) => field(name, { kind: "option" });
  const rows = [row("name", "name"), row("priority", "importance", { values })];
  const b = bench([NAME, list("priority")], [NAME, list("importance")], link(rows));
  b.left.add({ name: "m", priority: "Medium" });
  b.left.add({ name: "h", priority: "High" });
  await b.run();
  assert.deepEqual([right(b)?.["importance"], right(b, "1002")?.["importance"]], ["2", "2"]);
  b.pass(5);
  b.right.edit("1001", { name: "m2" });
  await b.run();
  assert.deepEqual([left(b)?.["name"], left(b)?.["priority"]], ["m2", "Medium"]);
  b.pass(5);
  b.right.edit("1001", { importance: "3" });
  await b.run();
  assert.equal(left(b)?.["priority"], "Critical");
  b.pass(5);
  b.right.edit("1001", { importance: "2" });
  await b.run();
  assert.equal(left(b)?.["priority"], "High", "S77: when it was actually originally Medium");
});

test("E127 `failed` counts records, not fields: no run says that more failed than it read", async () => {
  const number = field("points", { kind: "number" });
  const rows = [row("name", "name"), row("a", "points"), row("b", "more")];
  const b = bench([NAME, field("a"), field("b")], [NAME, number, field("more", { kind: "number" })], link(rows));
  b.left.add({ name: "a record", a: "many", b: "lots" });
  const report = await b.run();
  assert.deepEqual(report.messages.map(({ level, field: at }) => [level, at]).toSorted(), [
    ["error", "more"],
    ["error", "points"],
  ]);
  assert.deepEqual([report.counts["l"]?.read, report.counts["l"]?.failed], [1, 1]);
});
