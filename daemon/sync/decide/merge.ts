import type { Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Fault, Otherwise } from "../../fields/outcome.ts";
import { endangered } from "./bonds.ts";
import { type Cell, cellsOf } from "./cells.ts";
import { type Decision, decide } from "./decide.ts";
import { agrees, equal, isUnagreed, type MergeInput, sideChanged, type View, viewOf, wasRead } from "./view.ts";

export interface FieldWrite {
  readonly field: string;
  readonly value: Value;
  readonly before: Value;
  /** Where the value comes from: `file:line`. */
  readonly origin: string;
  readonly notes: readonly string[];
  /** What to write where the tracker refuses `value`. */
  readonly otherwise?: readonly Otherwise[];
  /** What to do where it refuses all of these. */
  readonly hint?: string;
  /** The other person's value that gives way, where both sides changed the field. */
  readonly lost?: Value;
}

export interface MergeFault extends Omit<Fault, "kind"> {
  /** The side that cannot be written. */
  readonly side: Side;
  readonly field: string;
}

export interface Conflict {
  readonly cell: Cell;
  readonly left: Value;
  readonly right: Value;
  /** Whose value counts; `both`: the changes were put together; null: the field waits for a person. */
  readonly winner: Side | "both" | null;
  readonly unagreed?: true;
  /** The winner's value is one that its row leaves alone: both stay as they are, and count as agreed. */
  readonly stays?: true;
}

/** What a pair needs so that both sides agree. Cells in `keep` did not get there: their base stays as it was. */
export interface Merge {
  readonly writes: Readonly<Record<Side, readonly FieldWrite[]>>;
  readonly conflicts: readonly Conflict[];
  readonly faults: readonly MergeFault[];
  readonly keep: readonly Cell[];
}

/** The three-way merge of one pair, field by field: source now, destination now, base. Pure (B11). */
export function mergePair(input: MergeInput): Merge {
  const writes: Record<Side, FieldWrite[]> = { left: [], right: [] };
  const merge = { writes, conflicts: [] as Conflict[], faults: [] as MergeFault[], keep: [] as Cell[] };
  const whole = input.backfill === true;
  const changed = { left: whole || sideChanged(input, "left"), right: whole || sideChanged(input, "right") };
  const undecided: Cell[] = [];
  for (const cell of cellsOf(input.frame, input.toRight, input.toLeft)) {
    if (!wasRead(cell, input)) {
      merge.faults.push(...ofNoField(cell, input));
      continue;
    }
    const view = viewOf(cell, input, changed);
    const decision = decide(view);
    record(decision, view, merge);
    recordEcho(view, merge.writes);
    if (decision.kind !== "agree") undecided.push(cell);
  }
  for (const side of SIDES) recordEndangered(input, side, merge);
  return merge.faults.some((fault) => fault.holds === "record") ? heldBack(merge, undecided) : merge;
}

/** What a rule sets or fails by a name that the side does not have: there is nothing to compare, and it must not go untold (X28). */
function ofNoField(cell: Cell, input: MergeInput): readonly MergeFault[] {
  return SIDES.flatMap((side) => {
    const field = cell[side];
    const desire = field === null ? undefined : (side === "right" ? input.toRight : input.toLeft)[field];
    if (field === null || desire?.kind !== "fault" || input.frame[side].schemas[field] !== undefined) return [];
    const { kind: _, ...fault } = desire;
    return [{ ...fault, side, field }];
  });
}

function recordEndangered(
  input: MergeInput,
  side: Side,
  merge: Pick<Merge, "writes"> & { readonly faults: MergeFault[]; readonly keep: Cell[] },
): void {
  const desires = side === "right" ? input.toRight : input.toLeft;
  for (const { field, fault } of endangered(merge.writes[side], desires, input[side].fields, input.frame[side])) {
    const cell = cellsOf(input.frame, input.toRight, input.toLeft).find((one) => one[side] === field);
    if (cell === undefined || merge.keep.some((kept) => kept[side] === field)) continue;
    const { kind: _, ...rest } = fault;
    merge.faults.push({ ...rest, side, field });
    merge.keep.push(cell);
  }
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

function record(
  decision: Decision,
  view: View,
  merge: { writes: Record<Side, FieldWrite[]>; conflicts: Conflict[]; faults: MergeFault[]; keep: Cell[] },
): void {
  const { cell, now } = view;
  if (decision.kind === "agree") {
    const { winner } = decision;
    if (winner !== undefined) merge.conflicts.push({ cell, left: now.left, right: now.right, winner, stays: true });
    return;
  }
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
    const { kind: _, ...fault } = decision;
    merge.faults.push({ ...fault, field });
    merge.keep.push(cell);
    return;
  }
  const { value, origin, notes, otherwise, hint } = decision.desire;
  const before = now[decision.side];
  merge.writes[decision.side].push({
    field,
    value,
    before,
    origin,
    notes,
    ...(otherwise === undefined ? {} : { otherwise }),
    ...(hint === undefined ? {} : { hint }),
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
  for (const side of SIDES) {
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
    if (view.input.frame.link[other].update === false) continue;
    const arrives = agrees(view, side) || writes[side].some((w) => w.field === view.cell[side]);
    if (!arrives || writes[other].some((w) => w.field === field)) continue;
    const { echo: value, origin, notes } = desire;
    writes[other].push({ field, value, before: view.now[other], origin, notes });
  }
}
