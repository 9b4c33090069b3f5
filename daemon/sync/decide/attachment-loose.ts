import type { Attachment, AttachmentPair } from "../../core/parts.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import { isShortcut, MOST_SHORTCUT_BYTES } from "../../fields/shortcut.ts";
import type { Bytes } from "./attachment-bytes.ts";
import type { Ends } from "./attachment-entry.ts";
import { type AttachmentAction, type AttachmentsNow, carriedName, sortName, traceOf } from "./attachment-words.ts";

/** An attachment that nothing in the memory stands for; `entry`: an original whose copy was removed, which does not cross by itself. */
export interface Loose {
  readonly attachment: Attachment;
  readonly entry: AttachmentPair | null;
}

type Rest = Readonly<Record<Side, readonly Loose[]>>;

export function looseOf(now: AttachmentsNow, entries: readonly Ends[], side: Side): readonly Loose[] {
  const bound = new Map<string, Ends>();
  for (const ends of entries) if (ends[side] !== null) bound.set(ends[side].id, ends);
  return now[side].flatMap((attachment): Loose[] => {
    const ends = bound.get(attachment.id);
    if (ends === undefined) return [{ attachment, entry: null }];
    const isTomb = ends.entry.source === side && ends[otherSide(side)] === null;
    return isTomb ? [{ attachment, entry: ends.entry }] : [];
  });
}

export interface PairedLoose {
  readonly actions: readonly AttachmentAction[];
  readonly rest: Rest;
  /** Entries that were taken up into a new one. */
  readonly matched: ReadonlySet<AttachmentPair>;
}

/** What is the same on both sides, by name and bytes or as a shortcut to the other, is paired without a word. What may be, waits for its bytes. */
export function pairLoose(now: AttachmentsNow, bytes: Bytes, loose: Rest): PairedLoose {
  const taken = new Set<Loose>();
  const matched = new Set<AttachmentPair>();
  const actions: AttachmentAction[] = [];
  for (const left of loose.left) {
    for (const right of loose.right) {
      if (taken.has(left) || taken.has(right)) continue;
      const how = match(now, bytes, left.attachment, right.attachment);
      if (how === "other") continue;
      taken.add(left).add(right);
      for (const { entry } of [left, right]) if (entry !== null) matched.add(entry);
      if (how === "unknown") continue;
      for (const { entry } of [left, right])
        if (entry !== null) actions.push({ kind: "keep", before: entry, after: null });
      actions.push({ kind: "keep", before: null, after: pairOf(now, bytes, left.attachment, right.attachment, how) });
    }
  }
  const free = (side: Side) => loose[side].filter((one) => !taken.has(one));
  return { actions, matched, rest: { left: free("left"), right: free("right") } };
}

type Match = "same" | "right is url" | "left is url" | "other" | "unknown";

function match(now: AttachmentsNow, bytes: Bytes, left: Attachment, right: Attachment): Match {
  if (sortName(left.name) === sortName(right.name)) {
    const equal = bytes.equal(left, right);
    if (equal === null) return "unknown";
    return equal ? "same" : "other";
  }
  if (mayBeUrl(left, right)) return shortcutMatch(now, bytes, "left", left, right);
  return mayBeUrl(right, left) ? shortcutMatch(now, bytes, "right", right, left) : "other";
}

/** Whatever it is called now: its bytes tell. */
function mayBeUrl(original: Attachment, copy: Attachment): boolean {
  return isShortcut(copy.name) && !isShortcut(original.name) && (copy.size ?? 0) <= MOST_SHORTCUT_BYTES;
}

/** A shortcut that an earlier life of the state folder made is known again by its bytes. */
function shortcutMatch(now: AttachmentsNow, bytes: Bytes, from: Side, original: Attachment, copy: Attachment): Match {
  const is = bytes.hash(otherSide(from), copy);
  if (is === null) return "unknown";
  if (is !== now.shortcutHash(from, original)) return "other";
  return from === "left" ? "right is url" : "left is url";
}

function pairOf(now: AttachmentsNow, bytes: Bytes, left: Attachment, right: Attachment, how: Match): AttachmentPair {
  const source = how === "left is url" || (how === "same" && !now.writes.right) ? "right" : "left";
  return {
    left: traceOf(left, bytes.known("left", left)),
    right: traceOf(right, bytes.known("right", right)),
    source,
    ...(how === "same" ? {} : { url: true as const }),
  };
}

/**
 * Two of one name with other bytes clash (S21, T8), or both cross under names that tell them apart; what stands alone crosses. `own`: what stems
 * from each side, whether it has crossed or not.
 */
export function spread(
  now: AttachmentsNow,
  bytes: Bytes,
  rest: Rest,
  own: Readonly<Record<Side, readonly Own[]>>,
): readonly AttachmentAction[] {
  const actions: AttachmentAction[] = [];
  for (const from of SIDES) {
    const side = otherSide(from);
    for (const { attachment, entry } of rest[from]) {
      if (entry !== null || !now.writes[side] || !now.sends(attachment)) continue;
      const twin = now.config.sameName === "suffix" ? undefined : twinOf(own[side], attachment);
      if (twin !== undefined) {
        actions.push(clashOver(from, attachment, twin));
        continue;
      }
      const form = bytes.form(from, attachment);
      if (form === null) continue;
      const name = carriedName(attachment, form);
      actions.push({ kind: "add", side, from: attachment, form, name, entry: null });
    }
  }
  return actions;
}

/** An attachment that stems from a side, and its name there. */
export interface Own {
  readonly attachment: Attachment;
  readonly name: string;
}

export function twinOf(own: readonly Own[], { name }: Attachment): Attachment | undefined {
  return own.find((one) => sortName(one.name) === sortName(name))?.attachment;
}

export function clashOver(from: Side, attachment: Attachment, twin: Attachment): AttachmentAction {
  const [left, right] = from === "left" ? [attachment, twin] : [twin, attachment];
  return { kind: "clash", why: "name", left, right };
}
