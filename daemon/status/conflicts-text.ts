import type { ConflictOfField, HeldSide } from "./conflicts.ts";
import { shortValue } from "./value-text.ts";
import { counted, duration, localTime, plain } from "./words.ts";

/** Conflicts for a person: both records, both fields, both values, since when and how to decide. */
export function formatConflicts(conflicts: readonly ConflictOfField[], now: number): string {
  if (conflicts.length === 0) return "nothing waits for a decision";
  const blocks = conflicts.map((conflict) => {
    const at = Date.parse(conflict.since);
    const head = `${plain(conflict.link)}  since ${localTime(at)} (${duration(Math.max(0, now - at))} ago), run ${conflict.run.slice(0, 8)}`;
    return [head, ...conflict.sides.map(sideLine)].join("\n");
  });
  return [...blocks, `${counted(conflicts.length, "conflict")}; to decide one: syncline resolve --help`].join("\n\n");
}

function sideLine({ endpoint, record, field, value }: HeldSide): string {
  return `  ${plain(`${endpoint}:${record}`)} ${plain(field ?? "(a rule's)")} = ${shortValue(value)}`;
}
