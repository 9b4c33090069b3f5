import assert from "node:assert/strict";
import { test } from "node:test";
import type { SideConfig } from "../../../daemon/core/snapshot.ts";
import { compareAll } from "../../../daemon/sync/look/drift.ts";
import { whyNot } from "../../../daemon/sync/look/why-not.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";
import { lookAt } from "./looking.ts";

/** `open` is what the filter looks at; no row maps it. */
const FIELDS = [field("name"), field("note"), field("open")];
const ROWS = [row("name", "name", { conflict: "hold" }), row("note", "note")];

function benchOf(outOfScope: SideConfig["outOfScope"], more: Partial<SideConfig> = {}): Bench {
  const rule = outOfScope === undefined ? {} : { outOfScope };
  return bench(FIELDS, FIELDS, link(ROWS, { left: side("l", { filter: "open=yes", ...rule, ...more }) }));
}

async function paired(b: Bench): Promise<string> {
  b.left.add({ name: "a", open: "yes" });
  await b.run();
  b.pass(5);
  return [...b.right.rows.keys()][0] ?? assert.fail("no partner");
}

function told(b: Bench, word: RegExp): number {
  return b.events.filter((e) => e.event === "record.noted" && word.test(e.message)).length;
}

test("T21 E43 by default a pair goes on being kept in step when its record leaves the filter", async () => {
  const b = benchOf(undefined);
  const partner = await paired(b);
  b.left.edit("1", { open: "no", name: "b" });
  await b.run();
  assert.equal(b.right.rows.get(partner)?.fields["name"], "b");
});

test("T21 freeze: nothing is written either way while the record is out, told once; back in, both sides' edits are merged", async () => {
  const b = benchOf("freeze");
  const partner = await paired(b);
  b.left.edit("1", { open: "no", name: "b" });
  await b.run();
  b.pass(5);
  b.right.edit(partner, { note: "n" });
  await b.run();
  await b.run({ full: true });
  assert.equal(b.right.rows.get(partner)?.fields["name"], "a");
  assert.equal(b.left.rows.get("1")?.fields["note"], null);
  assert.equal(told(b, /nothing is written to it or to r:1001 until it does again/), 1);
  b.pass(5);
  // Only the field that no row maps: the record comes back without an edit of anything else.
  b.left.edit("1", { open: "yes" });
  await b.run();
  assert.equal(b.right.rows.get(partner)?.fields["name"], "b");
  assert.equal(b.left.rows.get("1")?.fields["note"], "n");
  assert.equal(told(b, /the filter selects it again/), 1);
  const before = b.writes();
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before, "the second run writes nothing");
});

test("T21 freeze: edits of one field on both sides meanwhile are a conflict like any other", async () => {
  const b = benchOf("freeze");
  const partner = await paired(b);
  b.left.edit("1", { open: "no", name: "left" });
  b.right.edit(partner, { name: "right" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { open: "yes" });
  const report = await b.run();
  assert.ok(report.conflicts > 0);
  assert.equal(b.store.link("t/defects").held(5).length, 1);
});

test("T21 freeze: a change of the partner finds that the record is out, although nobody touched a mapped field of it", async () => {
  const b = benchOf("freeze");
  const partner = await paired(b);
  b.left.edit("1", { open: "no" });
  await b.run();
  b.pass(5);
  b.right.edit(partner, { name: "secret" });
  await b.run();
  assert.equal(b.left.rows.get("1")?.fields["name"], "a");
  assert.equal(b.store.link("t/defects").pairs("left", ["1"]).get("1")?.frozen, true);
});

test("T21 freeze: a record that is deleted while it is out takes nothing with it", async () => {
  const b = benchOf("freeze", { deleted: "delete" });
  const partner = await paired(b);
  b.left.edit("1", { open: "no", name: "b" });
  await b.run();
  b.pass(5);
  b.left.add({ name: "another", open: "yes" });
  b.left.drop("1");
  await b.run({ full: true });
  assert.ok(b.right.rows.has(partner));
  assert.equal(told(b, /was deleted; its partner r:1001 stays.*out_of_scope/), 1);
});

test("T21 B20 a frozen pair is told by the looks: why nothing is written, and that what differs waits", async () => {
  const b = benchOf("freeze");
  await paired(b);
  b.left.edit("1", { open: "no", name: "b" });
  await b.run();
  const look = await lookAt(b);
  const [finding] = (await whyNot(look, "left", "1")).findings;
  assert.equal(finding?.kind, "frozen");
  assert.match(finding?.message ?? "", /frozen with r:1001: a filter did not select one of the two/);
  const found = await compareAll(look.session, [
    {
      pair: b.store.link("t/defects").pairs("left", ["1"]).get("1") ?? assert.fail("no pair"),
      left: { id: "1", version: "9", modified: null, fields: { name: "b", note: null } },
      right: { id: "1001", version: "1", modified: null, fields: { name: "a", note: null } },
    },
  ]);
  assert.deepEqual(
    found.flatMap((one) => one.found.map(({ why }) => why)),
    ["frozen"],
  );
});

test("T21 unlink: the pair ends, told once, and both records are left alone for good", async () => {
  const b = benchOf("unlink");
  const partner = await paired(b);
  b.left.edit("1", { open: "no", name: "b" });
  const report = await b.run();
  assert.match(report.messages.map((m) => m.message).join(), /it is unlinked from r:1001, and both are left alone/);
  b.pass(5);
  b.left.edit("1", { open: "yes", name: "c" });
  b.right.edit(partner, { note: "n" });
  await b.run();
  await b.run({ full: true });
  assert.equal(b.right.rows.get(partner)?.fields["name"], "a");
  assert.equal(b.left.rows.get("1")?.fields["note"], null);
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [1, 1], "neither gets another partner");
  assert.equal(told(b, /it is unlinked/), 1);
});

test("T21 a dry run tells what would be frozen and keeps nothing of it", async () => {
  const b = benchOf("freeze");
  await paired(b);
  b.left.edit("1", { open: "no", name: "b" });
  await b.run({ dryRun: true });
  assert.equal(told(b, /nothing is written/), 1);
  assert.equal(b.store.link("t/defects").pairs("left", ["1"]).get("1")?.frozen, undefined);
});

test("T21 without such a rule no filter is asked about pairs", async () => {
  const b = benchOf(undefined);
  await paired(b);
  b.left.edit("1", { name: "b" });
  const before = b.left.requests();
  await b.run();
  assert.ok(b.left.requests() - before <= 3, `${b.left.requests() - before} requests`);
});

test("E47 a filter that is widened takes in what now matches with the next run, and the one after is incremental and empty", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS, { left: side("l", { filter: "open=yes" }) }));
  b.left.add({ name: "a", open: "yes" });
  b.left.add({ name: "b", open: "no" });
  await b.run();
  assert.equal(b.right.rows.size, 1);
  b.pass(60);
  await b.run();
  b.pass(60);
  b.link = link(ROWS, { left: side("l") });
  const report = await b.run();
  assert.deepEqual([report.counts["r"]?.created, b.right.rows.size], [1, 2]);
  b.pass(60);
  const before = b.writes();
  const after = await b.run();
  assert.deepEqual([after.kind, b.writes()], ["incremental", before]);
});

test("E29 E47 a side that comes to make partners takes in what was there before", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS, { right: side("r", { create: false }) }));
  b.left.add({ name: "a" });
  await b.run();
  assert.equal(b.right.rows.size, 0);
  b.pass(60);
  b.link = link(ROWS);
  assert.equal((await b.run()).counts["r"]?.created, 1);
});
