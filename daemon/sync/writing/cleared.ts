import type { WriteOutcome } from "../../core/connector.ts";
import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import { otherSide } from "../../core/snapshot.ts";
import type { Base } from "../../core/store.ts";
import { followersOf } from "../../fields/follow.ts";
import { type Cell, cellsOf } from "../decide/cells.ts";
import type { Frame } from "../decide/frame.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { withCleared } from "../decide/unmet.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import type { PairPlan } from "./pair-plan.ts";

/**
 * Fields that the tracker emptied by itself when we wrote others: a release that moves on leaves its own teams and sprints behind. That is nobody's
 * edit, so it must not go back and empty the other side too. Only fields that the other side has a say in.
 */
export function clearedBy(
  session: Session,
  plan: PairPlan,
  side: Side,
  writes: readonly FieldWrite[],
  outcome: WriteOutcome | undefined,
): ReadonlySet<string> {
  if (outcome?.ok !== true) return new Set();
  const refused = new Set(outcome.faults.map(({ field }) => field));
  const stored = writes.map(({ field }) => field).filter((name) => !refused.has(name));
  const desires = side === "right" ? plan.toRight : plan.toLeft;
  const bound = followersOf(session.connectors[side].capabilities.bonds, stored);
  return new Set(
    bound.filter(
      (name) =>
        desires[name] !== undefined &&
        Object.hasOwn(outcome.record.fields, name) &&
        outcome.record.fields[name] === null &&
        (plan[side].fields[name] ?? null) !== null,
    ),
  );
}

/** The base without the marks of what the tracker emptied by itself. `keep`: cells that did not get there; of them their own message tells. */
export function withoutEffects(
  session: Session,
  base: Base,
  { plan, writes }: { readonly plan: PairPlan; readonly writes: Readonly<Record<Side, readonly FieldWrite[]>> },
  side: Side,
  keep: readonly Cell[],
  outcome: WriteOutcome | undefined,
): Base {
  const cleared = clearedBy(session, plan, side, writes[side], outcome);
  if (cleared.size === 0) return base;
  const stuck = keep.filter((cell) => cleared.has(cell[side] ?? ""));
  const kept = stuck.map((cell) => cell[side]);
  tell(
    session,
    plan,
    side,
    [...cleared].filter((name) => !kept.includes(name)),
  );
  const waits = plan.merge.conflicts.filter(({ winner }) => winner === null).map(({ cell }) => cell[side]);
  return withCleared(base, new Set([...cleared].filter((name) => !waits.includes(name))), side, stuck);
}

/** The same for an update whose answer was lost: `there` are the fields that turned out to have arrived. What was emptied is looked at anew. */
export function withoutLateEffects(
  session: Session,
  base: Base,
  side: Side,
  there: ReadonlySet<string>,
  record: TrackerRecord,
  frame: Frame,
): Base {
  const bound = followersOf(session.connectors[side].capabilities.bonds, [...there]);
  const cells = cellsOf(frame, {}, {}).filter(({ direction }) => direction !== `to-${otherSide(side)}`);
  const cleared = bound.filter((name) => record.fields[name] === null && (base[side][name] ?? null) !== null);
  return withCleared(base, new Set(cleared), side, cells);
}

function tell(session: Session, plan: PairPlan, side: Side, fields: readonly string[]): void {
  for (const field of fields) {
    const here = endpointOf(session, side);
    const there = endpointOf(session, otherSide(side));
    const text = `${here} cleared it because of another field of this record; ${there} keeps its value`;
    say(session, "noted", side, plan[side].id, field, text);
  }
}
