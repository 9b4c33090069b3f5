import type { TrackerRecord } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";
import { hasChanged, versionOf } from "./detect.ts";
import { syncNew } from "./newcomers.ts";
import { readAll, syncChanged } from "./pairs.ts";
import { endpointOf, type Session } from "./session.ts";
import { inBatches } from "./write.ts";

/** Records decided and written together: small enough to hold, large enough for the trackers' batches. */
const CHUNK = 200;
const MOST_RETRIES = 1_000;

/** Works through records of one side as they come from a listing: unchanged ones cost a look into the store and nothing else. */
export async function syncRecords(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<void> {
  session.tally.add(side, "read", records.length);
  for (const chunk of inBatches(records, CHUNK)) {
    session.signal.throwIfAborted();
    const pairs = session.store.pairs(
      side,
      chunk.map((r) => r.id),
    );
    const changed: { pair: Pair; record: TrackerRecord }[] = [];
    const fresh: TrackerRecord[] = [];
    for (const record of chunk) {
      const pair = pairs.get(record.id);
      if (pair === undefined) fresh.push(record);
      else if (!hasChanged(record, pair, session.link, session.schemas[side])) continue;
      else if (waits(session, side, record, pair)) tellWaiting(session, side, record.id);
      else changed.push({ pair, record });
    }
    await syncChanged(session, side, changed);
    await syncNew(session, side, fresh);
  }
}

/** Records that failed before and are due: read by id, since no listing need bring them. */
export async function syncRetries(session: Session): Promise<void> {
  const due = session.store.dueRetries(session.now(), session.context.revision, MOST_RETRIES);
  for (const side of ["left", "right"] as const) {
    const ids = due.filter((r) => r.side === side).map((r) => r.record);
    if (ids.length === 0) continue;
    const records = await readAll(session, side, ids);
    const gone = ids.filter((id) => !records.has(id)).map((record) => ({ side, record }));
    if (gone.length > 0 && !session.dryRun) session.store.commit({ doneRetries: gone });
    const pairs = session.store.pairs(side, [...records.keys()]);
    const paired = [...records.values()].flatMap((record) => {
      const pair = pairs.get(record.id);
      return pair === undefined ? [] : [{ pair, record }];
    });
    session.tally.add(side, "read", records.size);
    await syncChanged(session, side, paired);
    await syncNew(
      session,
      side,
      [...records.values()].filter((r) => !pairs.has(r.id)),
    );
  }
}

/** A record whose last attempt failed waits for its turn, unless somebody has touched it or the configuration since. */
function waits(session: Session, side: Side, record: TrackerRecord, pair: Pair): boolean {
  const retry = session.store.retry(side, record.id);
  if (retry === null || retry.revision !== session.context.revision) return false;
  return retry.due > session.now() && record.version === versionOf(pair, side);
}

function tellWaiting(session: Session, side: Side, record: string): void {
  session.emit({
    event: "record.unchanged",
    context: session.context,
    endpoint: endpointOf(session, side),
    record,
    why: "it failed before and waits for its next try",
  });
}
