import type { FieldSchema } from "../../core/field.ts";
import type { Fields, Value } from "../../core/record.ts";
import type { Side } from "../../core/snapshot.ts";
import { otherSide } from "../../core/snapshot.ts";
import type { Base } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import type { Cell } from "./cells.ts";
import type { Desires } from "./desire.ts";

/**
 * The base of a new pair whose record lacks some of what was sent: refused in silence, or set by a second request that never came. There the source
 * counts as edited and the new record as untouched, so that the merge writes the field, or says why it cannot, and the tracker's own value does
 * not flow back.
 */
export function withUnmet(base: Base, unmet: ReadonlySet<string>, side: Side, cells: readonly Cell[]): Base {
  if (unmet.size === 0) return base;
  const other = otherSide(side);
  const values = { left: { ...base.left }, right: { ...base.right } };
  const memory = { left: { ...base.toLeft }, right: { ...base.toRight } };
  for (const cell of cells) {
    const field = cell[side];
    const source = cell[other];
    if (field === null || !unmet.has(field) || cell.direction === `to-${other}`) continue;
    delete memory[side][field];
    if (source === null) delete values[side][field];
    else values[other][source] = null;
  }
  return { ...values, toLeft: memory.left, toRight: memory.right };
}

/**
 * The base of a pair of which the tracker emptied fields on `side` by itself, while what the other side wants of them could not be written: there
 * the other side counts as edited until it is, and this one as untouched.
 */
export function withCleared(base: Base, cleared: ReadonlySet<string>, side: Side, cells: readonly Cell[]): Base {
  if (cleared.size === 0) return base;
  const open = withUnmet(base, cleared, side, cells);
  const emptied = cells.flatMap((cell) => (cell[side] !== null && cleared.has(cell[side]) ? [[cell[side], null]] : []));
  return { ...open, [side]: { ...open[side], ...Object.fromEntries(emptied) } };
}

/** Fields of a new record for which nothing could be made of the source's value, or nothing is to be made. */
export function uncarriedOf(desires: Desires): ReadonlySet<string> {
  return new Set(Object.entries(desires).flatMap(([field, desire]) => (desire.kind === "value" ? [] : [field])));
}

/**
 * What stands in such a field once the new record is read is the tracker's own: it does not flow back over the value that could not be carried.
 * `back`: what the new record makes of itself for the other side.
 */
export function withOwnValues(
  base: Base,
  uncarried: ReadonlySet<string>,
  now: Fields,
  back: Desires,
  side: Side,
  cells: readonly Cell[],
): Base {
  const other = otherSide(side);
  const values = { left: { ...base.left }, right: { ...base.right } };
  const memory = { left: { ...base.toLeft }, right: { ...base.toRight } };
  for (const cell of cells) {
    const field = cell[side];
    const source = cell[other];
    if (field === null || source === null || !uncarried.has(field) || cell.direction === `to-${other}`) continue;
    values[side][field] = now[field] ?? null;
    const desire = back[source];
    if (desire?.kind === "value") memory[other][source] = desire.value;
  }
  return { ...values, toLeft: memory.left, toRight: memory.right };
}

/** A pair of which one record was just made from the other. */
export interface Made {
  readonly base: Base;
  /** The side of the new record. */
  readonly side: Side;
  readonly left: Fields;
  readonly right: Fields;
  /** What rules and mapping, and the mapping alone, make of the new record for its source. */
  readonly back: Desires;
  readonly mapped: Desires;
}

/**
 * The base of such a pair: what rules make of the new record is our own write come back, no news. It is remembered, and not written over what the source
 * holds (X29); where a rule alone fills a field in which nothing stands, it is. Once somebody has edited the new record all of it counts as news.
 */
export function withoutEcho(made: Made, cells: readonly Cell[], schemas: Readonly<Record<string, FieldSchema>>): Base {
  const { base, side, back, mapped } = made;
  const source = otherSide(side);
  const values: Record<string, Value> = { ...base[source] };
  const memory: Record<string, Value> = { ...(source === "left" ? base.toLeft : base.toRight) };
  for (const cell of cells) {
    const field = cell[source];
    const wish = field === null ? undefined : back[field];
    const alone = field === null ? undefined : mapped[field];
    const schema = schemas[field ?? ""];
    if (field === null || schema === undefined || wish?.kind !== "value" || wish.put !== undefined) continue;
    if (!Object.hasOwn(made[source], field)) continue;
    if (alone?.kind === "value" && equalValues(schema, alone.value, wish.value)) continue;
    const now = made[source][field] ?? null;
    if (now === null && cell[side] === null) delete values[field];
    else {
      values[field] = now;
      memory[field] = wish.value;
    }
  }
  return source === "left" ? { ...base, left: values, toLeft: memory } : { ...base, right: values, toRight: memory };
}
