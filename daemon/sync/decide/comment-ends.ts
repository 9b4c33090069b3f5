import type { CommentPair, CommentTrace } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import { align } from "./comment-align.ts";
import type { Tombstone } from "./comment-meet.ts";
import type { SeenComment } from "./comment-words.ts";

/** The comments of both records of a pair as they stand, and what the pair remembers of them. */
export interface CommentSight extends Readonly<Record<Side, readonly SeenComment[]>> {
  readonly memory: readonly CommentPair[];
}

/** How an end of a remembered pair stands now. */
export type End =
  | { readonly state: "absent" }
  | { readonly state: "gone" }
  | { readonly state: "same" | "changed"; readonly seen: SeenComment; readonly trace: CommentTrace };

export type Ends = Readonly<Record<Side, End>>;

/** True where all comments are remembered and none has changed: nothing is to be asked or decided. */
export function isSettled(sight: CommentSight): boolean {
  const ends = endsOf(sight);
  return SIDES.every((side) => {
    const known = ends.every((pair, i) => {
      const end = pair[side];
      if (end.state === "absent") return true;
      return end.state === "same" && JSON.stringify(end.trace) === JSON.stringify(sight.memory[i]?.[side]);
    });
    return known && ends.filter((pair) => "seen" in pair[side]).length === sight[side].length;
  });
}

export function endsOf({ memory, ...sight }: CommentSight): readonly Ends[] {
  const [left, right] = SIDES.map((side) => endsOn(memory, sight[side], side));
  return memory.map((_, i) => ({ left: left?.[i] ?? { state: "absent" }, right: right?.[i] ?? { state: "absent" } }));
}

function endsOn(memory: readonly CommentPair[], seen: readonly SeenComment[], side: Side): readonly End[] {
  const traces = memory.flatMap((pair) => pair[side] ?? []);
  const now = seen.map((one) => one.trace);
  const found = align(traces, now);
  const byTrace = new Map(traces.map((trace, i) => [trace, found[i] ?? null] as const));
  return memory.map((pair): End => {
    const trace = pair[side];
    if (trace === null) return { state: "absent" };
    const at = byTrace.get(trace) ?? null;
    const one = at === null ? undefined : seen[at];
    if (one === undefined) return { state: "gone" };
    // What is hidden now is nobody's business: it counts as untouched, and is compared again once it is seen again.
    const same = one.trace.hash === trace.hash || one.comment.private;
    return { state: same ? "same" : "changed", seen: one, trace: one.comment.private ? trace : one.trace };
  });
}

export function knownOf(ends: readonly Ends[], side: Side): ReadonlySet<SeenComment> {
  return new Set(ends.flatMap((pair) => ("seen" in pair[side] ? [pair[side].seen] : [])));
}

export function freshOf(
  sight: CommentSight,
  known: Readonly<Record<Side, ReadonlySet<SeenComment>>>,
): Readonly<Record<Side, readonly SeenComment[]>> {
  const fresh = (side: Side) => sight[side].filter((one) => !known[side].has(one));
  return { left: fresh("left"), right: fresh("right") };
}

/** Pairs of which one end was removed, or is gone now, with the other's comment: what comes back there is that comment again, not a new one. */
export function tombstones(memory: readonly CommentPair[], ends: readonly Ends[]): readonly Tombstone[] {
  return memory.flatMap((pair, index) => {
    return SIDES.flatMap((side) => {
      const there = ends[index]?.[otherSide(side)];
      const state = ends[index]?.[side].state;
      if ((state !== "absent" && state !== "gone") || there === undefined || !("seen" in there)) return [];
      return [{ index, missing: side, survivor: there.seen, pair }];
    });
  });
}

/** One comment may be removed on purpose; all of several at once are more likely a memo that was cleared, or a right that was taken away. */
export function emptiedSide(sight: CommentSight, ends: readonly Ends[]): Side | null {
  return (
    SIDES.find((side) => sight[side].length === 0 && ends.filter((pair) => pair[side].state === "gone").length > 1) ??
    null
  );
}
