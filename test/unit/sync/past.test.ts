import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNot } from "../../../daemon/sync/look/why-not.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";
import { lookAt } from "./looking.ts";

const FIELDS = [field("name"), field("until", { kind: "date" })];
const ROWS = [row("name", "name"), row("until", "until")];

/** Every clock says 1 March 2026. */
function benchOf(): Bench {
  const current = { field: "until" };
  return bench(FIELDS, FIELDS, link(ROWS, { left: side("l", { current }), right: side("r", { current }) }));
}

async function why(b: Bench, id: string) {
  const look = await lookAt(b);
  return (await whyNot(look, "left", id)).findings.map(({ kind, message, hint }) => [kind, message, hint]);
}

test("E59 by date, on both sides: what is over gets no partner, the last day still counts, and without a date nothing is over", async () => {
  const b = benchOf();
  const over = b.left.add({ name: "over", until: "2026-02-28" });
  b.left.add({ name: "last day", until: "2026-03-01" });
  b.left.add({ name: "no end" });
  b.right.add({ name: "over there", until: "2025-12-31" });
  await b.run();
  const names = [...b.right.rows.values()].map(({ fields }) => fields["name"]);
  assert.deepEqual(names, ["over there", "last day", "no end"]);
  assert.equal(b.left.rows.size, 3);
  assert.deepEqual(await why(b, over), [
    ["past", 'it ended on 2026-02-28 (past = "skip")', 'past = "include" takes it in'],
  ]);
});

test("E59 what is paired goes on after its end, and a new end date takes a record in", async () => {
  const b = benchOf();
  const id = b.left.add({ name: "a", until: "2026-03-01" });
  const late = b.left.add({ name: "late", until: "2026-02-01" });
  await b.run();
  b.pass(3 * 24 * 60);
  b.left.edit(id, { name: "b" });
  b.left.edit(late, { until: "2026-12-31" });
  await b.run();
  const names = [...b.right.rows.values()].map(({ fields }) => fields["name"]);
  assert.deepEqual(names, ["b", "late"]);
  const before = b.writes();
  await b.run({ full: true });
  assert.equal(b.writes(), before, "the second run writes nothing");
});

test("E86 E61 a new record for which a field is required and empty is held by that field, in the words of both sides", async () => {
  const until = field("until", { kind: "date", required: true, label: "Ends on" });
  const b = bench(
    [field("name"), field("until", { kind: "date", label: "Until" })],
    [field("name"), until],
    link(ROWS),
  );
  b.left.add({ name: "no end" });
  const report = await b.run();
  assert.equal(report.status, "failed");
  assert.deepEqual(
    report.messages.map(({ field: name, message }) => [name, message]),
    [["until", '"Ends on" is required in r, and "Until" of l is empty: fill it in']],
  );
  assert.equal(b.right.rows.size, 0);
  b.pass(5);
  b.left.edit("1", { until: "2026-12-31" });
  await b.run();
  assert.equal(b.right.rows.size, 1);
});
