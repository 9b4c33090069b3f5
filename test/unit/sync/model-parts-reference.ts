import assert from "node:assert/strict";
import type { PartKind } from "../../../daemon/core/parts.ts";
import { otherSide, SIDES, type Side } from "../../../daemon/core/snapshot.ts";

/** A part that somebody made, and what people did with it since both sides were last known to agree. */
export interface Thing {
  readonly kind: PartKind;
  readonly name: string;
  /** Of the record that it belongs to; of an entity link's first end. */
  readonly key: string;
  /** Where it was made. */
  readonly source: Side;
  readonly edited: Record<Side, boolean>;
  readonly removed: Record<Side, boolean>;
  /** Both sides were known to agree when the counting of edits and removals began. */
  sure: boolean;
  /** The side on which it was removed while the other one keeps its own. */
  parted: Side | null;
  /** Written by a run that did not come to its end: an edit there hides that it was. */
  fragile: Side | null;
  /** Known to be gone from both sides. */
  over: boolean;
  versions: number;
  /** Of entity links: the record at the other end, and the relation. */
  readonly to: string | null;
  readonly type: string | null;
}

/** Its text on both sides; null: it does not stand there. */
export interface Sight {
  readonly left: string | null;
  readonly right: string | null;
}

/** In any run, however it ends: nothing comes from nowhere, and nothing goes that nobody removed. */
export function checkPassage(thing: Thing, was: Sight, now: Sight): void {
  for (const side of SIDES) {
    const [before, after, there] = [was[side], now[side], was[otherSide(side)]];
    if (before === after) continue;
    if (after === null) {
      assert.ok(thing.removed.left || thing.removed.right, tell(thing, was, now, "nobody removed it"));
      assert.ok(
        !thing.sure || !thing.edited[side] || thing.removed[side],
        tell(thing, was, now, `it was removed although somebody had edited it on the ${side}`),
      );
    } else assert.equal(after, there, tell(thing, was, now, `the text on the ${side} comes from nowhere`));
  }
}

/** After a full run without trouble: what may stand then, by what people did. */
export function checkRest(thing: Thing, now: Sight): void {
  const why = wrong(thing, now);
  assert.equal(why, null, tell(thing, now, now, why ?? ""));
}

function wrong(thing: Thing, { left, right }: Sight): string | null {
  const { edited, removed, sure } = thing;
  if (thing.over && (left !== null || right !== null)) return "it came back although both were removed";
  if (left !== null && right !== null) {
    if (left !== right) return (edited.left && edited.right) || !sure ? null : "one side has another text";
    const gone = SIDES.filter((side) => removed[side]);
    const [side] = gone;
    const stays = !sure || side === undefined || gone.length === 2 || edited.left || edited.right;
    return stays || !goesAlong(thing, side) ? null : `it came back on the ${side}`;
  }
  if (left === null && right === null) return wrongToBeGone(thing);
  const side: Side = left === null ? "left" : "right";
  const there = otherSide(side);
  if (thing.parted === side) {
    const recreated = thing.kind === "attachment" && side !== thing.source && sure && edited[there];
    return recreated ? "its edit did not bring it back" : null;
  }
  if (!removed[side]) return `it did not come to the ${side}`;
  if (!sure) return null;
  if (goesAlong(thing, side)) return edited[there] ? null : `its removal on the ${side} did not come over`;
  return edited[there] ? "its edit did not bring it back" : null;
}

function wrongToBeGone(thing: Thing): string | null {
  const { removed, sure, edited, parted, over } = thing;
  if (over) return null;
  const [side] = SIDES.filter((each) => removed[each]);
  if (side === undefined) return parted === null ? "it is gone, and nobody removed it" : null;
  if ((removed.left && removed.right) || parted !== null || !sure) return null;
  if (!goesAlong(thing, side)) return "the original went with its copy";
  return edited[otherSide(side)] ? "it went with somebody's edit" : null;
}

/** Whether a removal on `side` is one of the other side too: of a file only that of the original (S18, T7). */
function goesAlong({ kind, source }: Thing, side: Side): boolean {
  return kind !== "attachment" || side === source;
}

/** A person changed it on a side. What an unfinished run had written there is then no longer to be recognised. */
export function disturb(thing: Thing, side: Side, deed: "edited" | "removed"): void {
  thing[deed][side] = true;
  if (thing.fragile === side) thing.sure = false;
}

/**
 * What is known after a run. What it visibly carried both sides agree on, also where it died before it could record that; so they do where a full
 * run without trouble had nothing to carry.
 */
export function agree(
  thing: Thing,
  was: Sight,
  now: Sight,
  run: { readonly clean: boolean; readonly full: boolean },
): void {
  const written = SIDES.find((side) => was[side] !== now[side]) ?? null;
  const apart = now.left !== null && now.right !== null && now.left !== now.right;
  const sure = run.clean && run.full;
  if (apart || (written === null && !sure)) return;
  Object.assign(thing.edited, { left: false, right: false });
  Object.assign(thing.removed, { left: false, right: false });
  thing.sure = true;
  thing.fragile = run.clean ? null : written;
  thing.over = now.left === null && now.right === null;
  thing.parted = now.left === now.right ? null : now.left === null ? "left" : "right";
}

function tell(
  { kind, name, key, source, edited, removed, sure, parted, fragile }: Thing,
  was: Sight,
  now: Sight,
  why: string,
) {
  const people = JSON.stringify({ source, edited, removed, sure, parted, fragile });
  return `${kind} ${name} of ${key}: ${why}; ${was.left} | ${was.right} became ${now.left} | ${now.right}; ${people}`;
}
