import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../../core/store.ts";
import { wishesOf } from "../carry-over.ts";
import { nextBase, stored } from "../decide/base.ts";
import { fail } from "../failure.ts";
import { findLost } from "../making/lost.ts";
import { newPair } from "../pairing/new-pair.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { createAll, inBatches, tellWritten } from "../writing/write.ts";
import type { Tell } from "./undo.ts";
import { UNDO_OF, type Whole } from "./undo-plan.ts";

const CHUNK = 50;

/**
 * Makes records anew that Syncline deleted, with what the journal kept of them, and pairs them with the surviving source. Where the source is gone
 * too, the pair says so: the new record is then left alone instead of being given yet another partner.
 */
export async function recreateDeleted(session: Session, deleted: readonly Whole[], tell: Tell): Promise<void> {
  for (const side of SIDES) {
    for (const chunk of inBatches(
      deleted.filter((whole) => whole.side === side),
      CHUNK,
    )) {
      session.signal.throwIfAborted();
      const due = await choose(session, side, chunk, tell);
      if (!session.dryRun) await recreate(session, side, due, tell);
      else for (const whole of due) tell.step(side, whole.record, STEP);
    }
  }
}

const STEP = { action: "recreate", field: null, now: null, back: null } as const;

async function choose(session: Session, side: Side, wholes: readonly Whole[], tell: Tell): Promise<readonly Whole[]> {
  const there = await readAll(
    session,
    side,
    wholes.map((whole) => whole.record),
  );
  return wholes.filter((whole) => {
    const why = there.has(whole.record) ? "it is there" : whyNot(session, whole);
    if (why !== null) tell.left(side, whole.record, null, why);
    return why === null;
  });
}

function whyNot(session: Session, whole: Whole): string | null {
  const other = otherSide(whole.side);
  const kept = session.store.pair(whole.pair);
  if (kept !== null && kept[whole.side] !== whole.record) return `it was made anew as ${kept[whole.side]}`;
  const taken = session.store.pairs(other, [whole.source]).get(whole.source);
  if (taken !== undefined && taken.id !== whole.pair)
    return `its partner ${endpointOf(session, other)}:${whole.source} has another partner by now, ${taken[whole.side]}`;
  return null;
}

async function recreate(session: Session, side: Side, wholes: readonly Whole[], tell: Tell): Promise<void> {
  if (wholes.length === 0) return;
  const intents = wholes.map((whole) => intentOf(session, whole));
  // An earlier undo that was killed may have made it already (B13).
  const found = await findLost(session, side, intents);
  const due = intents.filter((intent) => !found.has(intent.id));
  session.store.commit({ intents: due });
  const outcomes = await createAll(
    session,
    side,
    due.map((intent) => ({ ref: intent.id, fields: intent.fields })),
  );
  const made = new Map<string, TrackerRecord>(found);
  due.forEach((intent, i) => {
    const outcome = outcomes[i];
    if (outcome?.ok === true) made.set(intent.id, outcome.record);
    else tellFailed(session, side, wholes[intents.indexOf(intent)], outcome?.error.message ?? "no answer", tell);
  });
  const lost = due.filter((_, i) => isLost(outcomes[i]));
  for (const [id, record] of await findLost(session, side, lost)) made.set(id, record);
  await pairUp(session, side, wholes, intents, made, tell);
  session.store.commit({
    doneIntents: due.filter((intent) => !lost.includes(intent) || made.has(intent.id)).map((i) => i.id),
  });
}

function isLost(outcome: Awaited<ReturnType<typeof createAll>>[number] | undefined): boolean {
  return outcome?.ok === false && outcome.error.stored === "maybe";
}

function tellFailed(session: Session, side: Side, whole: Whole | undefined, message: string, tell: Tell): void {
  if (whole === undefined) return;
  fail(session, side, { id: whole.record, version: "" }, `not made anew: ${message}`);
  tell.left(side, whole.record, null, `not made anew: ${message}`);
}

function intentOf(session: Session, whole: Whole): Intent {
  const { context, newId, now } = session;
  return {
    ...{ id: newId(), kind: "create", side: whole.side, source: whole.source, target: null },
    ...{ fields: draftOf(session, whole), sourceFields: {}, before: {}, run: context.run, at: now() },
    byHand: `${UNDO_OF}run ${whole.run}`,
  };
}

/** What can still be written of what the record held, and its partner's id in the marker. */
function draftOf(session: Session, whole: Whole): Record<string, Value> {
  const { schemas, config } = session.schemas[whole.side];
  const fields: Record<string, Value> = {};
  for (const [name, value] of Object.entries(whole.fields)) {
    if (value !== null && schemas[name] !== undefined && !schemas[name].readOnly) fields[name] = value;
  }
  if (config.marker !== null) fields[config.marker] = whole.source;
  return fields;
}

/** What both sides hold now is what they agree on: nothing flows from the making itself. */
async function pairUp(
  session: Session,
  side: Side,
  wholes: readonly Whole[],
  intents: readonly Intent[],
  made: ReadonlyMap<string, TrackerRecord>,
  tell: Tell,
): Promise<void> {
  const other = otherSide(side);
  const back = await readAll(
    session,
    side,
    [...made.values()].map((record) => record.id),
  );
  const sources = await readAll(
    session,
    other,
    wholes.map((whole) => whole.source),
  );
  for (const [i, whole] of wholes.entries()) {
    const created = made.get(intents[i]?.id ?? "");
    if (created === undefined) continue;
    const record = stored(created, back.get(created.id) ?? created);
    const source = sources.get(whole.source) ?? null;
    const pair = await pairOf(session, whole, record, source);
    session.tally.add(side, "created");
    session.store.commit({ pairs: [pair], journal: journalOf(session, whole, record, intents[i]?.fields ?? {}) });
    tellWritten(
      session,
      side,
      record.id,
      "create",
      `${endpointOf(session, other)}:${whole.source}`,
      Object.keys(whole.fields),
    );
    tell.step(side, whole.record, { ...STEP, back: record.id });
  }
}

async function pairOf(
  session: Session,
  whole: Whole,
  record: TrackerRecord,
  source: TrackerRecord | null,
): Promise<Pair> {
  const partner = source ?? { id: whole.source, version: "", modified: null, fields: {} };
  const [left, right] = whole.side === "left" ? [record, partner] : [partner, record];
  const fresh = { ...newPair(session, left, right), id: whole.pair };
  if (source === null) return { ...fresh, gone: otherSide(whole.side) };
  const [wish] = await wishesOf(session, [{ left, right }]);
  const wishes = wish?.ok === true ? wish : { toRight: {}, toLeft: {} };
  return { ...fresh, base: nextBase(fresh.base, { left, right, ...wishes }, [], await session.frame()) };
}

function journalOf(
  session: Session,
  whole: Whole,
  record: TrackerRecord,
  sent: Readonly<Record<string, Value>>,
): JournalEntry[] {
  return Object.entries(sent).map(([field, value]) => ({
    ...{ run: session.context.run, revision: session.context.revision, at: session.now(), pair: whole.pair },
    ...{
      side: whole.side,
      record: record.id,
      kind: "create",
      field,
      before: null,
      after: record.fields[field] ?? value,
    },
    ...{ origin: `${UNDO_OF}run ${whole.run}`, source: whole.source, sourceVersion: "" },
  }));
}
