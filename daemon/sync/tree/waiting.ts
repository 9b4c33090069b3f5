import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Awaited, Retry } from "../../core/store.ts";
import { targetsOf } from "../../fields/referred.ts";
import type { Desires } from "../decide/desire.ts";
import { type Failing, LONGEST_WAIT_MS, say } from "../failure.ts";
import type { Session } from "../session.ts";
import { partnerOf } from "./siblings.ts";

const MOST_WAITS = 10_000;

/** What the fields of a record that is to be made or written wait for. `field` names one of the side that is written. */
export function awaitedIn(desires: Desires): readonly Told[] {
  return Object.entries(desires).flatMap(([field, desire]) =>
    desire.kind === "fault" && desire.awaits !== undefined
      ? [{ awaited: { ...desire.awaits, field }, message: desire.message }]
      : [],
  );
}

export interface Told {
  readonly awaited: Awaited;
  readonly message: string;
}

/** What this run found a record to wait for. */
export interface Waiting {
  readonly side: Side;
  readonly record: string;
  readonly told: readonly Told[];
  /** What it waited for before the run: told then. */
  readonly known: readonly Awaited[];
}

/**
 * Adds what a record waits for to its entry in the queue; `failed` is the entry where something of it failed besides, null where it only waits. No
 * failure: it goes on by itself once the other record is paired.
 */
export function queueWaits(
  session: Session,
  side: Side,
  source: Failing,
  failed: Retry | null,
  told: readonly Told[],
): Retry | null {
  const [first] = told;
  if (first === undefined) return failed;
  const key = `${side} ${source.id}`;
  const before = session.store.retry(side, source.id) ?? session.retried.get(key) ?? null;
  const known = session.waited.get(key)?.known ?? before?.awaits ?? [];
  session.waited.set(key, { side, record: source.id, told, known });
  const awaits = told.map(({ awaited }) => awaited);
  if (failed !== null) return { ...failed, awaits };
  const now = session.now();
  return {
    ...{ side, record: source.id, reason: first.message, field: first.awaited.field, version: source.version },
    ...{ attempts: 0, since: known.length > 0 && before !== null ? before.since : now, due: now + LONGEST_WAIT_MS },
    ...{ revision: session.context.revision, awaits },
  };
}

/** Once a run is over: what waits on, and did not before. */
export function tellWaits(session: Session): void {
  for (const { side, record, told, known } of session.waited.values()) {
    const open = session.dryRun ? null : (session.store.retry(side, record)?.awaits ?? []);
    for (const { awaited, message } of told) {
      const waits = open === null ? !session.planned.has(`${side} ${awaited.id}`) : has(open, awaited);
      if (waits && !has(known, awaited)) say(session, "noted", side, record, awaited.field, message);
    }
  }
}

function has(list: readonly Awaited[], awaited: Awaited): boolean {
  return list.some((other) => isSame(other, awaited));
}

function isSame(a: Awaited, b: Awaited): boolean {
  return a.entity === b.entity && a.id === b.id && a.field === b.field && a.not === b.not;
}

/** Waiting records of which another one has been paired since. */
export function metWaits(session: Session): readonly Retry[] {
  return session.store.waiting(MOST_WAITS).filter(({ side, awaits = [] }) =>
    awaits.some(({ field, not, ...referred }) => {
      const { target } = session.schemas[otherSide(side)].schemas[field] ?? {};
      const found = partnerOf(session.siblings, side, referred, target === undefined ? null : targetsOf(target));
      return found.kind === "paired" && found.partner.id !== not;
    }),
  );
}
