import type { ReadConnection } from "../content/connection.ts";
import type { FileReport, Report } from "../content/report.ts";
import type { FactsOf } from "../facts.ts";
import type { RuleBundle } from "../tree.ts";
import { compileRules } from "./compile-rules.ts";
import { isEcho, notePlaces } from "./echoes.ts";
import { apiTexts, editorTypes, warnOfStaleTypes } from "./editor-types.ts";
import { inWords } from "./field-words.ts";
import { checkReplicaNames, endsOf, mayNameMore } from "./replica-names.ts";
import { GENERATED_TYPES, readRuleFiles } from "./rule-files.ts";
import { checkRuleOwners, warnOfUnused } from "./rule-owners.ts";
import { ruleTables } from "./rule-tables.ts";
import type { TypeChecker } from "./typecheck.ts";
import { generateTypes } from "./types-generate.ts";

/** Bundles and type-checks the rules at the same time; every mistake goes to the report. */
export async function checkRules(
  files: ReadonlyMap<string, Uint8Array>,
  connections: ReadonlyMap<string, ReadConnection | null>,
  faulty: ReadonlySet<string>,
  deps: { readonly typecheck: TypeChecker; readonly signal: AbortSignal; readonly facts?: FactsOf },
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
  const types = generateTypes(named, faulty);
  const ambient = new Map([
    ["syncline", api.rules],
    ["connections.d.ts", types.text],
  ]);
  const committed = files.get(GENERATED_TYPES);
  // They follow the committed schemas: beside what the trackers say now they prove nothing.
  if (committed !== undefined && faulty.size === 0 && deps.facts === undefined)
    warnOfStaleTypes(Buffer.from(committed).toString(), editorTypes(api, named), reportOf(GENERATED_TYPES));
  checkRuleOwners(texts, ruleFiles, reportOf);
  if (faulty.size === 0 && [...connections.values()].every((one) => one !== null))
    warnOfUnused(texts, ruleFiles, reportOf);
  const faults = new Set<string>();
  const noted = (file: string): FileReport => notePlaces(reportOf(file), faults);
  const ruled = [...ruleFiles].flatMap(([key, file]) => {
    const text = texts.get(file);
    const ends = endsOf(key, types.ends);
    const isFaulty = faulty.has(key.slice(0, key.indexOf("/")));
    return text === undefined || isFaulty || !mayNameMore(text, ends) ? [] : [{ key, file, text, ends }];
  });
  const naming = [...new Set(ruled.map(({ file }) => file))];
  const [bundle, { diagnostics, replicas }] = await Promise.all([
    compileRules({ files: texts, links: ruleFiles, tables: ruleTables(connections.values()) }, noted),
    deps.typecheck.check(texts, ambient, deps.signal, naming),
  ]);
  for (const { key, file, text, ends } of ruled) {
    const uses = (replicas.get(file) ?? []).filter(({ connection, link }) => `${connection}/${link}` === key);
    checkReplicaNames(uses, ends, text, notePlaces(reportOf(file), faults, "replica"));
  }
  for (const diagnostic of diagnostics) if (!isEcho(diagnostic, faults)) report.add(inWords(diagnostic, types.ends));
  return bundle;
}
