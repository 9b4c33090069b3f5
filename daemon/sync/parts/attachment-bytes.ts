import { createHash } from "node:crypto";
import { ConnectorError } from "../../core/errors.ts";
import type { Attachment, Content } from "../../core/parts.ts";
import type { Side } from "../../core/snapshot.ts";
import { decodeShortcut, formatShortcut, MOST_SHORTCUT_BYTES, shortcutAddress } from "../../fields/shortcut.ts";
import { type Form, isAddress, type Measured } from "../decide/attachment-words.ts";
import { endpointOf } from "../session.ts";
import { attachmentKey, type Desk, portOf } from "./attachment-desk.ts";

/** No file whose size is unknown is read further: 2 GiB. */
const MOST_BYTES = 2 * 1024 ** 3;

/** What a write sends, and after it what went over the line. */
export interface Parcel {
  readonly content: Content;
  /** SHA-256 of what was sent last; null where nothing was. */
  sent(): string | null;
  /** SHA-256 of the bytes of the attachment that it stems from; null where they were not read. */
  read(): string | null;
  /** Where a shortcut leads; null for files. */
  readonly address: string | null;
}

/** Hash and size of an attachment, read once from end to end and kept nowhere; `larger` where `most` bytes were not all of one of unknown size. */
export async function measure(
  desk: Desk,
  side: Side,
  attachment: Attachment,
  most: number | null,
): Promise<Measured | "larger"> {
  const bound = attachment.size ?? most ?? MOST_BYTES;
  const hash = createHash("sha256");
  const state = { size: 0 };
  for await (const piece of bytesOf(desk, side, attachment, attachment.size ?? MOST_BYTES, desk.session.signal)) {
    state.size += piece.byteLength;
    if (state.size > bound) return "larger";
    hash.update(piece);
  }
  return { hash: hash.digest("hex"), size: state.size };
}

/** The size that an upload says beforehand: where the tracker does not tell it, the file is read once for it. Throws `invalid` beyond 2 GiB. */
export async function sizeOf(desk: Desk, side: Side, attachment: Attachment): Promise<number> {
  if (attachment.size !== null) return attachment.size;
  const key = attachmentKey(side, attachment);
  const known = desk.measured.get(key) ?? (await measure(desk, side, attachment, null));
  desk.measured.set(key, known);
  if (known !== "larger") return known.size;
  const endpoint = endpointOf(desk.session, side);
  throw new ConnectorError("invalid", `${endpoint}: the file "${attachment.name}" is larger than any that is carried`);
}

/** The bytes of one attachment as they are, streamed from tracker to tracker: read anew for every attempt, hashed on the way. */
export function copyOf(desk: Desk, side: Side, attachment: Attachment, size: number): Parcel {
  const state: { hash: string | null } = { hash: null };
  async function* open(signal: AbortSignal): AsyncIterable<Uint8Array> {
    const hash = createHash("sha256");
    let length = 0;
    for await (const piece of bytesOf(desk, side, attachment, size, signal)) {
      length += piece.byteLength;
      hash.update(piece);
      yield piece;
    }
    if (length !== size) throw changedMeanwhile(desk, side, attachment, size, length);
    state.hash = hash.digest("hex");
  }
  return { content: { size, open }, sent: () => state.hash, read: () => state.hash, address: null };
}

/** What stands for an attachment of `side` on the other side. Throws `invalid` for an address that cannot be read (S22). */
export async function parcelOf(desk: Desk, side: Side, attachment: Attachment, form: Form): Promise<Parcel> {
  if (form === "url") return held(formatShortcut(attachment.url), null, attachment.url);
  const isSmall = (attachment.size ?? 0) <= MOST_SHORTCUT_BYTES;
  if (isAddress(attachment) && isSmall) return addressOf(desk, side, attachment);
  return copyOf(desk, side, attachment, await sizeOf(desk, side, attachment));
}

/** A shortcut crosses as it is, whatever its encoding, once its address is understood; an address that the tracker keeps by itself becomes one (S15). */
async function addressOf(desk: Desk, side: Side, attachment: Attachment): Promise<Parcel> {
  const bytes = await whole(desk, side, attachment);
  const text = decodeShortcut(bytes, desk.config.encodings);
  const address = text === null ? null : shortcutAddress(text);
  if (address !== null || (text !== null && attachment.link !== true)) return held(bytes, sha256(bytes), address);
  const bare = [text?.trim() ?? "", attachment.name].find((one) => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(one));
  if (attachment.link === true && bare !== undefined) return held(formatShortcut(bare), sha256(bytes), bare);
  const why =
    text === null
      ? "is in an encoding that cannot be told: name it in the link's attachments.encodings, or save it as UTF-8"
      : "names no address";
  throw new ConnectorError("invalid", `${endpointOf(desk.session, side)}: the shortcut "${attachment.name}" ${why}`);
}

function held(bytes: Uint8Array, read: string | null, address: string | null): Parcel {
  async function* open(): AsyncIterable<Uint8Array> {
    yield bytes;
  }
  const hash = sha256(bytes);
  return { content: { size: bytes.byteLength, open }, sent: () => hash, read: () => read, address };
}

async function whole(desk: Desk, side: Side, attachment: Attachment): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytesOf(desk, side, attachment, MOST_SHORTCUT_BYTES, desk.session.signal))
    pieces.push(piece);
  return Buffer.concat(pieces);
}

function bytesOf(desk: Desk, side: Side, attachment: Attachment, most: number, signal: AbortSignal) {
  const { session, pair } = desk;
  return portOf(session, side).read(session.link[side].entity, pair[side], attachment, most, signal);
}

function changedMeanwhile(
  { session }: Desk,
  side: Side,
  { name }: Attachment,
  size: number,
  is: number,
): ConnectorError {
  const message = `${endpointOf(session, side)}: the file "${name}" has ${is} bytes, its list said ${size}: it was changed meanwhile`;
  return new ConnectorError("conflict", message);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
