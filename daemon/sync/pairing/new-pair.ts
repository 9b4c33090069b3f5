import type { TrackerRecord } from "../../core/record.ts";
import type { Pair } from "../../core/store.ts";
import { carriesParts } from "../parts/touched.ts";
import type { Session } from "../session.ts";

/** A pair of which nothing is agreed yet: where the link carries parts, no version of its records counts as looked at. */
export function newPair(session: Session, left: TrackerRecord, right: TrackerRecord): Pair {
  const looked = !carriesParts(session.link);
  return {
    id: session.newId(),
    left: left.id,
    right: right.id,
    base: { left: {}, right: {}, toRight: {}, toLeft: {} },
    leftVersion: looked ? left.version : "",
    rightVersion: looked ? right.version : "",
    held: [],
    mapping: session.mapping,
    revision: session.context.revision,
  };
}
