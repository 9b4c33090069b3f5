import type { Attachment, AttachmentPair, Parts, PartWrite } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { afterAdd, afterChange, afterRemove, type Hashes } from "../decide/attachment-memory.ts";
import { type AttachmentAction, traceOf } from "../decide/attachment-words.ts";
import { say } from "../failure.ts";
import { endpointOf } from "../session.ts";
import { copyOf, type Parcel, parcelOf, sizeOf } from "./attachment-bytes.ts";
import { attachmentKey, type Desk, largestTo, portOf } from "./attachment-desk.ts";
import { bookTrouble, fieldOfPart, type PartDeed, writePart } from "./write-part.ts";

type Of<K extends AttachmentAction["kind"]> = Extract<AttachmentAction, { kind: K }>;

export async function addAttachment(desk: Desk, action: Of<"add">): Promise<void> {
  const { session, pair } = desk;
  const { side, form, name } = action;
  const from = nowAs(desk, otherSide(side), action.from);
  const parcel = await packed(desk, otherSide(side), from, () => parcelOf(desk, otherSide(side), from, form));
  if (parcel === null) return;
  tellTooLarge(desk, side, from, form, name);
  const part: PartWrite = {
    ...{ kind: "attachment", action: "add", name },
    data: { form, from: traceOf(from, parcel.read()), ...intended(desk, side, parcel), replaces: action.entry },
  };
  const send = () =>
    portOf(session, side).add(
      session.link[side].entity,
      pair[side],
      { name, description: from.description, content: parcel.content },
      session.signal,
    );
  await write(
    desk,
    { part, before: null, after: tell({ ...from, name, size: parcel.content.size }, parcel) },
    side,
    parcel,
    send,
    (memory, stored, hashes) => afterAdd(memory, { ...action, from }, stored, hashes),
  );
}

export async function changeAttachment(desk: Desk, action: Of<"change">): Promise<void> {
  const { session, pair } = desk;
  const { side, form, name, description, content } = action;
  const other = otherSide(side);
  const [attachment, from] = [nowAs(desk, side, action.attachment), nowAs(desk, other, action.from)];
  // A tracker that cannot rename or describe adds the file anew: with its own bytes.
  const parcel = await packed(desk, other, from, async () =>
    content ? parcelOf(desk, other, from, form) : copyOf(desk, side, attachment, await sizeOf(desk, side, attachment)),
  );
  if (parcel === null) return;
  if (content) tellTooLarge(desk, side, from, form, name);
  const part: PartWrite = {
    ...{ kind: "attachment", action: "change", name },
    data: { form, from: traceOf(from, null), old: traceOf(attachment, null), content, ...intended(desk, side, parcel) },
  };
  const changed = { content, description: description !== attachment.description };
  const send = () =>
    portOf(session, side).change(
      session.link[side].entity,
      pair[side],
      attachment,
      { name, description, content: parcel.content },
      changed,
      session.signal,
    );
  const after = { ...attachment, name, description, size: content ? parcel.content.size : attachment.size };
  const isDone = await write(
    desk,
    { part, before: tell(attachment, null), after: tell(after, content ? parcel : null) },
    side,
    parcel,
    send,
    (memory, stored, hashes) => {
      desk.replaced.set(attachmentKey(side, action.attachment), stored);
      return afterChange(memory, { ...action, attachment, from }, stored, hashes);
    },
  );
  if (isDone) tellInstead(desk, action);
}

export async function removeAttachment(desk: Desk, action: Of<"remove">): Promise<void> {
  const { session, pair } = desk;
  const { side, attachment } = action;
  const part: PartWrite = {
    ...{ kind: "attachment", action: "remove", name: attachment.name },
    data: { old: traceOf(attachment, action.entry[side]?.hash ?? null), original: action.original },
  };
  const result = await writePart(
    session,
    { pair, side, part, origin: desk.config.origin, before: tell(attachment, null), after: null },
    () => portOf(session, side).remove(session.link[side].entity, pair[side], attachment, session.signal),
    (_stored, parts) => ({ parts: { attachments: afterRemove(parts.attachments ?? [], action) } }),
  );
  if (result.kind === "failed") desk.state.failed = true;
}

/** What the intent needs for the write to be known again: what was there before, and what will be there. */
function intended({ lists }: Desk, side: Side, { content, sent, address }: Parcel): PartWrite["data"] {
  const known = lists[side].map(({ id }) => id);
  return { size: content.size, hash: sent(), known, ...(address === null ? {} : { address }) };
}

/** False where it failed, which is booked. */
async function write(
  desk: Desk,
  deed: Pick<PartDeed, "part" | "before" | "after">,
  side: Side,
  parcel: Parcel,
  send: () => Promise<Attachment>,
  agreed: (memory: readonly AttachmentPair[], stored: Attachment, hashes: Hashes) => readonly AttachmentPair[],
): Promise<boolean> {
  const { session, pair } = desk;
  const result = await writePart(
    session,
    { ...deed, pair, side, origin: desk.config.origin },
    send,
    (stored, parts: Parts) => {
      const hashes = { sent: parcel.sent(), read: parcel.read() };
      tellOtherSize(desk, side, stored, parcel);
      return {
        parts: { attachments: agreed(parts.attachments ?? [], stored, hashes) },
        data: { stored: traceOf(stored, hashes.sent) },
        after: tell(stored, parcel),
      };
    },
  );
  if (result.kind === "failed") desk.state.failed = true;
  return result.kind !== "failed";
}

/** What would be sent; null where it cannot be had, which is then booked under its record. */
async function packed(desk: Desk, side: Side, from: Attachment, pack: () => Promise<Parcel>): Promise<Parcel | null> {
  try {
    return await pack();
  } catch (error) {
    bookTrouble(desk.session, desk.pair, side, { kind: "attachment", name: from.name }, error);
    desk.state.failed = true;
    return null;
  }
}

/** As it is since the other change of this pass. */
function nowAs(desk: Desk, side: Side, attachment: Attachment): Attachment {
  return desk.replaced.get(attachmentKey(side, attachment)) ?? attachment;
}

/** T11: whoever reads the copy should know why it is none. */
function tellTooLarge({ session, config, pair }: Desk, side: Side, from: Attachment, form: string, name: string): void {
  if (form !== "url" || config.mode !== "copy") return;
  const largest = largestTo(session, config, side);
  const is = from.size === null ? `more than ${largest}` : `${from.size}`;
  const why = `"${from.name}" has ${is} bytes, ${endpointOf(session, side)} may get ${largest} at the most: its address crosses instead`;
  say(session, "noted", side, pair[side], fieldOfPart({ kind: "attachment", name }), why);
}

/** T18: somebody's words are gone from the copy, and should not be without a word. */
function tellInstead({ session, pair }: Desk, { side, name, attachment, instead = [] }: Of<"change">): void {
  if (instead.length === 0) return;
  const other = otherSide(side);
  const [were, those] = instead.length === 1 ? ["was", "that counts"] : ["were", "those count"];
  const kept = instead.map((what) => `"${attachment[what]}"`).join(" and ");
  const why = `${instead.join(" and ")} ${were} changed in ${endpointOf(session, other)}:${pair[other]} as well, and ${those}: ${kept} ${instead.length === 1 ? "is" : "are"} in the journal`;
  say(session, "noted", side, pair[side], fieldOfPart({ kind: "attachment", name }), why);
}

/** A tracker that stores other bytes than it was sent keeps a broken file. */
function tellOtherSize({ session, pair }: Desk, side: Side, stored: Attachment, { content, sent }: Parcel): void {
  if (sent() === null || stored.size === null || stored.size === content.size) return;
  const why = `${content.size} bytes were sent, but ${stored.size} are stored: open it and compare it with its original`;
  say(session, "held", side, pair[side], fieldOfPart({ kind: "attachment", name: stored.name }), why);
}

/** An attachment in words, for the journal: `log.txt, 2048 bytes`. */
export function tell({ name, size, description }: Attachment, parcel: Parcel | null): string {
  const bytes = size === null ? "" : `, ${size} bytes`;
  const leads = parcel?.address == null ? "" : `, leads to ${parcel.address}`;
  return `${name}${bytes}${leads}${description === "" ? "" : `: ${description}`}`;
}
