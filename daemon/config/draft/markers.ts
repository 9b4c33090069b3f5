import type { EntitySchema } from "../../core/field.ts";
import type { TrackerRecord } from "../../core/record.ts";
import type { MarkerFindings } from "./input.ts";
import { fieldsOnce, isUserDefined } from "./own-fields.ts";

/** Records of one side as far as they were looked at. */
export interface Looked {
  readonly candidates: readonly string[];
  readonly records: readonly Pick<TrackerRecord, "id" | "fields">[];
}

/** User-defined fields in which an id fits: text or number, one value, for anybody to write. `stock` tells which names are user-defined. */
export function markerCandidates(schema: EntitySchema, stock: EntitySchema | null): readonly string[] {
  return fieldsOnce(schema).flatMap((field) => {
    const open = !field.multiple && !field.readOnly && !field.required;
    const fits =
      (field.kind === "number" || field.kind === "string") && (field.maxLength?.size ?? ID_LENGTH) >= ID_LENGTH;
    return open && fits && isUserDefined(field, stock) ? [field.name] : [];
  });
}

/** Digits that an id may have. */
const ID_LENGTH = 10;

/** Of those that could be checked so many must agree: a record may have been copied along with its marker, or its partner deleted. */
const AGREE = 0.9;
/** Agreement by chance: two numbers that happen to be each other's id. */
const ENOUGH = 20;

/** What the records say of the candidates: two fields hold partners' ids when the records that they name name them back. */
export function findMarkers(
  left: Looked,
  right: Looked,
): { readonly left: MarkerFindings; readonly right: MarkerFindings } {
  const pairs = left.candidates.flatMap((field) =>
    right.candidates.map((other) => ({ field, other, hits: agreement(left, field, right, other) })),
  );
  const best = pairs.filter(({ hits }) => hits > 0).toSorted((a, b) => b.hits - a.hits)[0];
  return {
    left: { naming: best?.field ?? null, unused: unused(left) },
    right: { naming: best?.other ?? null, unused: unused(right) },
  };
}

/** How many records of the two sides name each other; 0 where too few of those that could do. */
function agreement(left: Looked, field: string, right: Looked, other: string): number {
  const back = new Map(right.records.map((record) => [record.id, heldBy(record, other)]));
  const filled = left.records.filter((record) => heldBy(record, field) !== null);
  const checkable = filled.filter((record) => back.has(heldBy(record, field) ?? ""));
  const hits = checkable.filter((record) => back.get(heldBy(record, field) ?? "") === record.id).length;
  const sure = hits >= AGREE * checkable.length && (hits >= ENOUGH || hits * 2 >= filled.length);
  return sure ? hits : 0;
}

function unused({ candidates, records }: Looked): readonly string[] {
  return candidates.filter((field) => records.every((record) => heldBy(record, field) === null)).toSorted();
}

function heldBy({ fields }: Looked["records"][number], field: string): string | null {
  const value = fields[field];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
