import type { Markup } from "../../core/field.ts";
import type { CommentTrace, HeldComment } from "../../core/parts.ts";
import type { Side } from "../../core/snapshot.ts";
import { convertMarkup } from "../../fields/rich.ts";
import { nameOfComment, type SeenComment } from "./comment-words.ts";
import type { CommentClash } from "./comments.ts";

type Ends = Readonly<Record<Side, { readonly trace: CommentTrace }>>;

/** Conflicts of comments that wait for a person, with what both say; one that waited before waits since then. Pure. */
export function heldComments(
  clashes: readonly CommentClash[],
  before: readonly HeldComment[],
  markups: Readonly<Record<Side, Markup>>,
  now: Pick<HeldComment, "since" | "run">,
): readonly HeldComment[] {
  const waiting = clashes.filter(({ winner }) => winner === null);
  return waiting.map((clash) => {
    const { since, run } = before.find((one) => isSameClash(one, clash)) ?? now;
    return { left: wordsOf(clash.left, markups.left), right: wordsOf(clash.right, markups.right), since, run };
  });
}

function wordsOf({ comment, trace }: SeenComment, markup: Markup): HeldComment["left"] {
  return { name: nameOfComment(comment), trace, text: convertMarkup(comment.body, markup, "plain") };
}

/** The same two comments, whatever they say by now. */
export function isSameClash(one: Ends, other: Ends): boolean {
  return (
    handleOf(one.left.trace) === handleOf(other.left.trace) && handleOf(one.right.trace) === handleOf(other.right.trace)
  );
}

/** The same two comments, and nobody has edited either since. */
export function isAsShown(one: Ends, other: Ends): boolean {
  return (
    isSameClash(one, other) &&
    one.left.trace.hash === other.left.trace.hash &&
    one.right.trace.hash === other.right.trace.hash
  );
}

function handleOf({ id, head }: CommentTrace): string {
  return id === null ? `head ${head}` : `id ${id}`;
}
