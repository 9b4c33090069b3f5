import type { CommentPair, CommentTrace } from "../../core/parts.ts";
import { otherSide } from "../../core/snapshot.ts";
import { align } from "./comment-align.ts";
import type { SeenComment } from "./comment-words.ts";
import type { CommentDeed } from "./comments.ts";

/** A deed that was written, with the hash of the text that was sent; null for a removal. */
export interface WrittenDeed {
  readonly deed: CommentDeed;
  readonly sent: string | null;
  readonly cut: boolean;
}

/** Pairs of a pair's memory by their index in the plan; additions get the next ones. Null: forgotten. */
export type CommentEntries = readonly (CommentPair | null)[];

/**
 * What is agreed after a write: `before` stood there when it was decided, `now` is what the tracker answered. Null where a comment that was written
 * is not to be found in the answer.
 */
export function agreedAfter(
  entries: CommentEntries,
  before: readonly SeenComment[],
  now: readonly SeenComment[],
  written: readonly WrittenDeed[],
): CommentEntries | null {
  const stored = storedTraces(before, now, written);
  const next: (CommentPair | null)[] = [...entries];
  for (const [i, { deed, cut }] of written.entries()) {
    const { side, action, source, pair } = deed;
    const trace = stored[i] ?? null;
    if (action === "remove") {
      if (pair !== null) next[pair] = null;
      continue;
    }
    if (trace === null || source === null) return null;
    const ends = { left: source.trace, right: source.trace, [side]: trace };
    const from = pair === null ? otherSide(side) : (entries[pair]?.source ?? otherSide(side));
    const agreed: CommentPair = { ...ends, source: from, ...(cut ? { cut: true as const } : {}) };
    if (pair === null) next.push(agreed);
    else next[pair] = agreed;
  }
  return next;
}

/** Where each written comment stands now: changed ones keep their id or head, added ones are what was not there before. */
export function storedTraces(
  before: readonly SeenComment[],
  now: readonly SeenComment[],
  written: readonly WrittenDeed[],
): readonly (CommentTrace | null)[] {
  const deedOn = (seen: SeenComment) => written.find(({ deed }) => isSame(seen, deed.target));
  // What was removed is not there any more, though somebody may have said the same again.
  const stayed = before.filter((seen) => deedOn(seen)?.deed.action !== "remove");
  const expected = stayed.map((seen) => ({ ...seen.trace, hash: deedOn(seen)?.sent ?? seen.trace.hash }));
  const traces = now.map((seen) => seen.trace);
  const found = align(expected, traces);
  const taken = new Set(found);
  const fresh = traces.filter((_, i) => !taken.has(i));
  const additions = written.filter(({ deed }) => deed.action === "add");
  // Somebody else may have said something just before: ours are the last ones.
  const own = fresh.slice(Math.max(0, fresh.length - additions.length));
  return written.map(({ deed }) => {
    if (deed.action === "add") return own[additions.findIndex((one) => one.deed === deed)] ?? null;
    const at = found[stayed.findIndex((seen) => isSame(seen, deed.target))];
    return at === undefined || at === null ? null : (traces[at] ?? null);
  });
}

/** The list may have been read again since the deed was decided. */
function isSame(seen: SeenComment, target: SeenComment | null): boolean {
  return seen === target || (seen.trace.id !== null && seen.trace.id === target?.trace.id);
}

/** The pair's memory as it is kept. */
export function kept(entries: CommentEntries): readonly CommentPair[] {
  return entries.filter((entry) => entry !== null);
}
