import type { ConnectorError } from "../core/errors.ts";
import type { TrackerRecord } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Retry } from "../core/store.ts";
import { endpointOf, type Session } from "./session.ts";

const FIRST_WAIT_MS = 60_000;
export const LONGEST_WAIT_MS = 6 * 3_600_000;
/** A record that has failed this often waits for the next publish or for somebody to touch it: a hundredth try would say the same. */
const MOST_ATTEMPTS = 10;
/** The last moment that a date can hold: `due` of a record that waits for a publish. */
export const NEVER = 8_640_000_000_000_000;

/**
 * The queue's next entry for a record that failed: back-off doubles from a minute to six hours; `since` stays at the first failure. `passing`:
 * trouble that goes by itself (a tracker that is down for a weekend), which no number of failures turns into poison.
 */
export function nextRetry(
  before: Retry | null,
  failure: {
    readonly side: Side;
    readonly record: string;
    readonly reason: string;
    readonly field: string | null;
    readonly version: string;
  },
  now: number,
  revision: string,
  passing = false,
): Retry {
  const attempts = (before?.attempts ?? 0) + 1;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_WAIT_MS);
  const due = attempts >= MOST_ATTEMPTS && !passing ? NEVER : now + wait;
  return { ...failure, attempts, since: before?.since ?? now, due, revision };
}

/** The record that a failure is booked under, as it was when it failed. */
export type Failing = Pick<TrackerRecord, "id" | "version">;

/** Tells a failure to log and report and returns the retry to be recorded. `side` and `source` name where the edit came from. */
export function fail(
  session: Session,
  side: Side,
  source: Failing,
  reason: string,
  field: string | null = null,
  cause: ConnectorError | typeof UNCARRIED | null = null,
): Retry {
  const { id: record, version } = source;
  session.tally.failed(side, record);
  const endpoint = endpointOf(session, side);
  session.tally.say({ level: "error", endpoint, record, field, message: reason });
  session.emit({ event: "record.held", context: session.context, endpoint, record, field, message: reason });
  // Its fields may have been written meanwhile, which settles them: what fails now, a part of it, failed before all the same.
  const key = `${side} ${record}`;
  const now = session.store.retry(side, record);
  // Several parts of one record that fail in one run are one attempt of the record.
  const booked = now !== null && session.failed.has(key) ? { ...now, attempts: now.attempts - 1 } : now;
  const before = booked ?? session.retried.get(key) ?? null;
  session.failed.add(key);
  return nextRetry(
    before,
    { side, record, reason, field, version },
    session.now(),
    session.context.revision,
    cause === UNCARRIED || (cause !== null && PASSING.has(cause.kind)),
  );
}

/**
 * A value that could not be carried: somebody may add it to a list, make the release or the user, and no edit of the record tells (S44). Trying
 * costs a reading, so that such a record is never given up.
 */
export const UNCARRIED = "uncarried";

const PASSING: ReadonlySet<ConnectorError["kind"]> = new Set(["rateLimited", "unavailable", "auth"]);

/** Tells log and report of a record: `held`, it waits for somebody; `noted`, it was dealt with. */
export function say(
  session: Session,
  what: "held" | "noted",
  side: Side,
  record: string,
  field: string | null,
  message: string,
): void {
  const endpoint = endpointOf(session, side);
  session.tally.say({ level: "warning", endpoint, record, field, message });
  session.emit({ event: `record.${what}`, context: session.context, endpoint, record, field, message });
}

/** True for trouble that will meet every further record as well: the run stops instead of failing them one by one. */
export function stopsRun(error: ConnectorError): boolean {
  return error.kind === "auth";
}
