import type { Attachment, AttachmentPair, AttachmentTrace } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { type Form, inForm, traceOf } from "../decide/attachment-words.ts";
import type { Session } from "../session.ts";
import { tell } from "./attachment-acts.ts";
import { measure } from "./attachment-bytes.ts";
import { type Desk, deskOf, portOf } from "./attachment-desk.ts";
import type { PartIntent } from "./recover-parts.ts";
import type { PartDone } from "./write-part.ts";

/** What `attachment-acts.ts` put into an intent. */
interface Sent {
  readonly form?: Form;
  readonly from?: AttachmentTrace;
  readonly old?: AttachmentTrace;
  readonly content?: boolean;
  readonly size?: number;
  readonly hash?: string | null;
  readonly known?: readonly string[];
  readonly replaces?: AttachmentPair | null;
}

/**
 * What became of a write without an answer: an addition is known by its name, its size and that nothing like it was there before, by its bytes
 * where these can still be compared. An addition that replaced an older file is completed: the older one goes.
 */
export async function recoverAttachment(session: Session, pair: Pair, intent: PartIntent): Promise<PartDone | null> {
  const config = session.link.attachments;
  const { side, part } = intent;
  if (session.connectors[side].attachments === undefined) return null;
  const sent: Sent = part.data;
  const list = (await listOf(session, side, pair)) ?? [];
  const old = list.find(({ id }) => id === sent.old?.id) ?? null;
  if (part.action === "remove") return old === null ? { parts: {} } : null;
  if (config === undefined || sent.from === undefined) return null;
  if (session.connectors[otherSide(side)].attachments === undefined) return null;
  const from = ((await listOf(session, otherSide(side), pair)) ?? []).find(({ id }) => id === sent.from?.id) ?? null;
  const desk = deskOf(session, config, pair);
  const memory = pair.parts?.attachments ?? [];
  const bound = new Set([...(sent.known ?? []), ...memory.flatMap((entry) => entry[side]?.id ?? [])]);
  const fresh = list.filter((one) => !bound.has(one.id) && isCalled(one.name, part.name) && isOfSize(one, sent));
  for (const stored of fresh) {
    const hash = await sameBytes(desk, side, stored, from, sent);
    // A name that is only like ours proves nothing.
    if (hash === "other" || (hash === null && stored.name !== part.name)) continue;
    if (old !== null && old.stamp === sent.old?.stamp) await finish(session, side, pair, old);
    return { parts: { attachments: withStored(memory, side, stored, hash, sent) }, ...told(stored, hash) };
  }
  return old !== null && isChanged(old, part.name, sent) ? { parts: {}, ...told(old, null) } : null;
}

async function listOf(session: Session, side: Side, pair: Pair): Promise<readonly Attachment[] | null> {
  const lists = await portOf(session, side).list(session.link[side].entity, [pair[side]], session.signal);
  return lists.get(pair[side]) ?? null;
}

/** Trackers make a name that is taken another one: `log_1.txt`. */
function isCalled(name: string, asked: string): boolean {
  const dot = asked.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [asked, ""] : [asked.slice(0, dot), asked.slice(dot)];
  return name === asked || (name.startsWith(stem) && name.endsWith(ending) && name.length > asked.length);
}

function isOfSize({ size }: Attachment, sent: Sent): boolean {
  return size === null || sent.size === undefined || size === sent.size;
}

/** The hash of both; null where the source has changed since, so that nothing can be compared. */
async function sameBytes(
  desk: Desk,
  side: Side,
  stored: Attachment,
  from: Attachment | null,
  { hash, form, from: was }: Sent,
): Promise<string | null | "other"> {
  const isSame = from !== null && from.stamp === was?.stamp && form === "copy";
  if (hash == null && !isSame) return null;
  const is = await measure(desk, side, stored, null);
  const source = hash ?? (from === null ? "larger" : hashOf(await measure(desk, otherSide(side), from, null)));
  return is !== "larger" && is.hash === source ? is.hash : "other";
}

function hashOf(measured: Awaited<ReturnType<typeof measure>>): string {
  return measured === "larger" ? "larger" : measured.hash;
}

/** What both sides agree on: the source as it was when it was read, so that what became of it since is carried. */
function withStored(
  memory: readonly AttachmentPair[],
  side: Side,
  stored: Attachment,
  hash: string | null,
  sent: Sent,
): readonly AttachmentPair[] {
  const source = otherSide(side);
  const gone = [sent.replaces, memory.find((entry) => sent.old !== undefined && entry[side]?.id === sent.old.id)];
  const before = memory.find((entry) =>
    gone.some((one) => one?.left?.id === entry.left?.id && one?.right?.id === entry.right?.id),
  );
  const read = sent.form === "copy" ? (sent.from?.hash ?? hash) : (before?.[source]?.hash ?? null);
  const original = sent.from === undefined ? null : { ...sent.from, hash: read };
  const copy = traceOf(stored, hash ?? (sent.content === false ? (before?.[side]?.hash ?? null) : null));
  const ends = side === "left" ? { left: copy, right: original } : { left: original, right: copy };
  const made = inForm({ ...ends, source: before?.source ?? source }, sent.form ?? "copy");
  return [...memory.filter((entry) => entry !== before), made];
}

/** The new file is there: the one that it replaces went too, had the daemon not been killed. */
async function finish(session: Session, side: Side, pair: Pair, old: Attachment): Promise<void> {
  await portOf(session, side).remove(session.link[side].entity, pair[side], old, session.signal);
}

function isChanged(old: Attachment, name: string, sent: Sent): boolean {
  return sent.content === true ? old.stamp !== sent.old?.stamp : old.name === name && old.name !== sent.old?.name;
}

function told(stored: Attachment, hash: string | null): Pick<PartDone, "data" | "after"> {
  return { data: { stored: traceOf(stored, hash) }, after: tell(stored, null) };
}
