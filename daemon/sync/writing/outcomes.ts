import type { WriteOutcome } from "../../core/connector.ts";
import type { ConnectorError } from "../../core/errors.ts";
import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { HeldField, Intent, JournalEntry, Pair, Retry } from "../../core/store.ts";
import type { Both } from "../carry-over.ts";
import { nextBase, stored } from "../decide/base.ts";
import { type Cell, cellsOf } from "../decide/cells.ts";
import { versionOf } from "../decide/detect.ts";
import type { Frame } from "../decide/frame.ts";
import type { FieldWrite, MergeFault } from "../decide/merge.ts";
import { fail, say, UNCARRIED } from "../failure.ts";
import { settledRetry, stillWaits } from "../parts/retries.ts";
import { untilLooked } from "../parts/touched.ts";
import { endpointOf, type Session } from "../session.ts";
import { queueWaits, type Told } from "../tree/waiting.ts";
import { clearedBy, withoutEffects } from "./cleared.ts";
import type { Job, Outcomes, PairPlan } from "./pair-plan.ts";
import { raceOf, tellRace } from "./race.ts";
import { withReached } from "./reached.ts";
import { settledWishes } from "./settled.ts";
import { tellWritten } from "./write.ts";

export async function recordOutcomes(
  session: Session,
  jobs: readonly Job[],
  outcomes: Outcomes,
  intents: readonly Intent[],
): Promise<void> {
  const frame = await session.frame();
  const finals = jobs.map((job) => ({
    left: final(session, job, "left", outcomes),
    right: final(session, job, "right", outcomes),
  }));
  const wishes = await settledWishes(session, jobs, finals, outcomes);
  const pairs: Pair[] = [];
  const journal: JournalEntry[] = [];
  const retries: Retry[] = [];
  const doneRetries: { side: Side; record: string }[] = [];
  jobs.forEach((job, i) => {
    const now = finals[i];
    const wish = wishes[i];
    if (now === undefined || wish === undefined) return;
    const failed = failedCells(job, outcomes, frame);
    const keep = [...job.plan.merge.keep, ...failed];
    const agreed = nextBase(job.plan.pair.base, { ...now, ...wish }, keep, frame);
    const base = SIDES.reduce((last, side) => {
      const outcome = outcomes[side].get(job.plan.pair.id);
      const reached = withReached(last, side, outcome, now[side], side === "left" ? wish.toRight : wish.toLeft, frame);
      return withoutEffects(session, reached, job, side, keep, outcome);
    }, agreed);
    pairs.push(untilLooked(session, job.plan.pair, nextPair(session, job.plan, now, base, failed)));
    for (const side of SIDES) journal.push(...journalOf(session, job, side, outcomes));
    const failures = failuresOf(session, job, outcomes);
    // What a person asked for is told to them and not tried again; what waited before still does.
    if (job.plan.byHand !== undefined) return;
    retries.push(...failures);
    for (const retry of failures) stillWaits(session, retry);
    for (const side of SIDES)
      if (!failures.some((f) => f.side === side)) doneRetries.push(...settledRetry(session, side, job.plan[side].id));
  });
  const open = unanswered(jobs, outcomes);
  session.store.commit({
    pairs,
    journal,
    retries,
    doneRetries,
    doneIntents: intents.filter((i) => !open.has(`${i.side} ${i.target}`)).map((i) => i.id),
  });
}

/**
 * A record after the run's writes. Of the answer only the written fields count: another one that changed meanwhile is somebody's edit, which the
 * next run must still find different from the base. For the same reason a version that hides an edit is not taken over.
 */
function final(session: Session, { plan, writes }: Job, side: Side, outcomes: Outcomes): TrackerRecord {
  const outcome = outcomes[side].get(plan.pair.id);
  const seen = versionOf(plan.pair, side);
  const hidesEdit = plan.byHand !== undefined && plan[side].version !== seen;
  if (outcome?.ok !== true) return hidesEdit ? { ...plan[side], version: seen } : plan[side];
  const written = writes[side].map((w) => w.field);
  const names = new Set([...written, ...clearedBy(session, plan, side, writes[side], outcome)]);
  const fields = Object.fromEntries(Object.entries(outcome.record.fields).filter(([name]) => names.has(name)));
  const after = stored(plan[side], { ...outcome.record, fields });
  if (hidesEdit) return { ...after, version: seen };
  return raceOf(session, side, plan[side], outcome) === null ? after : { ...after, version: plan[side].version };
}

/** Cells whose write failed, or that the tracker dropped from a write: their base stays, so that they count as out of step. */
function failedCells({ plan, writes }: Job, outcomes: Outcomes, frame: Frame): readonly Cell[] {
  if (SIDES.every((side) => isWhole(outcomes[side].get(plan.pair.id)))) return [];
  const cells = cellsOf(frame, plan.toRight, plan.toLeft);
  return SIDES.flatMap((side) => {
    const outcome = outcomes[side].get(plan.pair.id);
    if (outcome === undefined) return [];
    const failed = outcome.ok ? outcome.faults.map((f) => f.field) : writes[side].map((w) => w.field);
    return cells.filter((cell) => cell[side] !== null && failed.includes(cell[side]));
  });
}

function isWhole(outcome: WriteOutcome | undefined): boolean {
  return outcome === undefined || (outcome.ok && outcome.faults.length === 0);
}

function nextPair(session: Session, plan: PairPlan, now: Both, base: Pair["base"], failed: readonly Cell[]): Pair {
  const held = [...heldFields(session, plan), ...stillHeld(plan, failed)];
  // Both records are in hand: one that was gone has come back.
  const { gone: _, ...pair } = plan.pair;
  return {
    ...pair,
    base,
    held,
    leftVersion: now.left.version,
    rightVersion: now.right.version,
    mapping: session.mapping,
    revision: session.context.revision,
  };
}

/** Conflicts that a person decided, but whose value the tracker did not take: they wait on. */
function stillHeld({ pair, byHand }: PairPlan, failed: readonly Cell[]): readonly HeldField[] {
  if (byHand === undefined) return [];
  return pair.held.filter((held) => failed.some((c) => c.left === held.leftField && c.right === held.rightField));
}

/** Conflicts that still wait, each since it was first seen. */
function heldFields(session: Session, { pair, merge }: PairPlan): readonly HeldField[] {
  return merge.conflicts.flatMap(({ cell, left, right, winner, unagreed }): HeldField[] => {
    if (winner !== null) return [];
    const before = pair.held.find((h) => h.leftField === cell.left && h.rightField === cell.right);
    const { since, run } = before ?? { since: session.now(), run: session.context.run };
    const flag = unagreed === undefined ? {} : { unagreed };
    return [{ leftField: cell.left, rightField: cell.right, left, right, since, run, ...flag }];
  });
}

function journalOf(session: Session, { plan, writes }: Job, side: Side, outcomes: Outcomes): JournalEntry[] {
  const outcome = outcomes[side].get(plan.pair.id);
  if (outcome?.ok !== true) return [];
  // What a walk got as far as was written, though it is not what was wanted.
  const refused = new Set(outcome.faults.flatMap((f) => (f.reached === undefined ? [f.field] : [])));
  const source = plan[otherSide(side)];
  const done = writes[side].filter((w) => !refused.has(w.field));
  if (done.length === 0) return [];
  session.tally.add(side, "updated");
  tellWritten(
    session,
    side,
    plan[side].id,
    "update",
    `${endpointOf(session, otherSide(side))}:${source.id}`,
    done.map((w) => w.field),
  );
  const race = raceOf(session, side, plan[side], outcome);
  if (race !== null) tellRace(session, side, plan[side].id, race, done);
  for (const w of done) for (const text of w.notes) say(session, "noted", side, plan[side].id, w.field, text);
  return done.map((w) => ({
    run: session.context.run,
    revision: session.context.revision,
    at: session.now(),
    pair: plan.pair.id,
    side,
    record: plan[side].id,
    kind: "update",
    field: w.field,
    before: w.before,
    after: valueAfter(outcome.record.fields, w),
    origin: w.origin,
    source: source.id,
    sourceVersion: source.version,
    ...(w.lost === undefined ? {} : { lost: w.lost }),
    ...(race === null ? {} : { race }),
  }));
}

function valueAfter(fields: Fields, write: FieldWrite): Value {
  return Object.hasOwn(fields, write.field) ? (fields[write.field] ?? null) : write.value;
}

/** One retry a side at the most, under the record that the failed value comes from; what only waits is no failure. */
function failuresOf(session: Session, job: Job, outcomes: Outcomes): Retry[] {
  const bySource = new Map<Side, Retry>();
  const add = (
    written: Side,
    field: string | null,
    message: string,
    cause: ConnectorError | typeof UNCARRIED | null = null,
  ) => {
    const source = otherSide(written);
    const retry = fail(
      session,
      source,
      final(session, job, source, outcomes),
      `${endpointOf(session, written)}:${job.plan[written].id}: ${message}`,
      field,
      cause,
    );
    if (!bySource.has(source)) bySource.set(source, retry);
  };
  const { faults } = job.plan.merge;
  for (const { side, field, message, awaits } of faults) if (awaits === undefined) add(side, field, message, UNCARRIED);
  for (const side of SIDES) {
    const outcome = outcomes[side].get(job.plan.pair.id);
    if (outcome === undefined) continue;
    if (!outcome.ok)
      add(side, outcome.error.field ?? onlyField(job.writes[side]), outcome.error.message, outcome.error);
    else for (const fault of outcome.faults) add(side, fault.field, fault.message);
  }
  return SIDES.flatMap((source) => {
    const failed = bySource.get(source) ?? null;
    return queueWaits(session, source, final(session, job, source, outcomes), failed, waitsOf(faults, source)) ?? [];
  });
}

export function waitsOf(faults: readonly MergeFault[], source: Side): readonly Told[] {
  return faults.flatMap(({ side, field, message, awaits }) =>
    awaits === undefined || side === source ? [] : [{ awaited: { ...awaits, field }, message }],
  );
}

/** Of an update of one field the tracker need not say which it refuses. */
function onlyField(writes: readonly FieldWrite[]): string | null {
  const [first, ...more] = writes;
  return first === undefined || more.length > 0 ? null : first.field;
}

/** Writes that may have been stored although no answer came: their intents stay open until a later run has looked. */
function unanswered(jobs: readonly Job[], outcomes: Outcomes): ReadonlySet<string> {
  const open = new Set<string>();
  for (const { plan } of jobs) {
    for (const side of SIDES) {
      const outcome = outcomes[side].get(plan.pair.id);
      if (outcome?.ok === false && outcome.error.stored === "maybe") open.add(`${side} ${plan[side].id}`);
    }
  }
  return open;
}
