import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkConfig, SideConfig } from "../../../daemon/core/snapshot.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";

const FIELDS = [field("name"), field("sev"), field("own")];
const ROWS = [row("name", "name"), row("sev", "sev")];

/** The right side gets partners and updates; the left one is never updated. */
function oneWay(right: Partial<SideConfig> = {}): LinkConfig {
  return link(ROWS, {
    left: side("l", { create: false, update: false, marker: null }),
    right: side("r", { marker: null, ...right }),
  });
}

function updates(b: Bench, tracker: "left" | "right"): number {
  return b[tracker].log.filter(({ kind }) => kind === "update").length;
}

test("E29 E30 a side that is not updated is never written, whatever its partner's side does; the other side follows", async () => {
  const b = bench(FIELDS, FIELDS, oneWay());
  b.left.add({ name: "a", sev: "1" });
  b.right.add({ name: "stays alone" });
  await b.run();
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [1, 2]);
  const partner = b.store.link("t/defects").pairs("left", ["1"]).get("1")?.right ?? "";
  b.pass(5);
  b.right.edit(partner, { sev: "9" });
  const report = await b.run();
  assert.equal(report.status, "passed");
  assert.equal(report.conflicts, 0, "a side that takes nothing is in no conflict");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "1");
  b.pass(5);
  b.left.edit("1", { name: "b" });
  await b.run();
  assert.equal(b.right.rows.get(partner)?.fields["name"], "b");
  assert.equal(b.right.rows.get(partner)?.fields["sev"], "9", "a field that nobody edited in the source stays");
  assert.equal(b.left.log.length, 0);
  const before = b.writes();
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before, "the second run writes nothing");
});

test("E30 once a side is updated again, what was edited meanwhile is not made up for; what is edited from then on flows", async () => {
  const b = bench(FIELDS, FIELDS, oneWay());
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  const partner = [...b.right.rows.keys()][0] ?? "";
  b.pass(5);
  b.right.edit(partner, { sev: "9" });
  await b.run();
  const { update: _, ...left } = b.link.left;
  b.link = { ...b.link, left: { ...left, create: true } };
  b.pass(5);
  await b.run({ full: true, revision: "rev2" });
  assert.equal(updates(b, "left"), 0, "the past is not replayed");
  b.right.edit(partner, { name: "c" });
  b.pass(5);
  await b.run({ revision: "rev2" });
  assert.equal(b.left.rows.get("1")?.fields["name"], "c");
  assert.equal(b.left.rows.get("1")?.fields["sev"], "1");
  b.pass(5);
  b.right.edit(partner, { sev: "5" });
  await b.run({ revision: "rev2" });
  assert.equal(b.left.rows.get("1")?.fields["sev"], "5");
});

test("E30 neither side is updated: pairs are kept, and nothing but markers is written", async () => {
  const none = { create: false, update: false };
  const b = bench(FIELDS, FIELDS, link(ROWS, { left: side("l", none), right: side("r", none) }));
  b.left.add({ name: "a", sev: "1", partner: "1001" });
  b.right.add({ name: "b", sev: "2" });
  const report = await b.run();
  assert.equal(report.paired, 1);
  assert.deepEqual(
    [...b.left.log, ...b.right.log].map(({ id, fields }) => [id, fields]),
    [["1001", { partner: "1" }]],
  );
  b.pass(5);
  b.left.edit("1", { name: "c" });
  b.right.edit("1001", { sev: "3" });
  await b.run();
  assert.equal(b.writes(), 1);
});

test("T22 E30 constants are not put back, and cut texts not cut in their source, on a side that is not updated", async () => {
  const cut = field("name", { maxLength: { size: 3, unit: "characters" } });
  const b = bench(FIELDS, [cut, field("sev"), field("own")], {
    ...oneWay(),
    fields: [row("name", "name", { overflow: "truncate-both" }), row("sev", "sev")],
    left: side("l", {
      ...{ create: false, update: false, marker: null },
      ...{ constants: { own: "kept" }, held: { own: "always" } },
    }),
  });
  b.left.add({ name: "abcdef" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { name: "ghijkl" });
  await b.run();
  assert.equal([...b.right.rows.values()][0]?.fields["name"], "ghi");
  assert.deepEqual(b.left.rows.get("1")?.fields, { name: "ghijkl", sev: null, own: null, partner: null });
});
