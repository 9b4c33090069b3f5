import type { WriteOutcome } from "../../core/connector.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Intent } from "../../core/store.ts";
import { markerWrites } from "../decide/marker.ts";
import type { Conflict, FieldWrite } from "../decide/merge.ts";
import { fail, say } from "../failure.ts";
import { noteWritten } from "../looked.ts";
import { touchBoth } from "../parts/touched.ts";
import { endpointOf, type Session } from "../session.ts";
import { queueWaits } from "../tree/waiting.ts";
import { recordOutcomes, waitsOf } from "./outcomes.ts";
import type { Job, PairPlan } from "./pair-plan.ts";
import { planWalk } from "./walk.ts";
import { patchOf, throwIfStopped, updateAll } from "./write.ts";

/** Acts on plans: intents, guarded minimal writes, then pair, base, versions and journal in one transaction. */
export async function applyPlans(session: Session, plans: readonly PairPlan[]): Promise<void> {
  if (plans.length === 0) return;
  tellConflicts(session, plans);
  for (const plan of plans) if (plan.linking) touchBoth(session, plan, plan.pair);
  const jobs = plans.map((plan) => ({
    plan,
    writes: { left: writesOf(session, plan, "left"), right: writesOf(session, plan, "right") },
  }));
  for (const { plan, writes } of jobs) for (const side of SIDES) planWrites(session, plan, side, writes[side]);
  if (session.dryRun) return countOnly(session, jobs);
  const intents = jobs.flatMap((job) => SIDES.flatMap((side) => intentOf(session, job, side)));
  if (intents.length > 0) session.store.commit({ intents });
  const outcomes = { left: await send(session, "left", jobs), right: await send(session, "right", jobs) };
  await recordOutcomes(session, jobs, outcomes, intents);
  for (const { plan } of jobs) {
    for (const side of SIDES) {
      const outcome = outcomes[side].get(plan.pair.id);
      if (outcome?.ok === true) noteWritten(session, plan.pair, side, outcome.record);
    }
  }
  throwIfStopped([...outcomes.left.values(), ...outcomes.right.values()]);
}

function planWrites({ writes: planned }: Session, plan: PairPlan, side: Side, writes: readonly FieldWrite[]): void {
  if (writes.length === 0) return;
  const { id: record } = plan[side];
  const source = plan[otherSide(side)].id;
  planned.add({ side, action: "update", record, source, fields: patchOf(record, writes).fields });
}

function writesOf(session: Session, plan: PairPlan, side: Side): readonly FieldWrite[] {
  const writes = plan.merge.writes[side];
  if (!plan.linking) return writes;
  return [...writes, ...markerWrites(session.link, side, plan[side], plan[otherSide(side)].id)];
}

function intentOf(session: Session, { plan, writes }: Job, side: Side): Intent[] {
  if (writes[side].length === 0) return [];
  const source = plan[otherSide(side)];
  return [
    {
      id: session.newId(),
      kind: "update",
      side,
      source: source.id,
      target: plan[side].id,
      fields: patchOf(plan[side].id, writes[side]).fields,
      sourceFields: source.fields,
      before: Object.fromEntries(writes[side].map((w) => [w.field, w.before])),
      ...(plan.byHand === undefined ? {} : { byHand: plan.byHand }),
      run: session.context.run,
      at: session.now(),
    },
  ];
}

async function send(session: Session, side: Side, jobs: readonly Job[]): Promise<ReadonlyMap<string, WriteOutcome>> {
  const due = jobs.filter((job) => job.writes[side].length > 0);
  const outcomes = await updateAll(
    session,
    side,
    due.map((job) => patchOf(job.plan[side].id, job.writes[side])),
    due.map((job) => job.writes[side]),
  );
  return new Map(due.map((job, i) => [job.plan.pair.id, outcomes[i] ?? missingOutcome()]));
}

function missingOutcome(): never {
  throw new Error("a connector answered fewer outcomes than it was given patches");
}

function tellConflicts(session: Session, plans: readonly PairPlan[]): void {
  for (const { pair, merge, byHand } of plans) {
    if (byHand !== undefined) continue;
    for (const { cell, winner, stays } of merge.conflicts) {
      session.tally.conflict();
      const fields = `${endpointOf(session, "left")}:${pair.left} ${cell.left ?? ""} and ${endpointOf(session, "right")}:${pair.right} ${cell.right ?? ""}`;
      say(
        session,
        winner === null ? "held" : "noted",
        "left",
        pair.left,
        cell.left ?? cell.right,
        `both sides have their own value in ${fields}: ${outcomeOf(session, winner, stays === true)}`,
      );
    }
  }
}

function outcomeOf(session: Session, winner: Conflict["winner"], stays: boolean): string {
  if (winner === null) return "the field waits for a decision";
  if (winner === "both") return "both changes were put together";
  if (stays) return `${endpointOf(session, winner)} wins, but its row leaves this value alone: both stay as they are`;
  return `${endpointOf(session, winner)} wins, the other value is in the journal`;
}

/** A field that its declared workflow lets no way lead to is told as the run would tell it (X20). */
function countWrites(session: Session, { plan, writes }: Job, side: Side): void {
  const { first, stuck } = planWalk(session, side, patchOf(plan[side].id, writes[side]), writes[side]);
  if (Object.keys(first.fields).length > 0) session.tally.add(side, "updated");
  const source = otherSide(side);
  for (const { field, message } of stuck) fail(session, source, plan[source], message, field);
}

function countOnly(session: Session, jobs: readonly Job[]): void {
  for (const job of jobs) {
    for (const side of SIDES) {
      countWrites(session, job, side);
      for (const { field, notes } of job.writes[side])
        for (const text of notes) say(session, "noted", side, job.plan[side].id, field, text);
    }
    const { faults } = job.plan.merge;
    for (const f of faults)
      if (f.awaits === undefined) fail(session, otherSide(f.side), job.plan[otherSide(f.side)], f.message, f.field);
    for (const source of SIDES) queueWaits(session, source, job.plan[source], null, waitsOf(faults, source));
  }
}
