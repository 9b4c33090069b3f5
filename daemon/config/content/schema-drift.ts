import type { EntitySchema, FieldSchema } from "../../core/field.ts";
import type { IntegrityFinding } from "../../core/integrity.ts";
import type { LinkConfig, Origin, Side } from "../../core/snapshot.ts";
import { nounOf } from "./kinds.ts";

/** What became of a tracker's fields since its schema was committed. */
export interface SchemaDrift {
  /** What would break, at the row that it would break. */
  readonly findings: readonly IntegrityFinding[];
  /** Fields that differ without harm to the link. */
  readonly harmless: number;
}

/** Compares what is committed with what the tracker says now. */
export function schemaDrift(link: LinkConfig, side: Side, committed: EntitySchema, live: EntitySchema): SchemaDrift {
  const names = new Set([...Object.keys(committed.fields), ...Object.keys(live.fields)]);
  const used = usedFields(link, side);
  const findings: IntegrityFinding[] = [];
  let harmless = 0;
  for (const name of names) {
    const [before, now] = [fieldOf(committed, name), fieldOf(live, name)];
    if (JSON.stringify(sorted(before)) === JSON.stringify(sorted(now))) continue;
    const harm = used.has(name) ? harmToUsed(before, now) : harmToUnused(before, now, link[side].create);
    if (harm === null) harmless++;
    else
      findings.push(
        finding(`"${name}" of ${link[side].endpoint} ${harm}.`, used.get(name) ?? link.origin, link.connection),
      );
  }
  return { findings, harmless };
}

/** Each field that the link names on one side, with the row that names it; others stand at the link itself. */
function usedFields(link: LinkConfig, side: Side): ReadonlyMap<string, Origin> {
  const { constants, reads, marker } = link[side];
  const others = [...Object.keys(constants), ...reads, ...(marker === null ? [] : [marker])];
  return new Map([
    ...others.map((name) => [name, link.origin] as const),
    ...link.fields.map((row) => [row[side], row.origin] as const),
  ]);
}

function fieldOf({ fields }: EntitySchema, name: string): FieldSchema | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function harmToUsed(before: FieldSchema | undefined, now: FieldSchema | undefined): string | null {
  if (now === undefined) return "is gone: a run of the link ends before it begins";
  if (before === undefined) return null;
  if (before.kind !== now.kind || before.multiple !== now.multiple)
    return `held ${nounOf(before)} and holds ${nounOf(now)} now`;
  if (before.target !== now.target)
    return `pointed at ${before.target ?? "nothing"} and points at ${now.target ?? "nothing"} now`;
  if (now.readOnly && !before.readOnly) return "cannot be written any more";
  if (now.required && !before.required) return "is required now: it can no longer be emptied";
  return shorter(before, now) ?? fewer(before, now);
}

function shorter({ maxLength: before }: FieldSchema, { maxLength: now }: FieldSchema): string | null {
  if (now === undefined || (before !== undefined && before.unit === now.unit && before.size <= now.size)) return null;
  return `holds ${now.size} ${now.unit} now${before === undefined ? "" : `, it held ${before.size} ${before.unit}`}`;
}

function fewer(before: FieldSchema, now: FieldSchema): string | null {
  if (now.verified !== true) return null;
  if (before.verified !== true) return "takes only the values of its list now";
  const lost = (before.options ?? []).filter((value) => now.options?.includes(value) !== true);
  if (lost.length === 0) return null;
  return `has no ${lost.map((value) => `"${value}"`).join(", ")} in its list any more`;
}

function harmToUnused(before: FieldSchema | undefined, now: FieldSchema | undefined, creates: boolean): string | null {
  if (!creates || now === undefined || !now.required || now.readOnly || before?.required === true) return null;
  return "is required now, and the link makes records there";
}

function finding(message: string, { file, line, column }: Origin, connection: string): IntegrityFinding {
  const hint = `Mend the mapping, then commit what the tracker says: syncline schema pull ${connection}.`;
  return { severity: "warning", code: null, message, hint, file, line, column };
}

/** Keys in one order: the file has them sorted, the tracker as it likes. A list that was only seen on records is another one every day. */
function sorted(field: FieldSchema | undefined): unknown {
  if (field === undefined) return null;
  const entries = Object.entries(field).filter(([key]) => key !== "options" || field.verified === true);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
