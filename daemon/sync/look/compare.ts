import type { TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { HeldField, Pair, Retry } from "../../core/store.ts";
import { equalValues } from "../../fields/equal.ts";
import { type Cell, cellsOf } from "../decide/cells.ts";
import type { Desire, Desires } from "../decide/desire.ts";
import { isOwnStamp, versionOf } from "../decide/detect.ts";
import type { Frame } from "../decide/frame.ts";
import { lastDesire } from "../decide/view.ts";
import { NEVER } from "../failure.ts";

/** Why two sides of a pair are not the same. */
export type Why =
  | "conflict"
  | "error"
  | "waits"
  | "edited"
  | "not yet carried"
  | "newer mapping"
  | "one-way"
  | "gone"
  | "unlinked"
  | "frozen"
  | "not visible"
  | "no partner";

/** A pair as it stands on both sides, with what each side makes of itself for the other. */
export interface PairSeen {
  readonly frame: Frame;
  readonly pair: Pair;
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
  readonly toRight: Desires;
  readonly toLeft: Desires;
  /** What the queue has of either record. */
  readonly retries: Readonly<Record<Side, Retry | null>>;
}

export interface Disagreement {
  readonly cell: Cell;
  readonly left: Value;
  readonly right: Value;
  readonly why: Why;
  readonly detail: string;
  /** Milliseconds since 1970; null where nobody knows. */
  readonly since: number | null;
  readonly run: string | null;
}

export interface Compared {
  readonly disagreements: readonly Disagreement[];
  /** Fields that differ as they were left on purpose: a cut text, a many-to-one value, a default user. */
  readonly remembered: number;
}

type Reason = Pick<Disagreement, "why" | "detail" | "since" | "run">;
const SIDES = ["right", "left"] as const;
/** Of a value that a reason names; both values stand beside it whole. */
const LONGEST = 80;

/**
 * Field by field, whether both sides of a pair agree, and why not. Two values agree where either is what the other side's mapping and rules make
 * of its partner: of a lossy map only one direction can. Pure (B26).
 */
export function comparePair(seen: PairSeen): Compared {
  const disagreements: Disagreement[] = [];
  let remembered = 0;
  for (const cell of cellsOf(seen.frame, seen.toRight, seen.toLeft)) {
    if (!wasRead(cell, seen) || agrees(cell, seen)) continue;
    const reason = reasonOf(cell, seen);
    if (reason === null) remembered++;
    else
      disagreements.push({
        cell,
        left: presentValue(cell, "left", seen),
        right: presentValue(cell, "right", seen),
        ...reason,
      });
  }
  return { disagreements, remembered };
}

/** A field that a record lacks is not an empty one. */
function wasRead(cell: Cell, seen: PairSeen): boolean {
  return SIDES.every((side) => cell[side] === null || Object.hasOwn(seen[side].fields, cell[side]));
}

function agrees(cell: Cell, seen: PairSeen): boolean {
  const desires = written(cell).map((side) => ({ side, desire: desireOf(cell, side, seen) }));
  if (desires.some(({ side, desire }) => isFilled(desire) && presentValue(cell, side, seen) !== null)) return true;
  if (desires.every(({ desire }) => desire === undefined || desire.kind === "skip")) return true;
  return desires.some(
    ({ side, desire }) =>
      desire?.kind === "value" && same(seen, side, cell[side], desire.value, presentValue(cell, side, seen)),
  );
}

/** A constant that only an empty field gets (T22): whatever stands there is right. */
function isFilled(desire: Desire | undefined): boolean {
  return desire?.kind === "value" && desire.put === "empty";
}

/** Null: both sides are as they were left. */
function reasonOf(cell: Cell, seen: PairSeen): Reason | null {
  const { pair } = seen;
  if (pair.unlinked === true)
    return reason("unlinked", "the pair was unlinked, by hand or by a rule: both records are left alone");
  if (pair.frozen === true)
    return reason("frozen", "a filter does not select one of the two: nothing is written until it does");
  const held = pair.held.find((h) => h.leftField === cell.left && h.rightField === cell.right);
  if (held !== undefined)
    return {
      why: "conflict",
      detail: whyHeld(held),
      since: held.since,
      run: held.run,
    };
  const failed = failureOf(cell, seen);
  if (failed !== null) return failed;
  const fresh = SIDES.some((side) => cell[side] !== null && !Object.hasOwn(pair.base[side], cell[side]));
  if (fresh)
    return reason(
      "newer mapping",
      "the mapping has the field only since both last agreed: it counts with the record's next edit",
    );
  if (SIDES.some((side) => isOwnStamp(cell[side] ?? "", seen[side], pair, seen.frame[side]))) return null;
  const edited = SIDES.filter((side) => isEdited(cell, side, seen));
  if (edited.length > 0) return editedReason(cell, edited, seen);
  const pushed = written(cell).find((side) => isPushed(cell, side, seen));
  if (pushed !== undefined)
    return reason(
      "newer mapping",
      `what mapping, rules, users and lists make of it for ${seen.frame[pushed].endpoint} changed since both last agreed${wishText(cell, pushed, seen)}: it counts with the record's next edit`,
    );
  if (cell.direction !== "both") return oneWay(cell, seen);
  return null;
}

function whyHeld({ unagreed }: HeldField): string {
  if (unagreed === true)
    return "the pair was rebuilt from nothing and nobody knows which value is newer: it waits for a decision";
  return "both sides changed it: it waits for a decision";
}

function failureOf(cell: Cell, seen: PairSeen): Reason | null {
  for (const side of written(cell)) {
    const desire = desireOf(cell, side, seen);
    if (desire?.kind !== "fault" || desire.awaits === undefined) continue;
    const since = seen.retries[otherSide(side)]?.since ?? null;
    return { why: "waits", detail: desire.message, since, run: null };
  }
  for (const side of SIDES) {
    const retry = seen.retries[side];
    if (retry !== null && isAbout(retry, cell, seen)) return failed(retry);
  }
  for (const side of written(cell)) {
    const desire = desireOf(cell, side, seen);
    if (desire?.kind === "fault") return reason("error", desire.message);
  }
  return null;
}

/** The queue names one field at fault; others of a record that nobody has touched since failed with it. */
function isAbout(retry: Retry, cell: Cell, seen: PairSeen): boolean {
  const { side, field } = retry;
  if (field === null || field === cell[otherSide(side)] || field === cell[side]) return true;
  return isEdited(cell, side, seen) && seen[side].version === versionOf(seen.pair, side);
}

export function failed(retry: Retry): Reason {
  // It has not failed: it waits for another record.
  if (retry.attempts === 0) return { why: "waits", detail: retry.reason, since: retry.since, run: null };
  const next = retry.due >= NEVER ? "only after a publish or an edit" : new Date(retry.due).toISOString();
  const detail = `${retry.reason} (failed ${retry.attempts} times, next try ${next})`;
  return { why: "error", detail, since: retry.since, run: null };
}

function editedReason(cell: Cell, edited: readonly Side[], seen: PairSeen): Reason | null {
  const names = edited.map((side) => seen.frame[side].endpoint).toSorted();
  const counts = edited.some((side) => written(cell).includes(otherSide(side)));
  if (!counts) return oneWay(cell, seen);
  return reason("edited", `edited in ${names.join(" and ")} since both last agreed: the next run decides`);
}

function oneWay(cell: Cell, seen: PairSeen): Reason {
  const { frame } = seen;
  const [to, from] = cell.direction === "to-right" ? [frame.right, frame.left] : [frame.left, frame.right];
  return reason(
    "one-way",
    `it goes to ${to.endpoint} only${wishText(cell, to.side, seen)}: ${to.endpoint} keeps its own value until ${from.endpoint} changes`,
  );
}

/** What mapping and rules would have a side hold, where they say so. */
function wishText(cell: Cell, side: Side, seen: PairSeen): string {
  const desire = desireOf(cell, side, seen);
  if (desire?.kind !== "value") return "";
  const wish = desire.value === null ? "empty" : JSON.stringify(desire.value).slice(0, LONGEST);
  return ` and would be ${wish} there`;
}

function reason(why: Why, detail: string): Reason {
  return { why, detail, since: null, run: null };
}

/** Sides that the cell may write. */
function written(cell: Cell): readonly Side[] {
  return SIDES.filter((side) => cell[side] !== null && (cell.direction === "both" || cell.direction === `to-${side}`));
}

function desireOf(cell: Cell, side: Side, seen: PairSeen): Desire | undefined {
  const field = cell[side];
  return field === null ? undefined : (side === "right" ? seen.toRight : seen.toLeft)[field];
}

function presentValue(cell: Cell, side: Side, seen: PairSeen): Value {
  const field = cell[side];
  return field === null ? null : (seen[side].fields[field] ?? null);
}

function isEdited(cell: Cell, side: Side, seen: PairSeen): boolean {
  const field = cell[side];
  return (
    field !== null && !same(seen, side, field, presentValue(cell, side, seen), seen.pair.base[side][field] ?? null)
  );
}

function isPushed(cell: Cell, side: Side, seen: PairSeen): boolean {
  const field = cell[side];
  const desire = desireOf(cell, side, seen);
  if (field === null || desire?.kind !== "value") return false;
  return !same(seen, side, field, desire.value, lastDesire(seen.pair.base, side, field));
}

function same(seen: PairSeen, side: Side, field: string | null, a: Value, b: Value): boolean {
  const schema = field === null ? undefined : seen.frame[side].schemas[field];
  return schema !== undefined && equalValues(schema, a, b);
}
