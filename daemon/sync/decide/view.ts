import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Base, HeldField } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import type { Cell } from "./cells.ts";
import type { Desire, Desires } from "./desire.ts";
import type { Frame } from "./frame.ts";

export interface MergeInput {
  readonly frame: Frame;
  /** Empty where nothing is known of what both agreed on. */
  readonly base: Base;
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
  /** What each side makes of its values for the other. */
  readonly toRight: Desires;
  readonly toLeft: Desires;
  /** What both sides now make of each other counts, whether or not a record changed (T20). Absent: only where one did. */
  readonly backfill?: boolean;
  /** Fields of the pair that wait for a person. */
  readonly held?: readonly HeldField[];
  /** Fields of each side that name nothing any more, or something farther up, because the record that they named was deleted. */
  readonly lost?: Readonly<Record<Side, ReadonlyMap<string, Lost>>>;
}

/** Nobody's edit: `again`, the record that was named is made anew, and named again; `left`, it is left at that. */
export type Lost = "again" | "left";

/** A field that a record lacks (Redmine leaves out custom fields that its tracker does not have) is not an empty one: nothing is decided. */
export function wasRead({ left, right }: Cell, input: MergeInput): boolean {
  return (
    (left === null || Object.hasOwn(input.left.fields, left)) &&
    (right === null || Object.hasOwn(input.right.fields, right))
  );
}

/** A cell with everything that deciding about it needs. */
export interface View {
  readonly cell: Cell;
  readonly input: MergeInput;
  readonly now: Readonly<Record<Side, Value>>;
  /** What the other side wants this side to be. */
  readonly desire: Readonly<Record<Side, Desire | undefined>>;
  /** The field itself is no longer what the base says. */
  readonly edited: Readonly<Record<Side, boolean>>;
  /** The other side's record changed, and what it makes of this field did too. */
  readonly pushed: Readonly<Record<Side, boolean>>;
  /** The base does not know the cell. */
  readonly fresh: boolean;
  readonly lost: Readonly<Record<Side, Lost | undefined>>;
}

export function viewOf(cell: Cell, input: MergeInput, changed: Readonly<Record<Side, boolean>>): View {
  const now = { left: presentValue(input.left, cell.left), right: presentValue(input.right, cell.right) };
  const desire = { left: wanted(cell, "left", input), right: wanted(cell, "right", input) };
  const fresh = !known(cell, input);
  const lost = { left: lostOf(cell, "left", input), right: lostOf(cell, "right", input) };
  const edited = {
    left: !fresh && lost.left === undefined && isEdited(cell, "left", input),
    right: !fresh && lost.right === undefined && isEdited(cell, "right", input),
  };
  const view = { cell, input, now, desire, edited, fresh, lost };
  return { ...view, pushed: { left: pushes(view, "left", changed), right: pushes(view, "right", changed) } };
}

function lostOf(cell: Cell, side: Side, input: MergeInput): Lost | undefined {
  const field = cell[side];
  return field === null ? undefined : input.lost?.[side].get(field);
}

function pushes(
  { cell, input, desire, fresh, lost }: Omit<View, "pushed">,
  side: Side,
  changed: Readonly<Record<Side, boolean>>,
): boolean {
  const other = otherSide(side);
  const wish = desire[side];
  if (fresh || wish?.kind !== "value" || lost[other] !== undefined) return false;
  if (lost[side] !== undefined) return true;
  // A reference by pair may mean another record without any edit: its partner was made anew, or what lies between the two was moved.
  return (changed[other] || wish.crossed === true) && isPushed(cell, side, wish, input);
}

/** After a rebuild nobody knows who edited last: one person's edit must not be taken for the other's lack of one. */
export function isUnagreed({ cell, input }: View): boolean {
  const held = input.held?.find((h) => h.leftField === cell.left && h.rightField === cell.right);
  return held?.unagreed === true;
}

export function permits(cell: Cell, toward: Side): boolean {
  return cell.direction === "both" || cell.direction === `to-${toward}`;
}

function wanted(cell: Cell, side: Side, input: MergeInput): Desire | undefined {
  const field = cell[side];
  if (field === null || !permits(cell, side)) return undefined;
  return side === "right" ? input.toRight[field] : input.toLeft[field];
}

export function presentValue(record: TrackerRecord, field: string | null): Value {
  return field === null ? null : (record.fields[field] ?? null);
}

function known({ left, right }: Cell, { base }: MergeInput): boolean {
  return (left === null || Object.hasOwn(base.left, left)) && (right === null || Object.hasOwn(base.right, right));
}

function isEdited(cell: Cell, side: Side, input: MergeInput): boolean {
  const field = cell[side];
  if (field === null) return false;
  return !same(input, side, field, presentValue(input[side], field), input.base[side][field] ?? null);
}

function isPushed(cell: Cell, side: Side, desire: Desire | undefined, input: MergeInput): boolean {
  const field = cell[side];
  if (field === null || desire?.kind !== "value") return false;
  return !same(input, side, field, desire.value, lastDesire(input.base, side, field));
}

/** What the other side last wanted this field to be: kept where it is not what the field held. */
export function lastDesire(base: Base, side: Side, field: string): Value {
  const kept = side === "right" ? base.toRight : base.toLeft;
  return (Object.hasOwn(kept, field) ? kept[field] : base[side][field]) ?? null;
}

export function wantsWrite(view: View, side: Side): boolean {
  return view.pushed[side] && !agrees(view, side);
}

export function agrees(view: View, side: Side): boolean {
  const desire = view.desire[side];
  return desire?.kind === "value" && equal(view, side, desire.value, view.now[side]);
}

export function equal(view: View, side: Side, a: Value, b: Value): boolean {
  return same(view.input, side, view.cell[side] ?? "", a, b);
}

function same(input: MergeInput, side: Side, field: string, a: Value, b: Value): boolean {
  const schema = input.frame[side].schemas[field];
  return schema !== undefined && equalValues(schema, a, b);
}

/** Whether any field of a side differs from the base: without that, nothing of it can have been pushed. */
export function sideChanged(input: MergeInput, side: Side): boolean {
  const base = input.base[side];
  return Object.entries(input[side].fields).some(
    ([field, value]) => !Object.hasOwn(base, field) || !same(input, side, field, value, base[field] ?? null),
  );
}
