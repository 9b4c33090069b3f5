import type { TrackerRecord } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import type { SideFrame } from "./frame.ts";

/**
 * Whether a paired record is no longer what its pair's base says (E115, but on typed values instead of a checksum). Our own writes are
 * recognised by this: what we wrote is the base. A field that the base does not know (the mapping is newer than the pair) counts only when the
 * record itself has moved since, so that publishing a mapping does not rewrite the past.
 */
export function hasChanged(record: TrackerRecord, pair: Pair, frame: SideFrame): boolean {
  const base = pair.base[frame.side];
  let unknown = false;
  for (const field of frame.watched) {
    const now = record.fields[field];
    const schema = frame.schemas[field];
    if (now === undefined || schema === undefined) continue;
    if (!Object.hasOwn(base, field)) unknown = true;
    else if (!equalValues(schema, now, base[field] ?? null)) return true;
  }
  return unknown && record.version !== versionOf(pair, frame.side);
}

export function versionOf(pair: Pair, side: Side): string {
  return side === "left" ? pair.leftVersion : pair.rightVersion;
}
