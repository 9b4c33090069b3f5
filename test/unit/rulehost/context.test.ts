import assert from "node:assert/strict";
import { test } from "node:test";
import { createReport, reportFor } from "../../../daemon/config/content/report.ts";
import { compileRules } from "../../../daemon/config/rules/compile-rules.ts";
import type { RuleCall, RuleResult } from "../../../daemon/core/rules.ts";
import { openRuleHost } from "../../../daemon/rulehost/open.ts";

const { signal } = new AbortController();

const TABLES = {
  "p/r": {
    a: {
      labels: { Customer: "user-03", Summary: "name" },
      outgoing: { status: { New: "To do" } },
      incoming: { status: { "To do": "New" } },
    },
    b: { labels: { Title: "title" }, outgoing: { status: { "To do": "New" } }, incoming: { status: { New: "To do" } } },
  },
};

async function host(rules: string) {
  const report = createReport();
  const bundle = await compileRules(
    {
      files: new Map([["rules/r.ts", `export default { a: { ${rules} } };`]]),
      links: new Map([["p/r", "rules/r.ts"]]),
      tables: TABLES,
    },
    (file) => reportFor(report, file),
  );
  assert.ok(bundle !== null, JSON.stringify(report.all()));
  const opened = await openRuleHost(bundle, { signal });
  assert.ok(opened.ok);
  return opened.host;
}

async function run(rules: string, call: Partial<RuleCall>) {
  const open = await host(rules);
  try {
    const whole = { kind: "outgoing", link: "p/r", endpoint: "a", issue: {}, creating: false, ...call } as RuleCall;
    const [result] = await open.run([whole], signal);
    assert.ok(result !== undefined);
    return result;
  } finally {
    await open.close();
  }
}

function done(result: { ok: boolean | null }): Extract<RuleResult, { ok: true }> {
  assert.equal(result.ok, true, JSON.stringify(result));
  return result as Extract<RuleResult, { ok: true }>;
}

test("X4 a field is read and written by its label as well as by its name", async () => {
  const result = await run(
    'outgoing({ issue, replica }: any) { replica.copy = issue.byLabel["Customer"] + issue["user-03"]; replica.byLabel["Customer"] = "B"; }',
    { issue: { "user-03": "A", name: "n" } },
  );
  assert.deepEqual(done(result).fields, { "user-03": "B", name: "n", copy: "AA" });
  const incoming = await run(
    "incoming({ issue, replica, current }: any) { issue.byLabel.Summary = replica.byLabel.Title + current.byLabel.Summary; }",
    { kind: "incoming", replica: { title: "T" }, current: { name: "old" }, issue: {} },
  );
  assert.deepEqual(done(incoming).fields, { name: "Told" });
});

test("X4 a record can be gone through by its labels", async () => {
  const result = await run(
    "outgoing({ issue, replica }: any) { replica.labels = Object.keys(issue.byLabel); replica.all = Object.values(issue.byLabel).map(String); }",
    {
      issue: { "user-03": "A", name: "n" },
    },
  );
  const { labels, all } = done(result).fields;
  assert.ok(Array.isArray(labels) && labels.includes("Customer"));
  assert.deepEqual(
    all,
    labels.map((label) => (label === "Customer" ? "A" : "n")),
  );
});

test("X4 a label that no field has is an error that names it", async () => {
  const result = await run('outgoing({ issue }: any) { issue.byLabel["Custumer"]; }', { issue: { "user-03": "A" } });
  assert.ok(result.ok === false);
  assert.match(result.error.message, /no field labelled "Custumer"/);
});

test("X6 a value map answers in the rule's direction, and unmapped values as declared", async () => {
  const rules = `outgoing({ replica, valueMap }: any) {
    replica.known = valueMap("status", "New");
    replica.same = valueMap("status", "Odd");
    replica.other = valueMap("status", "Odd", "Open");
    replica.empty = valueMap("status", null);
  },
  incoming({ issue, valueMap }: any) { issue.known = valueMap("status", "To do"); }`;
  assert.deepEqual(done(await run(rules, {})).fields, { known: "To do", same: "Odd", other: "Open", empty: null });
  const incoming = await run(rules, { kind: "incoming", replica: {}, current: null, issue: {} });
  assert.deepEqual(done(incoming).fields, { known: "New" });
  const wrong = await run('outgoing({ valueMap }: any) { valueMap("stauts", "x"); }', {});
  assert.ok(wrong.ok === false);
  assert.match(wrong.error.message, /no value map "stauts"/);
});

test("X14 a rule sees what both sides last agreed on, and what changed since", async () => {
  const rules = `outgoing({ replica, previous, changed, added, removed }: any) {
    replica.was = previous?.name ?? "nothing";
    replica.moved = changed("name");
    replica.still = changed("tags");
    replica.plus = added("tags");
    replica.minus = removed("tags");
  }`;
  const issue = { name: "new", tags: ["b", "c"] };
  const later = done(await run(rules, { issue, previous: { name: "old", tags: ["a", "b"] } })).fields;
  assert.deepEqual(later, { ...issue, was: "old", moved: true, still: true, plus: ["c"], minus: ["a"] });
  const first = done(await run(rules, { issue, previous: null, creating: true })).fields;
  assert.deepEqual(first, { ...issue, was: "nothing", moved: false, still: false, plus: ["b", "c"], minus: [] });
  const order = done(await run(rules, { issue, previous: { name: "new", tags: ["c", "b"] } })).fields;
  assert.equal(order["still"], false);
});

test("X14 an incoming rule sees the local base and what the sender changed", async () => {
  const result = await run(
    "incoming({ issue, base, previous, changed }: any) { issue.x = [base.name, previous.title, String(changed('title'))]; }",
    {
      kind: "incoming",
      replica: { title: "now" },
      current: { name: "c" },
      issue: {},
      base: { name: "b" },
      previous: { title: "before" },
    },
  );
  assert.deepEqual(done(result).fields, { x: ["b", "before", "true"] });
});

test("X14 what an outgoing rule makes of a field is no change of it", async () => {
  const rules =
    "incoming({ issue, changed, added, removed }: any) { issue.x = [String(changed('title')), String(changed('kind')), ...added('tags'), '-', ...removed('tags')]; }";
  const call = {
    ...({ kind: "incoming", issue: {}, current: {} } as const),
    replica: { title: "LOUD", kind: "bug", tags: ["kept"] },
    record: { title: "loud", kind: "bug", tags: ["kept", "new"] },
    previous: { title: "loud", kind: "task", tags: ["kept", "gone"] },
  };
  assert.deepEqual(done(await run(rules, call)).fields, { x: ["false", "true", "new", "-", "gone"] });
  const { record: _, ...plain } = call;
  assert.deepEqual(done(await run(rules, plain)).fields, { x: ["true", "true", "-", "gone"] });
});

test("X13, X24 adopt and unlink come back with their reasons", async () => {
  const adopted = await run('incoming({ adopt }: any) { adopt("77", "same ticket"); }', {
    kind: "incoming",
    replica: {},
    current: null,
    issue: {},
    creating: true,
  });
  assert.deepEqual(done(adopted).adopt, { key: "77", reason: "same ticket" });
  const unlinked = done(await run('outgoing({ unlink }: any) { unlink("moved away"); }', {}));
  assert.equal(unlinked.unlink, "moved away");
  assert.equal(unlinked.adopt, undefined);
});

test("X18 a rule that asks is run again with the answers, and asks all it can at once", async () => {
  const rules = `async outgoing({ replica, lookup }: any) {
    const [who, what] = await Promise.all([lookup.user("jane@x.test"), lookup.option("status", "open")]);
    const next = await lookup.release(what.value);
    replica.all = [who.status, what.value, next.status];
  }`;
  const open = await host(rules);
  const call: RuleCall = { kind: "outgoing", link: "p/r", endpoint: "a", issue: { id: "1" }, creating: false };
  const [first] = await open.run([call], signal);
  assert.ok(first?.ok === null);
  assert.deepEqual(
    first.asks.map(({ kind, args }) => [kind, ...args]),
    [
      ["user", "jane@x.test"],
      ["option", "status", "open"],
    ],
  );
  const [user, option] = first.asks.map(({ key }) => key);
  assert.ok(user !== undefined && option !== undefined);
  const answers = {
    [user]: { status: "missing" },
    [option]: { status: "found", value: "Open", name: "Open" },
  } as const;
  const [second] = await open.run([{ ...call, answers }], signal);
  assert.ok(second?.ok === null);
  const release = second.asks[0];
  assert.deepEqual(release?.args, ["Open"]);
  const [third] = await open.run(
    [{ ...call, answers: { ...answers, [release?.key ?? ""]: { status: "unknown" } } }],
    signal,
  );
  await open.close();
  assert.ok(third?.ok === true);
  assert.deepEqual(third.fields, { id: "1", all: ["missing", "Open", "unknown"] });
});

test("X18 a promise that nobody awaited is named as such, not written", async () => {
  const rules = 'outgoing({ replica, lookup }: any) { replica.who = lookup.user("x"); }';
  const open = await host(rules);
  const call: RuleCall = { kind: "outgoing", link: "p/r", endpoint: "a", issue: {}, creating: false };
  const [first] = await open.run([call], signal);
  assert.ok(first?.ok === null);
  const answers = { [first.asks[0]?.key ?? ""]: { status: "missing" } as const };
  const [second] = await open.run([{ ...call, answers }], signal);
  await open.close();
  assert.ok(second?.ok === true);
  assert.match(second.fieldErrors["who"] ?? "", /await/);
});

test("B19 the clock and ids come from the record: the same record has the same, however often it is asked for", async () => {
  const rules = `outgoing({ replica, changedAt, newId }: any) { replica.at = changedAt; replica.ids = [newId(), newId()]; },
    incoming(ctx: any) { ctx.issue.at = ctx.changedAt; ctx.issue.ids = [ctx.newId(), ctx.newId()]; }`;
  const open = await host(rules);
  const call = (changedAt: string | null, seed: string) =>
    ({ kind: "outgoing", link: "p/r", endpoint: "a", issue: {}, creating: false, event: { changedAt, seed } }) as const;
  const [day, dawn] = ["2026-11-22T10:00:00Z", "2026-11-23T05:00:00Z"];
  const [one, two] = ["0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"];
  const ask = async (calls: readonly RuleCall[]) =>
    (await open.run(calls, signal)).map((result) => done(result as RuleResult).fields);
  const [first, later, other] = await ask([call(day, one), call(dawn, one), call(null, two)]);
  const ids = ["01234567-89ab-8def-a123-456789abcdef", "01234567-89ab-8def-a123-456789abcdf0"];
  assert.deepEqual(
    [first, later],
    [
      { at: day, ids },
      { at: dawn, ids },
    ],
  );
  assert.deepEqual(other, {
    at: null,
    ids: ["ffffffff-ffff-8fff-afff-ffffffffffff", "ffffffff-ffff-8fff-afff-ffff00000000"],
  });
  assert.deepEqual(await ask([call(day, one)]), [first]);
  const incoming = { ...call(day, one), kind: "incoming", replica: {}, current: null } as const;
  assert.deepEqual(await ask([incoming]), [first]);
  await open.close();
});

test("X15, X17 rules for attachments and comments say what is sent", async () => {
  const rules = `attachment({ attachment }: any) { return attachment.size < 1000; },
    comment({ comment }: any) { if (comment.private) return false; comment.body = comment.body.toUpperCase(); }`;
  const small = await run(rules, { kind: "attachment", part: { name: "a.txt", size: 10 } });
  assert.equal(done(small).fields["send"], true);
  const large = await run(rules, { kind: "attachment", part: { name: "a.txt", size: 10_000 } });
  assert.equal(done(large).fields["send"], false);
  const comment = done(await run(rules, { kind: "comment", part: { body: "hi", private: false } })).fields;
  assert.deepEqual([comment["send"], comment["body"]], [true, "HI"]);
  const secret = await run(rules, { kind: "comment", part: { body: "hi", private: true } });
  assert.equal(done(secret).fields["send"], false);
});

test("B19 the same input gives the same answer, however often and in whatever process", async () => {
  const rules = `async outgoing({ replica, issue, lookup, changed }: any) {
    const found = await lookup.user(issue.name);
    replica.all = [issue.name, found.status, String(changed("name")), String([3, 1, 2].sort())];
  }`;
  const call = { issue: { id: "1", name: "n" }, previous: { name: "o" } };
  const key = JSON.stringify(["user", "n"]);
  const answers = { [key]: { status: "found", value: "x", name: "X" } } as const;
  const texts = new Set<string>();
  for (let i = 0; i < 3; i++) texts.add(JSON.stringify(await run(rules, { ...call, answers })));
  assert.equal(texts.size, 1);
});
