import type { Diagnostic } from "../../core/diagnostic.ts";
import type { ReadConnection } from "../content/connection.ts";
import type { FileReport, Report } from "../content/report.ts";
import type { RuleBundle } from "../tree.ts";
import { compileRules } from "./compile-rules.ts";
import { apiTexts, editorTypes, warnOfStaleTypes } from "./editor-types.ts";
import { GENERATED_TYPES, readRuleFiles } from "./rule-files.ts";
import { ruleTables } from "./rule-tables.ts";
import type { TypeChecker } from "./typecheck.ts";
import { generateTypes } from "./types-generate.ts";

/** Bundles and type-checks the rules at the same time; every mistake goes to the report. */
export async function checkRules(
  files: ReadonlyMap<string, Uint8Array>,
  connections: ReadonlyMap<string, ReadConnection | null>,
  faulty: ReadonlySet<string>,
  deps: { readonly typecheck: TypeChecker; readonly signal: AbortSignal },
  report: Report,
  reportOf: (file: string) => FileReport,
): Promise<RuleBundle | null> {
  const texts = readRuleFiles(files, reportOf);
  if (![...texts.keys()].some((path) => path.endsWith(".ts"))) return null;
  const links = [...connections.values()].flatMap((one) => one?.config.links ?? []);
  const ruleFiles = new Map(
    links.flatMap(({ key, ruleFile }) => (ruleFile === null ? [] : [[key, ruleFile] as const])),
  );
  const named = [...connections].map(([name, one]) => one ?? { name });
  const api = await apiTexts();
  const ambient = new Map([
    ["syncline", api.rules],
    ["connections.d.ts", generateTypes(named, faulty)],
  ]);
  const committed = files.get(GENERATED_TYPES);
  if (committed !== undefined && faulty.size === 0)
    warnOfStaleTypes(Buffer.from(committed).toString(), editorTypes(api, named), reportOf(GENERATED_TYPES));
  const faults = new Set<string>();
  const noted = (file: string): FileReport => notePlaces(reportOf(file), faults);
  const [bundle, found] = await Promise.all([
    compileRules({ files: texts, links: ruleFiles, tables: ruleTables(connections.values()) }, noted),
    deps.typecheck.check(texts, ambient, deps.signal),
  ]);
  for (const diagnostic of found) if (!isEcho(diagnostic, faults)) report.add(diagnostic);
  return bundle;
}

/** Remembers where the bundler found a fault: TypeScript finds it too, in other words. */
function notePlaces(report: FileReport, faults: Set<string>): FileReport {
  return {
    ...report,
    error(code, at, message, hint) {
      faults.add(code === "rule-syntax" ? `syntax ${report.file}` : `import ${report.file}:${at.line}:${at.column}`);
      report.error(code, at, message, hint);
    },
  };
}

function isEcho({ file, line, column }: Diagnostic, faults: ReadonlySet<string>): boolean {
  // What TypeScript makes of a file it cannot parse is guesswork.
  if (faults.has(`syntax ${file}`)) return true;
  return faults.has(`import ${file}:${line}:${column}`);
}
