import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { objectOf, syncline } from "../support/command.ts";
import { RULE, sampleFiles } from "../support/sample.ts";
import { gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";

interface Tests {
  readonly ok: boolean;
  readonly results: readonly {
    readonly line: number;
    readonly name: string;
    readonly failure: { readonly message: string; readonly line: number; readonly column: number } | null;
  }[];
  readonly broken: readonly { readonly file: string; readonly message: string }[];
  readonly diagnostics: readonly {
    readonly line: number;
    readonly column: number;
    readonly code: string;
    readonly message: string;
  }[];
}

const HEAD = `import { expect, run, test } from "syncline/test";
import crash from "./fixtures/crash.json" with { type: "json" };
`;

/** The sample as a repository in which tests of rules are written. */
async function openRepository(t: TestContext) {
  const box = await gitBox(t);
  const { clone } = box.pair(sampleFiles());
  const env = isolatedEnv(box.root);
  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    writeFileSync(join(clone, file), text);
  };
  const run = (...args: string[]) => syncline(["test", ...args], { env, cwd: clone });
  const tested = async (code: number, ...args: string[]) => {
    const ended = await run(...args, "--json");
    assert.equal(ended.code, code, ended.stdout + ended.stderr);
    return objectOf(ended) as unknown as Tests;
  };
  return { clone, env, put, run, tested };
}

/** A line each: a test's body, and what must be said of it; null where it passes. */
const MISTAKES: readonly (readonly [name: string, body: string, said: RegExp | null])[] = [
  ["nobody waits for run", `() => { run(crash).then(({ issue }) => expect(issue["name"]).toBe("x")); }`, /to be "x"/],
  ["nobody waits, and it fails", `() => { void run(crash, { record: { gone: 1 } }); }`, /alm has no field "gone"/],
  [
    "nobody waits in a loop",
    `() => { ["a"].forEach(async (name) => { const one = await run(crash, { record: { name } }); const two = await run(crash, { record: { name: String(one.issue["name"]) } }); expect(two.issue["name"]).toBe("b"); }); }`,
    /expected "a"\nto be "b"/,
  ],
  ["a test in a test", `() => { test("inner", () => expect(1).toBe(2)); }`, /"inner".* inside of another test/],
  ["a promise is no value", `() => { expect(run(crash)).toHave({}); }`, /got a promise: write await/],
  ["an expectation without a word", `() => { expect(crash.link === ""); }`, /expect\(…\) alone says nothing/],
  [
    "a field that is not there",
    `async () => { expect((await run(crash)).issue["nmae"]).toBe(undefined); }`,
    /no field "nmae"/,
  ],
  ["a text is thrown", `() => { throw "why"; }`, /threw why/],
  ["nothing comes", `() => new Promise<void>(() => undefined)`, /never comes/],
  ["a failure that does not come", `async () => { await expect(() => 1).toFail(); }`, /and it did not/],
  ["a fixture is changed", `() => { crash.record.fields.name = "x"; }`, /read only property 'name'/],
  ["the fixture is as it was", `() => expect(crash.record.fields.name).not.toBe("x")`, null],
  ["sets", `() => expect(new Set([1])).toEqual(new Set([2]))`, /expected Set \[2\], got Set \[1\]/],
  ["equal sets", `() => expect(new Set([1, "a"])).toEqual(new Set(["a", 1]))`, null],
  ["maps", `() => expect(new Map([[1, { a: 1 }]])).toEqual(new Map([[1, { a: 2 }]]))`, /expected Map/],
  ["dates", `() => expect(new Date(0)).toEqual(new Date(1))`, /1970/],
  ["expressions", `() => expect(/a/).toEqual(/b/)`, /to equal \/b\//],
  ["zeros", `() => expect(-0).toBe(0)`, /expected -0\nto be 0/],
  [
    "circles",
    `() => { const a: unknown[] = []; a.push(a); const b: unknown[] = []; b.push(b); expect(a).toEqual(b); }`,
    null,
  ],
  ["twice", `() => { const all = /a/g; expect("a").toMatch(all); expect("a").toMatch(all); }`, null],
  ["no text", `() => expect("null").toContain(null)`, /to contain null/],
  [
    "too many at a time",
    `async () => { await Promise.all(Array.from({ length: 201 }, (_, i) => run(crash, { record: { name: String(i) } }))); }`,
    /200 records at a time/,
  ],
  [
    "a failure that is caught",
    `async () => { try { await run(crash, { record: { gone: 1 } }); } catch (error) { expect(String(error)).toMatch(/gone/); } }`,
    null,
  ],
  ["a failure that is expected", `async () => { await expect(() => expect(1).toBe(2)).toFail(/to be 2/); }`, null],
  [
    "several at a time",
    `async () => { const [a, b] = await Promise.all([run(crash), run(crash, { record: { name: "x" } })]); expect(a?.issue["severity"]).toBe(b?.issue["severity"]); }`,
    null,
  ],
];

test("X31 a test that could not fail fails, with its place: what nobody waits for, judges or runs, and what is misspelt", async (t) => {
  const { put, tested, run } = await openRepository(t);
  const lines = MISTAKES.map(([name, body]) => `test(${JSON.stringify(name)}, ${body});\n`);
  put("rules/payments/wrong.test.ts", `${HEAD}${lines.join("")}`);
  const { ok, results } = await tested(1, "wrong");
  assert.equal(ok, false, "so says --json too");
  assert.equal(results.length, MISTAKES.length);
  for (const [i, [name, , said]] of MISTAKES.entries()) {
    const { line, failure } = results[i] ?? assert.fail(name);
    assert.equal(line, i + 3, name);
    if (said === null) assert.equal(failure, null, `${name}: ${failure?.message}`);
    else {
      assert.match(failure?.message ?? "passed", said, name);
      assert.equal(failure?.line, i + 3, `${name} has its line`);
    }
  }
  const shown = await run("wrong");
  assert.match(shown.stdout, /nothing comes\n {10}rules\/payments\/wrong\.test\.ts:11:1\n/);
});

test("X31 a rule that had to be stopped in one test is asked in the next, however often that was", async (t) => {
  const { put, tested } = await openRepository(t);
  put(
    RULE,
    `import { link } from "syncline";
export default link<"payments", "defects">({
  alm: {
    outgoing({ issue }) {
      if (issue.name === "loop") for (;;) Math.abs(1);
    },
  },
});
`,
  );
  put(
    "rules/payments/loops.test.ts",
    `${HEAD}for (const n of [1, 2, 3, 4, 5])
  test(\`loop \${n}\`, async () => expect(run(crash, { record: { name: "loop", severity: String(n) } })).toFail(/longer than 1 s/));
test("goes on", async () => expect((await run(crash)).errors).toEqual({}));
`,
  );
  const { results } = await tested(0, "loops");
  assert.deepEqual(
    results.map(({ failure }) => failure),
    [null, null, null, null, null, null],
  );
});

test("B1 types for editors are written in the folder in which a person stands, as tests are run there", async (t) => {
  const { clone, put, env } = await openRepository(t);
  put("rules/syncline.d.ts", "// stale\n");
  const written = await syncline(["types"], { env, cwd: clone });
  assert.deepEqual([written.code, written.stderr], [0, ""]);
  assert.match(written.stdout, /^written .*rules\/syncline\.d\.ts/);
  assert.match((await syncline(["types"], { env, cwd: clone })).stdout, /^unchanged /);
});

test("X31 what keeps a test file from being run is said once, in the words that rules get", async (t) => {
  const { put, tested, clone, run } = await openRepository(t);
  put("rules/payments/wrong.test.ts", HEAD);
  const none = await tested(1, "wrong");
  assert.deepEqual(
    none.broken.map(({ file, message }) => [file, message]),
    [["rules/payments/wrong.test.ts", "The file has no test."]],
  );
  put(
    "rules/payments/wrong.test.ts",
    `import one from "../../../x.ts";\nimport two from "./fixtures/crsh.json";\nimport { test } from "syncline/test";\ntest("x", () => { one; two; });\n`,
  );
  const { diagnostics } = await tested(1, "wrong");
  assert.deepEqual(
    diagnostics.map(({ line, message }) => [line, message]),
    [
      [1, '"../../../x.ts" leads out of rules/: rules import files below rules/ only.'],
      [2, 'There is no file rules/payments/fixtures/crsh.json. Did you mean "./fixtures/crash.json"?'],
    ],
  );
  put(
    "rules/payments/wrong.test.ts",
    `${HEAD}const one = await run(crash);\ntest("x", () => expect(one).toHave({}));\n`,
  );
  const awaited = await tested(1, "wrong");
  assert.match(awaited.diagnostics[0]?.message ?? "", /^Nothing can be awaited outside of a function/);
  put(
    "rules/payments/wrong.test.ts",
    `${HEAD}const one = run(crash);\ntest("x", async () => expect(await one).toHave({}));\n`,
  );
  assert.match((await tested(1, "wrong")).results[0]?.failure?.message ?? "", /run\(…\) stands outside of a test/);

  const absolute = await run(join(clone, "rules/payments/defects.test.ts"));
  assert.equal(absolute.code, 0, absolute.stderr);
  const other = await run("defects", "nothing");
  assert.equal(other.code, 3, "a name that no file has is not passed over");
  assert.match(other.stderr, /No test file is called nothing\./);
  const bare = await run("--repo", join(clone, ".git"));
  assert.deepEqual([bare.code, /has no work tree to test/.test(bare.stderr)], [3, true], bare.stderr);
});
