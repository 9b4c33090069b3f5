import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RuleCall, RuleFields } from "../../../daemon/core/rules.ts";
import { createLooks } from "../../../daemon/rulehost/looks.ts";
import { openFiles } from "./rules.ts";

const { signal } = new AbortController();

/** Bodies that look at their records in every way there is. `issue`, `replica`: as an outgoing rule has them; an incoming one the other way round. */
const BODIES = [
  "replica.x = issue.a;",
  "if (issue.a === 'x') replica.x = issue.b; else if (issue.b) replica.y = issue.c ?? 'none';",
  "for (const key of Object.keys(issue)) replica['copy_' + key] = issue[key];",
  "if ('d' in issue) replica.x = 'has'; else replica.x = 'has not';",
  "replica.x = Object.hasOwn(issue, 'c') ? 1 : 2;",
  "delete replica.a; replica.b = [...(issue.tags ?? []), 'new'];",
  "replica.tags?.push('more');",
  "const { a, ...rest } = issue; replica.x = a === 'x' ? JSON.stringify(rest) : '';",
  "Object.assign(replica, issue, { z: 1 });",
  "try { replica.x = issue.a.length + issue.b.length; } catch { replica.x = 'caught ' + (issue.c ?? ''); }",
  "let n = 0; while (n !== (issue.n ?? 3)) n += 1; replica.x = n;",
  "replica.x = issue.toString() + String(issue.constructor === Object) + (issue['__proto__'] === Object.prototype);",
  "if (replica.a === issue.a) replica.same = true; if (issue.b === 'fail') fail('no', { field: 'b' }); log(issue.c);",
  "if (issue.a === 'x') throw new Error('saw ' + issue.b);",
  "replica.a = issue.a; replica.b = replica.b; replica.c = replica.a;",
];

/** The same for what lies behind: only in rules that take their context whole. */
const PAST = [
  "replica.x = ctx.previous?.a ?? 'none';",
  "replica.x = ctx.changed('a') ? 'changed' : ctx.changed('b'); replica.y = [...ctx.added('tags'), '-', ...ctx.removed('tags')];",
  "if (ctx.current) replica.x = ctx.current.a; else if (ctx.base) replica.x = Object.keys(ctx.base).join();",
  "replica.x = JSON.stringify([ctx.current, ctx.base]); replica.y = ctx.previous === ctx.previous;",
  "const { previous, creating } = ctx; if (!creating && previous && issue.a !== previous.a) replica.x = previous.b;",
  "replica.x = ctx.previous && 'c' in ctx.previous; replica.y = Object.keys({ ...ctx }).includes('previous');",
  "replica.x = JSON.stringify({ ...ctx.previous, ...ctx.current });",
  "replica.x = ctx.changedAt; if (issue.a === 'x') replica.y = [ctx.newId(), ctx.newId()];",
];

const value = fc.constantFrom<RuleFields[string]>(null, "x", "fail", "", 0, true);
const record = fc.record(
  { a: value, b: value, c: value, d: value, n: fc.nat(5), tags: fc.constantFrom(["p"], ["p", "q"], []), long: value },
  { requiredKeys: ["tags"] },
);

const past = fc.option(record, { nil: null });

function rule(body: string, parameter: string, start: string): string {
  const turned = start.replaceAll("issue, replica", "issue: replica, replica: issue");
  const turnedParameter = parameter.replace("issue, replica", "issue: replica, replica: issue");
  return `import { link } from "syncline";
export default link<any, any>({ a: {
  outgoing(${parameter}: any) { ${start} ${body} },
  incoming(${turnedParameter}: any) { ${turned} ${body} },
} });`;
}

const TAKEN = "const { issue, replica, fail, log } = ctx;";
/** Who goes through all records is sent all of them. */
const ALL = "for (const one of [ctx.issue, ctx.replica, ctx.current, ctx.base, ctx.previous]) Object.keys(one ?? {});";

test("B19 what a rule answers does not hang on how much of its record was sent", async () => {
  const files = [
    ...BODIES.map((body, i) => [`lean${i}`, rule(body, "{ issue, replica, fail, log }", "")]),
    ...[...BODIES, ...PAST].flatMap((body, i) => [
      [`part${i}`, rule(body, "ctx", TAKEN)],
      [`whole${i}`, rule(body, "ctx", `${ALL} ${TAKEN}`)],
    ]),
  ];
  const opened = await openFiles(Object.fromEntries(files));
  assert.ok(opened.ok);
  const lean = Object.entries(opened.shapes).filter(([, shape]) => shape["a"]?.lean.length === 2);
  assert.equal(lean.length, BODIES.length);
  type Case = { issue: RuleFields; current: RuleFields | null; base: RuleFields | null; previous: RuleFields | null };
  const calls = (name: string, cases: readonly Case[]): readonly RuleCall[] =>
    cases.flatMap(({ issue, current, base, previous }): RuleCall[] => {
      const event = {
        changedAt: `2026-11-2${Number(issue["n"] ?? 0)}T10:00:00Z`,
        seed: String(issue["a"]).padEnd(32, "0"),
      };
      const common = { link: `p/${name}`, endpoint: "a", creating: current === null, event };
      return [
        { kind: "outgoing", ...common, issue, previous },
        {
          kind: "incoming",
          ...common,
          issue: { b: "own" },
          replica: issue,
          record: base ?? issue,
          current,
          base,
          previous,
        },
      ];
    });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(BODIES.length + PAST.length - 1),
      fc.array(fc.record({ issue: record, current: past, base: past, previous: past }), {
        minLength: 1,
        maxLength: 12,
      }),
      async (i, cases) => {
        const whole = placeless(await opened.host.run(calls(`whole${i}`, cases), signal));
        const body = [...BODIES, ...PAST][i];
        assert.deepEqual(placeless(await opened.host.run(calls(`part${i}`, cases), signal)), whole, body);
        if (i < BODIES.length)
          assert.deepEqual(placeless(await opened.host.run(calls(`lean${i}`, cases), signal)), whole, body);
      },
    ),
    { numRuns: 300 },
  );
  await opened.host.close();
});

/** The two kinds of rule stand in different files. */
function placeless(results: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(results, (key, value) => (["file", "line", "column"].includes(key) ? null : value)));
}

test("only what a rule was seen to look at is sent, and a rule that goes through all of it gets all of it", () => {
  const looks = createLooks();
  const call: RuleCall = { kind: "outgoing", link: "p/r", endpoint: "a", issue: { a: "1", b: "2" }, creating: false };
  const nothing = { issue: [], replica: [], record: [], current: [], base: [], previous: [], event: [] };
  assert.equal(looks.thin(call), null, "nothing is known yet");
  looks.learn(call, { ...nothing, issue: ["a", "gone"] });
  assert.deepEqual(looks.thin(call), { ...call, issue: { a: "1" }, thin: { issue: ["gone"] } });
  const past = { ...call, previous: { a: "0" } };
  assert.deepEqual(looks.thin(past), {
    ...call,
    issue: { a: "1" },
    previous: {},
    thin: { issue: ["gone"], previous: [] },
  });
  assert.equal(looks.thin({ ...call, endpoint: "b" }), null, "another rule");
  looks.learn(call, { ...nothing, issue: null });
  assert.deepEqual((looks.thin(call) as { issue: unknown }).issue, call.issue);
});
