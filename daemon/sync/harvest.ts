import type { ChangesPage } from "../core/connector.ts";
import type { TrackerRecord } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";
import { hasChanged, hasLeftHold } from "./decide/detect.ts";
import { isLookedAt } from "./looked.ts";
import { touch } from "./parts/touched.ts";
import { endpointOf, type Session } from "./session.ts";
import { noteMovedAbove } from "./tree/moved-above.ts";

/** Records of a listing that are kept whole; of further ones only the id, and they are read again when their turn comes. */
const MOST_RECORDS = 1_000;

/** A record of a listing that wants work. `record` null: to be read by its id. */
export interface Find {
  readonly id: string;
  readonly record: TrackerRecord | null;
}

/** What a listing brought, told apart before anything is written. */
export interface Harvest {
  readonly changed: readonly Find[];
  readonly fresh: readonly Find[];
  /** Ids of everything listed, in a full run; null in an incremental one. */
  readonly seen: ReadonlySet<string> | null;
  readonly asOf: string | null;
  readonly latest: string | null;
  readonly read: number;
}

/** Reads a listing to its end. Unchanged records cost a look into the store and are forgotten. */
export async function gather(
  session: Session,
  side: Side,
  pages: AsyncIterable<ChangesPage>,
  tellProgress: (done: number, total: number | null) => void,
): Promise<Harvest> {
  const changed: Find[] = [];
  const fresh: Find[] = [];
  const seen = session.full ? new Set<string>() : null;
  const clock = { asOf: null as string | null, latest: null as string | null, read: 0 };
  const keep = (list: Find[], record: TrackerRecord) =>
    list.push({ id: record.id, record: changed.length + fresh.length < MOST_RECORDS ? record : null });
  for await (const page of pages) {
    session.signal.throwIfAborted();
    clock.asOf ??= page.asOf;
    clock.read += page.records.length;
    session.tally.add(side, "read", page.records.length);
    const pairs = session.store.pairs(
      side,
      page.records.map((r) => r.id),
    );
    const waiting = new Set(
      page.records.filter((r) => pairs.has(r.id) && isWaiting(session, side, r)).map((r) => r.id),
    );
    // A move that was refused waits for its turn like any other failure.
    const free = page.records.filter(({ id }) => !waiting.has(id));
    await noteMovedAbove(session, side, free, pairs);
    for (const record of page.records) {
      seen?.add(record.id);
      if (record.modified !== null && (clock.latest === null || record.modified > clock.latest))
        clock.latest = record.modified;
      const pair = pairs.get(record.id);
      if (pair !== undefined && !waiting.has(record.id)) touch(session, side, record, pair);
      if (pair === undefined) {
        if (!waits(session, side, record)) keep(fresh, record);
      } else if (wantsWork(session, side, record, pair)) keep(changed, record);
    }
    tellProgress(clock.read, page.total);
  }
  return { changed, fresh, seen, ...clock };
}

/** A paired record that is no longer what its base says, and does not wait for a retry's turn. */
export function wantsWork(session: Session, side: Side, record: TrackerRecord, pair: Pair): boolean {
  if (pair.unlinked === true || (pair.gone !== undefined && pair.gone !== side)) return false;
  if (pair.gone === side) return true;
  // It may have come back into the filter by a field that no row maps.
  if (pair.frozen === true) return !waits(session, side, record);
  if (pair.mapping !== undefined && pair.mapping !== session.mapping) session.old.add(pair.id);
  // Once for each pair: from its left record.
  if (session.backfill && side === "left") return !waits(session, side, record);
  if (!session.moved.has(pair.id)) {
    if (isLookedAt(session, pair, side, record)) return false;
    const frame = session.schemas[side];
    if (!hasChanged(record, pair, frame) && !hasLeftHold(record, pair, frame)) return false;
  }
  return !waits(session, side, record);
}

/** A record whose last attempt failed waits for its turn, unless somebody has touched it or the configuration since. */
export function isWaiting(session: Session, side: Side, record: TrackerRecord): boolean {
  const retry = session.store.retry(side, record.id);
  if (retry === null || retry.revision !== session.context.revision) return false;
  return retry.due > session.now() && record.version === retry.version;
}

function waits(session: Session, side: Side, record: TrackerRecord): boolean {
  if (!isWaiting(session, side, record)) return false;
  session.emit({
    ...{ event: "record.unchanged", context: session.context, endpoint: endpointOf(session, side), record: record.id },
    why: "it failed before and waits for its next try",
  });
  return true;
}
