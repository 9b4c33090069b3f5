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
    else if (!equalValues(schema, now, base[field] ?? null) && !isOwnStamp(field, record, pair, frame)) return true;
  }
  return unknown && record.version !== versionOf(pair, frame.side);
}

/** Whether a field that waits for a person is no longer as it was held: taken back to what both agreed on, it equals the base, and is an edit all the same. */
export function hasLeftHold(record: TrackerRecord, pair: Pair, { side, schemas }: SideFrame): boolean {
  return pair.held.some((held) => {
    const field = (side === "left" ? held.leftField : held.rightField) ?? "";
    const [schema, now] = [schemas[field], record.fields[field]];
    return schema !== undefined && now !== undefined && !equalValues(schema, now, held[side]);
  });
}

/** A tracker's own stamp that our last write of the record moved: carried as an edit it would move the other side's, and come back for ever (T33). */
export function isOwnStamp(field: string, record: TrackerRecord, pair: Pair, { side, stamps }: SideFrame): boolean {
  return stamps?.includes(field) === true && record.version === versionOf(pair, side);
}

export function versionOf(pair: Pair, side: Side): string {
  return side === "left" ? pair.leftVersion : pair.rightVersion;
}
