import type { FieldSchema } from "../../core/field.ts";
import type { Fields, Value } from "../../core/record.ts";
import type { FieldMapping, Side } from "../../core/snapshot.ts";
import { otherSide } from "../../core/snapshot.ts";
import { carry, type Passage } from "../../fields/carry.ts";
import type { CarriedValue, Fault } from "../../fields/outcome.ts";
import { inOrder, settleOwners, teamPlace } from "./bonds.ts";
import type { Frame } from "./frame.ts";

/** What one side would have a field of the other side be. */
export type Desire = Wish | { readonly kind: "skip" } | Fault;

export interface Wish extends CarriedValue {
  readonly origin: string;
  /** Not agreed on but put back: whenever it differs, or whenever nothing stands there (T22). */
  readonly put?: "always" | "empty";
}

/** By field name of the side that is written. */
export type Desires = Readonly<Record<string, Desire>>;

export function flows(mapping: FieldMapping, toward: Side): boolean {
  return mapping.direction === "both" || mapping.direction === `to-${toward}`;
}

/** The record that is written: as it stands, and as it was when both sides last agreed (empty where they never did). */
export interface Partner {
  readonly now: Fields;
  readonly agreed: Fields;
}

/**
 * What the mapping alone makes of one side's values for the other. A field that is absent from `source` is left out. `partner`: null where there is
 * none yet, or where it does not matter which of two things of one name it has. Pure.
 */
export function mapFields(source: Fields, frame: Frame, toward: Side, partner: Partner | null = null): Desires {
  const from = frame[otherSide(toward)];
  const to = frame[toward];
  const desires: Record<string, Desire> = {};
  for (const mapping of inOrder(frame.link.fields, to)) {
    if (!flows(mapping, toward)) continue;
    const given = source[mapping[from.side]];
    const fromSchema = from.schemas[mapping[from.side]];
    const toSchema = to.schemas[mapping[to.side]];
    if (given === undefined || fromSchema === undefined || toSchema === undefined) continue;
    const carried = carry(asKept(given, mapping[from.side], frame, from.side), {
      from: fromSchema,
      to: toSchema,
      mapping,
      toward,
      source: from.world,
      target: to.world,
      partnerOf: (target, id) => partnerOf(target, id, frame, toward),
      ...crossingsOf(frame, toward, fromSchema, toSchema),
      ...teamPlace(mapping[to.side], desires, partner, to),
    });
    desires[mapping[to.side]] =
      carried.kind === "value" ? { ...carried, origin: `${mapping.origin.file}:${mapping.origin.line}` } : carried;
  }
  settleOwners(desires, frame, toward);
  return { ...heldConstants(frame, toward), ...desires };
}

function crossingsOf(
  { references }: Frame,
  toward: Side,
  from: FieldSchema,
  to: FieldSchema,
): Pick<Passage, "crossings"> {
  if (references === undefined || from.kind !== "reference" || to.kind !== "reference") return {};
  return { crossings: references.crossings({ toward, from, to }) };
}

/** T22: constants that are kept. Where a row has a value, the row counts. */
function heldConstants({ link }: Frame, toward: Side): Desires {
  const { constants, held = {} } = link[toward];
  const origin = `${link.origin.file}:${link.origin.line}`;
  return Object.fromEntries(
    Object.entries(held).map(([name, put]): [string, Wish] => [
      name,
      { kind: "value", value: constants[name] ?? null, notes: [], origin, put },
    ]),
  );
}

/** What stands in a field once its constant is put back: a row away from it carries that, and not what is about to go. */
function asKept(given: Value, field: string, { link }: Frame, side: Side): Value {
  const { constants, held = {}, update } = link[side];
  const when = held[field];
  if (update === false || when === undefined || (when === "empty" && given !== null)) return given;
  // Where a row has a value, the row counts.
  const isWritten = link.fields.some((row) => row[side] === field && flows(row, side));
  return isWritten ? given : (constants[field] ?? null);
}

/** A cycle's or sprint's release as the link's own row carries it: its name may differ there (S59). */
function partnerOf(target: string, id: string, frame: Frame, toward: Side): string | null {
  const from = frame[otherSide(toward)];
  const to = frame[toward];
  for (const mapping of frame.link.fields) {
    const fromSchema = from.schemas[mapping[from.side]];
    const toSchema = to.schemas[mapping[to.side]];
    if (!flows(mapping, toward) || fromSchema?.kind !== "reference" || fromSchema.target !== target) continue;
    if (toSchema?.kind !== "reference") continue;
    const passage = { from: fromSchema, to: { ...toSchema, multiple: false }, mapping, toward };
    const crossings = crossingsOf(frame, toward, fromSchema, toSchema);
    const carried = carry(id, { ...passage, source: from.world, target: to.world, ...crossings });
    if (carried.kind === "value" && typeof carried.value === "string") return carried.value;
  }
  return null;
}
