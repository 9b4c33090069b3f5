import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Base, Intent } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import type { Cell } from "./cells.ts";
import { type Desires, mapFields } from "./desire.ts";
import type { Frame, SideFrame } from "./frame.ts";

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

/**
 * The base once fields of an update whose answer was lost are known to have arrived: both sides agreed on them when they were sent. A source field
 * that feeds several fields counts once all of them are there.
 */
export function arrivedBase(old: Base, intent: Intent, there: ReadonlySet<string>, frame: Frame): Base {
  const { side } = intent;
  const other = otherSide(side);
  const base = {
    left: { ...old.left },
    right: { ...old.right },
    toRight: { ...old.toRight },
    toLeft: { ...old.toLeft },
  };
  const memory = { left: base.toLeft, right: base.toRight };
  for (const field of there) {
    base[side][field] = intent.fields[field] ?? null;
    delete memory[side][field];
  }
  const rows = frame.link.fields.filter((row) => Object.hasOwn(intent.fields, row[side]));
  const held = new Set(rows.filter((row) => !there.has(row[side])).map((row) => row[other]));
  const sources = rows.map((row) => row[other]).filter((name) => !held.has(name));
  for (const name of sources)
    if (Object.hasOwn(intent.sourceFields, name)) base[other][name] = intent.sourceFields[name] ?? null;
  const wishes = mapFields(pick(intent.fields, there), frame, other);
  const source = pick(intent.sourceFields, new Set(sources));
  const kept = new Set(Object.keys(old[other]).filter((name) => !sources.includes(name)));
  return {
    ...base,
    [other === "left" ? "toLeft" : "toRight"]: memoryOf(memory[other], wishes, source, kept, frame[other]),
  };
}

function pick(fields: Fields, names: ReadonlySet<string>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.has(name)));
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
