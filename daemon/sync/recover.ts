import type { TrackerRecord } from "../core/record.ts";
import { otherSide, SIDES, type Side } from "../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../core/store.ts";
import { equalValues } from "../fields/equal.ts";
import { arrivedBase, nextBase } from "./decide/base.ts";
import { cellsOf } from "./decide/cells.ts";
import { type Desires, mapFields } from "./decide/desire.ts";
import type { Frame } from "./decide/frame.ts";
import { withUnmet } from "./decide/unmet.ts";
import { recoverByHand } from "./hand/recover-hand.ts";
import { findLost } from "./making/lost.ts";
import { newPair } from "./pairing/new-pair.ts";
import { type PairInHand, syncFresh } from "./pairs.ts";
import { partsOfReplaced } from "./parts/entity-link-memory.ts";
import { PART_WORKS } from "./parts/kinds.ts";
import { recoverParts } from "./parts/recover-parts.ts";
import { readAll } from "./read-all.ts";
import { endpointOf, type Session } from "./session.ts";
import { withoutLateEffects } from "./writing/cleared.ts";
import { withSteps } from "./writing/reached.ts";
import { tellWritten } from "./writing/write.ts";

/** What a dead process had sent may still reach the tracker: nothing is made anew before so long nothing more has turned up, milliseconds. */
const SETTLE_MS = 5_000;
const LOOK_MS = 1_000;
/** Whatever was sent so long ago is stored by now, or never. */
const LONG_AGO_MS = 10 * 60_000;

/**
 * Settles what an earlier run sent without recording an answer: creations are looked for and paired, updates that arrived are entered in the
 * journal. Afterwards no intent is open, so that the run may create again what was not stored.
 */
export async function recover(session: Session, wait: (ms: number) => Promise<void>): Promise<void> {
  const intents = session.store.intents();
  if (intents.length === 0 || session.dryRun) return;
  const created: PairInHand[] = [];
  for (const side of SIDES) {
    const creations = intents.filter((i) => i.kind === "create" && i.side === side);
    created.push(...(await recoverCreations(session, side, creations, wait)));
  }
  for (const side of SIDES) {
    await recoverUpdates(
      session,
      side,
      intents.filter((i) => i.kind === "update" && i.side === side && i.byHand === undefined),
    );
    await recoverDeletions(
      session,
      side,
      intents.filter((i) => i.kind === "delete" && i.side === side && i.byHand === undefined),
    );
    await recoverByHand(session, side, intents);
  }
  // Last, and with their bases as they are now: an update of a new pair that arrived must not be taken for somebody's edit.
  await syncFresh(
    session,
    created.map((made) => ({ ...made, pair: session.store.pair(made.pair.id) ?? made.pair })),
  );
  session.store.commit({ doneIntents: intents.flatMap((i) => (i.kind === "create" ? [i.id] : [])) });
  await recoverParts(session, PART_WORKS, wait);
}

/** Pairs of creations that are there: to be completed by whoever called. */
async function recoverCreations(
  session: Session,
  side: Side,
  intents: readonly Intent[],
  wait: (ms: number) => Promise<void>,
): Promise<readonly PairInHand[]> {
  if (intents.length === 0) return [];
  const recorded = await recordedPairs(session, side, intents);
  const open = intents.filter((i) => !recorded.has(i.id));
  const found = await findSettled(session, side, open, wait);
  const frame = await session.frame();
  const pairs: PairInHand[] = [];
  const sources = await readAll(
    session,
    otherSide(side),
    open.filter((i) => found.has(i.id)).map((i) => i.source),
  );
  for (const intent of open) {
    const record = found.get(intent.id);
    const source = sources.get(intent.source);
    if (record === undefined || source === undefined || isPaired(session, side, intent)) continue;
    const [l, r] = side === "left" ? [record, source] : [source, record];
    pairs.push({
      pair: {
        ...newPair(session, l, r),
        ...(intent.replaces === undefined ? {} : { id: intent.replaces }),
        ...partsOfReplaced(intent.replaces === undefined ? null : session.store.pair(intent.replaces)),
        base: withUnmet(baseOf(intent, frame), lateOf(session, side, intent, record), side, cellsOf(frame, {}, {})),
      },
      left: l,
      right: r,
      linking: true,
      made: side,
    });
    tellWritten(session, side, record.id, "pair", `${endpointOf(session, otherSide(side))}:${source.id}`, []);
  }
  session.tally.paired(pairs.length);
  session.store.commit({ pairs: pairs.map((p) => p.pair) });
  return [...recorded.values(), ...pairs];
}

/** Fields whose second request never came: what the tracker itself put there is nobody's edit. */
function lateOf(session: Session, side: Side, intent: Intent, record: TrackerRecord): ReadonlySet<string> {
  const { schemas } = session.schemas[side];
  const late = session.connectors[side].capabilities.lateFields ?? [];
  return new Set(
    late.filter((field) => {
      const schema = schemas[field];
      const sent = intent.fields[field];
      return schema !== undefined && sent !== undefined && !equalValues(schema, record.fields[field] ?? null, sent);
    }),
  );
}

/** Creations whose pair was recorded before the end came: what is left to do is to let both records name each other. */
async function recordedPairs(
  session: Session,
  side: Side,
  intents: readonly Intent[],
): Promise<ReadonlyMap<string, PairInHand>> {
  const other = otherSide(side);
  const sources = intents.map((i) => i.source);
  const pairs = session.store.pairs(other, sources);
  if (pairs.size === 0) return new Map();
  const made = await readAll(
    session,
    side,
    [...pairs.values()].map((pair) => pair[side]),
  );
  const origins = await readAll(session, other, [...pairs.keys()]);
  const recorded = new Map<string, PairInHand>();
  for (const { id, source } of intents) {
    const pair = pairs.get(source);
    const here = made.get(pair?.[side] ?? "");
    const there = origins.get(source);
    if (pair === undefined || here === undefined || there === undefined) continue;
    const [left, right] = side === "left" ? [here, there] : [there, here];
    recorded.set(id, { pair, left, right, linking: true, made: side });
  }
  return recorded;
}

/** Looks until all are found, or nothing more has turned up for a while: when the last request was sent, only the dead process knew. */
async function findSettled(
  session: Session,
  side: Side,
  intents: readonly Intent[],
  wait: (ms: number) => Promise<void>,
): Promise<ReadonlyMap<string, TrackerRecord>> {
  let found = await findLost(session, side, intents);
  if (intents.every((i) => session.now() - i.at > LONG_AGO_MS)) return found;
  for (let quiet = 0; found.size < intents.length && quiet < SETTLE_MS; ) {
    await wait(LOOK_MS);
    const again = await findLost(session, side, intents);
    quiet = again.size > found.size ? 0 : quiet + LOOK_MS;
    found = again;
  }
  return found;
}

/** The source has a partner already, other than the deleted one that this creation stands in for. */
function isPaired(session: Session, side: Side, intent: Intent): boolean {
  const pair = session.store.pairs(otherSide(side), [intent.source]).get(intent.source);
  return pair !== undefined && pair.id !== intent.replaces;
}

/** What both sides held when the creation was sent, so that edits made since count as edits. */
function baseOf(intent: Intent, frame: Frame): Pair["base"] {
  const empty = { left: {}, right: {}, toRight: {}, toLeft: {} };
  const source = { id: intent.source, version: "", modified: null, fields: intent.sourceFields };
  const created = { id: "", version: "", modified: null, fields: intent.fields };
  const [left, right] = intent.side === "left" ? [created, source] : [source, created];
  const toRight: Desires = mapFields(left.fields, frame, "right");
  const toLeft: Desires = mapFields(right.fields, frame, "left");
  const base = nextBase(empty, { left, right, toRight, toLeft }, [], frame);
  const stuck = Object.entries(intent.side === "left" ? toLeft : toRight).filter(
    // A reference whose record was paired only after the creation was sent.
    ([field, desire]) =>
      desire.kind === "fault" ||
      (desire.kind === "value" && desire.crossed === true && !Object.hasOwn(intent.fields, field)),
  );
  return withUnmet(base, new Set(stuck.map(([field]) => field)), intent.side, cellsOf(frame, toRight, toLeft));
}

/** What arrived is agreed on from the moment it was sent: whoever edits the source afterwards edits alone, and is in no conflict with our own write. */
async function recoverUpdates(session: Session, side: Side, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const targets = intents.flatMap((i) => i.target ?? []);
  const records = await readAll(session, side, targets);
  const frame = await session.frame();
  const pairs = new Map([...session.store.pairs(side, targets).values()].map((pair) => [pair[side], pair]));
  const journal: JournalEntry[] = [];
  for (const intent of intents) {
    const record = records.get(intent.target ?? "");
    const pair = pairs.get(intent.target ?? "");
    if (record === undefined || pair === undefined) continue;
    const there = arrived(session, intent, record);
    const late = withoutLateEffects(session, arrivedBase(pair.base, intent, there, frame), side, there, record, frame);
    const base = withSteps(session, late, intent, record, frame);
    pairs.set(pair[side], { ...pair, base });
    journal.push(...journalOf(session, intent, pair, record, there));
  }
  session.store.commit({ pairs: [...pairs.values()], journal, doneIntents: intents.map((i) => i.id) });
}

/** Of the fields that were sent, those that stand there now. */
function arrived(session: Session, { side, fields }: Intent, record: TrackerRecord): ReadonlySet<string> {
  const { schemas } = session.schemas[side];
  const there = Object.entries(fields).filter(([field, sent]) => {
    const schema = schemas[field];
    return schema !== undefined && equalValues(schema, record.fields[field] ?? null, sent);
  });
  return new Set(there.map(([field]) => field));
}

function journalOf(
  session: Session,
  intent: Intent,
  pair: Pair,
  record: TrackerRecord,
  there: ReadonlySet<string>,
): JournalEntry[] {
  const { run, at, side, source } = intent;
  const origin = intent.byHand ?? "recovered";
  const common = { run, at, side, source, sourceVersion: "", revision: session.context.revision, origin };
  return [...there].map((field) => ({
    ...{ ...common, pair: pair.id, record: record.id, kind: "update", field },
    ...{ before: intent.before[field] ?? null, after: record.fields[field] ?? null },
  }));
}

/** A deletion that arrived ends its pair, and what the record held stays in the journal; one that did not is found again by the next full run. */
async function recoverDeletions(session: Session, side: Side, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const { connectors, link, signal, store } = session;
  const targets = intents.flatMap((i) => i.target ?? []);
  const where = await connectors[side].whereabouts(link[side].entity, targets, signal);
  const pairs = store.pairs(side, targets);
  const ended = intents.flatMap((intent) => {
    const pair = pairs.get(intent.target ?? "");
    return pair === undefined || where.get(pair[side]) !== "gone" ? [] : [{ intent, pair }];
  });
  store.commit({
    removePairs: ended.map(({ pair }) => pair.id),
    journal: ended.flatMap(({ intent, pair }) => deletedValues(session, intent, pair)),
    doneIntents: intents.map((i) => i.id),
  });
}

function deletedValues(session: Session, intent: Intent, pair: Pair): JournalEntry[] {
  const { run, at, side, source } = intent;
  const common = { run, at, side, source, sourceVersion: "", revision: session.context.revision, origin: "recovered" };
  return Object.entries(intent.before).map(([field, before]) => ({
    ...{ ...common, pair: pair.id, record: pair[side], kind: "delete", field, before, after: null },
  }));
}
