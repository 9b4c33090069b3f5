import type { CommentPair } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { SeenComment } from "./comment-words.ts";

/** How comments of two trackers are compared. */
export interface Meeting {
  /** `endpoint:record` of both records, as copies name where they come from. */
  readonly names: Readonly<Record<Side, string>>;
  /** The same words, whatever each tracker's markup makes of them. */
  alike(left: SeenComment, right: SeenComment): boolean;
  /** Whether author and time let one be the other. */
  kin(left: SeenComment, right: SeenComment): Kinship;
}

/** `exact`: author and time are the same; `sure`: both tell, and agree as far as trackers' times do; `no`: they contradict each other. */
export type Kinship = "exact" | "sure" | "maybe" | "no";

/** From the likeliest pairs to the last that are still likely. */
const LIKELY: readonly Kinship[] = ["exact", "sure", "maybe"];
const CLOSE: readonly Kinship[] = ["exact", "sure"];

/** A remembered pair that misses an end, and the comment at the other one. */
export interface Tombstone {
  readonly index: number;
  readonly missing: Side;
  readonly survivor: SeenComment;
  readonly pair: CommentPair;
}

export interface Met {
  readonly pairs: readonly CommentPair[];
  /** Copies that differ from what they were copied from, while nothing is remembered of either. */
  readonly clashes: readonly Readonly<Record<Side, SeenComment>>[];
  /** Remembered pairs whose missing comment is there again, by their index. */
  readonly revived: ReadonlyMap<number, CommentPair>;
  /** What the other side does not have. */
  readonly alone: Readonly<Record<Side, readonly SeenComment[]>>;
}

type Fresh = Readonly<Record<Side, readonly SeenComment[]>>;

/**
 * Comments that nothing is remembered of: a first meeting, a lost memory, or a write whose answer was lost. Equal ones are one comment. A copy that
 * Syncline made is never carried back to where it came from, even where its original cannot be found (it was removed, or edited as well).
 */
export function meet(fresh: Fresh, tombstones: readonly Tombstone[], rules: Meeting): Met {
  const left = new Set(fresh.left);
  const right = new Set(fresh.right);
  const pairs: CommentPair[] = [];
  const clashes: Readonly<Record<Side, SeenComment>>[] = [];
  const revived = revive({ left, right }, tombstones, rules);
  for (const kinship of LIKELY) {
    const isPair = (l: SeenComment, r: SeenComment) => rules.alike(l, r) && rules.kin(l, r) === kinship;
    couple(left, right, isPair, (l, r) => pairs.push(pairOf(l, r, rules)));
  }
  for (const kinship of CLOSE) {
    const isPair = (l: SeenComment, r: SeenComment) =>
      (isCopy(l, "left", rules) || isCopy(r, "right", rules)) && rules.kin(l, r) === kinship;
    couple(left, right, isPair, (l, r) => clashes.push({ left: l, right: r }));
  }
  for (const side of SIDES) {
    const mine = side === "left" ? left : right;
    for (const one of [...mine]) {
      if (!isCopy(one, side, rules)) continue;
      mine.delete(one);
      pairs.push(halfPair(one, side));
    }
  }
  return { pairs, clashes, revived, alone: { left: [...left], right: [...right] } };
}

function revive(
  fresh: Readonly<Record<Side, Set<SeenComment>>>,
  tombstones: readonly Tombstone[],
  rules: Meeting,
): ReadonlyMap<number, CommentPair> {
  const revived = new Map<number, CommentPair>();
  for (const { index, missing, survivor, pair } of tombstones) {
    const again = [...fresh[missing]].find((one) => {
      const [l, r] = missing === "left" ? [one, survivor] : [survivor, one];
      return rules.alike(l, r) && rules.kin(l, r) !== "no";
    });
    if (again === undefined) continue;
    fresh[missing].delete(again);
    revived.set(index, { ...pair, [missing]: again.trace, [otherSide(missing)]: survivor.trace });
  }
  return revived;
}

/** In the order of both sides; each comment once. */
function couple(
  left: Set<SeenComment>,
  right: Set<SeenComment>,
  isPair: (l: SeenComment, r: SeenComment) => boolean,
  found: (l: SeenComment, r: SeenComment) => void,
): void {
  for (const l of [...left]) {
    for (const r of right) {
      if (!isPair(l, r)) continue;
      left.delete(l);
      right.delete(r);
      found(l, r);
      break;
    }
  }
}

/** Whether Syncline carried it here from the other record of this very pair. */
function isCopy({ comment }: SeenComment, side: Side, { names }: Meeting): boolean {
  return comment.origin === names[otherSide(side)];
}

function pairOf(l: SeenComment, r: SeenComment, rules: Meeting): CommentPair {
  return { left: l.trace, right: r.trace, source: isCopy(l, "left", rules) ? "right" : "left" };
}

function halfPair(one: SeenComment, side: Side): CommentPair {
  const ends = { left: null, right: null, [side]: one.trace };
  return { ...ends, source: otherSide(side) };
}
