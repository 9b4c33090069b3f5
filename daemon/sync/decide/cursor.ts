import { createHash } from "node:crypto";
import { readEntityType } from "../../core/entity-type.ts";
import {
  type ConnectionConfig,
  type EndpointConfig,
  type LinkConfig,
  otherSide,
  type Side,
  type SideConfig,
} from "../../core/snapshot.ts";
import type { Cursor } from "../../core/store.ts";

/** Trackers commit out of order and round to seconds: what is this close to the cursor is read again; equal values cost nothing (T37). */
const OVERLAP_S = 60;

/** Settings that say how to talk to a project, not which one it is. */
const MANNERS = new Set(["page_size", "zone", "fields", "markup", "auth"]);

/**
 * What a cursor counts in: another server, project or entity type is another selection. So are, behind slashes, other subtypes, and other words on
 * which records get a partner: those that an older filter passed over have not changed, and no listing of changes brings them (E47). `makes`:
 * whether partners are made of them at all. Mapped fields are not part of it.
 */
export function selectionOf(endpoint: EndpointConfig, config: SideConfig, makes = true): string {
  const { base, subtypes } = readEntityType(config.entity);
  const { filter, current = null } = config;
  const parts = [hash([endpoint.type, whichProject(endpoint.settings), base])];
  if (subtypes.length > 0) parts.push(hash(subtypes.toSorted()));
  if (filter !== null || current !== null || !makes) parts.push(hash([filter, current, makes]));
  return parts.join("/");
}

/** The selection of one side of a link. */
export function selectionIn({ left, right }: Pick<ConnectionConfig, Side>, link: LinkConfig, side: Side): string {
  return selectionOf(side === "left" ? left : right, link[side], link[otherSide(side)].create);
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
