import type { Verdict } from "../../core/events.ts";

/** The revision that a restart comes up with. */
export interface ActivePointer {
  readonly revision: string;
  readonly digest: string;
  readonly subject: string;
  readonly author: string;
  /** When it went live, milliseconds since 1970. */
  readonly at: number;
}

export interface PublishRecord {
  readonly active: ActivePointer | null;
  /** Newest first, at most `HISTORY_LIMIT`. */
  readonly history: readonly Verdict[];
}

/** What the publisher remembers over restarts; the state folder implements it. */
export interface PublishMemory {
  read(): PublishRecord;
  /** Resolves when the record is on the disk whole; rejects with the old one still there. Calls do not overlap. */
  save(record: PublishRecord): Promise<void>;
}

export const HISTORY_LIMIT = 50;
export const EMPTY_RECORD: PublishRecord = { active: null, history: [] };
