import assert from "node:assert/strict";
import { test } from "node:test";
import { createTypeChecker } from "../../../daemon/config/rules/typecheck.ts";
import { build, candidateOf, findings, linkOf, mapping } from "./build.ts";
import { textTree } from "./corpus.ts";

const M = "mappings/m.toml";
const R = "rules/m/items.ts";
const MAPPING = mapping(
  'rules = "m/items.ts"\nreads = { a = ["due"] }',
  '[links.items.fields]\ntitle = "title"\npoints = "points"\ntags = "tags"\nx-free = "x-free"\n',
);

function rules(outgoing: string, incoming = ""): string {
  return `import { link } from "syncline";
export default link<"m", "items">({
  a: {
    outgoing({ issue, replica, creating, log, fail }) {
      ${outgoing}
    },
    incoming({ issue, replica, current, creating, log, fail }) {
      ${incoming}
    },
  },
});
`;
}

async function typed(outgoing: string, incoming = ""): Promise<readonly string[]> {
  return findings({ [M]: MAPPING, [R]: rules(outgoing, incoming) });
}

test("X11 a rule may read what is mapped or under reads, by its kind", async () => {
  assert.deepEqual(
    await typed(
      'const n: number | null = issue.points; const t: string = issue.title ?? ""; const l: readonly string[] = issue.tags; const d: string | null = issue.due; log(n, t, l, d, issue.id, issue["x-free"], creating);',
    ),
    [],
  );
  assert.deepEqual(await typed("log(issue.tilte);"), [`${R}:5:17 rule-type`]);
  assert.deepEqual(await typed("log(issue.owner);"), [`${R}:5:17 rule-type`]);
  assert.deepEqual(await typed('issue.title = "x";'), [`${R}:5:13 rule-type`]);
});

test("X11 what a rule writes must fit the field", async () => {
  assert.deepEqual(
    await typed(
      'replica.title = "x"; replica.points = 4; replica.tags = ["x"]; replica.anything = true;',
      'issue.title = null; issue.flag = true; issue.state = "New"; issue.title = replica.title; if (current) issue.points = current.points;',
    ),
    [],
  );
  assert.deepEqual(await typed("replica.points = 'x';"), [`${R}:5:7 rule-type`]);
  assert.deepEqual(await typed("", "issue.title = 5;"), [`${R}:8:7 rule-type`]);
  assert.deepEqual(await typed("", "issue.made = 'x';"), [`${R}:8:13 rule-type`]);
  assert.deepEqual(await typed("", "issue.title = replica.tilte;"), [`${R}:8:29 rule-type`]);
  assert.deepEqual(await typed("", "issue.title = current.title;"), [`${R}:8:21 rule-type`]);
  assert.deepEqual(await typed("", 'fail("x", { field: "title" }); fail("x", { field: "tilte" });'), [
    `${R}:8:50 rule-type`,
  ]);
});

test("a rule names connections, links and endpoints that are there", async () => {
  const named = (from: string, to: string) => findings({ [M]: MAPPING, [R]: rules("").replace(from, to) });
  assert.match((await named('"m"', '"n"')).join(), /2:21 rule-type/);
  assert.match((await named('"items"', '"itmes"')).join(), /2:26 rule-type/);
  assert.match((await named("  a: {", "  c: {")).join(), /3:3 rule-type/);
});

test("what the cage does not have does not type-check", async () => {
  for (const name of [
    "process",
    "fetch",
    "console",
    "setTimeout",
    "Buffer",
    "require",
    "document",
    "globalThis.process",
  ]) {
    assert.deepEqual(
      await typed(`log(${name});`),
      [`${R}:5:${name.startsWith("globalThis.") ? 22 : 11} rule-type`],
      name,
    );
  }
});

test("rules of a mapping that cannot be read are checked as far as they can", async () => {
  const found = await findings({ [M]: "a = ", [R]: rules("const n: number = issue.whatever; const s: string = 5;") });
  assert.deepEqual(found, [`${M}:1:5 toml-syntax`, `${R}:5:47 rule-type`]);
});

test("one mistake in a mapping is not reported again for every rule that reads the field", async () => {
  const found = await findings({
    [M]: MAPPING.replace('title = "title"', 'titel = "title"'),
    [R]: rules("log(issue.title);"),
  });
  assert.deepEqual(found, [`${M}:14:1 unknown-field`]);
});

test("X30 rules share files below rules/, with and without an ending, and JSON", async () => {
  const files = {
    [M]: MAPPING,
    [R]: 'import { clean } from "../shared/clean";\nimport { more } from "../shared/clean.ts";\nimport table from "../shared/table.json";\nimport type { RuleValue } from "syncline";\nexport enum Kind { A = "a" }\nexport const v: RuleValue = clean(more + table.x + Kind.A);\nexport default {};\n',
    "rules/shared/clean.ts": 'export const more = "m";\nexport function clean(text: string): string { return text; }\n',
    "rules/shared/table.json": '{"x": "y"}',
    "rules/shared/clean.test.ts": 'import test from "node:test"; import { readFileSync } from "node:fs"; broken(',
    "rules/syncline.d.ts": "this is written for editors and not read",
  };
  const { bundle } = await candidateOf(files);
  assert.deepEqual(bundle?.files, [R]);
  assert.deepEqual(
    (JSON.parse(bundle.map) as { sources: string[] }).sources.filter((one) => one.startsWith("rules/")).sort(),
    [R, "rules/shared/clean.ts", "rules/shared/table.json"],
  );
});

test("rule files that no link names are checked and not loaded", async () => {
  const other = "rules/other.ts";
  assert.deepEqual(await findings({ [M]: MAPPING, [R]: rules(""), [other]: "const n: number = 'x';\nexport {};\n" }), [
    `${other}:1:7 rule-type`,
  ]);
  const { bundle } = await candidateOf({ [M]: MAPPING, [R]: rules(""), [other]: "throw new Error('not loaded');\n" });
  assert.deepEqual(bundle?.files, [R]);
  assert.equal((await candidateOf({ [M]: mapping(""), [other]: "export {};\n" })).bundle, null);
});

test("every syntax error of every file is found, and no guesses after it", async () => {
  const found = await findings({
    [M]: MAPPING,
    [R]: rules("const = 5;"),
    "rules/b.ts": "\n/* ü */ export const = 1;\n",
    "rules/c.ts": "const n: number = 'x';\nexport {};",
  });
  assert.deepEqual(found, ["rules/b.ts:2:22 rule-syntax", "rules/c.ts:1:7 rule-type", `${R}:5:13 rule-syntax`]);
});

test("an import that TypeScript alone sees is refused as one too", async () => {
  for (const module of ["lodash", "node:fs", "fs", "/etc/passwd", "https://example.com/x.ts"]) {
    assert.deepEqual(
      await findings({ [M]: MAPPING, [R]: `import x from "${module}";\nexport default {};\n` }),
      [`${R}:1:15 rule-import`],
      module,
    );
    assert.deepEqual(
      await findings({ [M]: MAPPING, [R]: `import "${module}";\nexport default {};\n` }),
      [`${R}:1:8 rule-import`],
      module,
    );
  }
});

test("a reference out of the commit reads nothing of this machine", async () => {
  const result = await build(
    textTree({ [M]: MAPPING, [R]: `/// <reference path="${import.meta.filename}" />\nexport default {};\n` }),
  );
  assert.ok(!result.ok);
  assert.doesNotMatch(JSON.stringify(result), /candidateOf/);
});

test("a rule file may be named from rules/ or from the repository's root", async () => {
  for (const name of ["m/items.ts", "./m/items.ts", "rules/m/items.ts"]) {
    assert.equal((await linkOf(mapping(`rules = "${name}"`), { [R]: "export default {};\n" })).ruleFile, R);
  }
});

test("a check that takes too long is a mistake of the rules, and its process is ended", async () => {
  const checker = createTypeChecker({ deadlineMs: 1 });
  const files = new Map([["rules/slow.ts", "export const x: number = 1;"]]);
  for (const _ of [1, 2]) {
    const {
      diagnostics: [found],
    } = await checker.check(files, new Map(), new AbortController().signal);
    assert.deepEqual([found?.code, found?.file], ["rule-type", "rules/slow.ts"]);
    assert.match(found?.message ?? "", /could not be checked/);
  }
  await checker.close();
});

test("an aborted check rejects, and the next one works", async () => {
  const checker = createTypeChecker();
  const stop = new AbortController();
  const files = new Map([["rules/x.ts", "export const x: number = 'x';"]]);
  const stopped = checker.check(files, new Map(), stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(stopped, /enough/);
  assert.equal((await checker.check(files, new Map(), new AbortController().signal)).diagnostics.length, 1);
  await checker.close();
});
