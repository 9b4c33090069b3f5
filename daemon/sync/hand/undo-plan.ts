import type { Fields, Value } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import type { JournalEntry } from "../../core/store.ts";

/** A field that Syncline wrote, and what stood there before. */
export interface Wish {
  readonly pair: string;
  readonly side: Side;
  readonly record: string;
  readonly field: string;
  /** What the field must still hold for nobody to have edited it since. */
  readonly expected: Value;
  readonly back: Value;
  /** The run that wrote it last. */
  readonly run: string;
}

/** A record that Syncline made or deleted. */
export interface Whole {
  readonly pair: string;
  readonly side: Side;
  readonly record: string;
  /** The partner for whose sake it was made or deleted. */
  readonly source: string;
  /** What it held when it was made or deleted. */
  readonly fields: Fields;
  readonly run: string;
}

export interface Wishes {
  readonly fields: readonly Wish[];
  readonly created: readonly Whole[];
  readonly deleted: readonly Whole[];
}

export const UNDO_OF = "undo of ";

export type Same = (side: Side, field: string, a: Value, b: Value) => boolean;

/**
 * What would take back these journal entries, given newest first. Each field goes back through an unbroken chain of our own writes: where a value
 * between two of them is not ours, a person put it there, and the chain ends with it. The making of a record ends it as well. Pure.
 */
export function undoWishes(entries: readonly JournalEntry[], same: Same): Wishes {
  const fields = new Map<string, Wish>();
  const ended = new Set<string>();
  const wholes = { create: new Map<string, Whole>(), delete: new Map<string, Whole>() };
  for (const entry of entries) {
    if (entry.field === null || entry.part !== undefined) continue;
    if (entry.kind !== "update") addWhole(wholes[entry.kind], entry, entry.field);
    const key = JSON.stringify([entry.side, entry.record, entry.field]);
    if (entry.kind !== "update") ended.add(key);
    else if (!ended.has(key)) goBack(fields, ended, key, entry, entry.field, same);
  }
  return {
    fields: [...fields.values()].filter((w) => !same(w.side, w.field, w.expected, w.back)),
    created: [...wholes.create.values()],
    deleted: [...wholes.delete.values()],
  };
}

function goBack(
  fields: Map<string, Wish>,
  ended: Set<string>,
  key: string,
  entry: JournalEntry,
  field: string,
  same: Same,
): void {
  const later = fields.get(key);
  if (later === undefined) {
    const { pair, side, record, after, before, run } = entry;
    fields.set(key, { pair, side, record, field, expected: after, back: before, run });
  } else if (same(entry.side, field, entry.after, later.back)) {
    fields.set(key, { ...later, back: entry.before });
  } else ended.add(key);
}

function addWhole(wholes: Map<string, Whole>, entry: JournalEntry, field: string): void {
  const key = JSON.stringify([entry.side, entry.record]);
  const { pair, side, record, source, run } = entry;
  const known = wholes.get(key) ?? { pair, side, record, source, run, fields: {} };
  if (known.run !== run) return;
  const value = entry.kind === "delete" ? entry.before : entry.after;
  wholes.set(key, { ...known, fields: { [field]: value, ...known.fields } });
}
