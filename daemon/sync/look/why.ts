import type { Value } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { JournalEntry } from "../../core/store.ts";

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
  const { field, kind, at, revision, run, side, source, sourceVersion, before, after, lost, race } = entry;
  const from = side === "left" ? names.right : names.left;
  return {
    ...{ field, kind, at: new Date(at).toISOString(), revision, ...originOf(entry.origin), run },
    source: { endpoint: from, record: source, version: sourceVersion === "" ? null : sourceVersion },
    ...{ before, after },
    ...(lost === undefined ? {} : { lost }),
    ...(race === undefined ? {} : { race }),
  };
}

/** A write whose answer never came is entered by the run that found it stored: which row decided is not known any more. */
function originOf(origin: string): Pick<WriteTold, "origin" | "by"> {
  if (origin === "recovered") return { origin: null, by: "recovered" };
  if (origin.startsWith("rules/")) return { origin, by: "rule" };
  return { origin, by: origin.startsWith("mappings/") ? "mapping" : "person" };
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
