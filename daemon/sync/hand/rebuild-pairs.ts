import type { RebuildAnswer } from "../../core/deeds.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { type Cell, cellsOf } from "../decide/cells.ts";
import type { Desires } from "../decide/desire.ts";
import type { Frame } from "../decide/frame.ts";
import { markerWrites } from "../decide/marker.ts";
import type { Conflict } from "../decide/merge.ts";
import type { Session } from "../session.ts";
import { applyPlans } from "../writing/apply.ts";
import type { PairPlan } from "../writing/pair-plan.ts";

/** Two records that belong together, and what each makes of itself for the other. */
export interface Rebuilt {
  readonly pair: Pair;
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
  readonly toRight: Desires;
  readonly toLeft: Desires;
}

export interface Settled {
  readonly fields: RebuildAnswer["differing"];
  readonly markers: number;
}

/** Records new pairs: what agrees is their base, what differs has none and is held. Writes nothing but the markers that are asked for. */
export async function settleRebuilt(
  session: Session,
  couples: readonly Rebuilt[],
  completeMarkers: boolean,
): Promise<Settled> {
  const frame = await session.frame();
  const plans = couples.map((couple) => planOf(couple, frame, completeMarkers));
  if (!session.dryRun) {
    // The pair first: were the daemon killed while markers are written, it must be there when their intents are settled.
    session.store.commit({ pairs: plans.map((plan) => plan.pair) });
    await applyPlans(session, plans);
  }
  return {
    fields: plans.flatMap(({ pair, merge }) =>
      merge.conflicts.length === 0
        ? []
        : [{ left: pair.left, right: pair.right, fields: merge.conflicts.map(({ cell }) => nameOf(cell)) }],
    ),
    markers: completeMarkers ? plans.reduce((sum, plan) => sum + missingMarkers(session, plan), 0) : 0,
  };
}

function nameOf({ left, right }: Cell): string {
  return left === null || right === null || left === right ? (left ?? right ?? "") : `${left} = ${right}`;
}

function missingMarkers(session: Session, plan: PairPlan): number {
  return SIDES.filter((side) => markerWrites(session.link, side, plan[side], plan[otherSide(side)].id).length > 0)
    .length;
}

function planOf(couple: Rebuilt, frame: Frame, linking: boolean): PairPlan {
  const cells = cellsOf(frame, couple.toRight, couple.toLeft);
  const keep = cells.filter((cell) => !agrees(couple, cell, frame));
  const conflicts = keep
    .filter((cell) => wasRead(couple, cell))
    .map((cell): Conflict => {
      const now = { left: valueIn(couple.left, cell.left), right: valueIn(couple.right, cell.right) };
      return { cell, ...now, winner: null, unagreed: true };
    });
  return { ...couple, linking, merge: { writes: { left: [], right: [] }, conflicts, faults: [], keep } };
}

/** Either side already is what the other wants it to be, or nothing is to be carried. */
function agrees(couple: Rebuilt, cell: Cell, frame: Frame): boolean {
  if (!wasRead(couple, cell)) return false;
  const now = { left: valueIn(couple.left, cell.left), right: valueIn(couple.right, cell.right) };
  if (now.left === null && now.right === null) return true;
  const wanted = SIDES.filter((side) => cell.direction === "both" || cell.direction === `to-${side}`).map((side) => ({
    side,
    desire: desireOf(couple, cell, side),
  }));
  if (
    wanted.some(({ desire }) => desire !== undefined) &&
    wanted.every(({ desire }) => desire === undefined || desire.kind === "skip")
  )
    return true;
  return wanted.some(({ side, desire }) => {
    const schema = frame[side].schemas[cell[side] ?? ""];
    return desire?.kind === "value" && schema !== undefined && equalValues(schema, desire.value, now[side]);
  });
}

function desireOf({ toRight, toLeft }: Rebuilt, cell: Cell, side: Side): Desires[string] | undefined {
  const field = cell[side];
  if (field === null) return undefined;
  return side === "right" ? toRight[field] : toLeft[field];
}

function wasRead({ left, right }: Rebuilt, cell: Cell): boolean {
  return (
    (cell.left === null || Object.hasOwn(left.fields, cell.left)) &&
    (cell.right === null || Object.hasOwn(right.fields, cell.right))
  );
}

function valueIn(record: TrackerRecord, field: string | null) {
  return field === null ? null : (record.fields[field] ?? null);
}
