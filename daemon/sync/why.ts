import type { Value } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { JournalEntry } from "../core/store.ts";

/** The write that a field's value comes from, or an earlier one. */
export interface WriteTold {
  /** Null for the deletion of a record whose content was not kept. */
  readonly field: string | null;
  readonly kind: JournalEntry["kind"];
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Commit of the configuration that decided. */
  readonly revision: string;
  /** What in that commit: `file:line` of a mapping row, or a rule's file; null where only the write is known. */
  readonly origin: string | null;
  readonly by: "mapping" | "rule" | "recovered";
  readonly run: string;
  /** The edit that caused it. */
  readonly source: { readonly endpoint: string; readonly record: string; readonly version: string | null };
  readonly before: Value;
  readonly after: Value;
  /** The other person's value that gave way; absent where none did. */
  readonly lost?: Value;
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
    if (!all && seen.has(field)) return [];
    seen.add(field);
    return [told(named)];
  });
}

function told({ entry, names }: NamedEntry): WriteTold {
  const { field, kind, at, revision, run, side, source, sourceVersion, before, after, lost } = entry;
  const from = side === "left" ? names.right : names.left;
  return {
    ...{ field, kind, at: new Date(at).toISOString(), revision, ...originOf(entry.origin), run },
    source: { endpoint: from, record: source, version: sourceVersion === "" ? null : sourceVersion },
    ...{ before, after },
    ...(lost === undefined ? {} : { lost }),
  };
}

/** A write whose answer never came is entered by the run that found it stored: which row decided is not known any more. */
function originOf(origin: string): Pick<WriteTold, "origin" | "by"> {
  if (origin === "recovered") return { origin: null, by: "recovered" };
  return { origin, by: origin.startsWith("rules/") ? "rule" : "mapping" };
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
