import { createHash } from "node:crypto";
import type { Attachment, AttachmentPort } from "../../core/parts.ts";
import { type AttachmentConfig, otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { formatShortcut } from "../../fields/shortcut.ts";
import type { AttachmentsNow, Measured } from "../decide/attachment-words.ts";
import { endpointOf, type Session } from "../session.ts";
import { RunTrouble } from "../trouble.ts";

/** One pair's attachments while they are worked on. */
export interface Desk {
  readonly session: Session;
  readonly config: AttachmentConfig;
  readonly pair: Pair;
  readonly lists: Readonly<Record<Side, readonly Attachment[]>>;
  /** Of these, what a rule does not let cross. */
  readonly withheld: ReadonlySet<Attachment>;
  /** What was read of attachments, by `attachmentKey`; null: it cannot be read now. */
  readonly measured: Map<string, Measured | "larger" | null>;
  /** What took an attachment's place in this pass, by `attachmentKey`. */
  readonly replaced: Map<string, Attachment>;
  /** Whether something could not be carried. */
  readonly state: { failed: boolean };
}

/** A desk with nothing on it. */
export function deskOf(session: Session, config: AttachmentConfig, pair: Pair): Desk {
  return {
    ...{ session, config, pair, lists: { left: [], right: [] }, withheld: new Set() },
    ...{ measured: new Map(), replaced: new Map(), state: { failed: false } },
  };
}

export function attachmentKey(side: Side, { id }: Attachment): string {
  return `${side} ${id}`;
}

/** The mapping was checked against what kinds of trackers have; a server may still be without. */
export function portOf(session: Session, side: Side): AttachmentPort {
  const port = session.connectors[side].attachments;
  if (port !== undefined) return port;
  const endpoint = endpointOf(session, side);
  throw new RunTrouble(
    endpoint,
    null,
    `${endpoint} has no attachments: take them out of the mapping of ${session.link.key}`,
  );
}

/** Largest file that crosses to a side as bytes; null: any. */
export function largestTo(session: Session, config: AttachmentConfig, side: Side): number | null {
  const limits = [config.maxSize, portOf(session, side).maxSize].filter((limit) => limit !== null);
  return limits.length === 0 ? null : Math.min(...limits);
}

/** What the decision is made of. */
export function nowOf({ session, config, pair, lists, withheld, measured }: Desk): AttachmentsNow {
  const { link } = session;
  const writes = (side: Side) => config.direction !== `to-${otherSide(side)}` && link[side].update !== false;
  return {
    ...lists,
    memory: session.store.pair(pair.id)?.parts?.attachments ?? [],
    config,
    writes: { left: writes("left"), right: writes("right") },
    endpoints: { left: endpointOf(session, "left"), right: endpointOf(session, "right") },
    largest: { left: largestTo(session, config, "left"), right: largestTo(session, config, "right") },
    backfill: session.backfill,
    sends: (attachment) => !withheld.has(attachment),
    measured: (side, attachment) => measured.get(attachmentKey(side, attachment)),
    shortcutHash: (_side, { url }) => createHash("sha256").update(formatShortcut(url)).digest("hex"),
  };
}
