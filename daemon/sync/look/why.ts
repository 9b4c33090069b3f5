import type { PartWrite } from "../../core/parts.ts";
import type { Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { JournalEntry, LinkStore } from "../../core/store.ts";

/** The write that a field's value comes from, or an earlier one. */
export interface WriteTold {
  /** Null for the deletion of a record whose content was not kept. */
  readonly field: string | null;
  readonly kind: JournalEntry["kind"];
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Commit of the configuration that decided. */
  readonly revision: string;
  /** What in that commit: `file:line` of a mapping row, or a rule's file; what a person did (`resolve`, `undo`); null where only the write is known. */
  readonly origin: string | null;
  readonly by: "mapping" | "rule" | "person" | "recovered";
  readonly run: string;
  /** The edit that caused it. */
  readonly source: { readonly endpoint: string; readonly record: string; readonly version: string | null };
  readonly before: Value;
  readonly after: Value;
  /** The other person's value that gave way; absent where none did. */
  readonly lost?: Value;
  /** Versions of the record when it was read and after the write, where somebody else wrote in between. */
  readonly race?: { readonly read: string; readonly stored: string };
  /** No write to the record: for its sake `after` was made at this endpoint (`create_missing`). */
  readonly madeIn?: string;
  /** Of an attachment, a comment or an entity link; absent for fields. */
  readonly part?: Pick<PartWrite, "kind" | "action" | "name">;
}

export interface NamedEntry {
  readonly entry: JournalEntry;
  /** Endpoint names of the run that wrote it. */
  readonly names: Readonly<Record<Side, string>>;
}

/** Newest first, as the journal gives them: of each field the last write, or with `all` every one that is kept. Pure. */
export function tellWrites(entries: readonly NamedEntry[], all: boolean): readonly WriteTold[] {
  const seen = new Set<string | null>();
  return entries.flatMap((named) => {
    const { field } = named.entry;
    if (named.entry.made !== undefined) return [told(named)];
    if (!all && seen.has(field)) return [];
    seen.add(field);
    return [told(named)];
  });
}

function told({ entry, names }: NamedEntry): WriteTold {
  const { field, kind, at, revision, run, side, source, sourceVersion, before, after, lost, race } = entry;
  const other = side === "left" ? names.right : names.left;
  const from = entry.made === undefined ? other : names[side];
  return {
    ...{ field, kind, at: new Date(at).toISOString(), revision, ...originOf(entry.origin), run },
    source: { endpoint: from, record: source, version: sourceVersion === "" ? null : sourceVersion },
    ...(entry.made === undefined ? {} : { madeIn: other }),
    ...(entry.part === undefined ? {} : { part: partOf(entry.part) }),
    ...{ before, after },
    ...(lost === undefined ? {} : { lost }),
    ...(race === undefined ? {} : { race }),
  };
}

function partOf({ kind, action, name }: PartWrite): Pick<PartWrite, "kind" | "action" | "name"> {
  return { kind, action, name };
}

/** A write whose answer never came is entered by the run that found it stored: which row decided is not known any more. */
function originOf(origin: string): Pick<WriteTold, "origin" | "by"> {
  if (origin === "recovered") return { origin: null, by: "recovered" };
  if (origin.startsWith("rules/")) return { origin, by: "rule" };
  return { origin, by: origin.startsWith("mappings/") ? "mapping" : "person" };
}

/** Why a value is not there yet though nothing has failed. */
export interface WaitTold {
  /** The record under which it is queued, `endpoint:key`. */
  readonly record: string;
  /** The field that waits, of the side that is written; null: the record as a whole. */
  readonly field: string | null;
  readonly reason: string;
  /** ISO 8601, UTC; null where nobody noted it. */
  readonly since: string | null;
}

/** What a record, or its partner, waits for. `field`: of the record; what its partner waits to have written is told whatever it is. */
export function tellQueued(
  store: LinkStore,
  side: Side,
  key: string,
  field: string | null,
  names: Readonly<Record<Side, string>>,
): readonly WaitTold[] {
  const other = otherSide(side);
  const partner = store.pairs(side, [key]).get(key)?.[other];
  const own = store.retry(side, key);
  const theirs = partner === undefined ? null : store.retry(other, partner);
  const about = theirs?.awaits?.some((one) => field === null || one.field === field) === true ? theirs : null;
  return [own, about].flatMap((retry): WaitTold[] => {
    if (retry === null || (retry.awaits === undefined && retry.attempts > 0)) return [];
    const { record, reason, since } = retry;
    return [
      { record: `${names[retry.side]}:${record}`, field: retry.field, reason, since: new Date(since).toISOString() },
    ];
  });
}

/** Entity links of a record whose other end has no partner yet (T31). */
export function tellParkedLinks(
  store: LinkStore,
  side: Side,
  key: string,
  names: Readonly<Record<Side, string>>,
): readonly WaitTold[] {
  const parked = store.pairs(side, [key]).get(key)?.parts?.parked ?? [];
  const own = parked.filter((one) => one.side === side);
  return own.map(({ end }) => ({
    record: `${names[side]}:${key}`,
    field: null,
    reason: `waits with its link to ${end.entity} ${end.id}, which has no partner in ${names[otherSide(side)]} yet`,
    since: null,
  }));
}

export interface Place {
  readonly endpoint: string;
  readonly key: string;
}

/** `alm:12` as endpoint and key; the key may have colons. Null for what is none. */
export function parseRecordName(text: string): Place | null {
  const colon = text.indexOf(":");
  const [endpoint, key] = [text.slice(0, colon), text.slice(colon + 1)];
  return colon <= 0 || key === "" ? null : { endpoint, key };
}
