import type { Value } from "./record.ts";
import type { Stop } from "./store.ts";

/** What a person asks of a link beyond its ordinary runs, and what came of it: the words of `resolve`, `resume`, `undo`, `rebuild`, `unlink`. */

/** A record as a person names it. */
export interface RecordName {
  readonly endpoint: string;
  readonly record: string;
  /** Connection or `connection/link`, where more than one has such a record; null: any. */
  readonly within: string | null;
}

export interface ResolveOrder extends RecordName {
  /** Null: every field of the record that waits. */
  readonly field: string | null;
  /** The endpoint whose value counts, or a value of the person's own, as it would stand in `endpoint`. */
  readonly take: { readonly endpoint: string } | { readonly value: string };
  readonly dryRun: boolean;
}

export interface Resolved {
  readonly leftField: string | null;
  readonly rightField: string | null;
  /** What the sides hold afterwards. */
  readonly left: Value;
  readonly right: Value;
  /** Endpoints that were (in a dry run: would be) written. */
  readonly written: readonly string[];
}

export interface ResolveAnswer {
  readonly link: string;
  readonly run: string;
  readonly dryRun: boolean;
  readonly resolved: readonly Resolved[];
  /** Fields that were not decided, each with the reason: changed meanwhile, a value that cannot be carried, a tracker that refuses. */
  readonly refused: readonly { readonly field: string; readonly why: string }[];
  /** Fields of the record that still wait. */
  readonly waiting: number;
}

export type Deeds = readonly ("create" | "update" | "delete" | "empty" | "endpoint" | "all")[];

export interface ResumeOrder {
  readonly link: string;
  /** Empty: only show. */
  readonly allow: Deeds;
}

export interface ResumeAnswer {
  readonly link: string;
  /** Null where nothing has stopped the link. */
  readonly stop: Stop | null;
  /** The next run goes on. */
  readonly goes: boolean;
}

export interface UndoOrder {
  /** At least one of the three is given; several narrow each other. */
  readonly run: string | null;
  readonly revision: string | null;
  readonly record: RecordName | null;
  /** Connection or `connection/link`; null: all. */
  readonly within: string | null;
  /** False: only say what would be put back. */
  readonly apply: boolean;
  /** Null: created records stay. A number lets so many go beyond the link's brake; 0: as many as the brake lets pass. */
  readonly deleteCreated: number | null;
}

export interface UndoStep {
  readonly endpoint: string;
  readonly record: string;
  readonly action: "put back" | "recreate" | "delete";
  /** Null for a whole record. */
  readonly field: string | null;
  readonly now: Value;
  readonly back: Value;
}

export interface UndoLeft {
  readonly endpoint: string;
  readonly record: string;
  readonly field: string | null;
  readonly why: string;
}

/** What was, or would be, taken back of one link. Lists are cut at 10,000 entries; `total` counts them all. */
export interface UndoAnswer {
  readonly link: string;
  readonly run: string;
  readonly applied: boolean;
  readonly steps: readonly UndoStep[];
  readonly left: readonly UndoLeft[];
  readonly total: { readonly steps: number; readonly left: number };
}

export interface RebuildOrder {
  readonly link: string;
  readonly completeMarkers: boolean;
  readonly dryRun: boolean;
}

export interface RebuildAnswer {
  readonly link: string;
  readonly run: string;
  readonly dryRun: boolean;
  /** Pairs that the memory already had. */
  readonly known: number;
  readonly paired: { readonly byMarker: number; readonly byText: number };
  readonly markersWritten: number;
  /** Records without a pair, by endpoint; ids are cut at 1,000. */
  readonly unpaired: Readonly<Record<string, { readonly count: number; readonly ids: readonly string[] }>>;
  readonly ambiguous: readonly { readonly endpoint: string; readonly record: string; readonly why: string }[];
  /** Fields that differ and now wait for a person; cut at 1,000. */
  readonly differing: readonly { readonly left: string; readonly right: string; readonly fields: readonly string[] }[];
  readonly differingCount: number;
}

export interface UnlinkOrder extends RecordName {
  /** `unlink`: leave both alone. `relink`: keep them in step again. `forget`: both count as new. */
  readonly how: "unlink" | "relink" | "forget";
  readonly clearMarkers: boolean;
  /** False: only say what would happen. */
  readonly apply: boolean;
}

export interface UnlinkAnswer {
  readonly link: string;
  readonly run: string;
  readonly applied: boolean;
  readonly left: string;
  readonly right: string;
  readonly how: UnlinkOrder["how"];
  /** `endpoint:record` of the records whose marker was (would be) cleared. */
  readonly cleared: readonly string[];
  readonly failed: readonly string[];
}

/** A line of a file of pairs: one record of each side, by id. */
export interface PairRow {
  readonly left: string;
  readonly right: string;
  /** 1-based. */
  readonly line: number;
}

export interface PairImportOrder {
  readonly link: string;
  readonly rows: readonly PairRow[];
  readonly dryRun: boolean;
}

export interface PairsImported {
  readonly link: string;
  readonly run: string;
  readonly dryRun: boolean;
  readonly paired: readonly Omit<PairRow, "line">[];
  /** Pairs that the memory already had. */
  readonly known: number;
  readonly refused: readonly (PairRow & { readonly why: string })[];
}
