import { otherSide, type Side } from "../core/snapshot.ts";
import type { Intent, LinkStore, Retry, Stop } from "../core/store.ts";

/** What waits on one link; with `--json` exactly this. Times are ISO 8601, UTC. */
export interface LinkQueue {
  readonly link: string;
  readonly retries: readonly QueuedRecord[];
  /** Records beyond the limit, counted up to `MOST_COUNTED`. */
  readonly more: number;
  readonly intents: readonly OpenWrite[];
  /** Links between records that wait for a record to be paired: no error, and nothing to do (T31). At most `limit`. */
  readonly parked: readonly ParkedLink[];
  readonly stop: StoppedLink | null;
}

export interface QueuedRecord {
  readonly endpoint: string;
  readonly record: string;
  readonly field: string | null;
  readonly reason: string;
  readonly attempts: number;
  readonly since: string;
  readonly ageMs: number;
  /** When it is tried next; null: with the next run. */
  readonly next: string | null;
  /** It has failed so often that only a publish makes it be tried again. */
  readonly poison: boolean;
  /** Nothing of it has failed: it waits for other records, and finishes by itself. Absent where it has. */
  readonly waits?: true;
  readonly revision: string;
}

/** A write that was sent without an answer that could be recorded: the next run looks what became of it. */
export interface OpenWrite {
  readonly kind: Intent["kind"];
  readonly endpoint: string;
  /** Null: to be created. */
  readonly record: string | null;
  /** Of an attachment, a comment or an entity link: `add of attachment log.txt`. Absent for records. */
  readonly part?: string;
  readonly source: string;
  readonly run: string;
  readonly since: string;
}

export interface ParkedLink {
  readonly endpoint: string;
  readonly record: string;
  /** The record at the other end, on the same endpoint: `requirement 23`. */
  readonly other: string;
}

export interface StoppedLink {
  readonly brake: Stop["brake"];
  readonly endpoint: string;
  readonly reason: string;
  readonly would: Stop["would"];
  readonly allowed: Stop["allowed"];
  readonly run: string;
  readonly revision: string;
  readonly since: string;
}

export interface QueueInput {
  readonly link: string;
  readonly names: Readonly<Record<Side, string>>;
  readonly store: LinkStore;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The active revision: what failed under another one is tried with the next run. */
  readonly active: string | null;
  readonly limit: number;
}

/** The last moment that a date can hold: `due` of a record that has failed ten times and waits for a publish. */
const NEVER = 8_640_000_000_000_000;
const MOST_COUNTED = 100_000;

/** Reads the store, changes nothing. */
export function queueOf({ link, names, store, now, active, limit }: QueueInput): LinkQueue {
  const retries = store.retries(Math.max(limit, MOST_COUNTED));
  const stop = store.stop();
  return {
    link,
    retries: retries.slice(0, limit).map((retry) => queued(retry, names, now, active)),
    more: Math.max(0, retries.length - limit),
    intents: store.intents().map((intent) => openWrite(intent, names)),
    parked: parkedOf(store, names, limit),
    stop: stop === null ? null : stopped(stop, names),
  };
}

function parkedOf(store: LinkStore, names: QueueInput["names"], limit: number): readonly ParkedLink[] {
  const links = store.parked(limit).flatMap((pair) =>
    (pair.parts?.parked ?? []).map(({ side, end }) => ({
      endpoint: names[side],
      record: pair[side],
      other: `${end.entity} ${end.id}`,
    })),
  );
  return links.slice(0, limit);
}

function queued(retry: Retry, names: QueueInput["names"], now: number, active: string | null): QueuedRecord {
  const { side, record, field, reason, attempts, since, due, revision } = retry;
  const poison = due >= NEVER && (active === null || revision === active);
  const newer = active !== null && revision !== active;
  return {
    ...{ endpoint: names[side], record, field, reason, attempts, since: iso(since), ageMs: Math.max(0, now - since) },
    ...{ next: newer || poison || due <= now ? null : iso(due), poison, revision },
    ...(attempts === 0 ? { waits: true as const } : {}),
  };
}

function openWrite({ kind, part, side, target, source, run, at }: Intent, names: QueueInput["names"]): OpenWrite {
  const from = `${names[otherSide(side)]}:${source}`;
  const what = part === undefined ? {} : { part: `${part.action} of ${part.kind} ${part.name}` };
  return { kind, endpoint: names[side], record: target, ...what, source: from, run, since: iso(at) };
}

function stopped(stop: Stop, names: QueueInput["names"]): StoppedLink {
  const { brake, side, reason, would, allowed, run, revision, since } = stop;
  return { brake, endpoint: names[side], reason, would, allowed, run, revision, since: iso(since) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
