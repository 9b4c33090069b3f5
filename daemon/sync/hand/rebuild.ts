import type { RebuildAnswer, RebuildOrder } from "../../core/deeds.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { SIDES, type Side } from "../../core/snapshot.ts";
import type { Cursor } from "../../core/store.ts";
import { canonical } from "../../fields/equal.ts";
import { nextCursor, selectionIn } from "../decide/cursor.ts";
import { mapFields } from "../decide/desire.ts";
import { markedPartner } from "../decide/marker.ts";
import { matchFrame, matchRows, matchText } from "../decide/match.ts";
import { pairedElsewhere } from "../pairing/elsewhere.ts";
import { newPair } from "../pairing/new-pair.ts";
import { planPairs } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import { recover } from "../recover.ts";
import type { RunInput, Work } from "../run.ts";
import { endpointOf, type Session } from "../session.ts";
import { lookAbove } from "../tree/ancestors.ts";
import { inBatches } from "../writing/write.ts";
import { type Card, type Match, type Matches, matchCards } from "./rebuild-match.ts";
import { type Rebuilt, settleRebuilt } from "./rebuild-pairs.ts";

const CHUNK = 100;
const MOST_IDS = 1_000;

export type Rebuilding = { -readonly [K in keyof Omit<RebuildAnswer, "link" | "run" | "dryRun">]: RebuildAnswer[K] };

export function noRebuilding(): Rebuilding {
  return {
    ...{ known: 0, paired: { byMarker: 0, byText: 0 }, markersWritten: 0 },
    ...{ unpaired: {}, ambiguous: [], differing: [], differingCount: 0 },
  };
}

/**
 * Pairs everything again from what the trackers hold (B25). Nothing but missing markers is ever written, and those only when asked for. What
 * agrees becomes the base; what differs waits for a person, because nobody knows which value is the newer one. What came of it is in `into`.
 */
export function rebuildWork(order: Pick<RebuildOrder, "completeMarkers">, into: Rebuilding): Work {
  return async (session, input) => {
    await recover(session, (ms) => input.wait(ms, input.signal));
    into.known = session.store.pairCount();
    const byMatch = matchRows(session.link).length > 0;
    const byText = byMatch || SIDES.every((side) => session.link[side].marker === null);
    const left = await list(session, input, "left", byText);
    const right = await list(session, input, "right", byText);
    const found = matchCards({ left: left.cards, right: right.cards }, byText);
    tell(session, found, into);
    for (const chunk of inBatches(found.matches, CHUNK)) {
      session.signal.throwIfAborted();
      await pairChunk(session, chunk, order.completeMarkers, into);
    }
    const cursors: Partial<Record<Side, Cursor>> = {};
    if (left.cursor !== null) cursors.left = left.cursor;
    if (right.cursor !== null) cursors.right = right.cursor;
    // Edits made since the listing began are found by the next run: it begins there.
    if (!session.dryRun) session.store.commit({ cursors });
  };
}

interface Listed {
  readonly cards: ReadonlyMap<string, Card>;
  readonly cursor: Cursor | null;
}

/** Every record that has no pair yet, as a card; the records themselves are read again when they are paired. */
async function list(session: Session, input: RunInput, side: Side, byText: boolean): Promise<Listed> {
  const { link, connectors, store, signal, fields } = session;
  const cards = new Map<string, Card>();
  const clock = { asOf: null as string | null, latest: null as string | null, read: 0 };
  const textOf = byText ? await texts(session, side) : async () => null;
  for await (const page of connectors[side].changes(
    { entity: link[side].entity, fields: fields[side], since: null },
    signal,
  )) {
    signal.throwIfAborted();
    clock.asOf ??= page.asOf;
    clock.read += page.records.length;
    session.tally.add(side, "read", page.records.length);
    const ids = page.records.map((record) => record.id);
    const paired = store.pairs(side, ids);
    const elsewhere = pairedElsewhere(session, side, ids);
    if (byText) await lookAbove(session, side, page.records);
    for (const record of page.records) {
      if (record.modified !== null && (clock.latest === null || record.modified > clock.latest))
        clock.latest = record.modified;
      if (paired.has(record.id) || elsewhere.has(record.id)) continue;
      const text = await textOf(record);
      cards.set(record.id, { id: record.id, marker: markedPartner(link, side, record), text });
    }
    const { context } = session;
    input.emit({
      event: "run.progress",
      context,
      endpoint: endpointOf(session, side),
      done: clock.read,
      total: page.total,
    });
  }
  const cursor = nextCursor(null, { ...clock, ownStamp: null }, selectionIn(input.connection, link, side));
  return { cards, cursor };
}

/** What a record is told by where no marker does: what the link says that it matches by (X13), else its first one-line text. */
async function texts(session: Session, side: Side): Promise<(record: TrackerRecord) => Promise<string | null>> {
  if (matchRows(session.link).length > 0) {
    const frame = matchFrame(await session.frame());
    return async (record) => matchText(record, side, frame);
  }
  const field = await textField(session);
  return async (record) => (field === null ? null : textOf(session, side, record, field));
}

/** The first row of one-line texts: what a person would tell two records apart by. */
async function textField(session: Session): Promise<Readonly<Record<Side, string>> | null> {
  const row = session.link.fields.find((m) =>
    SIDES.every((side) => session.schemas[side].schemas[m[side]]?.kind === "string"),
  );
  return row === undefined ? null : { left: row.left, right: row.right };
}

/** In the right side's words, as the mapping carries it: a cut text is compared cut. */
async function textOf(
  session: Session,
  side: Side,
  record: TrackerRecord,
  field: Readonly<Record<Side, string>>,
): Promise<string | null> {
  const schema = session.schemas.right.schemas[field.right];
  const value = record.fields[field[side]] ?? null;
  if (schema === undefined || typeof value !== "string") return null;
  if (side === "right") return canonical(schema, value) || null;
  const desire = mapFields({ [field.left]: value }, await session.frame(), "right")[field.right];
  const carried = desire?.kind === "value" ? desire.value : value;
  return typeof carried === "string" ? canonical(schema, carried) || null : null;
}

function tell(session: Session, found: Matches, into: Rebuilding): void {
  const of = (ids: readonly string[]) => ({ count: ids.length, ids: ids.slice(0, MOST_IDS) });
  into.unpaired = {
    [endpointOf(session, "left")]: of(found.unpaired.left),
    [endpointOf(session, "right")]: of(found.unpaired.right),
  };
  into.ambiguous = found.ambiguous.map(({ side, record, why }) => ({
    endpoint: endpointOf(session, side),
    record,
    why,
  }));
  for (const { side, record, why } of found.ambiguous.slice(0, MOST_IDS)) {
    session.tally.say({ level: "warning", endpoint: endpointOf(session, side), record, field: null, message: why });
  }
}

async function pairChunk(
  session: Session,
  matches: readonly Match[],
  completeMarkers: boolean,
  into: Rebuilding,
): Promise<void> {
  const read = {
    left: await readAll(
      session,
      "left",
      matches.map((match) => match.left),
    ),
    right: await readAll(
      session,
      "right",
      matches.map((match) => match.right),
    ),
  };
  const couples = matches.flatMap((match) => {
    const [left, right] = [read.left.get(match.left), read.right.get(match.right)];
    return left === undefined || right === undefined ? [] : [{ match, left, right }];
  });
  const inHand = couples.map(({ left, right }) => ({
    pair: newPair(session, left, right),
    left,
    right,
    linking: false,
  }));
  const plans = new Map((await planPairs(session, inHand)).map((plan) => [plan.pair.id, plan]));
  // Where a rule fails nothing can be compared: whatever is there waits.
  const rebuilt = inHand.map((one): Rebuilt => plans.get(one.pair.id) ?? { ...one, toRight: {}, toLeft: {} });
  const differing = await settleRebuilt(session, rebuilt, completeMarkers);
  const byMarker = couples.filter(({ match }) => match.by === "marker").length;
  into.paired = {
    byMarker: into.paired.byMarker + byMarker,
    byText: into.paired.byText + couples.length - byMarker,
  };
  session.tally.paired(couples.length);
  into.markersWritten += differing.markers;
  into.differingCount += differing.fields.length;
  into.differing = [...into.differing, ...differing.fields].slice(0, MOST_IDS);
}
