import type { Fields, TrackerRecord, Value } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Base } from "../core/store.ts";
import { equalValues } from "../fields/equal.ts";
import type { Cell } from "./cells.ts";
import type { Desires } from "./desire.ts";
import type { SideFrame } from "./frame.ts";

/** Both sides after a merge, with what each now makes of its values for the other. */
export interface Settled {
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
  readonly toRight: Desires;
  readonly toLeft: Desires;
}

/** The base after a merge: what both sides hold now, but for the cells that did not get there, which keep what the old base said. */
export function nextBase(
  old: Base,
  now: Settled,
  keep: readonly Cell[],
  frames: Readonly<Record<Side, SideFrame>>,
): Base {
  const kept = { left: namesOf(keep, "left"), right: namesOf(keep, "right") };
  return {
    left: valuesOf(old.left, now.left.fields, kept.left),
    right: valuesOf(old.right, now.right.fields, kept.right),
    toRight: memoryOf(old.toRight, now.toRight, now.right.fields, kept.right, frames.right),
    toLeft: memoryOf(old.toLeft, now.toLeft, now.left.fields, kept.left, frames.left),
  };
}

function namesOf(cells: readonly Cell[], side: Side): ReadonlySet<string> {
  return new Set(cells.flatMap((cell) => cell[side] ?? []));
}

function valuesOf(old: Fields, now: Fields, kept: ReadonlySet<string>): Fields {
  const values: Record<string, Value> = {};
  for (const [field, value] of Object.entries(now)) if (!kept.has(field)) values[field] = value;
  for (const field of kept) if (Object.hasOwn(old, field)) values[field] = old[field] ?? null;
  return values;
}

function memoryOf(old: Fields, desires: Desires, now: Fields, kept: ReadonlySet<string>, frame: SideFrame): Fields {
  const memory: Record<string, Value> = {};
  for (const [field, desire] of Object.entries(desires)) {
    const schema = frame.schemas[field];
    if (kept.has(field) || desire.kind !== "value" || schema === undefined) continue;
    if (!equalValues(schema, desire.value, now[field] ?? null)) memory[field] = desire.value;
  }
  for (const field of kept) if (Object.hasOwn(old, field)) memory[field] = old[field] ?? null;
  return memory;
}

/** A record after a write: what was read, with the fields that the tracker answered to have stored. */
export function stored(record: TrackerRecord, written: TrackerRecord): TrackerRecord {
  return {
    ...record,
    version: written.version,
    modified: written.modified ?? record.modified,
    fields: { ...record.fields, ...written.fields },
  };
}
