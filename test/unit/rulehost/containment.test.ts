import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { RuleCall, RuleFields, RuleResult } from "../../../daemon/core/rules.ts";
import { openFiles, outgoing } from "./rules.ts";

const { signal } = new AbortController();

/** A file with this rule on both ways, and `before` outside of it. */
function ruled(body: string, before = ""): string {
  return `import { link } from "syncline";
${before}
export default link<any, any>({ a: {
  outgoing({ issue, replica }: any): any { ${body} },
  incoming({ issue: replica, replica: issue }: any): any { ${body} },
} });`;
}

async function run(files: Readonly<Record<string, string>>, ...calls: readonly RuleCall[]) {
  const opened = await openFiles(files, { deadlineMs: 300 });
  assert.ok(opened.ok);
  try {
    return await opened.host.run(calls, signal);
  } finally {
    await opened.host.close();
  }
}

function reasonOf(result: unknown): string {
  const { ok, error } = result as Extract<RuleResult, { ok: false }>;
  return ok ? "" : error.message;
}

test("X17 only a rule for parts holds something back by returning false", async () => {
  const issue: RuleFields = { id: "1", done: false };
  const incoming: RuleCall = {
    ...{ kind: "incoming", link: "p/r", endpoint: "a", creating: false },
    ...{ issue: {}, replica: issue, current: null },
  };
  const results = await run({ r: ruled("return (replica.flag = issue.done);") }, outgoing(issue), incoming);
  assert.deepEqual(results[0], { ok: true, fields: { ...issue, flag: false }, logs: [], fieldErrors: {} });
  assert.deepEqual(results[1], { ok: true, fields: { flag: false }, logs: [], fieldErrors: {} });
});

test("X28 B19 what a record's rule does after its answer is no answer to another record", async () => {
  const waits = ruled(
    "if (issue.id === 'A') return gate.then(() => { replica.x = 'of A'; }); open(); return new Promise(() => {});",
    "let open: any; const gate = new Promise((resolve) => { open = resolve; });",
  );
  const keeps = ruled(
    "if (issue.id === 'A') { replica.x = 'of A'; return { then(done: any) { kept = done; } }; } kept(); return new Promise(() => {});",
    "let kept: any;",
  );
  for (const file of [waits, keeps]) {
    const results = await run({ r: file }, outgoing({ id: "A" }), outgoing({ id: "B" }));
    for (const result of results) assert.match(reasonOf(result), /waits for something that never comes/);
  }
});

test("X28 R10 a loop that a rule starts and does not wait for costs its own record", async () => {
  const files = {
    r: ruled("replica.x = 1; if (issue.id === 'A') (async () => { await null; for (;;); })();"),
    s: ruled("return (async () => { await null; replica.x = 1; })();"),
  };
  const results = await run(files, outgoing({ id: "A" }), outgoing({ id: "B" }), outgoing({ id: "C" }, "p/s"));
  assert.match(reasonOf(results[0]), /ran longer than 0.3 s/);
  assert.deepEqual(results.slice(1).map(reasonOf), ["", ""]);
});

test("R10 what no heap limit counts does not make the rules' process grow without end", {
  skip: process.platform !== "linux",
}, async () => {
  const formats = `for (let i = 0; i < 20; i++)
    new Intl.DateTimeFormat(["en", "de", "fr", "ja", "ar"][i % 5], { dateStyle: "full", timeStyle: "full" }).format(0);
  replica.x = issue.id;`;
  const opened = await openFiles({ r: ruled(formats) }, { heapMb: 32 });
  assert.ok(opened.ok);
  const seen = new Set<number>();
  let most = 0;
  for (let from = 0; from < 800; from += 40) {
    const calls = Array.from({ length: 40 }, (_, i) => outgoing({ id: String(from + i) }));
    const results = await opened.host.run(calls, signal);
    results.forEach((result, i) => void assert.equal(result.ok && result.fields["x"], String(from + i)));
    for (const [pid, mb] of cages()) {
      seen.add(pid);
      most = Math.max(most, mb);
    }
  }
  await opened.host.close();
  assert.ok(most < 330, `${most} MB`);
  assert.ok(seen.size > 1, "it was started anew");
});

/** Resident memory of the rules' processes that this one started, in MB, by process. */
function cages(): readonly (readonly [number, number])[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  return children.flatMap((pid) => {
    const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8");
    if (!read("cmdline").includes("--permission")) return [];
    return [[Number(pid), Number(/^VmRSS:\s+(\d+)/m.exec(read("status"))?.[1] ?? 0) / 1024] as const];
  });
}
