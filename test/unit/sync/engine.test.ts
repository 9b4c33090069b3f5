import assert from "node:assert/strict";
import { test } from "node:test";
import { SIDES } from "../../../daemon/core/snapshot.ts";
import { bench, field, link, row, side, valueMap } from "./bench.ts";

const fields = [field("name", { required: true }), field("sev"), field("note", { kind: "rich", markup: "html" })];
const rows = [row("name", "name"), row("sev", "sev"), row("note", "note")];

test("T33 creates partners both ways, marks them, and the second run is empty: own writes are no edits", async () => {
  const b = bench(fields, fields, link(rows));
  b.left.add({ name: "a", sev: "1" });
  b.right.add({ name: "b" });
  const first = await b.run();
  assert.equal(first.status, "passed", JSON.stringify(first.messages));
  assert.equal(b.left.rows.size, 2);
  assert.equal(b.right.rows.size, 2);
  assert.equal(b.right.rows.get("1002")?.fields["partner"], "1");
  assert.equal(b.left.rows.get("1")?.fields["partner"], "1002");
  const before = b.writes();
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

test("T18 B11 different fields edited on both sides both survive; the same field goes by the policy and the loser is in the journal", async () => {
  const b = bench(fields, fields, link(rows));
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "left" });
  b.right.edit("1001", { sev: "9" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["name"], "left");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "9");
  b.pass(5);
  b.left.edit("1", { name: "L2" });
  b.right.edit("1001", { name: "R2" });
  const report = await b.run();
  assert.equal(report.conflicts, 1);
  assert.equal(b.right.rows.get("1001")?.fields["name"], "L2");
  const entry = b.store.link("t/defects").journal({ record: "1001", field: "name", limit: 1 })[0];
  assert.equal(entry?.lost, "R2");
});

test("T1 a text cut for the destination never flows back; T2 a many-to-one value keeps its own side's value", async () => {
  const map = valueMap({ Low: "1", Medium: "2", High: "2" }, { "1": "Low", "2": "High" });
  const short = [field("name", { maxLength: { size: 5, unit: "characters" } }), field("sev")];
  const b = bench(
    [field("name"), field("sev")],
    short,
    link([row("name", "name"), row("sev", "sev", { values: map })]),
  );
  b.left.add({ name: "much too long", sev: "Medium" });
  await b.run();
  b.pass(5);
  assert.equal(b.right.rows.get("1001")?.fields["name"], "much ");
  b.right.edit("1001", { sev: "1" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["name"], "much too long");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "Low");
  b.pass(5);
  b.left.edit("1", { sev: "Medium" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "another long one" });
  await b.run();
  await b.run({ full: true });
  assert.equal(b.left.rows.get("1")?.fields["sev"], "Medium");
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "2");
});

test("a right value that maps back lossily is not overwritten by another field's edit", async () => {
  const map = valueMap({ "2": "Medium" }, { Medium: "2", High: "2" });
  const b = bench(
    [field("name"), field("sev")],
    [field("name"), field("sev")],
    link([row("name", "name"), row("sev", "sev", { values: map })]),
  );
  b.right.add({ name: "x", sev: "High" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["sev"], "2");
  b.pass(5);
  b.left.edit("1", { name: "y" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "High");
  assert.equal(b.right.rows.get("1001")?.fields["name"], "y");
});

test("T19 records that know each other by marker are paired without a creation, and a lost state folder doubles nothing", async () => {
  const b = bench(fields, fields, link(rows));
  for (let i = 0; i < 5; i++) b.left.add({ name: `n${i}`, partner: String(1001 + i) });
  for (let i = 0; i < 5; i++) b.right.add({ name: `n${i}`, partner: String(1 + i) });
  await b.run();
  assert.equal(b.writes(), 0);
  assert.equal(b.store.link("t/defects").pairCount(), 5);
  b.store = bench(fields, fields, link(rows)).store;
  const dry = await b.run({ dryRun: true });
  assert.deepEqual(
    [dry.counts["l"]?.created, dry.counts["r"]?.created],
    [0, 0],
    "the dry run says that none would be made",
  );
  await b.run();
  assert.equal(b.writes(), 0);
  assert.equal(b.left.rows.size + b.right.rows.size, 10);
});

test("a creation whose answer is lost is found by its marker, not made again", async () => {
  const b = bench(fields, fields, link(rows));
  b.right.habits = { ...b.right.habits, loseAnswer: 2 };
  for (let i = 0; i < 10; i++) b.left.add({ name: `n${i}` });
  await b.run();
  b.right.habits = { ...b.right.habits, loseAnswer: 0 };
  b.pass(10);
  await b.run();
  assert.equal(b.right.rows.size, 10);
  assert.equal(b.store.link("t/defects").intents().length, 0);
});

test("T14 a failing record holds back nobody else, is retried with back-off, and its age stays visible", async () => {
  const b = bench(fields, fields, link(rows));
  b.right.habits = { ...b.right.habits, refuse: 3 };
  for (let i = 0; i < 9; i++) b.left.add({ name: `n${i}` });
  const report = await b.run();
  assert.equal(report.status, "passed with errors");
  assert.ok(b.right.rows.size >= 5);
  assert.ok(b.store.link("t/defects").retries(10).length > 0);
  b.right.habits = { ...b.right.habits, refuse: 0 };
  b.pass(30);
  const again = await b.run();
  assert.equal(again.status, "passed");
  assert.equal(b.right.rows.size, 9);
  assert.equal(b.store.link("t/defects").retries(10).length, 0);
});

test("hold keeps both values until a person decides, and other fields go on", async () => {
  const b = bench(fields, fields, link(rows.map((r) => ({ ...r, conflict: "hold" as const }))));
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "L", sev: "2" });
  b.right.edit("1001", { name: "R" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["name"], "L");
  assert.equal(b.right.rows.get("1001")?.fields["name"], "R");
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "2");
  b.pass(5);
  b.left.edit("1", { name: "R" });
  const report = await b.run();
  assert.equal(report.conflicts, 0);
  const before = b.writes();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

test("what the tracker fills in on creation comes back to the empty side within the same run", async () => {
  const b = bench(fields, fields, link(rows));
  b.right.habits = { ...b.right.habits, defaults: { sev: "New" }, tersely: true };
  b.left.add({ name: "a" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["sev"], "New");
  const before = b.writes();
  await b.run();
  assert.equal(b.writes(), before);
});

test("S79 constants are written on creation and never again", async () => {
  const b = bench(
    fields,
    fields,
    link([row("name", "name")], { right: side("r", { constants: { sev: "by Syncline" } }) }),
  );
  b.left.add({ name: "a" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "by Syncline");
  b.pass(5);
  b.right.edit("1001", { sev: "mine" });
  b.left.edit("1", { name: "b" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "mine");
});

test("a new mapping row counts for records that change from now on", async () => {
  const b = bench(fields, fields, link([row("name", "name")]));
  b.left.add({ name: "a", sev: "1" });
  b.left.add({ name: "b", sev: "2" });
  await b.run();
  b.pass(5);
  b.link = link(rows);
  const before = b.writes();
  await b.run({ full: true, revision: "rev2" });
  assert.equal(b.writes(), before);
  b.left.edit("1", { name: "a2" });
  await b.run({ revision: "rev2" });
  assert.equal(b.right.rows.get("1001")?.fields["sev"], "1");
  assert.equal(b.right.rows.get("1002")?.fields["sev"], null);
});

test("a dry run writes nothing and says what it would do", async () => {
  const b = bench(fields, fields, link(rows));
  b.left.add({ name: "a" });
  const report = await b.run({ dryRun: true });
  assert.equal(report.counts["r"]?.created, 1);
  assert.equal(b.writes(), 0);
  assert.equal(b.store.link("t/defects").pairCount(), 0);
});

test("T18 T40 a pair that was edited on both sides is looked at once a run: a conflict that is held is told once, and a dry run counts what the run does", async () => {
  const b = bench(fields, fields, link([row("name", "name", { conflict: "hold" }), row("sev", "sev")]));
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "left" });
  b.right.edit("1001", { name: "right", sev: "9" });
  for (const more of [{ dryRun: true }, {}, { dryRun: true, full: true }, { full: true }]) {
    const report = await b.run(more);
    assert.equal(report.conflicts, 1, JSON.stringify(more));
    assert.equal(report.messages.length, 1, JSON.stringify(report.messages));
    assert.deepEqual([report.counts["l"]?.updated, report.counts["r"]?.updated], more.full ? [0, 0] : [1, 0]);
  }
  b.pass(5);
  b.left.edit("1", { name: "both", sev: "3" });
  b.right.edit("1001", { name: "both" });
  const dry = await b.run({ dryRun: true });
  const real = await b.run();
  for (const name of ["l", "r"]) assert.equal(dry.counts[name]?.updated, real.counts[name]?.updated, name);
  assert.deepEqual([real.counts["l"]?.updated, real.counts["r"]?.updated, real.conflicts], [0, 1, 0]);
});

test("T18 newest: a tie that was held stays so, whatever else is written to either record since; only an edit of the field decides it", async () => {
  const b = bench(fields, fields, link([row("name", "name", { conflict: "newest" }), row("sev", "sev")]));
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "left" });
  b.right.edit("1001", { name: "right", sev: "9" });
  assert.equal((await b.run()).conflicts, 1);
  assert.equal(b.left.rows.get("1")?.fields["sev"], "9", "another field goes on");
  b.pass(5);
  b.right.edit("1001", { sev: "7" });
  await b.run();
  b.pass(5);
  await b.run({ full: true });
  const names = () => [b.left.rows.get("1")?.fields["name"], b.right.rows.get("1001")?.fields["name"]];
  assert.deepEqual(names(), ["left", "right"]);
  b.pass(5);
  b.left.edit("1", { name: "decided" });
  await b.run();
  assert.deepEqual(names(), ["decided", "decided"]);
});

test("E86 T40 a field that is required cannot be emptied: told in a dry run as in the run, without asking the tracker, and the other fields go on", async () => {
  const b = bench(fields, fields, link([row("sev", "name"), row("name", "sev")]));
  b.left.add({ name: "a", sev: "title" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { sev: null, name: "b" });
  for (const dryRun of [true, false]) {
    const report = await b.run({ dryRun });
    assert.deepEqual([report.counts["l"]?.failed, report.counts["r"]?.updated], [1, 1]);
    assert.match(report.messages.map((m) => m.message).join(), /"name" is required in r: it cannot be emptied there/);
  }
  assert.deepEqual([b.right.rows.get("1001")?.fields["name"], b.right.rows.get("1001")?.fields["sev"]], ["title", "b"]);
  b.pass(5);
  b.left.edit("1", { sev: "again" });
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["name"], "again");
});

test("T18 whoever takes back an edit that made a conflict is heard by the next run, not only by a full one", async () => {
  for (const side of SIDES) {
    const b = bench(fields, fields, link([row("name", "name", { conflict: "hold" }), row("sev", "sev")]));
    b.left.add({ name: "a" });
    await b.run();
    b.pass(5);
    b.left.edit("1", { name: "left" });
    b.right.edit("1001", { name: "right" });
    assert.equal((await b.run()).conflicts, 1);
    b.pass(5);
    // From here on neither edit is listed.
    await b.run();
    b.pass(5);
    b[side].edit(side === "left" ? "1" : "1001", { name: "a" });
    const report = await b.run();
    assert.equal(report.kind, "incremental");
    const wanted = side === "left" ? "right" : "left";
    assert.deepEqual(
      [b.left.rows.get("1")?.fields["name"], b.right.rows.get("1001")?.fields["name"]],
      [wanted, wanted],
    );
    assert.equal(b.store.link("t/defects").held(5).length, 0);
    const before = b.writes();
    await b.run({ full: true });
    assert.equal(b.writes(), before);
  }
});
