import type { MissingValue } from "./field.ts";
import type { Parts, PartWrite } from "./parts.ts";
import type { Fields, Referred, Value } from "./record.ts";
import type { Side } from "./snapshot.ts";

/**
 * What both sides of a pair held when they last agreed. `left` and `right` are the values as each tracker stores them; `toRight` and `toLeft`
 * are what rules and mapping then made of one side for the other, kept only for fields where that is not what the other side holds (a cut
 * text, a many-to-one value, a default user): the memory that keeps lossy maps from flowing back (T1, T2, T3).
 */
export interface Base {
  readonly left: Fields;
  readonly right: Fields;
  readonly toRight: Fields;
  readonly toLeft: Fields;
}

export interface Pair {
  /** Given by the engine (a UUID), stable for the life of the pair. */
  readonly id: string;
  readonly left: string;
  readonly right: string;
  readonly base: Base;
  readonly leftVersion: string;
  readonly rightVersion: string;
  /** Fields that both sides changed and that wait for a person. */
  readonly held: readonly HeldField[];
  /** Attachments, comments and entity links that both sides agree on; absent where the link carries none. */
  readonly parts?: Parts;
  /** The side whose record was deleted while the link's rule says to leave the partner alone; absent while both are there. */
  readonly gone?: Side;
  /** Set by `syncline unlink`: both records are left alone, and neither gets another partner; absent while they are kept in step. */
  readonly unlinked?: true;
  /** One of the records is outside of its side's filter, and the link says to write nothing until it is back (T21). Absent: it goes on. */
  readonly frozen?: true;
  /** Print of the mapping under which the pair was last written (`mappingPrint`); absent where no one kept it. */
  readonly mapping?: string;
  /** Revision under which the pair was last written or found equal. */
  readonly revision: string;
}

/** A conflict that nobody has decided: both values are kept where they are, the rest of the record goes on (B11). */
export interface HeldField {
  /** Null where only the other side has the field (a rule writes it). */
  readonly leftField: string | null;
  readonly rightField: string | null;
  readonly left: Value;
  readonly right: Value;
  /** Milliseconds since 1970, when it was first seen. */
  readonly since: number;
  readonly run: string;
  /** What both last agreed on is not known (the pair was rebuilt from nothing): no policy decides it, only a person or equal values do. */
  readonly unagreed?: true;
}

/** A link that a brake has stopped (B14): nothing of it is written until somebody says to go on. */
export interface Stop {
  readonly brake: "create" | "update" | "delete" | "empty" | "endpoint";
  /** Side whose changes (or emptiness) set it off. */
  readonly side: Side;
  readonly reason: string;
  /** What the run would have done. */
  readonly would: { readonly create: number; readonly update: number; readonly delete: number };
  readonly run: string;
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Set by `syncline resume`: the next run may do this much, and no more. */
  readonly allowed: { readonly create: number; readonly update: number; readonly delete: number } | null;
}

/** A write that is about to be sent. Written before, removed in the transaction that records the outcome. */
export interface Intent {
  readonly id: string;
  /** `part`: an attachment, a comment or an entity link of `target`; `part` says which. */
  readonly kind: "create" | "update" | "delete" | "part";
  readonly part?: PartWrite;
  /** Side that is written. */
  readonly side: Side;
  /** Record on the other side from which it stems. */
  readonly source: string;
  /** Record to be written; null for a creation. */
  readonly target: string | null;
  /** Id of the pair whose deleted record this creation stands in for; absent for every other write. */
  readonly replaces?: string;
  readonly fields: Fields;
  /** What the source record held: with `fields` it makes the base, should the answer never come. */
  readonly sourceFields: Fields;
  /** What the written fields held before; empty for a creation. */
  readonly before: Fields;
  /** Where the values come from, if a person had them put there (`resolve`, `undo`): once stored they are what both sides agree on. */
  readonly byHand?: string;
  readonly run: string;
  /** Milliseconds since 1970, daemon's clock. */
  readonly at: number;
}

/** One field of one stored write, for `why` and `undo`. */
export interface JournalEntry {
  readonly run: string;
  readonly revision: string;
  readonly at: number;
  readonly pair: string;
  readonly side: Side;
  readonly record: string;
  readonly kind: "create" | "update" | "delete";
  /** Null for a deletion. */
  readonly field: string | null;
  readonly before: Value;
  readonly after: Value;
  /** Where the value comes from: `file:line`. */
  readonly origin: string;
  /** Source record and its version that caused the write; `constant` values have the same. */
  readonly source: string;
  readonly sourceVersion: string;
  /**
   * No write to `record`: for its sake a list value or record named `after` was made on the other side (`create_missing`). `field` is null; `undo`
   * leaves it where it is.
   */
  readonly made?: MissingValue["kind"];
  /** Of an attachment, a comment or an entity link: `field` is then its kind and name. Absent for fields. */
  readonly part?: PartWrite;
  /** The other person's value that lost a conflict; absent where none lost. */
  readonly lost?: Value;
  /**
   * Versions of the record when it was read and after the write, where somebody else wrote in between: what they put into this field, if they
   * did, is overwritten; their other fields stand. Absent where nobody did or the tracker's versions cannot tell.
   */
  readonly race?: { readonly read: string; readonly stored: string };
}

/** A record that could not be synchronised and will be tried again. */
export interface Retry {
  readonly side: Side;
  readonly record: string;
  readonly reason: string;
  /** Field at fault, where one is. */
  readonly field: string | null;
  /** The record's version when it failed: a record that somebody has touched since need not wait. */
  readonly version: string;
  readonly attempts: number;
  readonly since: number;
  /** Not before this moment (milliseconds since 1970). */
  readonly due: number;
  /** Revision that failed: a newer one retries at once. */
  readonly revision: string;
  /**
   * Records that must have a partner before fields of this one can be carried: the first run after they have tries again, whatever `due` says. A
   * retry that only waits has no attempts. Absent: it waits for nothing of the kind.
   */
  readonly awaits?: readonly Awaited[];
}

/** A record of the retry's own side that a reference names and that has no partner yet. */
export interface Awaited extends Referred {
  /** The field that waits, of the side that is written. */
  readonly field: string;
  /** Its partner until now, which was deleted: another one must come. */
  readonly not?: string;
}

/** Two records that a name once matched: from then on each stands for the other, whatever they are called (T24). */
export type Join = Readonly<Record<Side, Referred>>;

export type RunStatus = "passed" | "passed with errors" | "failed" | "error" | "cancelled";

export interface RunCounts {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Records, each once. */
  readonly failed: number;
  readonly requests: number;
  /** Written on this side; absent in reports of links that carry none. */
  readonly attachments?: number;
  readonly comments?: number;
  readonly entityLinks?: number;
}

export interface RunMessage {
  readonly level: "error" | "warning";
  readonly endpoint: string;
  readonly record: string | null;
  readonly field: string | null;
  readonly message: string;
}

export interface RunReport {
  readonly run: string;
  readonly link: string;
  readonly revision: string;
  readonly kind: "incremental" | "full";
  readonly dryRun: boolean;
  readonly reason: string;
  readonly status: RunStatus;
  readonly started: number;
  readonly ended: number;
  /** By endpoint name. */
  readonly counts: Readonly<Record<string, RunCounts>>;
  readonly paired: number;
  readonly conflicts: number;
  /** A brake stopped the link, in this run or before it. Absent otherwise. */
  readonly stopped?: true;
  /** The host must be set up before the link can run: a secret is missing. Absent otherwise. */
  readonly host?: true;
  /**
   * What an ordinary run decided to write, or of a dry run would have written: how many writes, and a SHA-256 over them in a stable order, hexadecimal
   * (B19). The same records under the same revision give the same hash. Absent where the run did not come to its end.
   */
  readonly plan?: { readonly writes: number; readonly hash: string };
  /** Records of the link that wait to be tried again, whichever run they failed in, counted up to 10,000 (T38). Absent: none does. */
  readonly queued?: number;
  /** At most 1,000; `suppressed` says how many more there were. */
  readonly messages: readonly RunMessage[];
  readonly suppressed: number;
}

/** Position in a tracker's stream of changes. */
export interface Cursor {
  /** UTC second by the tracker's clock. */
  readonly since: string;
  /** Hash of what is selected (endpoint, entity, fields): another selection starts over with a full listing. */
  readonly selection: string;
}

/** Everything one step of a run leaves behind, recorded in one transaction. */
export interface Commit {
  readonly pairs?: readonly Pair[];
  readonly removePairs?: readonly string[];
  readonly intents?: readonly Intent[];
  readonly doneIntents?: readonly string[];
  readonly journal?: readonly JournalEntry[];
  readonly retries?: readonly Retry[];
  readonly doneRetries?: readonly { readonly side: Side; readonly record: string }[];
  readonly cursors?: Readonly<Partial<Record<Side, Cursor>>>;
  /** Each takes the place of those that either of its ends had between the same two entity types. */
  readonly joins?: readonly Join[];
  /** Null takes the stop away. */
  readonly stop?: Stop | null;
}

/** The memory of one link. Synchronous: the embedded store is in-process, and a commit that has returned is on the disk. */
export interface LinkStore {
  cursor(side: Side): Cursor | null;
  /** Pairs by the record ids of one side; ids without a pair are missing. Any number of ids. */
  pairs(side: Side, ids: readonly string[]): ReadonlyMap<string, Pair>;
  pair(id: string): Pair | null;
  /** All pairs in id order of `side`, a page at a time, after the given id (null: from the start). */
  pairPage(side: Side, after: string | null, limit: number): readonly Pair[];
  pairCount(): number;
  /** Pairs with fields that wait for a person, in the order in which they were paired. */
  held(limit: number): readonly Pair[];
  /** Pairs with entity links whose other end has no pair yet (T31). */
  parked(limit: number): readonly Pair[];
  stop(): Stop | null;
  intents(): readonly Intent[];
  /** Retries that are due at `now` or failed under another revision than `revision`, oldest first. */
  dueRetries(now: number, revision: string, limit: number): readonly Retry[];
  retries(limit: number): readonly Retry[];
  retry(side: Side, record: string): Retry | null;
  /** Retries that wait for a record to be paired, oldest first. */
  waiting(limit: number): readonly Retry[];
  joins(): readonly Join[];
  /** All or nothing. Throws `StoreConflict` where a record would get a second pair. */
  commit(commit: Commit): void;
  journal(query: {
    readonly side?: Side;
    readonly record?: string;
    readonly run?: string;
    readonly field?: string;
    readonly revision?: string;
    readonly limit: number;
  }): readonly JournalEntry[];
}

export class StoreConflict extends Error {
  override readonly name = "StoreConflict";
}

export interface Store {
  link(key: string): LinkStore;
  /** Keys of the links that have any memory. */
  links(): readonly string[];
  saveReport(report: RunReport): void;
  /** Newest first. */
  reports(query: { readonly link?: string; readonly limit: number }): readonly RunReport[];
  report(run: string): RunReport | null;
  close(): void;
}
