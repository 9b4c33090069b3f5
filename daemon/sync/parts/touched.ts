import type { TrackerRecord } from "../../core/record.ts";
import type { LinkConfig, Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { versionOf } from "../decide/detect.ts";
import type { Session } from "../session.ts";

/** What a listing said of the records of a pair whose parts are to be looked at: the versions that this look covers. */
export type Touched = Map<string, { left?: string; right?: string }>;

export function carriesParts({ attachments, comments, entityLinks }: LinkConfig): boolean {
  return attachments !== undefined || comments !== undefined || entityLinks !== undefined;
}

/** A record that moved since its pair was last settled may have other attachments, comments or entity links, whatever its fields say. */
export function touch(session: Session, side: Side, record: TrackerRecord, pair: Pair): void {
  if (!carriesParts(session.link) || pair.unlinked === true || pair.gone !== undefined) return;
  if (record.version === versionOf(pair, side)) return;
  note(session, side, record, pair);
}

/** A pair that is new, or that is tried again. */
export function touchBoth(
  session: Session,
  both: { readonly left: TrackerRecord; readonly right: TrackerRecord },
  pair: Pair,
): void {
  if (!carriesParts(session.link)) return;
  note(session, "left", both.left, pair);
  note(session, "right", both.right, pair);
}

function note(session: Session, side: Side, record: TrackerRecord, pair: Pair): void {
  session.touched.set(pair.id, { ...session.touched.get(pair.id), [side]: record.version });
}
