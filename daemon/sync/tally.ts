import type { Side } from "../core/snapshot.ts";
import type { RunCounts, RunMessage } from "../core/store.ts";

const MOST_MESSAGES = 1_000;

type Count = Exclude<keyof RunCounts, "requests">;
/** Counted only where a link carries them, so that reports of other links stay as they are. */
type PartCount = "attachments" | "comments" | "entityLinks";
type Counts = Record<Exclude<Count, PartCount>, number> & Partial<Record<PartCount, number>>;

/** Counts and messages of one run, by side. */
export interface Tally {
  add(side: Side, what: Exclude<Count, "failed">, by?: number): void;
  /** Counts each record once, however many of its fields and parts fail. */
  failed(side: Side, record: string): void;
  say(message: RunMessage): void;
  paired(by: number): void;
  conflict(): void;
  /** A part of a record failed, the record itself did not: the run has errors, but did not fail (S21). */
  partly(): void;
  readonly counts: Readonly<Record<Side, Readonly<Counts>>>;
  totals(): {
    readonly paired: number;
    readonly conflicts: number;
    readonly failed: number;
    readonly written: number;
    readonly partly: number;
  };
  messages(): { readonly messages: readonly RunMessage[]; readonly suppressed: number };
}

export function createTally(): Tally {
  const counts = { left: none(), right: none() };
  const messages: RunMessage[] = [];
  const failed = { left: new Set<string>(), right: new Set<string>() };
  const totals = { paired: 0, conflicts: 0, partly: 0, suppressed: 0 };
  return {
    counts,
    add(side, what, by = 1) {
      counts[side][what] = (counts[side][what] ?? 0) + by;
    },
    failed(side, record) {
      failed[side].add(record);
      counts[side].failed = failed[side].size;
    },
    say(message) {
      if (messages.length < MOST_MESSAGES) {
        messages.push(message);
        return;
      }
      totals.suppressed++;
      if (message.level === "error") makeRoom(messages, message);
    },
    paired(by) {
      totals.paired += by;
    },
    conflict() {
      totals.conflicts++;
    },
    partly() {
      totals.partly++;
    },
    totals: () => ({
      paired: totals.paired,
      conflicts: totals.conflicts,
      partly: totals.partly,
      failed: counts.left.failed + counts.right.failed,
      written: written(counts.left) + written(counts.right),
    }),
    messages: () => ({ messages, suppressed: totals.suppressed }),
  };
}

/** What failed is of more use to a reader than what was merely remarked. */
function makeRoom(messages: RunMessage[], error: RunMessage): void {
  const last = messages.findLastIndex(({ level }) => level === "warning");
  if (last < 0) return;
  messages.splice(last, 1);
  messages.push(error);
}

function none(): Counts {
  return { read: 0, created: 0, updated: 0, deleted: 0, failed: 0 };
}

function written(c: Readonly<Counts>): number {
  return c.created + c.updated + c.deleted + (c.attachments ?? 0) + (c.comments ?? 0) + (c.entityLinks ?? 0);
}
