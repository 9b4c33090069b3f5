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

const value = fc.constantFrom<RuleFields[string]>(null, "x", "fail", "", 0, true);
const record = fc.record(
  { a: value, b: value, c: value, d: value, n: fc.nat(5), tags: fc.constantFrom(["p"], ["p", "q"], []), long: value },
  { requiredKeys: ["tags"] },
);

const rule = (parameter: string, start: string, body: string) => `import { link } from "syncline";
export default link<any, any>({ a: {
  outgoing(${parameter}: any) { ${start} ${body} },
  incoming(${parameter}: any) { ${start.replaceAll("issue, replica", "issue: replica, replica: issue")} ${body} },
} });`;

test("B19 what a rule answers does not hang on how much of its record was sent", async () => {
  const files = BODIES.flatMap((body, i) => [
    [
      `lean${i}`,
      rule("{ issue, replica, fail, log }", "", body).replace(
        "incoming({ issue, replica,",
        "incoming({ issue: replica, replica: issue,",
      ),
    ],
    [`whole${i}`, rule("ctx", "const { issue, replica, fail, log } = ctx;", body)],
  ]);
  const opened = await openFiles(Object.fromEntries(files));
  assert.ok(opened.ok);
  const lean = Object.entries(opened.shapes).filter(([, shape]) => shape["a"]?.lean.length === 2);
  assert.equal(lean.length, BODIES.length);
  const calls = (name: string, records: readonly RuleFields[]): readonly RuleCall[] =>
    records.flatMap((issue): RuleCall[] => [
      { kind: "outgoing", link: `p/${name}`, endpoint: "a", issue, creating: false },
      {
        kind: "incoming",
        link: `p/${name}`,
        endpoint: "a",
        issue: { b: "own" },
        replica: issue,
        current: null,
        creating: true,
      },
    ]);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(BODIES.length - 1),
      fc.array(record, { minLength: 1, maxLength: 12 }),
      async (i, records) => {
        const thin = await opened.host.run(calls(`lean${i}`, records), signal);
        const whole = await opened.host.run(calls(`whole${i}`, records), signal);
        assert.deepEqual(placeless(thin), placeless(whole), BODIES[i]);
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
  assert.equal(looks.thin(call), null, "nothing is known yet");
  looks.learn(call, { issue: ["a", "gone"], replica: [] });
  const thin = { issue: { absent: ["gone"] }, replica: { absent: [] } };
  assert.deepEqual(looks.thin(call), { ...call, issue: { a: "1" }, replica: {}, thin });
  assert.equal(looks.thin({ ...call, endpoint: "b" }), null, "another rule");
  looks.learn(call, { issue: null, replica: [] });
  assert.deepEqual((looks.thin(call) as { issue: unknown }).issue, call.issue);
});
