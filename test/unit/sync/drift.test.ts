import assert from "node:assert/strict";
import { test } from "node:test";
import { findDrift } from "../../../daemon/sync/look/drift.ts";
import { type Bench, bench, field, link, row, side, valueMap } from "./bench.ts";
import { lookAt } from "./looking.ts";

const FIELDS = [field("name", { required: true }), field("sev"), field("note")];
const ROWS = [row("name", "name"), row("sev", "sev"), row("note", "note")];

async function driftOf(b: Bench, limit = 100, revision = "rev1") {
  const before = { writes: b.writes(), pairs: JSON.stringify(b.store.link("t/defects").pairPage("left", null, 1_000)) };
  const drift = await findDrift(await lookAt(b, revision), limit);
  assert.equal(b.writes(), before.writes);
  assert.equal(JSON.stringify(b.store.link("t/defects").pairPage("left", null, 1_000)), before.pairs);
  return drift;
}

async function inStep(config = link(ROWS), left = FIELDS, right = FIELDS): Promise<Bench> {
  const b = bench(left, right, config);
  for (let i = 0; i < 20; i++) b.left.add({ name: `n${i}`, sev: "1" });
  await b.run();
  for (let i = 0; i < 3; i++) b.right.add({ name: `m${i}` });
  await b.run();
  b.pass(5);
  return b;
}

test("B26 after a run the drift report is empty, and it has looked at every pair of both sides", async () => {
  const b = await inStep();
  const drift = await driftOf(b);
  assert.deepEqual(drift.items, []);
  assert.equal(drift.pairs, 23);
  assert.deepEqual(drift.records, { l: 23, r: 23 });
});

test("B26 each disagreement is listed with records, field, both values and the reason", async () => {
  const b = await inStep(
    link([
      row("name", "name", { conflict: "hold" }),
      row("sev", "sev"),
      row("note", "note", { direction: "to-right" }),
    ]),
  );
  b.left.edit("1", { name: "left" });
  b.right.edit("1001", { name: "right" });
  await b.run();
  b.pass(5);
  b.left.edit("2", { sev: "9" });
  b.right.edit("1003", { note: "of its own" });
  await b.run();
  b.right.edit("1004", { sev: "7" });
  const drift = await driftOf(b);
  const found = drift.items.map(({ records, fields, why, values }) => [
    records["l"],
    fields?.["l"],
    why,
    values?.["l"],
    values?.["r"],
  ]);
  assert.deepEqual(found, [
    ["1", "name", "conflict", "left", "right"],
    ["3", "note", "one-way", null, "of its own"],
    ["4", "sev", "edited", "1", "7"],
  ]);
  assert.ok(drift.items[0]?.since !== null);
  assert.match(drift.items[1]?.detail ?? "", / and would be empty there: /);
  assert.deepEqual(drift.counts, { conflict: 1, "one-way": 1, edited: 1 });
});

test("B26 what a lossy map or a cut text left different on purpose is no disagreement", async () => {
  const map = valueMap({ Low: "1", Medium: "2", High: "2" }, { "1": "Low", "2": "High" });
  const config = link([row("name", "name"), row("sev", "sev", { values: map })]);
  const b = bench(
    [field("name"), field("sev")],
    [field("name", { maxLength: { size: 5, unit: "characters" } }), field("sev")],
    config,
  );
  b.left.add({ name: "much too long", sev: "Medium" });
  await b.run();
  b.pass(5);
  assert.deepEqual((await driftOf(b)).items, []);
});

test("B26 a failed write is told with its reason from the retry queue, a newer mapping as such", async () => {
  const b = await inStep();
  b.right.habits = { ...b.right.habits, refuse: 1 };
  b.left.edit("1", { sev: "8" });
  await b.run();
  b.right.habits = { ...b.right.habits, refuse: 0 };
  const failed = await driftOf(b);
  assert.deepEqual(
    failed.items.map((i) => i.why),
    ["error"],
  );
  assert.match(failed.items[0]?.detail ?? "", /500, nothing stored.*failed 1 times/);

  const c = await inStep(link([row("name", "name")]));
  c.left.edit("1", { note: "from before the mapping" });
  await c.run();
  c.link = link(ROWS);
  const items = (await driftOf(c, 100, "rev2")).items;
  // Records were made with a name only: the left ones have a severity that the partners never got.
  assert.ok(
    items.every((i) => i.why === "newer mapping"),
    JSON.stringify(items[0]),
  );
  assert.ok(items.some((i) => i.records["l"] === "1" && i.fields?.["l"] === "note"));
});

test("B26 gone, hidden and partnerless records are listed; a limit cuts the list and not the counts", async () => {
  const b = await inStep();
  b.left.drop("1");
  b.right.drop("1002");
  b.left.hide("3", "hidden");
  b.left.add({ name: "new" });
  b.right.add({ name: "new too" });
  const drift = await driftOf(b);
  const reasons = drift.items.map((i) => [i.why, i.records["l"], i.records["r"]].join(" ")).sort();
  assert.deepEqual(reasons, ["gone 1 1001", "gone 2 1002", "no partner  1024", "no partner 24 ", "not visible 3 1003"]);
  const without = await findDrift(await lookAt(b), 100, new Set(["gone", "no partner"]));
  assert.deepEqual([without.items.map((i) => i.why), without.ignored], [["not visible"], 4]);
  const cut = await driftOf(b, 2);
  assert.deepEqual([cut.items.length, cut.more, cut.counts["gone"]], [2, 3, 2]);
});

test("B26 a record that the filter leaves out or whose side makes no partners is no drift", async () => {
  const b = await inStep(link(ROWS, { left: side("l", { create: false }) }));
  b.right.add({ name: "stays alone" });
  const drift = await driftOf(b);
  // The three that the right side had from the start stay alone as well.
  assert.deepEqual([drift.items, drift.pairs], [[], 20]);
});
