import type { Diagnostic } from "../../core/diagnostic.ts";
import type { IntegrityCheckName, IntegrityFinding } from "../../core/integrity.ts";
import {
  INTEGRITY_CHECKS,
  type IntegrityCheck,
  judged,
  type LinkIntegrity,
  linkVerdict,
} from "../../core/integrity.ts";
import type { LinkConfig } from "../../core/snapshot.ts";
import type { ReadConnection } from "./connection.ts";
import { checkOf } from "./integrity-codes.ts";
import { describeCheck, type LinkSeen } from "./integrity-words.ts";
import type { ReadLink } from "./links.ts";
import { sortDiagnostics, type Told } from "./report.ts";

const NAMES = Object.keys(INTEGRITY_CHECKS) as readonly IntegrityCheckName[];

/** The named checks of every link that could be read: what was found, sorted by what it is about (E131–E140). */
export function linkIntegrity(connections: readonly ReadConnection[], told: readonly Told[]): readonly LinkIntegrity[] {
  return connections.flatMap((connection) =>
    connection.links.map((link) => {
      const mine = told.filter((one) => isAbout(one, link, connection));
      const checks = checksOf({ connection, link }, mine);
      return { link: link.config.key, verdict: linkVerdict(checks), checks };
    }),
  );
}

function checksOf(seen: LinkSeen, told: readonly Told[]): readonly IntegrityCheck[] {
  const found = Map.groupBy(told, (one) => checkOf(one, seen));
  return NAMES.map((name) => {
    const { message, skipped } = describeCheck(name, seen);
    const findings: readonly IntegrityFinding[] = sortDiagnostics((found.get(name) ?? []).map((one) => one.diagnostic));
    if (findings.length === 0 && skipped) return { name, verdict: "skipped", message, findings };
    return judged(name, message, findings);
  });
}

/** What showed only when the rules were loaded, added to the links that have them. */
export function withRuleFaults(
  integrity: readonly LinkIntegrity[],
  links: readonly LinkConfig[],
  faults: readonly Diagnostic[],
): readonly LinkIntegrity[] {
  if (faults.length === 0) return integrity;
  const files = new Set(links.flatMap(({ ruleFile }) => ruleFile ?? []));
  return integrity.map((one) => {
    const own = links.find(({ key }) => key === one.link)?.ruleFile ?? null;
    const mine = own === null ? [] : faults.filter(({ file }) => file === own || !files.has(file));
    if (mine.length === 0) return one;
    const checks = one.checks.map((check) =>
      check.name === "rules" ? judged("rules", check.message, [...check.findings, ...mine]) : check,
    );
    return { ...one, verdict: linkVerdict(checks), checks };
  });
}

/** Whether a finding is about a link: its own table, what it uses of the file, and the files that it names. */
function isAbout({ diagnostic: { file }, subjects }: Told, link: ReadLink, connection: ReadConnection): boolean {
  const { config } = link;
  if (file === connection.config.origin.file)
    return subjects.length === 0 || subjects.some((subject) => concerns(subject, link, connection));
  const sides = [config.left, config.right];
  const schemas = sides.map((side) => `mappings/schema/${config.connection}/${side.endpoint}.json`);
  const users = config.fields.flatMap((row) => row.users?.origin.file ?? []);
  // What a rule file imports may be anywhere below rules/.
  if (file.startsWith("rules/"))
    return config.ruleFile !== null && (file === config.ruleFile || !isLinks(file, connection));
  return [...schemas, ...users].includes(file);
}

function isLinks(file: string, { links }: ReadConnection): boolean {
  return links.some(({ config }) => config.ruleFile === file);
}

function concerns(subject: string, { config }: ReadLink, { links }: ReadConnection): boolean {
  const [kind, ...rest] = subject.split(" ");
  const name = rest.join(" ");
  if (kind === "link") return name === config.name || name.startsWith(`${config.name}/`);
  if (kind === "endpoint") return name === config.left.endpoint || name === config.right.endpoint;
  const walks = (link: LinkConfig) =>
    link.fields.some((row) => row.transitions?.left?.name === name || row.transitions?.right?.name === name);
  if (kind === "transitions") return walks(config) || !links.some((link) => walks(link.config));
  const uses = (link: LinkConfig) =>
    link.fields.some((row) => row.values?.name === name) || link.entityLinks?.types?.name === name;
  // A value map that no row names rejects the commit as well.
  return uses(config) || !links.some((link) => uses(link.config));
}
