import type { Side } from "../core/snapshot.ts";
import { otherSide } from "../core/snapshot.ts";
import type { Base } from "../core/store.ts";
import type { Cell } from "./cells.ts";

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
