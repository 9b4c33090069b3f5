import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleCall, RuleHost, RuleResult } from "../../../daemon/core/rules.ts";
import { type Bench, bench, field, link, row, side } from "./bench.ts";

const FIELDS = [field("name"), field("text"), field("note")];
const BOTH = { outgoing: true, incoming: true };

/** Rules on both sides; `decide` may throw. */
function ruled(decide: (call: RuleCall) => Partial<Extract<RuleResult, { ok: true }>>): Bench {
  const rows = FIELDS.map(({ name }) => row(name, name));
  const config = link(rows, {
    ruleFile: "rules/t/d.ts",
    left: side("l", { rules: BOTH }),
    right: side("r", { rules: BOTH }),
  });
  const made = bench(FIELDS, FIELDS, config);
  const one = (call: RuleCall): RuleResult => {
    try {
      return { ok: true, fields: call.issue, logs: [], fieldErrors: {}, ...decide(call) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ok: false, error: { message, file: null, line: null, column: null, reason: "throw" }, logs: [] };
    }
  };
  const host: RuleHost = { run: async (calls) => calls.map(one), close: async () => undefined };
  made.rules = host;
  return made;
}

test("X25 with rules on both sides a change is one write of the changed fields only; what an automation set meanwhile stays", async () => {
  const made = ruled((call) =>
    call.kind === "incoming" ? { fields: { ...call.issue, note: `of ${String(call.replica["name"])}` } } : {},
  );
  const left = made.left.add({ name: "one", text: "first" });
  await made.run();
  made.pass(5);
  const right = [...made.right.rows.keys()][0] ?? "";
  made.right.edit(right, { text: "set by an automation" });
  await made.run();
  made.pass(5);
  made.right.log.length = 0;
  made.left.edit(left, { name: "two" });
  assert.equal((await made.run()).status, "passed");
  assert.deepEqual(made.right.log, [{ kind: "update", id: right, fields: { name: "two", note: "of two" } }]);
  assert.equal(made.right.rows.get(right)?.fields["text"], "set by an automation");
  made.pass(5);
  const before = made.writes();
  await made.run({ full: true });
  assert.equal(made.writes(), before);
});

test("X29 own writes are known by what they wrote: whoever edits afterwards, with whatever account, is synchronised", async () => {
  const made = ruled(() => ({}));
  const left = made.left.add({ name: "one" });
  await made.run();
  const right = [...made.right.rows.keys()][0] ?? "";
  // The tracker tells of no account: an edit in the very second of our own write counts.
  made.right.edit(right, { name: "edited at once" });
  await made.run();
  assert.equal(made.left.rows.get(left)?.fields["name"], "edited at once");
  const before = made.writes();
  await made.run();
  assert.equal(made.writes(), before, "our own writes are no edits");
});

test("X28 X33 a record whose rule throws waits alone; what is edited meanwhile arrives in the end, the last of it", async () => {
  const state = { broken: true };
  const made = ruled((call) => {
    if (state.broken && call.issue["name"] === "bad") throw new Error("no way");
    return {};
  });
  const ids = Array.from({ length: 50 }, (_, n) => made.left.add({ name: `n${n}` }));
  await made.run();
  made.pass(5);
  for (const id of ids) made.left.edit(id, { name: id === "7" ? "bad" : `edited ${id}`, text: "first" });
  const report = await made.run();
  assert.equal(report.status, "passed with errors");
  assert.equal(report.messages.filter(({ level }) => level === "error").length, 1);
  const texts = () => [...made.right.rows.values()].filter((r) => r.fields["text"] === "first").length;
  assert.equal(texts(), 49);
  made.pass(5);
  made.left.edit("7", { text: "last" });
  state.broken = false;
  assert.equal((await made.run({ revision: "rev2" })).status, "passed");
  assert.deepEqual(
    [...made.right.rows.values()].filter((r) => r.fields["name"] === "bad").map((r) => r.fields["text"]),
    ["last"],
  );
});
