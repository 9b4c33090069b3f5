import type { Attachment, AttachmentPair, AttachmentTrace } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Bytes, Content } from "./attachment-bytes.ts";
import {
  type AttachmentAction,
  type AttachmentsNow,
  carriedName,
  type Form,
  formOf,
  inForm,
  traceOf,
} from "./attachment-words.ts";

/** The ends of an entry as they stand now; null: not there. */
export interface Ends {
  readonly entry: AttachmentPair;
  readonly left: Attachment | null;
  readonly right: Attachment | null;
}

type Actions = readonly AttachmentAction[];

/** What becomes of two attachments that stand for each other. Nothing where the bytes that decide are not known yet. */
export function decideEntry(now: AttachmentsNow, bytes: Bytes, ends: Ends): Actions {
  const { entry } = ends;
  const copy = otherSide(entry.source);
  const [original, copied] = [ends[entry.source], ends[copy]];
  if (original === null && copied === null) return [{ kind: "keep", before: entry, after: null }];
  if (original !== null && copied !== null) return inBoth(now, bytes, entry, original, copied);
  if (original !== null) return copyGone(now, bytes, entry, original);
  return copied === null || entry[entry.source] === null ? [] : originalGone(now, bytes, entry, copied);
}

/** S19, S20, T7: nothing by itself; what the original's next change does is the link's to say. */
function copyGone(now: AttachmentsNow, bytes: Bytes, entry: AttachmentPair, original: Attachment): Actions {
  const from = entry.source;
  const side = otherSide(from);
  const trace = entry[from];
  const what = trace === null ? "changed" : bytes.since(from, original, trace);
  if (what === "unknown") return [];
  const kept = { ...entry, [side]: null, [from]: traceOf(original, hashAfter(bytes, from, original, trace, what)) };
  const policy = now.config.deletedAtDestination;
  if (what === "changed" && policy === "recreate-on-change" && now.writes[side]) {
    const form = bytes.form(from, original);
    if (form === null) return [];
    return [{ kind: "add", side, from: original, form, name: carriedName(original, form), entry }];
  }
  if (what === "changed" && policy === "delete-source")
    return [{ kind: "remove", side: from, attachment: original, entry, original: true }];
  return keep(entry, kept);
}

/** S18; but a copy that somebody made their own is not deleted (T17). */
function originalGone(now: AttachmentsNow, bytes: Bytes, entry: AttachmentPair, copied: Attachment): Actions {
  const side = otherSide(entry.source);
  const trace = entry[side];
  const what = trace === null ? "changed" : bytes.since(side, copied, trace);
  if (what === "unknown") return [];
  if (!now.writes[side]) return keep(entry, { ...entry, [entry.source]: null });
  if (what === "changed") return [{ kind: "orphan", side, attachment: copied, entry }];
  return [{ kind: "remove", side, attachment: copied, entry, original: false }];
}

function inBoth(
  now: AttachmentsNow,
  bytes: Bytes,
  entry: AttachmentPair,
  original: Attachment,
  copied: Attachment,
): Actions {
  const from = entry.source;
  const side = otherSide(from);
  const [was, wasCopy] = [entry[from], entry[side]];
  if (was === null || wasCopy === null) return [];
  const [since, here] = [bytes.since(from, original, was), bytes.since(side, copied, wasCopy)];
  if (since === "unknown" || here === "unknown") return [];
  const before = formOf(entry);
  // Bytes that stand there may be somebody's own, paired for being the same: these are not taken away for an address.
  const form = since === "changed" || (now.backfill && before === "url") ? bytes.form(from, original) : before;
  if (form === null) return [];
  const there = form === before ? since : "changed";
  const flow =
    form === "url"
      ? flowOfUrl(now, bytes, { from, original, copied, wasCopy, here })
      : flowOfCopy(now, bytes, { from, original, copied, there, here, before });
  if (flow === "unknown") return [];
  if (flow === "clash") return [clashOf(from, original, copied)];
  if (flow === "own") return [];
  const fresh = {
    ...inForm(entry, flow === "none" ? form : before),
    [from]: traceOf(original, hashAfter(bytes, from, original, was, since)),
    [side]: traceOf(copied, hashAfter(bytes, side, copied, wasCopy, here)),
  };
  const changes = changesOf(now, entry, fresh, { original, copied, was, wasCopy, form, before, flow });
  return changes.length > 0 ? changes : keep(entry, fresh);
}

/** Which way bytes go: to the copy, back to the original, nowhere; `own`: somebody edited the copy, which stays as it is. */
type Flow = "to-copy" | "to-original" | "none" | "clash" | "own" | "unknown";

function flowOfUrl(
  now: AttachmentsNow,
  bytes: Bytes,
  is: {
    readonly from: Side;
    readonly original: Attachment;
    readonly copied: Attachment;
    readonly wasCopy: AttachmentTrace;
    readonly here: Content;
  },
): Flow {
  const side = otherSide(is.from);
  const wanted = now.shortcutHash(is.from, is.original);
  const moved = wanted !== is.wasCopy.hash;
  if (is.here !== "changed") {
    if (!moved) return "none";
    return now.writes[side] ? "to-copy" : "own";
  }
  const stands = bytes.hash(side, is.copied);
  if (stands === null) return "unknown";
  if (stands === wanted) return "none";
  return moved ? "clash" : "own";
}

function flowOfCopy(
  now: AttachmentsNow,
  bytes: Bytes,
  is: {
    readonly from: Side;
    readonly original: Attachment;
    readonly copied: Attachment;
    readonly there: Content;
    readonly here: Content;
    readonly before: Form;
  },
): Flow {
  const side = otherSide(is.from);
  const [there, here] = [is.there === "changed", is.here === "changed"];
  if (!there && !here) return "none";
  if (there && here) {
    const [left, right] = is.from === "left" ? [is.original, is.copied] : [is.copied, is.original];
    const equal = bytes.equal(left, right);
    if (equal === null) return "unknown";
    return equal ? "none" : "clash";
  }
  if (there) return now.writes[side] ? "to-copy" : "own";
  return is.before === "copy" && now.writes[is.from] && is.original.link !== true ? "to-original" : "own";
}

interface Standing {
  readonly original: Attachment;
  readonly copied: Attachment;
  readonly was: AttachmentTrace;
  readonly wasCopy: AttachmentTrace;
  readonly form: Form;
  readonly before: Form;
  readonly flow: Flow;
}

/** Bytes, name and description each go their way; at the most one change a side. */
function changesOf(now: AttachmentsNow, entry: AttachmentPair, fresh: AttachmentPair, is: Standing): Actions {
  const from = entry.source;
  const side = otherSide(from);
  const { original, copied, was, wasCopy, form } = is;
  const sync = now.config.description === "sync";
  const renamed = original.name !== was.name || form !== is.before;
  const described = sync && original.description !== was.description;
  // A shortcut is made of its original: nothing of it flows back.
  const mayReturn = now.writes[from] && form === "copy" && original.link !== true;
  const renamedBack = mayReturn && !renamed && copied.name !== wasCopy.name;
  const describedBack = mayReturn && sync && !described && copied.description !== wasCopy.description;
  const name = renamed && now.writes[side] ? carriedName(original, form) : copied.name;
  const description = described && now.writes[side] ? original.description : copied.description;
  const instead = [
    ...(original.name !== was.name && copied.name !== wasCopy.name && copied.name !== name ? (["name"] as const) : []),
    ...(copied.description !== wasCopy.description && copied.description !== description
      ? (["description"] as const)
      : []),
  ];
  return [
    ...changeOf({
      ...{ kind: "change", side, attachment: copied, from: original, form, entry, fresh },
      content: is.flow === "to-copy",
      ...{ name, description },
      ...(instead.length === 0 ? {} : { instead }),
    }),
    ...changeOf({
      ...{ kind: "change", side: from, attachment: original, from: copied, form: "copy", entry, fresh },
      content: is.flow === "to-original",
      name: renamedBack ? copied.name : original.name,
      description: describedBack ? copied.description : original.description,
    }),
  ];
}

type Change = Extract<AttachmentAction, { kind: "change" }>;

function changeOf(change: Change): readonly Change[] {
  const { content, name, description, attachment } = change;
  return content || name !== attachment.name || description !== attachment.description ? [change] : [];
}

function clashOf(from: Side, original: Attachment, copied: Attachment): AttachmentAction {
  const [left, right] = from === "left" ? [original, copied] : [copied, original];
  return { kind: "clash", why: "edited", left, right };
}

function hashAfter(
  bytes: Bytes,
  side: Side,
  attachment: Attachment,
  trace: AttachmentTrace | null,
  what: Content,
): string | null {
  return what === "changed" ? bytes.known(side, attachment) : (trace?.hash ?? null);
}

function keep(before: AttachmentPair, after: AttachmentPair): Actions {
  return formOf(before) === formOf(after) &&
    JSON.stringify([before.left, before.right]) === JSON.stringify([after.left, after.right])
    ? []
    : [{ kind: "keep", before, after }];
}
