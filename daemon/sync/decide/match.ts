import type { TrackerRecord, Value } from "../../core/record.ts";
import { type FieldMapping, type LinkConfig, otherSide, type Side } from "../../core/snapshot.ts";
import { canonical, equalValues } from "../../fields/equal.ts";
import { mapFields } from "./desire.ts";
import type { Frame } from "./frame.ts";

/** Two fields that must hold the same for two records to be one (X13). */
export type MatchRow = NonNullable<LinkConfig["match"]>[number];

export function matchRows(link: LinkConfig): readonly MatchRow[] {
  return link.match ?? [];
}

/**
 * The frame in which match fields are carried: rows of the mapping as they are, but both ways, and fields that no row maps as their values stand.
 * Other rows stay, since a cycle is told by its release.
 */
export function matchFrame(frame: Frame): Frame {
  const { link } = frame;
  const isOf = (row: MatchRow) => (mapping: FieldMapping) => mapping.left === row.left && mapping.right === row.right;
  const matched = matchRows(link).map((row): FieldMapping => {
    const mapping = link.fields.find(isOf(row));
    return { ...(mapping ?? plainRow(row, link)), direction: "both" };
  });
  const others = link.fields.filter((mapping) => !matchRows(link).some((row) => isOf(row)(mapping)));
  return { ...frame, link: { ...link, fields: [...matched, ...others] } };
}

function plainRow({ left, right }: MatchRow, link: LinkConfig): FieldMapping {
  return {
    ...{ left, right, direction: "both", values: null, unmapped: "copy", users: null, defaultUser: {} },
    ...{ overflow: "error", conflict: "hold", origin: link.origin },
  };
}

/** What each match field of `toward` would have to hold; null where a field is empty. `stuck`: a value could not be carried. */
export type Key =
  | { readonly kind: "key"; readonly values: ReadonlyMap<string, Exclude<Value, null>> }
  | { readonly kind: "empty" | "stuck" };

/** `frame` is one of `matchFrame`. */
export function keyOf(record: TrackerRecord, frame: Frame, toward: Side): Key {
  const desires = mapFields(record.fields, frame, toward);
  const values = new Map<string, Exclude<Value, null>>();
  for (const row of matchRows(frame.link)) {
    const desire = desires[row[toward]];
    if (desire?.kind === "fault") return { kind: "stuck" };
    if (desire?.kind !== "value" || desire.value === null) return { kind: "empty" };
    values.set(row[toward], desire.value);
  }
  return { kind: "key", values };
}

/** A record with what it would have its partner hold. */
export interface Keyed {
  readonly record: TrackerRecord;
  readonly key: Key;
}

/** Whether every match field of the two says the same, read from either side: of a value map with many to one only one way tells. */
export function fits(one: Keyed, side: Side, other: Keyed, frame: Frame): boolean {
  const far = otherSide(side);
  return matchRows(frame.link).every(
    (row) => holds(other.record, row, far, one.key, frame) || holds(one.record, row, side, other.key, frame),
  );
}

function holds(record: TrackerRecord, row: MatchRow, side: Side, key: Key, frame: Frame): boolean {
  const schema = frame[side].schemas[row[side]];
  const value = key.kind === "key" ? key.values.get(row[side]) : undefined;
  if (schema === undefined || value === undefined) return false;
  return equalValues(schema, value, record.fields[row[side]] ?? null);
}

/** The match fields of a record as one text, in the right side's words; null where one is empty or cannot be carried. */
export function matchText(record: TrackerRecord, side: Side, frame: Frame): string | null {
  const key = side === "left" ? keyOf(record, frame, "right") : null;
  const parts: string[][] = [];
  for (const row of matchRows(frame.link)) {
    const schema = frame.right.schemas[row.right];
    const value = key === null ? record.fields[row.right] : key.kind === "key" ? key.values.get(row.right) : null;
    if (schema === undefined || value == null) return null;
    parts.push(
      [value]
        .flat()
        .map((one) => canonical(schema, one))
        .toSorted(),
    );
  }
  return JSON.stringify(parts);
}
