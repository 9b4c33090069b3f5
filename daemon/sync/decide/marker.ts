import type { TrackerRecord } from "../../core/record.ts";
import type { LinkConfig, Side } from "../../core/snapshot.ts";
import type { FieldWrite } from "./merge.ts";

/** The partner's id as a record's marker field names it; null where there is no such field or it is empty. */
export function markedPartner(link: LinkConfig, side: Side, record: TrackerRecord): string | null {
  const field = link[side].marker;
  const value = field === null ? null : (record.fields[field] ?? null);
  return typeof value === "string" && value !== "" ? value : null;
}

/** What a new pair's record still lacks: the partner's id in its marker field (E110). */
export function markerWrites(
  link: LinkConfig,
  side: Side,
  record: TrackerRecord,
  partner: string,
): readonly FieldWrite[] {
  const field = link[side].marker;
  const now = markedPartner(link, side, record);
  if (field === null || now === partner) return [];
  return [{ field, value: partner, before: now, origin: `${link.origin.file}:${link.origin.line}`, notes: [] }];
}
