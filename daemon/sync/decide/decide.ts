import type { Value } from "../../core/record.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import { equalValues } from "../../fields/equal.ts";
import { type Fault, fault } from "../../fields/outcome.ts";
import { addChanges, combineSets, combineTexts } from "./combine.ts";
import { type Desire, mapFields } from "./desire.ts";
import { isRuled, ruledFault } from "./ruled.ts";
import { agrees, equal, isUnagreed, lastDesire, permits, presentValue, type View, wantsWrite } from "./view.ts";

/** What becomes of one cell. */
export type Decision =
  /** `winner`: both sides were edited, and the winner's value is one that its row leaves alone: nothing is written, which must not go untold (T18). */
  | { readonly kind: "agree"; readonly winner?: Side }
  | {
      readonly kind: "write";
      readonly side: Side;
      readonly desire: Extract<Desire, { kind: "value" }>;
      readonly conflict: boolean;
    }
  | { readonly kind: "hold" }
  /** Both sides' changes together, each in its own side's words. */
  | { readonly kind: "combine"; readonly left: Value; readonly right: Value; readonly origin: string }
  | (Fault & { readonly side: Side });

const AGREE: Decision = { kind: "agree" };

/** One cell of the three-way merge. Pure. */
export function decide(view: View): Decision {
  const kept = decideConstant(view);
  if (kept !== null) return kept;
  if (view.fresh) return decideFresh(view);
  const wants = { left: wantsWrite(view, "left"), right: wantsWrite(view, "right") };
  if (!wants.left && !wants.right) return faultOf(view);
  const contested =
    view.cell.direction === "both" &&
    ((wants.right && (view.edited.right || isPartial(view, "left"))) ||
      (wants.left && (view.edited.left || isPartial(view, "right"))));
  // Both were edited to what means the same: many values of one side may stand for one of the other.
  if (contested && (agrees(view, "left") || agrees(view, "right"))) return AGREE;
  const alone = contested ? editedAlone(view) : null;
  if (alone !== null) return wants[otherSide(alone)] ? writeTo(view, otherSide(alone), false) : AGREE;
  if (contested) return decideConflict(view);
  return writeTo(view, wants.right ? "right" : "left", false);
}

/** T22: null where the cell is no constant that is kept. */
function decideConstant(view: View): Decision | null {
  for (const side of ["right", "left"] as const) {
    const desire = view.desire[side];
    if (desire?.kind !== "value" || desire.put === undefined) continue;
    return desire.put === "empty" && view.now[side] !== null ? AGREE : writeTo(view, side, false);
  }
  return null;
}

/** What stands on `side` was only part of what its source holds: an edit of it must not wipe out the rest (T1). */
function isPartial(view: View, side: Side): boolean {
  const desire = view.desire[side];
  return view.edited[side] && desire?.kind === "value" && desire.partial === true;
}

/**
 * The side where alone somebody edited a contested field. Without rules the other side's wish can have changed by a publish only (a row of a value
 * map), and nobody's edit gives way to that.
 */
function editedAlone(view: View): Side | null {
  const { edited, input } = view;
  const { left, right } = input.frame;
  const ruled = [left, right].some(({ config }) => config.rules.incoming || config.rules.outgoing);
  if (ruled || edited.left === edited.right || isPartial(view, "left") || isPartial(view, "right")) return null;
  return edited.left ? "left" : "right";
}

/** Nothing is agreed yet: equal counts as agreed, an empty field takes the other's value, else the policy decides. */
function decideFresh(view: View): Decision {
  const { cell, now } = view;
  for (const side of ["right", "left"] as const) {
    if (permits(cell, side) && agrees(view, side)) return AGREE;
  }
  if (isUnagreed(view)) return now.left === null && now.right === null ? AGREE : { kind: "hold" };
  const unknown = waitingOf(view);
  if (unknown !== null && now.left !== null && now.right !== null) return unknown;
  if (cell.direction !== "both") return decideFreshOneWay(view, cell.direction === "to-right" ? "right" : "left");
  if (now.left === null) return now.right === null ? AGREE : writeTo(view, "left", false);
  if (now.right === null) return writeTo(view, "right", false);
  return decideConflict(view);
}

/** References to records that are not paired yet: whether they mean the same shows once they are. */
function waitingOf({ cell, desire }: View): Decision | null {
  for (const side of ["right", "left"] as const) {
    const wish = desire[side];
    if (permits(cell, side) && wish?.kind === "fault" && wish.awaits !== undefined) return faultTo(side, wish);
  }
  return null;
}

/** An empty source says nothing of a field that nobody agreed on yet: a new row, or a new partner, must not empty what stands there. */
function decideFreshOneWay(view: View, side: Side): Decision {
  return presentValue(view.input[otherSide(side)], view.cell[otherSide(side)]) === null &&
    view.cell[otherSide(side)] !== null
    ? AGREE
    : writeTo(view, side, false);
}

function decideConflict(view: View): Decision {
  if (view.cell.conflict === "union" || view.cell.conflict === "merge") return combine(view);
  const winner = winnerOf(view);
  if (winner === null) return { kind: "hold" };
  const isLeftAlone = !view.fresh && view.desire[otherSide(winner)]?.kind === "skip";
  return isLeftAlone ? { kind: "agree", winner } : writeTo(view, otherSide(winner), true);
}

/** Both changes are kept where they can be: worked out in the left side's words, and carried to the right like any value. */
function combine(view: View): Decision {
  const { cell, input, now, desire } = view;
  const schema = input.frame.left.schemas[cell.left ?? ""];
  const wish = desire.left;
  const fits =
    cell.conflict === "union" ? schema?.multiple === true : schema?.kind === "string" || schema?.kind === "rich";
  if (cell.left === null || cell.right === null || schema === undefined || !fits || wish?.kind !== "value")
    return { kind: "hold" };
  if (passesRules(view)) return combineRuled(view, wish.origin);
  const base = input.base.left[cell.left] ?? null;
  const left =
    cell.conflict === "union"
      ? combineSets(base, now.left, wish.value)
      : combineTexts(schema, base, now.left, wish.value);
  if (left === null && cell.conflict === "merge") return { kind: "hold" };
  const right = mapFields({ ...input.left.fields, [cell.left]: left }, input.frame, "right")[cell.right];
  if (right?.kind !== "value") return { kind: "hold" };
  return { kind: "combine", left, right: right.value, origin: right.origin };
}

/** Whether rules make something else of the cell than the mapping does: then it cannot be carried past them. */
function passesRules({ cell, input }: View): boolean {
  const { frame } = input;
  return SIDES.some((side) => {
    const { [otherSide(side)]: from, [side]: to } = cell;
    const ruled = (side === "right" ? input.toRight : input.toLeft)[to ?? ""];
    const mapped = mapFields(input[otherSide(side)].fields, frame, side)[to ?? ""];
    if (from === null || to === null || ruled?.kind !== "value") return false;
    const schema = frame[side].schemas[to];
    return mapped?.kind !== "value" || schema === undefined || !equalValues(schema, mapped.value, ruled.value);
  });
}

/** Each side takes what the other's wish has gained and lost since: what rules keep back neither crosses nor is lost. Of texts nobody can tell. */
function combineRuled(view: View, origin: string): Decision {
  const { cell, input, now, desire } = view;
  if (cell.conflict !== "union" || desire.left?.kind !== "value" || desire.right?.kind !== "value")
    return { kind: "hold" };
  const left = addChanges(now.left, lastDesire(input.base, "left", cell.left ?? ""), desire.left.value);
  const right = addChanges(now.right, lastDesire(input.base, "right", cell.right ?? ""), desire.right.value);
  return { kind: "combine", left, right, origin };
}

function winnerOf(view: View): Side | null {
  const { cell, input } = view;
  if (cell.conflict === "hold" || cell.conflict === "union" || cell.conflict === "merge") return null;
  if (cell.conflict !== "newest") return cell.conflict;
  if (waitsAsItStands(view)) return null;
  const left = input.left.modified ?? "";
  const right = input.right.modified ?? "";
  // Two trackers' clocks with a grain of a second cannot say which of two edits in one second came first.
  if (left === right || left === "" || right === "") return null;
  return left > right ? "left" : "right";
}

/** Times say nothing any more of a field that waits: what was written to the records since, by us too, has moved them. An edit of the field does. */
function waitsAsItStands(view: View): boolean {
  const { cell, input, now } = view;
  const held = input.held?.find(({ leftField, rightField }) => leftField === cell.left && rightField === cell.right);
  return held !== undefined && equal(view, "left", held.left, now.left) && equal(view, "right", held.right, now.right);
}

function writeTo(view: View, side: Side, conflict: boolean): Decision {
  const desire = view.desire[side];
  if (desire === undefined || desire.kind === "skip") return AGREE;
  if (desire.kind === "fault") return faultTo(side, desire);
  if (equal(view, side, desire.value, view.now[side])) return AGREE;
  const required = desire.value === null ? requiredIn(view, side) : null;
  if (required !== null) return faultTo(side, required);
  const { frame } = view.input;
  const unfit = isRuled(desire, frame)
    ? ruledFault(desire, view.cell[side] ?? "", frame[side], view.input[otherSide(side)].id)
    : null;
  if (unfit !== null) return faultTo(side, unfit);
  return { kind: "write", side, desire, conflict };
}

/** E86: said before anything is sent, so that a dry run says it too. */
function requiredIn({ cell, input }: View, side: Side): Fault | null {
  const { schemas, endpoint } = input.frame[side];
  const schema = schemas[cell[side] ?? ""];
  if (schema?.required !== true || schema.defaulted === true) return null;
  return fault(`"${schema.label}" is required in ${endpoint}: it cannot be emptied there`);
}

/** A value that cannot be carried matters once its own side changed it; an old failure is not told again with every other edit. */
function faultOf(view: View): Decision {
  for (const side of ["right", "left"] as const) {
    const desire = view.desire[side];
    const source = otherSide(side);
    if (desire?.kind !== "fault" || !permits(view.cell, side)) continue;
    if (view.edited[source] || view.cell[source] === null || view.lost[side] === "again") return faultTo(side, desire);
  }
  return AGREE;
}

function faultTo(side: Side, fault: Fault): Decision {
  return { ...fault, side };
}
