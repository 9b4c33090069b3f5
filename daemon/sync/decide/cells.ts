import { type ConflictPolicy, SIDES, type Side } from "../../core/snapshot.ts";
import type { Desires } from "./desire.ts";
import type { Frame } from "./frame.ts";

/** The unit of the merge: two fields that stand for each other, or one field that only a rule writes. */
export interface Cell {
  readonly left: string | null;
  readonly right: string | null;
  readonly direction: "both" | "to-left" | "to-right";
  readonly conflict: ConflictPolicy;
}

/**
 * All cells of a pair: the mapping's rows, then what rules write beyond them. A row with an end that the tracker does not have is left out. A side that
 * the link does not update (E30) is written by none; what stands there still becomes the base, so that the past is not made up for once it is.
 */
export function cellsOf(frame: Frame, toRight: Desires, toLeft: Desires): readonly Cell[] {
  const cells: Cell[] = [];
  for (const mapping of frame.link.fields) {
    if (frame.left.schemas[mapping.left] === undefined || frame.right.schemas[mapping.right] === undefined) continue;
    const direction = waysLeft(mapping.direction, frame);
    if (direction === null) continue;
    cells.push({ left: mapping.left, right: mapping.right, direction, conflict: mapping.conflict });
  }
  return [...cells, ...ruleCells(toRight, "right", cells, frame), ...ruleCells(toLeft, "left", cells, frame)];
}

/** The ways of a row that lead to a side that is updated; null for none. */
function waysLeft(direction: Cell["direction"], frame: Frame): Cell["direction"] | null {
  const [left, right] = SIDES.map(
    (side) => (direction === "both" || direction === `to-${side}`) && frame.link[side].update !== false,
  );
  if (left === true && right === true) return "both";
  return left === true ? "to-left" : right === true ? "to-right" : null;
}

function ruleCells(desires: Desires, toward: Side, mapped: readonly Cell[], frame: Frame): Cell[] {
  if (frame.link[toward].update === false) return [];
  const written = new Set(
    mapped.filter((c) => c.direction === "both" || c.direction === `to-${toward}`).map((c) => c[toward]),
  );
  return Object.keys(desires)
    .filter((name) => !written.has(name))
    .map((name) => ({
      left: toward === "left" ? name : null,
      right: toward === "right" ? name : null,
      direction: `to-${toward}` as const,
      conflict: frame.link.conflict,
    }));
}
