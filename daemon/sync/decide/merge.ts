import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Base, HeldField } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import type { Otherwise } from "../../fields/outcome.ts";
import { type Cell, cellsOf } from "./cells.ts";
import { combineSets, combineTexts } from "./combine.ts";
import { type Desire, type Desires, mapFields } from "./desire.ts";
import type { Frame } from "./frame.ts";

export interface FieldWrite {
  readonly field: string;
  readonly value: Value;
  readonly before: Value;
  /** Where the value comes from: `file:line`. */
  readonly origin: string;
  readonly notes: readonly string[];
  /** What to write where the tracker refuses `value`. */
  readonly otherwise?: readonly Otherwise[];
  /** The other person's value that gives way, where both sides changed the field. */
  readonly lost?: Value;
}

export interface MergeFault {
  /** The side that cannot be written. */
  readonly side: Side;
  readonly field: string;
  readonly message: string;
  /** It holds back the whole record. */
  readonly holds?: "record";
}

export interface Conflict {
  readonly cell: Cell;
  readonly left: Value;
  readonly right: Value;
  /** Whose value counts; `both`: the changes were put together; null: the field waits for a person. */
  readonly winner: Side | "both" | null;
  readonly unagreed?: true;
}

/** What a pair needs so that both sides agree. Cells in `keep` did not get there: their base stays as it was. */
export interface Merge {
  readonly writes: Readonly<Record<Side, readonly FieldWrite[]>>;
  readonly conflicts: readonly Conflict[];
  readonly faults: readonly MergeFault[];
  readonly keep: readonly Cell[];
}

export interface MergeInput {
  readonly frame: Frame;
  /** Empty where nothing is known of what both agreed on. */
  readonly base: Base;
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
  /** What each side makes of its values for the other. */
  readonly toRight: Desires;
  readonly toLeft: Desires;
  /** Fields of the pair that wait for a person. */
  readonly held?: readonly HeldField[];
}

type Decision =
  | { readonly kind: "agree" }
  | {
      readonly kind: "write";
      readonly side: Side;
      readonly desire: Extract<Desire, { kind: "value" }>;
      readonly conflict: boolean;
    }
  | { readonly kind: "hold" }
  /** Both sides' changes together, each in its own side's words. */
  | { readonly kind: "combine"; readonly left: Value; readonly right: Value; readonly origin: string }
  | { readonly kind: "fault"; readonly side: Side; readonly message: string; readonly holds?: "record" };

const AGREE: Decision = { kind: "agree" };

/** The three-way merge of one pair, field by field: source now, destination now, base. Pure (B11). */
export function mergePair(input: MergeInput): Merge {
  const writes: Record<Side, FieldWrite[]> = { left: [], right: [] };
  const merge = { writes, conflicts: [] as Conflict[], faults: [] as MergeFault[], keep: [] as Cell[] };
  const changed = { left: sideChanged(input, "left"), right: sideChanged(input, "right") };
  const undecided: Cell[] = [];
  for (const cell of cellsOf(input.frame, input.toRight, input.toLeft)) {
    if (!wasRead(cell, input)) continue;
    const view = viewOf(cell, input, changed);
    const decision = decide(view);
    record(decision, view, merge);
    recordEcho(view, merge.writes);
    if (decision.kind !== "agree") undecided.push(cell);
  }
  return merge.faults.some((fault) => fault.holds === "record") ? heldBack(merge, undecided) : merge;
}

/** One field holds back the record (S46, S57, S58): nothing of the pair is written, and what it needs counts as open as before. */
function heldBack(merge: Merge, undecided: readonly Cell[]): Merge {
  return {
    writes: { left: [], right: [] },
    conflicts: merge.conflicts.filter(({ winner }) => winner === null),
    faults: merge.faults,
    keep: undecided,
  };
}

/** A field that a record lacks (Redmine leaves out custom fields that its tracker does not have) is not an empty one: nothing is decided. */
function wasRead({ left, right }: Cell, input: MergeInput): boolean {
  return (
    (left === null || Object.hasOwn(input.left.fields, left)) &&
    (right === null || Object.hasOwn(input.right.fields, right))
  );
}

/** A cell with everything that deciding about it needs. */
interface View {
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
}

function viewOf(cell: Cell, input: MergeInput, changed: Readonly<Record<Side, boolean>>): View {
  const now = { left: presentValue(input.left, cell.left), right: presentValue(input.right, cell.right) };
  const desire = { left: wanted(cell, "left", input), right: wanted(cell, "right", input) };
  const fresh = !known(cell, input);
  const edited = { left: !fresh && isEdited(cell, "left", input), right: !fresh && isEdited(cell, "right", input) };
  const pushed = {
    left: !fresh && changed.right && isPushed(cell, "left", desire.left, input),
    right: !fresh && changed.left && isPushed(cell, "right", desire.right, input),
  };
  return { cell, input, now, desire, edited, pushed, fresh };
}

function decide(view: View): Decision {
  const kept = decideConstant(view);
  if (kept !== null) return kept;
  if (view.fresh) return decideFresh(view);
  const wants = { left: wantsWrite(view, "left"), right: wantsWrite(view, "right") };
  if (!wants.left && !wants.right) return faultOf(view);
  const contested =
    view.cell.direction === "both" &&
    ((wants.right && (view.edited.right || isPartial(view, "left"))) ||
      (wants.left && (view.edited.left || isPartial(view, "right"))));
  // Both were edited to what means the same: many values of one side may stand for one of the other.
  if (contested && (agrees(view, "left") || agrees(view, "right"))) return AGREE;
  const alone = contested ? editedAlone(view) : null;
  if (alone !== null) return wants[otherSide(alone)] ? writeTo(view, otherSide(alone), false) : AGREE;
  if (contested) return decideConflict(view);
  return writeTo(view, wants.right ? "right" : "left", false);
}

/** T22: null where the cell is no constant that is kept. */
function decideConstant(view: View): Decision | null {
  for (const side of ["right", "left"] as const) {
    const desire = view.desire[side];
    if (desire?.kind !== "value" || desire.put === undefined) continue;
    return desire.put === "empty" && view.now[side] !== null ? AGREE : writeTo(view, side, false);
  }
  return null;
}

/** What stands on `side` was only part of what its source holds: an edit of it must not wipe out the rest (T1). */
function isPartial(view: View, side: Side): boolean {
  const desire = view.desire[side];
  return view.edited[side] && desire?.kind === "value" && desire.partial === true;
}

/**
 * The side where alone somebody edited a contested field. Without rules the other side's wish can have changed by a publish only (a row of a value
 * map), and nobody's edit gives way to that.
 */
function editedAlone(view: View): Side | null {
  const { edited, input } = view;
  const { left, right } = input.frame;
  const ruled = [left, right].some(({ config }) => config.rules.incoming || config.rules.outgoing);
  if (ruled || edited.left === edited.right || isPartial(view, "left") || isPartial(view, "right")) return null;
  return edited.left ? "left" : "right";
}

/** Nothing is agreed yet: equal counts as agreed, an empty field takes the other's value, else the policy decides. */
function decideFresh(view: View): Decision {
  const { cell, now } = view;
  for (const side of ["right", "left"] as const) {
    if (permits(cell, side) && agrees(view, side)) return AGREE;
  }
  if (isUnagreed(view)) return now.left === null && now.right === null ? AGREE : { kind: "hold" };
  if (cell.direction !== "both") return decideFreshOneWay(view, cell.direction === "to-right" ? "right" : "left");
  if (now.left === null) return now.right === null ? AGREE : writeTo(view, "left", false);
  if (now.right === null) return writeTo(view, "right", false);
  return decideConflict(view);
}

/** After a rebuild nobody knows who edited last: one person's edit must not be taken for the other's lack of one. */
function isUnagreed({ cell, input }: View): boolean {
  const held = input.held?.find((h) => h.leftField === cell.left && h.rightField === cell.right);
  return held?.unagreed === true;
}

/** An empty source says nothing of a field that nobody agreed on yet: a new row, or a new partner, must not empty what stands there. */
function decideFreshOneWay(view: View, side: Side): Decision {
  return presentValue(view.input[otherSide(side)], view.cell[otherSide(side)]) === null &&
    view.cell[otherSide(side)] !== null
    ? AGREE
    : writeTo(view, side, false);
}

function decideConflict(view: View): Decision {
  if (view.cell.conflict === "union" || view.cell.conflict === "merge") return combine(view);
  const winner = winnerOf(view);
  return winner === null ? { kind: "hold" } : writeTo(view, otherSide(winner), true);
}

/** Both changes are kept where they can be: worked out in the left side's words, and carried to the right like any value. */
function combine(view: View): Decision {
  const { cell, input, now, desire } = view;
  const schema = input.frame.left.schemas[cell.left ?? ""];
  const wish = desire.left;
  const fits =
    cell.conflict === "union" ? schema?.multiple === true : schema?.kind === "string" || schema?.kind === "rich";
  if (cell.left === null || cell.right === null || schema === undefined || !fits || wish?.kind !== "value")
    return { kind: "hold" };
  const base = input.base.left[cell.left] ?? null;
  const left =
    cell.conflict === "union"
      ? combineSets(base, now.left, wish.value)
      : combineTexts(schema, base, now.left, wish.value);
  if (left === null && cell.conflict === "merge") return { kind: "hold" };
  const right = mapFields({ ...input.left.fields, [cell.left]: left }, input.frame, "right")[cell.right];
  if (right?.kind !== "value") return { kind: "hold" };
  return { kind: "combine", left, right: right.value, origin: right.origin };
}

function winnerOf({ cell, input }: View): Side | null {
  if (cell.conflict === "hold" || cell.conflict === "union" || cell.conflict === "merge") return null;
  if (cell.conflict !== "newest") return cell.conflict;
  const left = input.left.modified ?? "";
  const right = input.right.modified ?? "";
  // Two trackers' clocks with a grain of a second cannot say which of two edits in one second came first.
  if (left === right || left === "" || right === "") return null;
  return left > right ? "left" : "right";
}

function writeTo(view: View, side: Side, conflict: boolean): Decision {
  const desire = view.desire[side];
  if (desire === undefined || desire.kind === "skip") return AGREE;
  if (desire.kind === "fault") return faultTo(side, desire);
  if (equal(view, side, desire.value, view.now[side])) return AGREE;
  return { kind: "write", side, desire, conflict };
}

/** A value that cannot be carried matters once its own side changed it; an old failure is not told again with every other edit. */
function faultOf(view: View): Decision {
  for (const side of ["right", "left"] as const) {
    const desire = view.desire[side];
    const source = otherSide(side);
    if (desire?.kind === "fault" && permits(view.cell, side) && (view.edited[source] || view.cell[source] === null)) {
      return faultTo(side, desire);
    }
  }
  return AGREE;
}

function faultTo(side: Side, { message, holds }: Extract<Desire, { kind: "fault" }>): Decision {
  return { kind: "fault", side, message, ...(holds === undefined ? {} : { holds }) };
}

function record(
  decision: Decision,
  view: View,
  merge: { writes: Record<Side, FieldWrite[]>; conflicts: Conflict[]; faults: MergeFault[]; keep: Cell[] },
): void {
  const { cell, now } = view;
  if (decision.kind === "agree") return;
  if (decision.kind === "hold") {
    const unagreed = view.fresh && isUnagreed(view) ? { unagreed: true as const } : {};
    merge.conflicts.push({ cell, left: now.left, right: now.right, winner: null, ...unagreed });
    merge.keep.push(cell);
    return;
  }
  if (decision.kind === "combine") {
    recordCombined(decision, view, merge);
    return;
  }
  const field = cell[decision.side];
  if (field === null) return;
  if (decision.kind === "fault") {
    const { side, message, holds } = decision;
    merge.faults.push({ side, field, message, ...(holds === undefined ? {} : { holds }) });
    merge.keep.push(cell);
    return;
  }
  const { value, origin, notes, otherwise } = decision.desire;
  const before = now[decision.side];
  merge.writes[decision.side].push({
    field,
    value,
    before,
    origin,
    notes,
    ...(otherwise === undefined ? {} : { otherwise }),
    ...(decision.conflict ? { lost: before } : {}),
  });
  if (decision.conflict)
    merge.conflicts.push({ cell, left: now.left, right: now.right, winner: otherSide(decision.side) });
}

function recordCombined(
  decision: Extract<Decision, { kind: "combine" }>,
  view: View,
  merge: { writes: Record<Side, FieldWrite[]>; conflicts: Conflict[] },
): void {
  const { cell, now } = view;
  for (const side of ["left", "right"] as const) {
    const field = cell[side];
    if (field === null || equal(view, side, decision[side], now[side])) continue;
    merge.writes[side].push({ field, value: decision[side], before: now[side], origin: decision.origin, notes: [] });
  }
  merge.conflicts.push({ cell, left: now.left, right: now.right, winner: "both" });
}

/** `overflow = "truncate-both"`: where a side has got its cut text, the source is cut as well. */
function recordEcho(view: View, writes: Record<Side, FieldWrite[]>): void {
  for (const side of ["right", "left"] as const) {
    const desire = view.desire[side];
    const other = otherSide(side);
    const field = view.cell[other];
    if (desire?.kind !== "value" || desire.echo === undefined || field === null) continue;
    const arrives = agrees(view, side) || writes[side].some((w) => w.field === view.cell[side]);
    if (!arrives || writes[other].some((w) => w.field === field)) continue;
    const { echo: value, origin, notes } = desire;
    writes[other].push({ field, value, before: view.now[other], origin, notes });
  }
}

function permits(cell: Cell, toward: Side): boolean {
  return cell.direction === "both" || cell.direction === `to-${toward}`;
}

function wanted(cell: Cell, side: Side, input: MergeInput): Desire | undefined {
  const field = cell[side];
  if (field === null || !permits(cell, side)) return undefined;
  return side === "right" ? input.toRight[field] : input.toLeft[field];
}

function presentValue(record: TrackerRecord, field: string | null): Value {
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

function wantsWrite(view: View, side: Side): boolean {
  return view.pushed[side] && !agrees(view, side);
}

function agrees(view: View, side: Side): boolean {
  const desire = view.desire[side];
  return desire?.kind === "value" && equal(view, side, desire.value, view.now[side]);
}

function equal(view: View, side: Side, a: Value, b: Value): boolean {
  return same(view.input, side, view.cell[side] ?? "", a, b);
}

function same(input: MergeInput, side: Side, field: string, a: Value, b: Value): boolean {
  const schema = input.frame[side].schemas[field];
  return schema !== undefined && equalValues(schema, a, b);
}

/** Whether any field of a side differs from the base: without that, nothing of it can have been pushed. */
function sideChanged(input: MergeInput, side: Side): boolean {
  const base = input.base[side];
  return Object.entries(input[side].fields).some(
    ([field, value]) => !Object.hasOwn(base, field) || !same(input, side, field, value, base[field] ?? null),
  );
}
