import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { JournalEntry, Pair } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { cellsOf } from "../decide/cells.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { type PairInHand, planPairs } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import type { PairPlan } from "../writing/pair-plan.ts";
import { inBatches } from "../writing/write.ts";
import { type Hand, putByHand } from "./by-hand.ts";
import type { Tell } from "./undo.ts";
import { UNDO_OF, type Wish } from "./undo-plan.ts";

const CHUNK = 100;
/** Journal entries looked through for a later write of one field. */
const MOST_LATER = 200;

/** Puts fields back that still hold what we wrote, a batch of pairs at a time: each pair is read right before it is written. */
export async function putBack(
  session: Session,
  wishes: readonly Wish[],
  isSelected: (entry: JournalEntry) => boolean,
  tell: Tell,
): Promise<void> {
  const byPair = new Map<string, Wish[]>();
  for (const wish of wishes) {
    const why = whyNot(session, wish, isSelected);
    if (why === MARKER) continue;
    if (why !== null) tell.left(wish.side, wish.record, wish.field, why);
    else byPair.set(wish.pair, [...(byPair.get(wish.pair) ?? []), wish]);
  }
  for (const chunk of inBatches([...byPair], CHUNK)) {
    session.signal.throwIfAborted();
    await putChunk(session, new Map(chunk), tell);
  }
}

/** The partner's id in a marker is no value that anybody reads: it stays as long as the pair does. */
const MARKER = "marker";

function whyNot(session: Session, wish: Wish, isSelected: (entry: JournalEntry) => boolean): string | null {
  const { side, record, field } = wish;
  if (isMarker(session, side, field)) return MARKER;
  const schema = session.schemas[side].schemas[field];
  if (schema === undefined) return `${endpointOf(session, side)} has no such field any more`;
  if (schema.readOnly) return `${endpointOf(session, side)} lets nobody write it any more`;
  const pair = session.store.pair(wish.pair);
  if (pair === null || pair[side] !== record) return "the record is no longer paired as it was then";
  const later = laterWrite(session, wish, isSelected);
  return later === null ? null : `it was written again since, by run ${later.run} for an edit of ${later.source}`;
}

function isMarker(session: Session, side: Side, field: string): boolean {
  const { marker, partnerUrl } = session.link[side];
  return (marker === field || partnerUrl === field) && !session.link.fields.some((row) => row[side] === field);
}

/** A write of a later run carries somebody's later edit. What an undo wrote does not: there the value itself tells. */
function laterWrite(
  session: Session,
  { side, record, field }: Wish,
  isSelected: (entry: JournalEntry) => boolean,
): JournalEntry | null {
  for (const entry of session.store.journal({ side, record, field, limit: MOST_LATER })) {
    if (isSelected(entry)) return null;
    if (!entry.origin.startsWith(UNDO_OF)) return entry;
  }
  return null;
}

async function putChunk(session: Session, wishes: ReadonlyMap<string, readonly Wish[]>, tell: Tell): Promise<void> {
  const inHand = await readPairs(session, wishes, tell);
  const plans = new Map((await planPairs(session, inHand)).map((plan) => [plan.pair.id, plan]));
  const frame = await session.frame();
  const hands: Hand[] = [];
  const planned: { wish: Wish; now: Value }[] = [];
  for (const { pair } of inHand) {
    const plan = plans.get(pair.id);
    const mine = wishes.get(pair.id) ?? [];
    const kept = mine.filter((wish) => {
      const why =
        plan === undefined
          ? "a rule failed on the record: the run's report has its message"
          : changed(session, plan, wish);
      if (why !== null) tell.left(wish.side, wish.record, wish.field, why);
      return why === null;
    });
    if (plan === undefined || kept.length === 0) continue;
    planned.push(...kept.map((wish) => ({ wish, now: plan[wish.side].fields[wish.field] ?? null })));
    const cells = cellsOf(frame, plan.toRight, plan.toLeft);
    const settled = cells.filter((cell) => kept.some((wish) => cell[wish.side] === wish.field));
    const origin = `${UNDO_OF}run ${kept[0]?.run ?? ""}`;
    hands.push({
      plan,
      settled,
      origin,
      writes: { left: writesOf(plan, "left", kept), right: writesOf(plan, "right", kept) },
    });
  }
  if (!session.dryRun) await putByHand(session, hands);
  for (const { wish, now } of planned) report(session, wish, now, tell);
}

function writesOf(plan: PairPlan, side: Side, wishes: readonly Wish[]): readonly FieldWrite[] {
  return wishes
    .filter((wish) => wish.side === side)
    .map(({ field, back, run }) => ({
      ...{ field, value: back, before: plan[side].fields[field] ?? null, origin: `${UNDO_OF}run ${run}`, notes: [] },
    }));
}

/** What became of it stands in the journal. */
function report(session: Session, wish: Wish, now: Value, tell: Tell): void {
  const { side, record, field, back } = wish;
  const stored =
    session.dryRun || session.store.journal({ run: session.context.run, side, record, field, limit: 1 }).length > 0;
  if (stored) tell.step(side, record, { action: "put back", field, now, back });
  else
    tell.left(side, record, field, `${endpointOf(session, side)} did not store it: the run's report has its message`);
}

/** Both records of each pair, with the fields to put back even where nothing maps them any more. */
async function readPairs(
  session: Session,
  wishes: ReadonlyMap<string, readonly Wish[]>,
  tell: Tell,
): Promise<readonly PairInHand[]> {
  const pairs = [...wishes.keys()].flatMap((id) => session.store.pair(id) ?? []);
  const all = [...wishes.values()].flat();
  const read = {
    left: await readSide(session, "left", pairs, all),
    right: await readSide(session, "right", pairs, all),
  };
  return pairs.flatMap((pair): PairInHand[] => {
    const [left, right] = [read.left.get(pair.left), read.right.get(pair.right)];
    if (left !== undefined && right !== undefined) return [{ pair, left, right, linking: false }];
    for (const { side, record, field } of wishes.get(pair.id) ?? []) {
      const missing = read[side].has(record) ? otherSide(side) : side;
      tell.left(side, record, field, `${endpointOf(session, missing)}:${pair[missing]} is gone or hidden`);
    }
    return [];
  });
}

async function readSide(
  session: Session,
  side: Side,
  pairs: readonly Pair[],
  wishes: readonly Wish[],
): Promise<ReadonlyMap<string, TrackerRecord>> {
  const names = wishes.filter((wish) => wish.side === side).map((wish) => wish.field);
  const ids = pairs.map((pair) => pair[side]);
  return readAll(session, side, ids, [...new Set([...session.fields[side], ...names])]);
}

/** Why a field is left as it is: somebody has edited it, or its partner, since. */
function changed(session: Session, plan: PairPlan, { side, field, expected }: Wish): string | null {
  const schema = session.schemas[side].schemas[field];
  const now = plan[side].fields[field];
  if (schema === undefined || now === undefined) return "the record has no such field any more";
  if (!equalValues(schema, now, expected)) return `it was edited since: it is ${shown(now)}, not ${shown(expected)}`;
  const { merge, pair } = plan;
  if (pair.unlinked === true) return "the pair is unlinked";
  if (pair.held.some((held) => held[`${side}Field`] === field)) return "it waits for a decision (`syncline conflicts`)";
  const other = otherSide(side);
  const partners = session.link.fields.filter((row) => row[side] === field).map((row) => row[other]);
  const pending =
    merge.writes[side].some((write) => write.field === field) ||
    merge.writes[other].some((write) => partners.includes(write.field)) ||
    merge.faults.some((fault) => fault.side === side && fault.field === field) ||
    merge.conflicts.some(({ cell }) => cell[side] === field);
  return pending
    ? `its partner ${endpointOf(session, other)}:${plan[other].id} was edited since, and the next run brings that`
    : null;
}

function shown(value: Value): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
