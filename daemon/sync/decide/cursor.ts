import { createHash } from "node:crypto";
import { readEntityType } from "../../core/entity-type.ts";
import type { EndpointConfig, SideConfig } from "../../core/snapshot.ts";
import type { Cursor } from "../../core/store.ts";

/** Trackers commit out of order and round to seconds: what is this close to the cursor is read again; equal values cost nothing (T37). */
const OVERLAP_S = 60;

/** Settings that say how to talk to a project, not which one it is. */
const MANNERS = new Set(["page_size", "zone", "fields", "markup", "auth"]);

/**
 * What a cursor counts in: another server, project or entity type is another selection, and so are other subtypes, which stand behind a slash.
 * Mapped fields are not part of it.
 */
export function selectionOf(endpoint: EndpointConfig, config: SideConfig): string {
  const { base, subtypes } = readEntityType(config.entity);
  const project = hash([endpoint.type, whichProject(endpoint.settings), base]);
  return subtypes.length === 0 ? project : `${project}/${hash(subtypes.toSorted())}`;
}

/** Subtypes aside: ids mean the same records. */
export function isSameProject(one: string, other: string): boolean {
  return one.split("/")[0] === other.split("/")[0];
}

function hash(what: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 16);
}

function whichProject(settings: unknown): unknown {
  return Object.entries(settings as object)
    .filter(([key]) => !MANNERS.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** From where to list; null: everything. */
export function listFrom(cursor: Cursor | null, selection: string): string | null {
  return cursor === null || cursor.selection !== selection ? null : shift(cursor.since, -OVERLAP_S);
}

export interface Seen {
  /** The tracker's clock when the listing began. */
  readonly asOf: string | null;
  /** Latest modification among the records listed. */
  readonly latest: string | null;
  /** Earliest modification stamp of our own writes of this run. */
  readonly ownStamp: string | null;
}

/**
 * Where the next run begins: the tracker's clock at the start of this listing. Should the clock that stamps records be behind the one that
 * answered (our own writes show it), the earlier one counts; without any clock the latest modification seen does.
 */
export function nextCursor(before: Cursor | null, seen: Seen, selection: string): Cursor | null {
  const start = seen.asOf ?? seen.latest ?? (before?.selection === selection ? before.since : null);
  if (start === null) return null;
  const since = seen.ownStamp !== null && seen.ownStamp < start ? seen.ownStamp : start;
  return { since, selection };
}

function shift(instant: string, seconds: number): string {
  return `${new Date(Date.parse(instant) + seconds * 1000).toISOString().slice(0, 19)}Z`;
}
