import type { CommentPair, CommentTrace } from "../../core/parts.ts";
import { otherSide } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { align } from "../decide/comment-align.ts";
import type { SeenComment } from "../decide/comment-words.ts";
import type { Session } from "../session.ts";
import { listComments, recordName } from "./comment-desk.ts";
import type { PartIntent } from "./recover-parts.ts";
import type { PartDone } from "./write-part.ts";

/** A comment that was to be written is there, or one that was to be removed is gone: what an earlier run sent has arrived. */
export async function recoverComment(session: Session, pair: Pair, intent: PartIntent): Promise<PartDone | null> {
  const { side, part } = intent;
  const seen = (await listComments(session, side, [pair])).get(pair[side]);
  if (seen === undefined) return null;
  const memory = session.store.pair(pair.id)?.parts?.comments ?? [];
  const { target } = part.data as { readonly target?: CommentTrace };
  if (part.action === "add") return recoverAddition(session, pair, intent, seen, memory);
  if (target === undefined) return null;
  if (part.action === "remove") {
    const there = seen.some(({ trace }) => (target.id === null ? sameTrace(trace, target) : trace.id === target.id));
    if (there) return null;
    // What a person took back must not be written again: the pair goes on with one end.
    const kept = intent.byHand === undefined ? [] : memory.filter((one) => sameTrace(one[side], target));
    const rest = memory.filter((one) => !sameTrace(one[side], target));
    return { parts: { comments: [...rest, ...kept.map((one) => ({ ...one, [side]: null }))] } };
  }
  const { source, hash } = part.data as { readonly source?: CommentTrace; readonly hash?: string };
  const now = seen.find(({ trace }) => trace.hash === hash && trace.id === target.id && trace.head === target.head);
  if (now === undefined) return null;
  const ends = { [side]: now.trace, ...(source === undefined ? {} : { [otherSide(side)]: source }) };
  const comments = memory.map((one) => (sameTrace(one[side], target) ? { ...one, ...ends } : one));
  return { parts: { comments }, data: { trace: now.trace }, after: now.comment.body };
}

/** By its words, or by the head that names this very record: the tracker may have cleaned the words. */
function recoverAddition(
  session: Session,
  pair: Pair,
  { side, part }: PartIntent,
  seen: readonly SeenComment[],
  memory: readonly CommentPair[],
): PartDone | null {
  const { source, hash } = part.data as { readonly source?: CommentTrace; readonly hash?: string };
  if (source === undefined) return null;
  const known = new Set(
    align(
      memory.flatMap((one) => one[side] ?? []),
      seen.map((one) => one.trace),
    ),
  );
  const fresh = seen.filter((_, i) => !known.has(i));
  const origin = recordName(session, otherSide(side), pair);
  const stored =
    fresh.findLast((one) => one.trace.hash === hash) ??
    fresh.findLast((one) => one.comment.origin === origin && fresh.length === 1);
  if (stored === undefined) return null;
  const ends = { left: source, right: source, [side]: stored.trace };
  const cut = part.data["cut"] === true ? { cut: true as const } : {};
  const comments = [...memory, { ...ends, source: otherSide(side), ...cut }];
  return { parts: { comments }, data: { trace: stored.trace }, after: stored.comment.body };
}

export function sameTrace(a: CommentTrace | null, b: CommentTrace): boolean {
  return a !== null && a.id === b.id && a.head === b.head && a.hash === b.hash;
}
