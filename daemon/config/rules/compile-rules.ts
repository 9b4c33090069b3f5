import type { BuildFailure, Message } from "esbuild";
import { build } from "esbuild";
import type { FileReport } from "../content/report.ts";
import { START } from "../content/report.ts";
import { didYouMean } from "../content/suggest.ts";
import type { RuleBundle } from "../tree.ts";
import { PASSED } from "./instrument.ts";
import { checkPieced, noHostFiles } from "./pieced-imports.ts";
import { isRuleFile, isTestFile } from "./rule-files.ts";
import { API, ENTRY, IMPORT_HINT, ruleImports } from "./rule-imports.ts";
import type { RuleTables } from "./rule-tables.ts";

export interface RuleSources {
  /** Texts by path, see `readRuleFiles`. */
  readonly files: ReadonlyMap<string, string>;
  /** Rule file by link key (`payments/defects`). */
  readonly links: ReadonlyMap<string, string>;
  /** Absent: rules know of no labels and no value maps. */
  readonly tables?: RuleTables;
  /** Bundles the tests of `files` as well, for a cage that runs tests; what was instrumented tells there. */
  readonly tests?: boolean;
}

/**
 * Bundles the rules to one script. Its `module.exports` has a getter per rule file that a link names, so that one file's failure to load leaves the
 * others alone, and the same by link key. Null where a file cannot be bundled, which is reported, or where no link has rules.
 */
export async function compileRules(
  sources: RuleSources,
  reportOf: (file: string) => FileReport,
): Promise<RuleBundle | null> {
  const tests = sources.tests === true;
  const all = [...sources.files.keys()].filter((path) => isRuleFile(path) || (tests && isTestFile(path))).sort();
  if (all.length === 0 || !checkPieced(sources.files, reportOf)) return null;
  const files = [...new Set(sources.links.values())].filter((file) => sources.files.has(file)).sort();
  try {
    // Files that no link names are bundled too: their mistakes count, and nothing loads them.
    const result = await build({
      ...options(sources.files, entryCode(all, sources)),
      ...(tests ? { banner: { js: `const $tests = module.tests, ${PASSED} = new Set();` } } : {}),
    });
    const [map, code] = result.outputFiles ?? [];
    if ((files.length === 0 && !tests) || code === undefined || map === undefined) return null;
    return { code: code.text, map: stripNamespaces(map.text), files };
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!Array.isArray(errors)) throw error;
    for (const message of errors) reportMessage(message, sources.files, reportOf);
    return null;
  }
}

/** What esbuild calls an `import()` of something that is known only when it runs. */
const COMPUTED = "unsupported-dynamic-import";
const PLAIN_PATH = "import() takes one path in quotes: what rules import is bundled when the commit is checked.";

function options(files: ReadonlyMap<string, string>, code: string): Parameters<typeof build>[0] {
  return {
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    outfile: "rules.js",
    sourcemap: "external",
    sourcesContent: false,
    format: "cjs",
    platform: "neutral",
    target: "es2024",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    logLimit: 0,
    // A failed import() rejects with an object of the process outside the cage; without the syntax there is none.
    supported: { "dynamic-import": false },
    // What is not a plain path would be left as it stands.
    logOverride: { [COMPUTED]: "error" },
    tsconfigRaw: { compilerOptions: { alwaysStrict: true } },
    plugins: [noHostFiles, ruleImports(files, code)],
  };
}

function entryCode(files: readonly string[], { links, tables = {}, tests }: RuleSources): string {
  const get = (key: string, file: string) =>
    `get ${JSON.stringify(key)}() { return require(${JSON.stringify(`./${file}`)}).default; },`;
  const byFile = files.map((file) => get(file, file));
  const known = new Set(files);
  const byLink = [...links].filter(([, file]) => known.has(file)).map(([link, file]) => get(link, file));
  // As text: a key `__proto__` stays a key.
  const told = `$passed: () => { const all = [...${PASSED}]; ${PASSED}.clear(); return all; },`;
  const tableLine = `$tables: JSON.parse(${JSON.stringify(JSON.stringify(tables))}),`;
  return `module.exports = {\n${[...byFile, ...byLink, tableLine, ...(tests === true ? [told] : [])].join("\n")}\n};\n`;
}

function stripNamespaces(map: string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  return JSON.stringify({ ...parsed, sources: parsed.sources.map((source) => source.replace(/^[a-z]+:/, "")) });
}

function reportMessage(
  { id, text, location, pluginName }: Message,
  files: ReadonlyMap<string, string>,
  reportOf: (file: string) => FileReport,
): void {
  const file = location?.file.replace(/^[a-z]+:/, "") ?? "";
  const at = location === null ? START : { line: location.line, column: columnOf(location.lineText, location.column) };
  const refused = pluginName === "rules" ? text : id === COMPUTED ? PLAIN_PATH : null;
  const missing = refused === null ? noExport(text, files) : { message: refused, hint: IMPORT_HINT };
  if (missing !== null) reportOf(file).error("rule-import", at, missing.message, missing.hint);
  else reportOf(file).error("rule-syntax", at, `${inWords(text).replace(/[.:]$/, "")}.`);
}

/** A name that the imported file does not export; null where something else is wrong. */
function noExport(text: string, files: ReadonlyMap<string, string>): { message: string; hint: string } | null {
  const [, from, name] = /^No matching export in "(?:[a-z]+:)?([^"]+)" for import "([^"]+)"/.exec(text) ?? [];
  if (from === undefined || name === undefined) return null;
  if (name === "default")
    return { message: `${from} has no default export.`, hint: "Import what it has by name, in braces." };
  const declared = (files.get(from) ?? "").matchAll(
    /\bexport\s+(?:async\s+)?(?:const|let|var|function\*?|class)\s+([\w$]+)/g,
  );
  const known = from === API ? ["link"] : [...declared].map(([, one]) => one ?? "");
  return { message: `${from} exports no "${name}".`, hint: didYouMean(name, known) };
}

/** How the bundle is wrapped is nobody's business who writes a rule. */
function inWords(text: string): string {
  if (!text.startsWith("Top-level await is")) return text;
  return "Nothing can be awaited outside of a function: a file is loaded in one go";
}

/** esbuild counts bytes from 0. */
function columnOf(lineText: string, bytes: number): number {
  return Buffer.from(lineText).subarray(0, bytes).toString().length + 1;
}
