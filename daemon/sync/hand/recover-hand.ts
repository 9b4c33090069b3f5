import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { cellsOf } from "../decide/cells.ts";
import { planPairs } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import type { Session } from "../session.ts";
import { putByHand } from "./by-hand.ts";

/**
 * Settles what a person's order sent without an answer being recorded. A value that stands there now is agreed on, as it would have been then; a
 * record that is gone keeps its pair, so that its partner is not given another one.
 */
export async function recoverByHand(session: Session, side: Side, intents: readonly Intent[]): Promise<void> {
  const mine = intents.filter((intent) => intent.byHand !== undefined && intent.side === side);
  await settleUpdates(
    session,
    side,
    mine.filter((intent) => intent.kind === "update"),
  );
  await settleDeletions(
    session,
    side,
    mine.filter((intent) => intent.kind === "delete"),
  );
}

async function settleUpdates(session: Session, side: Side, intents: readonly Intent[]): Promise<void> {
  for (const intent of intents) {
    const pair = session.store.pairs(side, [intent.target ?? ""]).get(intent.target ?? "");
    const both = pair === undefined ? null : await readBoth(session, pair);
    if (pair !== undefined && both !== null) await settle(session, side, intent, pair, both);
    session.store.commit({ doneIntents: [intent.id] });
  }
}

async function settle(
  session: Session,
  side: Side,
  intent: Intent,
  pair: Pair,
  both: Readonly<Record<Side, TrackerRecord>>,
): Promise<void> {
  const [plan] = await planPairs(session, [{ pair, ...both, linking: false }]);
  const arrived = Object.keys(intent.fields).filter((field) => stands(session, both[side], intent, field));
  if (plan === undefined || arrived.length === 0) return;
  const cells = cellsOf(await session.frame(), plan.toRight, plan.toLeft);
  const settled = cells.filter((cell) => cell[side] !== null && arrived.includes(cell[side]));
  await putByHand(session, [{ plan, writes: { left: [], right: [] }, settled, origin: intent.byHand ?? "" }]);
  const journal = arrived.map((field) => entryOf(session, intent, pair, field, both[side].fields[field] ?? null));
  session.store.commit({ journal });
}

async function readBoth(session: Session, pair: Pair): Promise<Readonly<Record<Side, TrackerRecord>> | null> {
  const left = (await readAll(session, "left", [pair.left])).get(pair.left);
  const right = (await readAll(session, "right", [pair.right])).get(pair.right);
  return left === undefined || right === undefined ? null : { left, right };
}

function stands(session: Session, record: TrackerRecord, intent: Intent, field: string): boolean {
  const schema = session.schemas[intent.side].schemas[field];
  if (schema === undefined || !Object.hasOwn(record.fields, field)) return false;
  return equalValues(schema, record.fields[field] ?? null, intent.fields[field] ?? null);
}

async function settleDeletions(session: Session, side: Side, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const { connectors, link, signal, store } = session;
  const targets = intents.flatMap((intent) => intent.target ?? []);
  const where = await connectors[side].whereabouts(link[side].entity, targets, signal);
  const pairs = store.pairs(side, targets);
  for (const intent of intents) {
    const pair = pairs.get(intent.target ?? "");
    const isGone = where.get(intent.target ?? "") === "gone";
    const journal =
      pair === undefined || !isGone
        ? []
        : Object.entries(intent.before).map(([field]) => entryOf(session, intent, pair, field, null));
    const back = pair === undefined || isGone ? [] : [withoutGone(pair)];
    store.commit({ journal, doneIntents: [intent.id], pairs: back });
  }
}

function withoutGone({ gone: _, ...pair }: Pair): Pair {
  return pair;
}

function entryOf(
  session: Session,
  intent: Intent,
  pair: Pair,
  field: string,
  after: JournalEntry["after"],
): JournalEntry {
  const { run, at, side, source, before, byHand } = intent;
  return {
    ...{ run, revision: session.context.revision, at, pair: pair.id, side, record: pair[side] },
    ...{ kind: intent.kind === "part" ? "update" : intent.kind, field, before: before[field] ?? null, after },
    ...{ origin: byHand ?? "", source, sourceVersion: "" },
  };
}
