import type { TrackerRecord } from "../core/record.ts";
import type { Pair } from "../core/store.ts";
import type { Session } from "./session.ts";

/** A pair of which nothing is agreed yet. */
export function newPair(session: Session, left: TrackerRecord, right: TrackerRecord): Pair {
  return {
    id: session.newId(),
    left: left.id,
    right: right.id,
    base: { left: {}, right: {}, toRight: {}, toLeft: {} },
    leftVersion: left.version,
    rightVersion: right.version,
    held: [],
    revision: session.context.revision,
  };
}
