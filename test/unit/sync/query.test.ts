import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, field, link, row, side } from "./bench.ts";

const FIELDS = [field("name"), field("state")];

function setUp() {
  return bench(
    FIELDS,
    FIELDS,
    link([row("name", "name"), row("state", "state")], { left: side("l", { filter: null }) }),
  );
}

test("X7 a run by a query brings in what it selects, and leaves the rest to a run without one", async () => {
  const made = setUp();
  made.left.add({ name: "urgent", state: "hot" });
  made.left.add({ name: "other", state: "cold" });
  const first = await made.run({ queries: [{ left: "state=hot" }] });
  assert.equal(first.status, "passed");
  assert.deepEqual(
    [...made.right.rows.values()].map((r) => r.fields["name"]),
    ["urgent"],
  );
  made.pass(5);
  await made.run();
  assert.equal(made.right.rows.size, 2, "what the query passed over is still to come");
});

test("X7 edits outside of the query wait, and neither they nor deletions are lost", async () => {
  const made = setUp();
  const hot = made.left.add({ name: "a", state: "hot" });
  const cold = made.left.add({ name: "b", state: "cold" });
  await made.run();
  made.pass(5);
  made.left.edit(hot, { name: "a2" });
  made.left.edit(cold, { name: "b2" });
  made.right.add({ name: "from the right", state: "hot" });
  await made.run({ queries: [{ left: "state=hot" }] });
  const names = () => [...made.right.rows.values()].map((r) => r.fields["name"]).sort();
  assert.deepEqual(names(), ["a2", "b", "from the right"]);
  assert.equal(made.left.rows.size, 2, "the query names no records of the other endpoint");
  made.pass(5);
  await made.run();
  assert.deepEqual(names(), ["a2", "b2", "from the right"]);
  assert.equal(made.left.rows.size, 3);
  made.pass(5);
  const before = made.writes();
  await made.run();
  assert.equal(made.writes(), before);
});

test("X7 a full run by a query concludes nothing from what it does not see", async () => {
  const made = setUp();
  made.link = { ...made.link, left: side("l", { deleted: "delete" }), right: side("r", { deleted: "delete" }) };
  for (let i = 0; i < 4; i++) made.left.add({ name: `n${i}`, state: i === 0 ? "hot" : "cold" });
  await made.run();
  made.pass(5);
  const [, second] = [...made.left.rows.keys()];
  made.left.drop(second ?? "");
  await made.run({ full: true, queries: [{ left: "state=hot" }, { right: "state=hot" }] });
  assert.equal(made.right.rows.size, 4);
  made.pass(5);
  await made.run({ full: true });
  assert.equal(made.right.rows.size, 3);
});
