import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Value } from "../../../daemon/core/record.ts";
import type { SideConfig } from "../../../daemon/core/snapshot.ts";
import { noFindings, type UndoFindings, type UndoScope, undoWork } from "../../../daemon/sync/hand/undo.ts";
import { type Bench, bench, field, link, row, side, valueMap } from "./bench.ts";

const RUNS = Number(process.env["SYNCLINE_PROPERTY_RUNS"] ?? 80);
const fields = [field("name"), field("note"), field("sev")];
const right = [field("title"), field("note"), field("rank")];
const severities = valueMap({ Low: "1", High: "2", Top: "2" }, { "1": "Low", "2": "High" });
const rows = [row("name", "title"), row("note", "note"), row("sev", "rank", { values: severities })];

const store = (b: Bench) => b.store.link("t/defects");
const lastRun = (b: Bench) => store(b).journal({ limit: 1 })[0]?.run ?? "";

async function undo(b: Bench, scope: Partial<UndoScope>, dryRun = false): Promise<UndoFindings> {
  const into = noFindings();
  const whole: UndoScope = { run: null, revision: null, record: null, deleteCreated: null, ...scope };
  const report = await b.run({ work: undoWork(whole, into), dryRun });
  assert.notEqual(report.status, "error", JSON.stringify(report.messages));
  return into;
}

async function paired(count: number, left: Partial<SideConfig> = {}, other: Partial<SideConfig> = {}): Promise<Bench> {
  const b = bench(fields, right, link(rows, { left: side("l", left), right: side("r", other) }));
  for (let i = 0; i < count; i++) b.left.add({ name: `n${i}`, note: "x", sev: "Top" });
  await b.run();
  b.pass(10);
  return b;
}

async function assertQuiet(b: Bench): Promise<void> {
  const before = b.writes();
  b.pass(10);
  for (const full of [false, true]) {
    const report = await b.run({ full });
    assert.equal(report.status, "passed", JSON.stringify(report.messages));
  }
  assert.equal(b.writes(), before, "the runs after the undo wrote something");
}

test("B4 undo puts back what a run wrote; the source keeps its value, and the runs after it are empty", async () => {
  const b = await paired(3);
  for (const id of ["1", "2", "3"]) b.left.edit(id, { name: `bad ${id}` });
  await b.run({ revision: "bad" });
  const run = lastRun(b);
  const planned = await undo(b, { run }, true);
  assert.equal(planned.total.steps, 3);
  assert.equal(b.right.rows.get("1001")?.fields["title"], "bad 1", "a plan wrote something");
  const done = await undo(b, { run });
  assert.deepEqual(done.left, []);
  assert.equal(b.right.rows.get("1001")?.fields["title"], "n0");
  assert.equal(b.left.rows.get("1")?.fields["name"], "bad 1");
  assert.match(store(b).journal({ record: "1001", field: "title", limit: 1 })[0]?.origin ?? "", /^undo of run /);
  await assertQuiet(b);
  b.left.edit("1", { note: "another field" });
  b.pass(1);
  await b.run();
  assert.equal(
    b.right.rows.get("1001")?.fields["title"],
    "n0",
    "an edit of another field carried the undone value again",
  );
  b.left.edit("1", { name: "newly edited" });
  b.pass(1);
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["title"], "newly edited");
});

test("B4 undo leaves what somebody has edited since, on either side, with the reason", async () => {
  const b = await paired(4);
  for (const id of ["1", "2", "3", "4"]) b.left.edit(id, { name: `bad ${id}` });
  await b.run();
  const run = lastRun(b);
  b.pass(5);
  b.left.edit("4", { name: "carried since" });
  await b.run();
  b.right.edit("1001", { title: "by hand" });
  b.left.edit("2", { name: "on its way" });
  const done = await undo(b, { run });
  assert.deepEqual(
    done.steps.map((s) => s.record),
    ["1003"],
  );
  const why = Object.fromEntries(done.left.map((l) => [l.record, l.why]));
  assert.match(why["1001"] ?? "", /edited since/);
  assert.match(why["1002"] ?? "", /partner l:2 was edited/);
  assert.match(why["1004"] ?? "", /written again since/);
  b.pass(5);
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["name"], "by hand");
  assert.equal(b.right.rows.get("1002")?.fields["title"], "on its way");
  assert.equal(b.right.rows.get("1003")?.fields["title"], "n2");
});

test("B4 undo of a revision goes back over all its runs; an undo can be undone; a second one finds nothing", async () => {
  const b = await paired(1);
  b.left.edit("1", { name: "b" });
  await b.run({ revision: "friday" });
  b.pass(5);
  b.left.edit("1", { name: "c" });
  await b.run({ revision: "friday" });
  await undo(b, { revision: "friday" });
  assert.equal(b.right.rows.get("1001")?.fields["title"], "n0");
  assert.equal((await undo(b, { revision: "friday" })).total.steps, 0);
  await undo(b, { run: lastRun(b) });
  assert.equal(b.right.rows.get("1001")?.fields["title"], "c");
  await assertQuiet(b);
});

test("B4 undo of one record leaves the others; markers are no values to take back", async () => {
  const b = await paired(2);
  b.left.edit("1", { name: "x1" });
  b.left.edit("2", { name: "x2" });
  await b.run();
  const done = await undo(b, { record: { side: "right", id: "1001" } });
  assert.deepEqual(
    done.steps.map((s) => [s.record, s.field]),
    [["1001", "title"]],
  );
  assert.equal(b.right.rows.get("1001")?.fields["partner"], "1");
  assert.equal(b.right.rows.get("1002")?.fields["title"], "x2");
});

test("B4 a lossy value that was put back does not flow, and the source's finer value stays", async () => {
  const b = await paired(1);
  b.left.edit("1", { sev: "Low" });
  await b.run();
  const run = lastRun(b);
  b.pass(5);
  b.left.edit("1", { sev: "Low" });
  await undo(b, { run });
  assert.equal(b.right.rows.get("1001")?.fields["rank"], "2");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "Low");
  await assertQuiet(b);
});

test("B4 undo makes deleted records anew from the journal, once, and leaves the deleted source alone", async () => {
  const b = await paired(20, { deleted: "delete" });
  b.left.drop("3");
  await b.run({ full: true });
  const run = lastRun(b);
  assert.equal(b.right.rows.size, 19);
  const done = await undo(b, { run });
  assert.equal(done.steps[0]?.action, "recreate", JSON.stringify(done));
  assert.equal(b.right.rows.size, 20);
  assert.equal([...b.right.rows.values()].filter((r) => r.fields["title"] === "n2").length, 1);
  assert.equal((await undo(b, { run })).total.steps, 0, "a second undo made it again");
  await assertQuiet(b);
  assert.equal(b.left.rows.size, 19, "the deleted source was made again");
});

test("B4 a killed undo of a deletion makes nothing twice", async () => {
  const b = await paired(20, { deleted: "delete" });
  b.left.drop("3");
  await b.run({ full: true });
  const run = lastRun(b);
  b.right.habits = { ...b.right.habits, loseAnswer: 1 };
  await undo(b, { run });
  b.right.habits = { ...b.right.habits, loseAnswer: 0 };
  await undo(b, { run });
  assert.equal([...b.right.rows.values()].filter((r) => r.fields["title"] === "n2").length, 1);
  await assertQuiet(b);
});

test("B4 made records go only when asked for, unedited ones only, and no more than the brake lets pass", async () => {
  const b = await paired(15, { deleted: "delete" }, { deleted: "delete" });
  const run = lastRun(b);
  const kept = await undo(b, { run });
  assert.equal(b.right.rows.size, 15);
  assert.match(kept.left[0]?.why ?? "", /--delete-created/);
  b.right.edit("1001", { title: "mine now" });
  const into = noFindings();
  const scope = { run, revision: null, record: null, deleteCreated: 0 };
  const braked = await b.run({ work: undoWork(scope, into) });
  assert.equal(braked.status, "error");
  assert.match(braked.messages.at(-1)?.message ?? "", /--delete-created 14/);
  assert.equal(b.right.rows.size, 15);
  await undo(b, { run, deleteCreated: 14 });
  assert.deepEqual([...b.right.rows.keys()], ["1001"]);
  assert.equal(b.left.rows.size, 15);
  b.pass(5);
  await b.run();
  await assertQuiet(b);
  assert.equal(b.right.rows.size, 1, "a deleted record was made again");
  assert.equal(b.left.rows.size, 15, "the partner of a deleted record went with it");
});

test("B4 an undo without an answer is settled by the next run: the restored value is nobody's edit", async () => {
  const b = await paired(2);
  b.left.edit("1", { name: "bad", sev: "Low" });
  await b.run();
  const run = lastRun(b);
  b.pass(5);
  b.right.habits = { ...b.right.habits, loseAnswer: 1 };
  const real = b.right.read;
  // The look that follows a lost answer finds nobody either: the daemon might as well have died.
  let reads = 0;
  b.right.read = async (...args) => {
    reads++;
    const found = await real(...args);
    return b.right.habits.loseAnswer === 1 && b.right.log.at(-1)?.fields["title"] === "n0" ? new Map() : found;
  };
  await undo(b, { run });
  b.right.habits = { ...b.right.habits, loseAnswer: 0 };
  b.right.read = real;
  assert.ok(reads > 0);
  assert.equal(b.right.rows.get("1001")?.fields["title"], "n0");
  assert.equal(store(b).intents().length, 1);
  await assertQuiet(b);
  assert.equal(b.left.rows.get("1")?.fields["name"], "bad");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "Low");
  assert.equal(store(b).intents().length, 0);
  b.left.edit("1", { note: "other" });
  b.pass(1);
  await b.run();
  assert.equal(b.right.rows.get("1001")?.fields["title"], "n0");
});

type Step =
  | { do: "edit"; side: "left" | "right"; pick: number; field: number; value: number }
  | { do: "run"; bad: boolean }
  | { do: "undo" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      side: fc.constantFrom<"left" | "right">("left", "right"),
      pick: fc.nat(2),
      field: fc.nat(1),
      value: fc.nat(4),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("run" as const), bad: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: "undo" as const }) },
);

const NAMES = { left: ["name", "note"], right: ["title", "note"] } as const;

test("B4 however edits, runs and undos interleave, no person's last edit is undone, and the run after an undo and a run is empty", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
      const b = await paired(3);
      let serial = 0;
      for (const s of steps) {
        b.pass(1);
        if (s.do === "edit") {
          const id = String(s.pick + (s.side === "left" ? 1 : 1001));
          b[s.side].edit(id, { [NAMES[s.side][s.field] ?? ""]: `e${s.value}-${serial++}` });
        } else if (s.do === "run") await b.run({ revision: s.bad ? "bad" : "rev1" });
        else await undoAndCheck(b);
      }
      await undoAndCheck(b);
      b.pass(5);
      await b.run();
      await assertQuiet(b);
      assert.equal(
        (await undo(b, { revision: "bad" })).left.some((l) => l.why.includes("did not store")),
        false,
      );
    }),
    { numRuns: RUNS },
  );
});

/** Exactly the fields that still hold what a bad run wrote go back, to what stood there before; nothing else changes anywhere. */
async function undoAndCheck(b: Bench): Promise<void> {
  const before = snapshot(b);
  const found = await undo(b, { revision: "bad" });
  const after = snapshot(b);
  const expected = new Map(before);
  for (const s of found.steps) {
    const key = `${s.endpoint} ${s.record} ${s.field}`;
    assert.deepEqual(before.get(key), s.now);
    const chain = store(b).journal({
      side: s.endpoint === "l" ? "left" : "right",
      record: s.record,
      field: s.field ?? "",
      limit: 100,
    });
    const [own, newest] = chain;
    assert.match(own?.origin ?? "", /^undo of run/);
    assert.deepEqual(newest?.after, s.now, "it was not our value that was taken back");
    assert.equal(newest?.revision, "bad");
    assert.ok(chain.some((e) => e.revision === "bad" && same(e.before, s.back)));
    expected.set(key, s.back);
  }
  assert.deepEqual(after, expected);
}

function snapshot(b: Bench): Map<string, Value> {
  const all = new Map<string, Value>();
  for (const [endpoint, tracker] of [
    ["l", b.left],
    ["r", b.right],
  ] as const)
    for (const [id, r] of tracker.rows)
      for (const [name, value] of Object.entries(r.fields)) all.set(`${endpoint} ${id} ${name}`, value);
  return all;
}

function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
