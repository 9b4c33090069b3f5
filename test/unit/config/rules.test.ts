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

test("X30 an import() of what is known only when it runs is refused, with what may be imported", async () => {
  for (const importing of [
    "import(issue.title ?? '')",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a rule's own text
    "import(`node:${issue.title}`)",
    "import(issue.title ?? '', replica as never)",
    "import('../shared/clean.ts', replica as never)",
  ]) {
    const files = {
      [M]: MAPPING,
      [R]: rules(`void ${importing};`),
      "rules/shared/clean.ts": "export const clean = 1;",
    };
    const found = await findings(files);
    assert.equal(found.length, 1, importing);
    const [, column, code] = /^rules\/m\/items.ts:5:(\d+) (.*)$/.exec(found[0] ?? "") ?? [];
    assert.equal(code, "rule-import", importing);
    const start = "      void ".length + 1;
    assert.ok(Number(column) >= start && Number(column) <= start + importing.length, `${importing}: ${column}`);
  }
  const plain = rules("void import('../shared/clean.ts');");
  assert.deepEqual(
    await findings({ [M]: MAPPING, [R]: plain, "rules/shared/clean.ts": "export const clean = 1;" }),
    [],
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

test("X30 what a file imports and another does not export, and files that are there but cannot be imported, are told as what they are", async () => {
  const HELPER = "rules/shared/words.ts";
  const told = async (line: string, files: Readonly<Record<string, string>> = {}) => {
    const text = rules("log(String(x));").replace(
      'import { link } from "syncline";',
      `import { link } from "syncline";${line}`,
    );
    const built = await build(textTree({ [M]: MAPPING, [R]: text, ...files }));
    const all = built.ok ? [] : built.diagnostics.filter(({ severity }) => severity === "error");
    return all.map(({ file, code, message, hint }) => `${file} ${code} ${message} ${hint}`);
  };
  const helper = { [HELPER]: "export const shout = 1;\nexport const other = 2;\n" };
  assert.deepEqual(await told('import { shot as x } from "../shared/words.ts";', helper), [
    `${R} rule-import ${HELPER} exports no "shot". Did you mean "shout"?`,
  ]);
  assert.deepEqual(await told('import x from "../shared/words.ts";', helper), [
    `${R} rule-import ${HELPER} has no default export. Import what it has by name, in braces.`,
  ]);
  const [script] = await told('import { x } from "./x.mjs";', { "rules/m/x.mjs": "export const x = 1;" });
  assert.match(
    script ?? "",
    /"\.\/x\.mjs" is a \.mjs file: rules import TypeScript \(\.ts\) and JSON \(\.json\) only\./,
  );
  const [test] = await told('import { x } from "./x.test.ts";', { "rules/m/x.test.ts": "export const x = 1;" });
  assert.match(test ?? "", /"\.\/x\.test\.ts" is a test: what runs has no tests, so rules import none\./);
});

const TWO_LINKS = `${MAPPING.replace("[links.items.fields]", '[links.others]\na = "item"\nb = "item"\nRULES\n[links.others.fields]\ntitle = "title"\n[links.items.fields]')}`;

test("X11 rules that are written for another link than the one that uses them are refused: they were never checked against its fields", async () => {
  const others = TWO_LINKS.replace("RULES", 'rules = "m/others.ts"');
  const copied = { [R]: rules(""), "rules/m/others.ts": rules("") };
  assert.ok((await findings({ [M]: others, ...copied })).includes("rules/m/others.ts:2:21 rule-type"));
  const right = { ...copied, "rules/m/others.ts": rules("").replace('"items"', '"others"') };
  assert.ok(!(await findings({ [M]: others, ...right })).some((one) => one.includes("rule-type")));
  // One file for two links, most likely on purpose: told, and no more.
  const shared = { [M]: TWO_LINKS.replace("RULES", 'rules = "m/items.ts"'), [R]: rules("") };
  assert.ok((await findings(shared, "warning")).includes(`${R}:2:21 rule-type`));
  assert.ok(!(await findings(shared)).some((one) => one.includes("rule-type")));
});

test("X30 rules that no link names and no file imports, and scripts that are no TypeScript, are warned of", async () => {
  const ignored = async (files: Readonly<Record<string, string>>) =>
    (await findings({ [M]: MAPPING, [R]: rules(""), ...files }, "warning")).filter((one) =>
      one.endsWith("ignored-file"),
    );
  assert.deepEqual(await ignored({ "rules/m/old.ts": rules("") }), ["rules/m/old.ts:2:1 ignored-file"]);
  const composed = {
    "rules/m/old.ts": rules(""),
    "rules/m/use.ts": 'import old from "./old.ts";\nexport const used = old;\n',
  };
  assert.deepEqual(await ignored(composed), []);
  assert.deepEqual(await ignored({ "rules/m/words.ts": "export const shout = 1;\n" }), []);
  assert.deepEqual(await ignored({ "rules/m/x.js": "", "rules/m/x.mts": "", "rules/eslint.config.mjs": "" }), [
    "rules/m/x.js:1:1 ignored-file",
    "rules/m/x.mts:1:1 ignored-file",
  ]);
});

test("X26 X30 an import that is put together when the rule runs is refused, and no file of the host is ever bundled for it", async () => {
  const places = async (line: string) =>
    (
      await findings({
        [M]: MAPPING,
        [R]: rules(`const x: string = "age"; ${line}`).replace("outgoing(", "async outgoing("),
      })
    ).filter((one) => one.endsWith("rule-import"));
  // package.json stands where this test runs: esbuild finds it by itself.
  for (const line of [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a rule's own text
    "log(String(await import(`./pack${x}.json`)));",
    'log(String(await import("./pack" + x + ".json")));',
    "log(String(await import(/* a */ x)));",
    '// @ts-ignore\nlog(require("./pack" + x + ".json").name);',
    '// @ts-ignore\nlog((require)("./pack" + x + ".json").name);',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a rule's own text
    '// @ts-ignore\nlog(`https://${require("./pack" + x + ".json").name}`);',
  ])
    assert.equal((await places(line)).length, 1, line);
  for (const line of [
    "// import(x) is none",
    'log("import(x)");',
    "/* require(x) */",
    'log(String(await import("./items.ts")));',
  ])
    assert.deepEqual(await places(line), [], line);
});
