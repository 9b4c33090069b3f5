import type { TrackerRecord } from "../core/record.ts";
import { otherSide, SIDES, type Side } from "../core/snapshot.ts";
import type { Pair, Retry } from "../core/store.ts";
import { nextRetry } from "./failure.ts";
import { type Find, isWaiting, wantsWork } from "./harvest.ts";
import { syncNew } from "./pairing/newcomers.ts";
import { syncChanged } from "./pairs.ts";
import { settledRetry } from "./parts/retries.ts";
import { touch } from "./parts/touched.ts";
import { readAll } from "./read-all.ts";
import { endpointOf, type Session } from "./session.ts";
import { metWaits } from "./tree/waiting.ts";
import { inBatches } from "./writing/write.ts";

/** Records decided and written together: small enough to hold, large enough for the trackers' batches. */
const CHUNK = 200;
const MOST_RETRIES = 1_000;

/** Works through records of one side, told apart by what the store knows now. */
export async function syncRecords(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<void> {
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
      if (pair !== undefined && !isWaiting(session, side, record)) touch(session, side, record, pair);
      if (pair === undefined) fresh.push(record);
      else if (wantsWork(session, side, record, pair)) changed.push({ pair, record });
    }
    await syncChanged(session, side, changed);
    await syncNew(session, side, fresh);
  }
}

/** Works through what a listing found; what was not kept whole is read again, a batch at a time. */
export async function syncFinds(session: Session, side: Side, finds: readonly Find[]): Promise<void> {
  for (const chunk of inBatches(finds, CHUNK)) {
    const kept = chunk.flatMap((find) => find.record ?? []);
    const missing = chunk.filter((find) => find.record === null).map((find) => find.id);
    const read = missing.length === 0 ? [] : [...(await readAll(session, side, missing)).values()];
    await syncRecords(session, side, [...kept, ...read]);
  }
}

/** Records that failed before and are due: read by id, since no listing need bring them. */
export async function syncRetries(session: Session): Promise<void> {
  const due = session.store.dueRetries(session.now(), session.context.revision, MOST_RETRIES);
  const known = new Set(due.map((retry) => `${retry.side} ${retry.record}`));
  await syncDue(session, [...due, ...metWaits(session).filter(({ side, record }) => !known.has(`${side} ${record}`))]);
}

/** What waited for records that this run has paired itself, until nothing more comes of it. */
export async function syncMet(session: Session): Promise<void> {
  let before = "";
  for (;;) {
    const met = session.dryRun ? [] : metWaits(session);
    const now = met.map(({ side, record }) => `${side} ${record}`).join();
    if (now === "" || now === before) return;
    before = now;
    await syncDue(session, met);
  }
}

async function syncDue(session: Session, due: readonly Retry[]): Promise<void> {
  for (const retry of due) session.retried.set(`${retry.side} ${retry.record}`, retry);
  for (const side of SIDES) {
    const ids = due.filter((r) => r.side === side).map((r) => r.record);
    if (ids.length === 0) continue;
    const records = await readAll(session, side, ids);
    const gone = ids.filter((id) => !records.has(id)).map((record) => ({ side, record }));
    if (gone.length > 0 && !session.dryRun) session.store.commit({ doneRetries: gone });
    const pairs = session.store.pairs(side, [...records.keys()]);
    const paired = [...records.values()].flatMap((record) => {
      const pair = pairs.get(record.id);
      return pair === undefined || pair.unlinked === true ? [] : [{ pair, record }];
    });
    session.tally.add(side, "read", records.size);
    // What failed may have been the marker of a new pair, which is in no field that anybody edits.
    await syncChanged(session, side, paired, true);
    await syncNew(
      session,
      side,
      [...records.values()].filter((r) => !pairs.has(r.id)),
    );
    if (!session.dryRun) settleRest(session, side, due, records, pairs);
  }
}

/** Of the retries that were due, those that neither failed anew nor were written: nothing is left to do, or the partner is not there to do it to. */
function settleRest(
  session: Session,
  side: Side,
  due: readonly Retry[],
  records: ReadonlyMap<string, TrackerRecord>,
  pairs: ReadonlyMap<string, Pair>,
): void {
  const other = otherSide(side);
  const done: { side: Side; record: string }[] = [];
  const retries: Retry[] = [];
  for (const retry of due.filter((r) => r.side === side && records.has(r.record))) {
    const { record } = retry;
    const now = session.store.retry(side, record);
    if (now === null || now.attempts !== retry.attempts || now.due !== retry.due) continue;
    if (session.waited.has(`${side} ${record}`)) continue;
    const pair = pairs.get(record);
    if (pair === undefined || !session.missing[other].has(pair.id)) {
      done.push(...settledRetry(session, side, record));
      continue;
    }
    const reason = `its partner ${endpointOf(session, other)}:${pair[other]} is not there`;
    const version = records.get(record)?.version ?? retry.version;
    retries.push(
      nextRetry(now, { side, record, reason, field: null, version }, session.now(), session.context.revision),
    );
  }
  session.store.commit({ doneRetries: done, retries });
}
