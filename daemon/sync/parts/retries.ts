import type { PartKind } from "../../core/parts.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Retry } from "../../core/store.ts";
import type { Session } from "../session.ts";
import { carriesParts, isInStep } from "./touched.ts";

/** A retry that is booked anew is not settled, whatever an earlier step of the run made of it. */
export function stillWaits(session: Session, { side, record }: Retry): void {
  session.settled.delete(`${side} ${record}`);
}

type Closed = readonly { readonly side: Side; readonly record: string }[];

/** A retry whose record's fields are settled, as it stood then. */
export interface Settled {
  readonly side: Side;
  readonly record: string;
  readonly retry: Retry;
}

/**
 * Closes the retry of a record whose fields are settled. Where the link carries parts it stays open until these were looked at as well: a run that
 * is killed in between would forget what it had to try again.
 */
export function settledRetry(session: Session, side: Side, record: string): Closed {
  if (!carriesParts(session.link)) return [{ side, record }];
  const retry = session.store.retry(side, record);
  if (retry !== null) session.settled.set(`${side} ${record}`, { side, record, retry });
  return [];
}

/** Retries that were booked for a part: a look at the pair that found nothing wrong settles them. */
function closedByLook(session: Session, every: boolean): Closed {
  return session.store.retries(MOST_RETRIES).filter(({ side, record, field }) => {
    if (field === null || !KINDS.some((kind) => field.startsWith(`${kind} `))) return false;
    const pair = session.store.pairs(side, [record]).get(record);
    if (pair === undefined || session.unsettled.has(pair.id)) return false;
    return every ? isInStep(pair) : session.touched.has(pair.id);
  });
}

const MOST_RETRIES = 10_000;
const KINDS: readonly PartKind[] = ["attachment", "comment", "entity link"];

/** At the end of a look: retries that it settled, and those that `settledRetry` left open and no part has failed under since. */
export function closeRetries(session: Session, every: boolean): void {
  const settled = [...session.settled.values()].filter(({ side, record, retry }) => {
    const now = session.store.retry(side, record);
    return now !== null && now.attempts === retry.attempts && now.due === retry.due;
  });
  const doneRetries = [...settled, ...closedByLook(session, every)].map(({ side, record }) => ({ side, record }));
  if (doneRetries.length > 0) session.store.commit({ doneRetries });
}
