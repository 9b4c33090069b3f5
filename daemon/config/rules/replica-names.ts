import type { FileReport } from "../content/report.ts";
import { placeOf } from "../content/report.ts";
import { nearest } from "../content/suggest.ts";
import { nearField, type RuleEnd, unread } from "./field-words.ts";
import type { NamedUse, ReplicaUses } from "./replica-uses.ts";

/** Both sides of a link, by endpoint. */
export type RuleEnds = ReadonlyMap<string, RuleEnd>;

export function endsOf(link: string, ends: ReadonlyMap<string, RuleEnd>): RuleEnds {
  return new Map([...ends.values()].flatMap((end) => (end.link === link ? [[end.side.endpoint, end] as const] : [])));
}

/** Whether a rule file may name something of the replica that is no field of its link: then, and only then, its tree is looked at. */
export function mayNameMore(text: string, ends: RuleEnds): boolean {
  if (/\breplica\s*:|\}\s*=\s*[\w.]*\breplica\b/.test(text)) return true;
  const fields = new Set(["byLabel", ...[...ends.values()].flatMap(({ readable }) => [...readable])]);
  const names = [...text.matchAll(/\breplica\s*(?:\??\.\s*([\w$]+)|(?:\?\.)?\[\s*["'`]([^"'`]*)["'`])/g)];
  return names.some(([, plain, quoted]) => !fields.has(plain ?? quoted ?? ""));
}

/**
 * X11: the replica takes whatever an outgoing rule puts there, so that no type can tell a slip of the pen. What an incoming rule reads must be a field
 * of the side that sends, or set by its outgoing rule; what is set and goes nowhere is told where it is all but a field.
 */
export function checkReplicaNames(
  rules: readonly ReplicaUses[],
  ends: RuleEnds,
  text: string,
  report: Pick<FileReport, "error" | "warn">,
): void {
  for (const [endpoint, end] of ends) {
    if (end.side.schema === null) continue;
    const outgoing = rules.find((one) => one.event === "outgoing" && one.endpoint === endpoint);
    const incoming = rules.find((one) => one.event === "incoming" && one.endpoint !== endpoint);
    const reads = [...(outgoing?.uses ?? []), ...(incoming?.uses ?? [])].filter((use) => !use.write);
    const writes = (outgoing?.uses ?? []).filter((use) => use.write);
    if (outgoing?.handedOn !== true)
      for (const use of strange(reads, end, writes)) {
        const { message, hint } = unsent(end, use.name, writes);
        report.error("rule-type", placeOf(text, use.offset), message, hint);
      }
    if (incoming?.handedOn === true) continue;
    const other = [...ends.keys()].find((one) => one !== endpoint) ?? "";
    for (const use of strange(writes, end, reads)) {
      const isField = end.side.find(use.name) !== "no";
      const hint = isField ? unread(end, use.name).hint : nearField(end, use.name);
      const message = `"${use.name}" is ${isField ? "mapped by no row" : "no field"} of ${endpoint}, and no incoming rule of ${other} reads it: it goes nowhere.`;
      if (hint !== "") report.warn("replica-unread", placeOf(text, use.offset), message, hint);
    }
  }
}

/** Those that are no field that the replica holds by itself, nor among `also`. */
function strange(uses: readonly NamedUse[], { side, readable }: RuleEnd, also: readonly NamedUse[]) {
  const known = new Set(["byLabel", ...readable, ...also.map(({ name }) => name)]);
  return uses.filter(({ name }) => !known.has(name) && side.find(name) !== "maybe");
}

function unsent(end: RuleEnd, name: string, writes: readonly NamedUse[]): { message: string; hint: string } {
  const { side } = end;
  if (side.find(name) !== "no") return unread(end, name);
  const near = nearest(
    name,
    writes.map((one) => one.name),
  );
  return {
    message: `Nobody sends "${name}": it is no field of ${side.endpoint}, and ${side.endpoint}'s outgoing rule does not set it.`,
    hint: near === null ? nearField(end, name) : `Did you mean "${near}"?`,
  };
}
