import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleCall, RuleFields, RuleHost } from "../../../daemon/core/rules.ts";
import { createLooks } from "../../../daemon/rulehost/looks.ts";
import { openFiles } from "./rules.ts";

const { signal } = new AbortController();

/** What a rule does with a field that it was never seen to look at, and so is not sent. `a`: that field. */
const BODIES: Readonly<Record<string, string>> = {
  "sets it and takes it away again": "replica.a = 'for now'; delete replica.a;",
  "takes it away twice": "delete replica.a; replica.a = 'again'; delete replica.a;",
  "defines it": "Object.defineProperty(replica, 'a', { value: 'defined' });",
  "hides it": "Object.defineProperty(replica, 'a', { enumerable: false });",
  "sets it where nothing may be added": "Object.preventExtensions(replica); replica.a = 'set';",
  "sets it past a setter": "Object.setPrototypeOf(replica, { set a(given: any) { log(given); } }); replica.a = 'set';",
  "sets it on what inherits from the record": "const child = Object.create(replica); child.a = 'set'; log(child.a);",
  "reads a field called byLabel": "replica.x = String(issue.byLabel);",
  "writes a field called byLabel": "replica.byLabel = 'set';",
  "reads a field called __proto__": "replica.x = String(issue['__proto__']);",
  "writes a field called __proto__": "replica['__proto__'] = 'set';",
  "goes on after it could not be read": "try { log(issue.a); } catch { log('caught'); } finally { unlink('finally'); }",
  "tries until it can be read": "for (;;) try { log(issue.a); break; } catch { log('again'); }",
  "waits in vain where it cannot be read":
    "let left = Infinity; try { left = issue.a.length; } finally { while (left > 0) left -= 1; }",
};

const SEEN = record({ asks: false });
const UNSEEN = record({ asks: true });

function record(more: RuleFields): RuleFields {
  return JSON.parse(
    JSON.stringify({ ...more, a: "1", byLabel: "named so" }).replace("{", '{"__proto__":"a field",'),
  ) as RuleFields;
}

function callsOf(link: string, fields: RuleFields): readonly RuleCall[] {
  const common = { link: `p/${link}`, endpoint: "a", creating: false };
  return [
    { kind: "outgoing", ...common, issue: fields },
    { kind: "incoming", ...common, issue: fields, replica: fields, current: null },
  ];
}

function textOf(body: string): string {
  const guarded = `if (!issue.asks) return; ${body}`;
  return `import { link } from "syncline";
export default link<any, any>({ a: {
  outgoing({ issue, replica, log, unlink }: any) { ${guarded} },
  incoming({ issue: replica, replica: issue, log, unlink }: any) { ${guarded} },
} });`;
}

async function answers(host: RuleHost, link: string, fields: RuleFields): Promise<unknown> {
  const results = await host.run(callsOf(link, fields), signal);
  assert.ok(results.every((result) => result.ok !== null));
  return JSON.parse(JSON.stringify(results));
}

test("B19 what a rule does with fields that it was not sent is done on the whole record", async (t) => {
  for (const [name, body] of Object.entries(BODIES)) {
    await t.test(name, async () => {
      const opened = await openFiles({ known: textOf(body), fresh: textOf(body) }, { deadlineMs: 300 });
      assert.ok(opened.ok);
      await answers(opened.host, "known", SEEN);
      const whole = await answers(opened.host, "fresh", UNSEEN);
      assert.ok((whole as { ok: boolean }[]).some(({ ok }) => ok) || name.includes("inherits"));
      const first = JSON.stringify(await answers(opened.host, "known", UNSEEN)).replaceAll("known", "fresh");
      assert.deepEqual(JSON.parse(first), whole);
      const second = JSON.stringify(await answers(opened.host, "known", UNSEEN)).replaceAll("known", "fresh");
      assert.deepEqual(JSON.parse(second), whole, "and once more");
      await opened.host.close();
    });
  }
});

test("B19 a child of a record is no record: what is set on it stays there", async () => {
  const body =
    "const child = Object.create(replica); child.x = 'of the child'; child.id = 'too'; log(child.x, child.id);";
  const opened = await openFiles({ r: textOf(body) });
  assert.ok(opened.ok);
  const [result] = await opened.host.run(callsOf("r", { id: "1", asks: true }), signal);
  assert.deepEqual(result, { ok: true, fields: { id: "1", asks: true }, fieldErrors: {}, logs: ["of the child too"] });
  await opened.host.close();
});

test("a rule that looks at another field of each record is sent whole records, not ever longer lists", () => {
  const looks = createLooks();
  const call: RuleCall = { kind: "outgoing", link: "p/r", endpoint: "a", issue: { a: "1" }, creating: false };
  const none = { record: [], replica: [], current: [], base: [], previous: [], event: [] };
  for (let i = 0; i < 10_000; i += 1) looks.learn(call, { ...none, issue: [`note_${i}`] });
  const sent = JSON.stringify(looks.thin(call));
  assert.ok(sent.length < 1000, `${sent.length} characters`);
  assert.deepEqual((looks.thin(call) as { issue: unknown }).issue, call.issue);
});
