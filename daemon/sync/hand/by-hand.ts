import type { Side } from "../../core/snapshot.ts";
import type { HeldField } from "../../core/store.ts";
import { type Cell, cellsOf } from "../decide/cells.ts";
import type { Frame } from "../decide/frame.ts";
import type { Conflict, FieldWrite } from "../decide/merge.ts";
import type { Session } from "../session.ts";
import { applyPlans } from "../writing/apply.ts";
import type { PairPlan } from "../writing/pair-plan.ts";

/** Values that a person wants in a pair, and the cells that both sides agree on once they stand there. */
export interface Hand {
  readonly plan: PairPlan;
  readonly writes: Readonly<Record<Side, readonly FieldWrite[]>>;
  readonly settled: readonly Cell[];
  /** Where the values come from, for the journal. */
  readonly origin: string;
}

/**
 * Puts values by a person's order, as a run does: intent, guarded write of these fields only, journal. What then stands in the settled cells
 * is what both sides last agreed on, so that nothing flows from it; every other cell keeps its base, its edits and its wait for a decision.
 */
export async function putByHand(session: Session, hands: readonly Hand[]): Promise<void> {
  const frame = await session.frame();
  await applyPlans(
    session,
    hands.map((hand) => planOf(hand, frame)),
  );
}

function planOf({ plan, writes, settled, origin }: Hand, frame: Frame): PairPlan {
  const keep = cellsOf(frame, plan.toRight, plan.toLeft).filter((cell) => !settled.some((s) => isSame(s, cell)));
  const conflicts = plan.pair.held.flatMap((held) =>
    settled.some((cell) => isCellOf(held, cell)) ? [] : [conflictOf(held, keep)],
  );
  return { ...plan, linking: false, byHand: origin, merge: { writes, conflicts, faults: [], keep } };
}

export function isCellOf(held: HeldField, cell: Pick<Cell, Side>): boolean {
  return held.leftField === cell.left && held.rightField === cell.right;
}

function isSame(a: Cell, b: Cell): boolean {
  return a.left === b.left && a.right === b.right;
}

/** A conflict that goes on waiting as it is. */
function conflictOf(held: HeldField, cells: readonly Cell[]): Conflict {
  const { leftField, rightField, left, right, unagreed } = held;
  const cell = cells.find((c) => isCellOf(held, c));
  return {
    cell: cell ?? { left: leftField, right: rightField, direction: "both", conflict: "hold" },
    ...{ left, right, winner: null },
    ...(unagreed === undefined ? {} : { unagreed }),
  };
}
