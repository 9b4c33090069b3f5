import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReport } from "../../../daemon/core/store.ts";
import { formatReport } from "../../../daemon/status/report-text.ts";
import { createPlannedWrites, type PlannedWrite } from "../../../daemon/sync/planned-writes.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";
import { add, ownTree, partner, scene, tree } from "./scene.ts";

const fields = [field("name"), field("note")];
const rows = [row("name", "name", { conflict: "left" }), row("note", "note", { conflict: "left" })];

function edited(): Bench {
  return bench(fields, fields, link(rows, { left: side("l", { deleted: "delete" }) }));
}

const hashOf = (report: RunReport) => report.plan?.hash ?? assert.fail(`no plan: ${JSON.stringify(report)}`);

/** A run after its dry run; both must have planned the same. */
async function planned(b: Bench, full = true): Promise<RunReport> {
  const dry = await b.run({ full, dryRun: true });
  const again = await b.run({ full, dryRun: true });
  assert.deepEqual(again.plan, dry.plan, "a second look planned something else");
  const report = await b.run({ full });
  assert.deepEqual(report.plan, dry.plan);
  return report;
}

test("B19 a run plans what the dry run before it planned: creations, edits of both sides, deletions; another value is another plan", async () => {
  const b = edited();
  for (let i = 0; i < 30; i++) b.left.add({ name: `n${i}`, note: "a" });
  b.right.add({ name: "from the right" });
  const load = await planned(b);
  assert.equal(load.plan?.writes, 31);
  b.pass(10);
  const idle = await planned(b);
  assert.equal(idle.plan?.writes, 0);
  b.left.edit("1", { name: "changed" });
  b.right.edit("1003", { note: "changed there" });
  b.left.edit("3", { name: "ours" });
  b.right.edit("1004", { name: "theirs" });
  b.left.drop("5");
  const mixed = await planned(b);
  assert.equal(mixed.plan?.writes, 4);
  assert.match(formatReport(mixed), new RegExp(`^ {2}plan ${hashOf(mixed).slice(0, 12)}: 4 writes$`, "m"));
  assert.doesNotMatch(formatReport(idle), /plan/);
  b.pass(10);
  b.left.edit("7", { note: "b" });
  const one = await b.run({ dryRun: true });
  b.left.edit("7", { note: "c" });
  const other = await b.run({ dryRun: true });
  assert.notEqual(hashOf(one), hashOf(other));
  assert.deepEqual((await b.run()).plan, other.plan);
});

test("B19 the same records and the same edits give the same hash, whatever ids and times the rest has", async () => {
  const hashes: string[] = [];
  for (const minutes of [5, 500]) {
    const b = edited();
    for (let i = 0; i < 5; i++) b.left.add({ name: `n${i}` });
    const load = await b.run();
    b.pass(minutes);
    b.left.edit("2", { name: "two" });
    b.right.edit("1004", { note: "four" });
    hashes.push(`${hashOf(load)} ${hashOf(await b.run())}`);
  }
  assert.equal(hashes[0], hashes[1]);
});

test("B19 trees: parents and children made in one run, and a folder that others ask for, are planned as the dry run planned them", async () => {
  const own = ownTree();
  const child = add(own.left, "requirement", { name: "child" });
  const parent = add(own.left, "requirement", { name: "parent" });
  own.left.edit(child, { "parent-id": parent });
  const dry = await own.run("t/requirements", { dryRun: true });
  const report = await own.run("t/requirements");
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  assert.equal(dry.plan?.writes, 2);
  assert.deepEqual(report.plan, dry.plan);
  own.pass(10);
  own.left.edit(child, { "parent-id": null });
  const away = await own.run("t/requirements", { dryRun: true });
  assert.equal(away.plan?.writes, 1);
  assert.deepEqual((await own.run("t/requirements")).plan, away.plan);

  const s = scene();
  tree(s);
  for (const name of ["t/themes", "t/features", "t/stories"]) {
    const look = await s.run(name, { dryRun: true });
    assert.deepEqual((await s.run(name)).plan, look.plan, name);
  }
  assert.ok(partner(s, "stories", "201") !== "");
});

test("B19 a run that did not come to its end tells no plan", async () => {
  const b = edited();
  for (let i = 0; i < 40; i++) b.left.add({ name: `n${i}` });
  await b.run();
  b.pass(10);
  for (let i = 1; i <= 20; i++) b.left.drop(String(i));
  const stopped = await b.run({ full: true });
  assert.deepEqual([stopped.status, stopped.plan], ["error", undefined]);
});

test("B19 the hash knows no order, counts a write once, and leaves out what follows from what the run has made", () => {
  const writes: readonly PlannedWrite[] = [
    { side: "left", action: "update", record: "1", source: "1001", fields: { a: "x", b: ["1", "2"] } },
    { side: "right", action: "create", record: null, source: "2", fields: { name: "new" } },
    { side: "right", action: "delete", record: "1003", source: "3", fields: {} },
  ];
  const plan = (list: readonly PlannedWrite[], prepare?: (one: ReturnType<typeof open>) => void) => {
    const one = open();
    prepare?.(one);
    for (const write of list) one.add(write);
    return one.sum();
  };
  const open = () =>
    createPlannedWrites({
      ownNamed: (_side, name, value) => (name === "parent" ? value : null),
      isOwn: (_side, entity) => entity === "defect",
    });
  const whole = plan(writes);
  assert.equal(whole.writes, 3);
  assert.deepEqual(plan([...writes.toReversed(), ...writes]), whole);
  const turned = writes.map((write) => ({
    ...write,
    fields: Object.fromEntries(Object.entries(write.fields).toReversed()),
  }));
  assert.deepEqual(plan(turned), whole);
  assert.notEqual(plan(writes.slice(1)).hash, whole.hash);

  const makes = (one: ReturnType<typeof open>) => {
    one.made("right", "2001");
    one.paired("8", "1008");
  };
  const ends = (id: string) => [
    { entity: "defect", id: "1009" },
    { entity: "defect", id },
  ];
  const follows: readonly PlannedWrite[] = [
    { side: "left", action: "update", record: "2", source: "2001", fields: { marker: "2001" } },
    { side: "right", action: "update", record: "1005", source: "5", fields: { parent: "2001" } },
    {
      side: "right",
      action: "add",
      record: "1008",
      source: "8",
      fields: {},
      part: { kind: "comment", name: "Ann", ends: [] },
    },
    {
      side: "right",
      action: "add",
      record: "1009",
      source: "9",
      fields: {},
      part: { kind: "entity link", name: "x", ends: ends("2001") },
    },
  ];
  assert.deepEqual(plan([...writes, ...follows], makes), whole);
  assert.equal(plan(follows).writes, 4, "of what was there before they are planned");
});
