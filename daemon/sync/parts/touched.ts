import type { TrackerRecord } from "../../core/record.ts";
import type { LinkConfig, Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { versionOf } from "../decide/detect.ts";
import type { Session } from "../session.ts";

/** Pairs whose parts are to be looked at, and the versions of their records that this look covers. */
export type Touched = Map<string, { left?: string; right?: string }>;

export function carriesParts({ attachments, comments, entityLinks }: LinkConfig): boolean {
  return attachments !== undefined || comments !== undefined || entityLinks !== undefined;
}

/** Only pairs of two records that are kept in step have their parts looked at. */
export function isInStep(pair: Pair): boolean {
  return pair.unlinked !== true && pair.gone === undefined && pair.frozen !== true;
}

/** What a run would have laid aside by now: a dry run keeps no pairs, and must not carry parts of these. */
export function isLaidAside({ dryRun, laidToRest, planned }: Session, { id }: Pair): boolean {
  return dryRun && (laidToRest.has(id) || planned.has(id));
}

/** A record that moved since its pair was last settled may have other attachments, comments or entity links, whatever its fields say. */
export function touch(session: Session, side: Side, record: TrackerRecord, pair: Pair): void {
  if (!carriesParts(session.link) || !isInStep(pair)) return;
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

/**
 * A pair whose fields are settled, its parts not yet: the versions of its last look stay until the look of this run, so that a run that is killed
 * in between leaves a pair that the next one looks at. The look covers what the field writes made of the versions.
 */
export function untilLooked(session: Session, before: Pair, settled: Pair): Pair {
  if (!carriesParts(session.link)) return settled;
  const { leftVersion: left, rightVersion: right } = settled;
  session.touched.set(settled.id, { left, right });
  return { ...settled, leftVersion: before.leftVersion, rightVersion: before.rightVersion };
}
