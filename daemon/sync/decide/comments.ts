import type { CommentPair } from "../../core/parts.ts";
import { type CommentConfig, type ConflictPolicy, otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import {
  type CommentSight,
  type End,
  type Ends,
  emptiedSide,
  endsOf,
  freshOf,
  knownOf,
  tombstones,
} from "./comment-ends.ts";
import { type Meeting, meet } from "./comment-meet.ts";
import type { SeenComment } from "./comment-words.ts";

export interface CommentRules extends Meeting {
  readonly config: CommentConfig;
  /** The link's. */
  readonly policy: ConflictPolicy;
  /** What a person decided of two comments; null: nothing. Absent: nobody was asked. */
  readonly chosen?: (left: SeenComment, right: SeenComment) => Side | null;
}

/** One comment to be written on `side`. */
export interface CommentDeed {
  readonly side: Side;
  readonly action: "add" | "change" | "remove";
  /** The comment on the other side that it follows; null for a removal. */
  readonly source: SeenComment | null;
  /** The comment to be changed or removed; null for an addition. */
  readonly target: SeenComment | null;
  /** Index of its pair in the plan's memory; null for an addition. */
  readonly pair: number | null;
  /** True where the other person's words give way. */
  readonly overrules: boolean;
}

export interface CommentClash {
  readonly left: SeenComment;
  readonly right: SeenComment;
  /** Null: both stay as they are, until a person makes them the same. */
  readonly winner: Side | null;
}

export interface CommentPlan {
  /** What is agreed once nothing is written: pairs of deeds stand as they stood, so that what fails is decided anew. */
  readonly memory: readonly CommentPair[];
  readonly deeds: readonly CommentDeed[];
  readonly clashes: readonly CommentClash[];
  /** All comments of a side are gone at once. Whether somebody meant that, nobody knows: the other side keeps them, and they do not come back. */
  readonly emptied: Side | null;
}

/**
 * What each side must do to hold the other's comments (X15, X16). Each comment is known by what is remembered of it, so that a copy is never taken for
 * a new one. What nothing is remembered of is first looked for on the other side, and carried only where it is not there. Pure.
 */
export function planComments(sight: CommentSight, rules: CommentRules): CommentPlan {
  const ends = endsOf(sight);
  const known = { left: knownOf(ends, "left"), right: knownOf(ends, "right") };
  const emptied = emptiedSide(sight, ends);
  const draft: Draft = { memory: [], deeds: [], clashes: [] };
  const met = meet(freshOf(sight, known), tombstones(sight.memory, ends), rules);
  sight.memory.forEach((pair, i) => {
    const again = met.revived.get(i);
    if (again !== undefined) draft.memory.push(again);
    else settle(draft, pair, ends[i] as Ends, rules, emptied);
  });
  draft.memory.push(...met.pairs);
  for (const { left, right } of met.clashes) {
    const winner = winnerOf(rules, left, right);
    draft.clashes.push({ left, right, winner });
    if (winner === null) continue;
    // Until it is written the winner counts as edited.
    const ends = { left: left.trace, right: right.trace };
    draft.memory.push({ ...ends, [winner]: { ...ends[winner], hash: "" }, source: winner });
    overrule(draft, otherSide(winner), { left, right }, draft.memory.length - 1);
  }
  for (const side of SIDES) if (goes(rules.config, side)) addAll(draft, side, met.alone[otherSide(side)], rules);
  return { ...draft, emptied: rules.config.removals === "sync" ? emptied : null };
}

interface Draft {
  readonly memory: CommentPair[];
  readonly deeds: CommentDeed[];
  readonly clashes: CommentClash[];
}

/** Whether comments are written on `side`. */
function goes({ direction }: CommentConfig, side: Side): boolean {
  return direction === "both" || direction === `to-${side}`;
}

function settle(draft: Draft, pair: CommentPair, ends: Ends, rules: CommentRules, emptied: Side | null): void {
  const { left, right } = ends;
  if (!("seen" in left) && !("seen" in right)) return;
  const gone = SIDES.find((side) => !("seen" in ends[side]));
  if (gone !== undefined) {
    settleGone(draft, pair, gone, ends, rules, emptied);
    return;
  }
  if (!("seen" in left) || !("seen" in right)) return;
  const changed = SIDES.filter((side) => ends[side].state === "changed");
  const agreed: CommentPair = { ...pair, left: left.trace, right: right.trace };
  const [first] = changed;
  if (first === undefined || rules.config.changes === "ignore") draft.memory.push(agreed);
  else if (rules.alike(left.seen, right.seen)) draft.memory.push(uncut(agreed));
  else if (changed.length === 1 && !goes(rules.config, otherSide(first))) draft.memory.push(agreed);
  else if (changed.length === 2 || isCopyOfCut(pair, first)) settleClash(draft, pair, { left, right }, rules);
  else {
    draft.memory.push(pair);
    follow(draft, otherSide(first), { left: left.seen, right: right.seen }, draft.memory.length - 1, false);
  }
}

function uncut({ cut: _, ...pair }: CommentPair): CommentPair {
  return pair;
}

/** T1: the copy holds less than its source, so that its edit would wipe out what was cut. */
function isCopyOfCut({ cut, source }: CommentPair, changed: Side): boolean {
  return cut === true && source !== changed;
}

function settleClash(
  draft: Draft,
  pair: CommentPair,
  ends: Readonly<Record<Side, Extract<End, { readonly seen: SeenComment }>>>,
  rules: CommentRules,
): void {
  const both = { left: ends.left.seen, right: ends.right.seen };
  const winner = winnerOf(rules, both.left, both.right);
  draft.memory.push(pair);
  // One way alone there is no other word to give way.
  if (rules.config.direction === "both") draft.clashes.push({ ...both, winner });
  if (winner !== null) overrule(draft, otherSide(winner), both, draft.memory.length - 1);
}

/** No tracker says when a comment was edited, so that the newer one is not known, nor what both were before they were put together. */
function winnerOf({ config, policy, chosen }: CommentRules, left: SeenComment, right: SeenComment): Side | null {
  if (config.direction !== "both") return config.direction === "to-left" ? "right" : "left";
  const decided = chosen?.(left, right) ?? null;
  if (decided !== null) return decided;
  return policy === "left" || policy === "right" ? policy : null;
}

function overrule(draft: Draft, side: Side, both: Readonly<Record<Side, SeenComment>>, pair: number): void {
  follow(draft, side, both, pair, true);
}

function follow(
  draft: Draft,
  side: Side,
  both: Readonly<Record<Side, SeenComment>>,
  pair: number,
  overrules: boolean,
): void {
  const [source, target] = [both[otherSide(side)], both[side]];
  draft.deeds.push({ side, action: "change", source, target, pair, overrules });
}

/** Removed on one side. Nobody's words are taken away because of it unless the mapping says so, and never words that were changed since. */
function settleGone(
  draft: Draft,
  pair: CommentPair,
  gone: Side,
  ends: Ends,
  { config }: CommentRules,
  emptied: Side | null,
): void {
  const other = otherSide(gone);
  const there = ends[other];
  if (!("seen" in there)) return;
  const isNews = ends[gone].state === "gone";
  const follows = config.removals === "sync" && goes(config, other) && isNews && there.state === "same";
  if (follows && emptied !== gone) {
    draft.memory.push(pair);
    draft.deeds.push({
      ...{ side: other, action: "remove", source: null, target: there.seen },
      ...{ pair: draft.memory.length - 1, overrules: false },
    });
  } else draft.memory.push({ ...pair, [gone]: null, [other]: there.trace });
}

function addAll(draft: Draft, side: Side, alone: readonly SeenComment[], { config }: CommentRules): void {
  for (const source of alone) {
    if (source.comment.private && !config.private) continue;
    draft.deeds.push({ side, action: "add", source, target: null, pair: null, overrules: false });
  }
}
