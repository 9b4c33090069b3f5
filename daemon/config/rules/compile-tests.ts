import type { Diagnostic } from "../../core/diagnostic.ts";
import type { Branch } from "../../core/rule-tests.ts";
import type { ReadConnection } from "../content/connection.ts";
import type { FileReport, Report } from "../content/report.ts";
import { compileRules } from "./compile-rules.ts";
import { isEcho, notePlaces } from "./echoes.ts";
import { ruleApiText, testApiText } from "./editor-types.ts";
import { type Instrumented, instrument, originalColumn } from "./instrument.ts";
import { isRuleFile, isTestFile, readRuleFiles } from "./rule-files.ts";
import { ruleTables } from "./rule-tables.ts";
import type { BranchFinder } from "./typecheck.ts";
import { generateTypes } from "./types-generate.ts";

/** Rules and their tests as one script that tells which branches it goes through. */
export interface TestBundle {
  readonly code: string;
  readonly map: string;
  readonly files: readonly string[];
  readonly testFiles: readonly string[];
  /** By their numbers. */
  readonly branches: readonly Branch[];
  /** From a place in the text that was bundled to the one in the repository's file. */
  original<P extends { readonly file: string; readonly line: number; readonly column: number }>(place: P): P;
}

/** Type-checks and bundles rules with their tests, as `checkRules` does without them; null where that cannot be done, which is reported. */
export async function compileTests(
  files: ReadonlyMap<string, Uint8Array>,
  connections: ReadonlyMap<string, ReadConnection | null>,
  deps: { readonly typecheck: BranchFinder; readonly signal: AbortSignal },
  report: Report,
  reportOf: (file: string) => FileReport,
): Promise<TestBundle | null> {
  const texts = readRuleFiles(files, reportOf, true);
  const rules = [...texts.keys()].filter(isRuleFile).sort();
  const ambient = new Map([
    ["syncline", await ruleApiText()],
    ["syncline/test", await testApiText()],
    ["connections.d.ts", generateTypes([...connections].map(([name, one]) => one ?? { name })).text],
  ]);
  const { diagnostics, marks } = await deps.typecheck.branches(texts, ambient, rules, deps.signal);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    await reportAll(texts, errors, report, reportOf);
    return null;
  }

  const told = new Map<string, Instrumented>();
  const branches: Branch[] = [];
  for (const file of rules) {
    const one = instrument(file, texts.get(file) ?? "", marks.get(file) ?? [], branches.length);
    told.set(file, one);
    branches.push(...one.branches);
  }
  const links = new Map(
    [...connections.values()].flatMap((one) =>
      (one?.config.links ?? []).flatMap(({ key, ruleFile }) => (ruleFile === null ? [] : [[key, ruleFile] as const])),
    ),
  );
  const bundled = new Map([...texts].map(([file, text]) => [file, told.get(file)?.text ?? text]));
  const tables = ruleTables(connections.values());
  const bundle = await compileRules({ files: bundled, links, tables, tests: true }, reportOf);
  if (bundle === null) return null;
  return {
    ...bundle,
    testFiles: [...texts.keys()].filter(isTestFile).sort(),
    branches,
    original: (place) => {
      const spots = told.get(place.file)?.spots.get(place.line);
      return spots === undefined ? place : { ...place, column: originalColumn(spots, place.column) };
    },
  };
}

/** What cannot be bundled is said in the bundler's words, as of rules; what TypeScript makes of the same is left out. */
async function reportAll(
  files: ReadonlyMap<string, string>,
  diagnostics: readonly Diagnostic[],
  report: Report,
  reportOf: (file: string) => FileReport,
): Promise<void> {
  const faults = new Set<string>();
  await compileRules({ files, links: new Map(), tests: true }, (file) => notePlaces(reportOf(file), faults));
  for (const diagnostic of diagnostics) if (!isEcho(diagnostic, faults)) report.add(diagnostic);
}
