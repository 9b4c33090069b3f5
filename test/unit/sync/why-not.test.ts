import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleHost } from "../../../daemon/core/rules.ts";
import type { Side } from "../../../daemon/core/snapshot.ts";
import { isSynced } from "../../../daemon/sync/look/finding.ts";
import { whyNot } from "../../../daemon/sync/look/why-not.ts";
import { type Bench, bench, field, link, ORIGIN, row, side, valueMap } from "./bench.ts";
import { lookAt } from "./looking.ts";

const FIELDS = [field("name", { required: true }), field("sev")];
const ROWS = [row("name", "name"), row("sev", "sev", { conflict: "hold" })];

async function ask(b: Bench, of: Side, key: string, revision = "rev1") {
  const before = b.writes();
  const told = await whyNot(await lookAt(b, revision), of, key);
  assert.equal(b.writes(), before);
  return { ...told, kinds: told.findings.map((f) => f.kind), first: told.findings[0] };
}

test("B20 a record in step: nothing keeps it, and when and by which revision it was last written", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  b.left.add({ name: "a" });
  await b.run();
  const told = await ask(b, "left", "1");
  assert.deepEqual(told.kinds, ["in step"]);
  assert.equal(told.partner, "r:1001");
  assert.equal(told.first?.revision, "rev1");
  assert.ok(told.first?.since !== null);
  assert.ok(isSynced(told.findings));
});

test("B20 a record that is not there, one that is hidden, and one whose partner is gone", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  b.left.add({ name: "a" });
  b.left.add({ name: "b" });
  await b.run();
  assert.match((await ask(b, "left", "77")).first?.message ?? "", /l has no defect 77/);
  b.left.hide("2", "hidden");
  assert.match((await ask(b, "left", "2")).first?.message ?? "", /may not see/);
  b.right.drop("1001");
  assert.match((await ask(b, "left", "1")).first?.message ?? "", /partner r:1001 is deleted/);
  await b.run({ full: true });
  const left = await ask(b, "left", "1");
  assert.deepEqual(left.kinds, ["partner"]);
  assert.match(left.first?.message ?? "", /leaves its partner alone/);
});

test("B20 a stopped link, a field that waits, an open retry and an edit not yet carried, in this order", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  b.left.add({ name: "a", sev: "1" });
  await b.run();
  b.pass(5);
  b.left.edit("1", { sev: "2" });
  b.right.edit("1001", { sev: "3" });
  await b.run();
  assert.deepEqual((await ask(b, "left", "1")).kinds, ["conflict"]);
  b.pass(5);
  b.right.habits = { ...b.right.habits, refuse: 1 };
  b.left.edit("1", { name: "refused" });
  await b.run();
  const failed = await ask(b, "left", "1");
  assert.deepEqual(failed.kinds, ["conflict", "retry"]);
  assert.match(failed.findings[1]?.message ?? "", /500, nothing stored.* attempts?;/);
  assert.equal(failed.findings[1]?.revision, "rev1");
  assert.ok(!isSynced(failed.findings));
  const zero = { create: 0, update: 0, delete: 0 };
  const stop = {
    brake: "delete",
    side: "left",
    reason: "too many",
    would: zero,
    run: "x",
    revision: "rev1",
    since: 1,
    allowed: null,
  } as const;
  b.store.link("t/defects").commit({ stop });
  const stopped = await ask(b, "left", "1");
  assert.deepEqual(stopped.kinds, ["stopped", "conflict", "retry"]);
  assert.match(stopped.first?.hint ?? "", /syncline resume t\/defects --allow delete/);
});

test("B20 edited since the last run: the next run carries it", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS));
  b.left.add({ name: "a" });
  await b.run();
  b.left.edit("1", { name: "b" });
  const told = await ask(b, "left", "1");
  assert.deepEqual(told.kinds, ["due"]);
  assert.ok(isSynced(told.findings));
});

test("B20 without a partner: creation off, the filter, a marker that names nobody, a value that cannot be carried, a rule that throws", async () => {
  const off = bench(FIELDS, FIELDS, link(ROWS, { right: side("r", { create: false }) }));
  off.left.add({ name: "a" });
  await off.run();
  const told = await ask(off, "left", "1");
  assert.deepEqual([told.kinds, told.first?.where], [["creation off"], "mappings/t.toml:1"]);

  const filtered = bench(FIELDS, FIELDS, link(ROWS, { left: side("l", { filter: "status[Open]" }) }));
  filtered.left.matching = async () => new Set();
  filtered.left.add({ name: "a" });
  await filtered.run();
  const unselected = await ask(filtered, "left", "1");
  assert.deepEqual(unselected.kinds, ["filter"]);
  assert.match(unselected.first?.message ?? "", /status\[Open\]/);
  assert.ok(unselected.first?.since !== null);

  const marked = bench(FIELDS, FIELDS, link(ROWS));
  marked.left.add({ name: "a", partner: "4711" });
  await marked.run();
  const lost = await ask(marked, "left", "1");
  assert.deepEqual(lost.kinds, ["marker"]);
  assert.match(lost.first?.message ?? "", /r:4711, which is not there/);

  const demanding = [field("name"), field("sev", { kind: "option", options: ["1"], required: true, verified: true })];
  const error = row("sev", "sev", {
    unmapped: "error",
    values: valueMap({ a: "1" }, {}),
    origin: { ...ORIGIN, line: 9 },
  });
  const required = bench(FIELDS, demanding, link([row("name", "name"), error]));
  required.left.add({ name: "a", sev: "unknown" });
  const demanded = await ask(required, "left", "1");
  assert.deepEqual([demanded.kinds, demanded.first?.where], [["required"], "mappings/t.toml:9"]);

  const ruled = bench(
    FIELDS,
    FIELDS,
    link(ROWS, { ruleFile: "rules/t/d.ts", left: side("l", { rules: { outgoing: true, incoming: false } }) }),
  );
  ruled.rules = throwing;
  ruled.left.add({ name: "a" });
  const thrown = await ask(ruled, "left", "1");
  assert.deepEqual([thrown.kinds, thrown.first?.where], [["rule"], "rules/t/d.ts:7"]);
});

const throwing: RuleHost = {
  run: async (calls) =>
    calls.map(() => ({
      ok: false,
      logs: [],
      error: { message: "no severity", file: "rules/t/d.ts", line: 7, column: 3, reason: "throw" },
    })),
  close: async () => undefined,
};
