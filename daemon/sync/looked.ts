import type { TrackerRecord } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";
import type { Session } from "./session.ts";

/** Versions of both records of the pairs that a run has decided about, by the pair's id. */
export type Looked = Map<string, Readonly<Record<Side, string>>>;

/** Both records as the decision rests on them. */
export function noteLook(session: Session, { id }: Pair, left: TrackerRecord, right: TrackerRecord): void {
  session.looked.set(id, { left: left.version, right: right.version });
}

/** What our own write made of a record. */
export function noteWritten(session: Session, { id }: Pair, side: Side, { version }: TrackerRecord): void {
  const look = session.looked.get(id);
  if (look !== undefined) session.looked.set(id, { ...look, [side]: version });
}

/** A pair that both sides' listings bring is decided about once a run: what waits or fails would else be told, counted and tried twice. */
export function isLookedAt(session: Session, { id }: Pair, side: Side, { version }: TrackerRecord): boolean {
  return session.looked.get(id)?.[side] === version;
}
