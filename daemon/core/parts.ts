import type { Markup } from "./field.ts";

/** What belongs to a record besides its fields: attachments, comments, and links to other records. */
export type PartKind = "attachment" | "comment" | "entity link";

/** Bytes of a known length, read as a stream, as often as needed (a lost connection begins anew). */
export interface Content {
  /** In bytes. */
  readonly size: number;
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface Attachment {
  readonly id: string;
  /** File name, unique within its record where the tracker says so. */
  readonly name: string;
  /** Plain text; the empty text where there is none. */
  readonly description: string;
  /** In bytes; null where the tracker does not tell. */
  readonly size: number | null;
  /** Moves whenever the content is replaced; opaque. */
  readonly stamp: string;
  /** Where somebody with the right to see the record opens it. */
  readonly url: string;
  /** An address that somebody attached instead of a file (S15); its bytes, where the tracker has any, are a text that names it. Absent: a file. */
  readonly link?: true;
}

export interface AttachmentDraft {
  readonly name: string;
  readonly description: string;
  readonly content: Content;
}

/** Attachments of one tracker's records. Every method throws `ConnectorError`; writes with `stored: "maybe"` where no answer came. */
export interface AttachmentPort {
  /** Largest file the tracker takes, in bytes; null where nobody knows. */
  readonly maxSize: number | null;
  /** An id whose record is not there has no entry: a lost record is not a record that lost its files. */
  list(
    entity: string,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Attachment[]>>;
  /** The bytes as they come; bounded by `maxBytes`, beyond which it throws `invalid`. */
  read(
    entity: string,
    id: string,
    attachment: Attachment,
    maxBytes: number,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** The attachment as the tracker stored it: it may have another name than asked for. */
  add(entity: string, id: string, draft: AttachmentDraft, signal: AbortSignal): Promise<Attachment>;
  /**
   * Makes an attachment what `draft` says. Where the tracker cannot replace, the new one is added before the old one goes: the id may change.
   * `changed` says what differs, so that a description alone need not send the bytes.
   */
  change(
    entity: string,
    id: string,
    attachment: Attachment,
    draft: AttachmentDraft,
    changed: { readonly content: boolean; readonly description: boolean },
    signal: AbortSignal,
  ): Promise<Attachment>;
  /** One that is gone already counts as removed. */
  remove(entity: string, id: string, attachment: Attachment, signal: AbortSignal): Promise<void>;
}

export interface Comment {
  /** The tracker's own id; null where all comments stand in one text and have none. */
  readonly id: string | null;
  /** Login, where the tracker tells. */
  readonly author: string | null;
  /** As shown to people; the empty text where nothing tells. */
  readonly authorName: string;
  /** `YYYY-MM-DDTHH:mm:ssZ`, or `YYYY-MM-DD` where only the day is known, or null. */
  readonly at: string | null;
  /** Where Syncline carried it from, as it wrote beside it: `endpoint:record`. Null for what people wrote. */
  readonly origin: string | null;
  /** In the port's markup, without the line that tells author, time and origin. */
  readonly body: string;
  /** Only for some readers. */
  readonly private: boolean;
}

export type CommentEdit =
  | {
      readonly kind: "add";
      /** In the port's markup. */
      readonly body: string;
      /** `login`: the author's own account on this tracker, where there is one. */
      readonly author: { readonly login: string | null; readonly name: string };
      readonly at: string | null;
      /** Of the record that it comes from: `endpoint:record`. */
      readonly origin: string;
      readonly private: boolean;
    }
  | { readonly kind: "change"; readonly comment: Comment; readonly body: string }
  | { readonly kind: "remove"; readonly comment: Comment };

/** Comments of one tracker's records. Every method throws `ConnectorError`; writes with `stored: "maybe"` where no answer came. */
export interface CommentPort {
  readonly markup: Markup;
  /** Longest text of one comment; null where nobody knows of a limit. */
  readonly maxLength: { readonly size: number; readonly unit: "bytes" | "characters" } | null;
  /** True where `@login` in a comment sends that person a message. */
  readonly mentions: boolean;
  /** The field of an entity type that holds all its comments in one text; null where each stands by itself. */
  field(entity: string): string | null;
  /** Oldest comment first. An id whose record is not there has no entry: a lost record is not a record that lost its comments. */
  list(entity: string, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly Comment[]>>;
  /**
   * Reads the record's comments again, does the edits, disturbs nothing else, and answers all comments as they then stand. A comment that is to be
   * changed or removed but is not there as it was given throws `conflict`.
   */
  write(entity: string, id: string, edits: readonly CommentEdit[], signal: AbortSignal): Promise<readonly Comment[]>;
}

/** One end of an entity link. `entity`: the entity type without a subtype, as `EntityLinkPort.list` is asked for it. */
export interface EntityLinkEnd {
  readonly entity: string;
  readonly id: string;
}

export interface EntityLink {
  /** The tracker's own id. */
  readonly id: string;
  /** The tracker's word for the relation, in the direction from `from` to `to`; the empty text where it has no types. */
  readonly type: string;
  readonly from: EntityLinkEnd;
  readonly to: EntityLinkEnd;
  readonly comment: string;
}

export type EntityLinkDraft = Omit<EntityLink, "id">;

/** Links between records of one tracker. Every method throws `ConnectorError`; writes with `stored: "maybe"` where no answer came. */
export interface EntityLinkPort {
  /** Entity types at the other end of the links that travel with a record of this type: a requirement's to requirements only (S37), a defect's all (S38). */
  ends(entity: string): readonly string[];
  /** Null where this server has links of such records; else why not, in a sentence for the integrity check. */
  missing(entity: string, signal: AbortSignal): Promise<string | null>;
  /** False for links whose two ends may change places. */
  isDirected(link: Omit<EntityLinkDraft, "comment">): boolean;
  /** Every id has an entry: the links in which the record stands at either end. */
  list(
    entity: string,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly EntityLink[]>>;
  /**
   * One that is there already (same ends, same type) is answered instead of doubled. `looked`: the caller has just listed the records and nothing stood
   * between them, so that a tracker that refuses doubles need not be asked once more before the write; after a refusal it is.
   */
  add(draft: EntityLinkDraft, signal: AbortSignal, looked?: boolean): Promise<EntityLink>;
  /** One that is gone already counts as removed. */
  remove(link: EntityLink, signal: AbortSignal): Promise<void>;
}

/** Two attachments that stand for each other, as they were when they last agreed. An absent end was removed there (a tombstone). */
export interface AttachmentPair {
  readonly left: AttachmentTrace | null;
  readonly right: AttachmentTrace | null;
  /** The side that it comes from; the other holds the copy or the URL. */
  readonly source: "left" | "right";
  /** The copy is a shortcut to where the original is. Absent: it has the original's bytes. */
  readonly url?: true;
}

export interface AttachmentTrace {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly size: number | null;
  readonly stamp: string;
  /** SHA-256 of the bytes, hexadecimal; null where they were never at hand. */
  readonly hash: string | null;
}

/** Two comments that stand for each other. An absent end was removed there. */
export interface CommentPair {
  readonly left: CommentTrace | null;
  readonly right: CommentTrace | null;
  readonly source: "left" | "right";
  /** The copy was cut to fit: an edit of it must not simply replace what the source holds (T1). */
  readonly cut?: true;
}

/** A conflict of comments that nobody has decided. `since`: milliseconds since 1970, when it was first seen. */
export interface HeldComment extends Readonly<Record<"left" | "right", HeldWords>> {
  readonly since: number;
  readonly run: string;
}

export interface HeldWords {
  /** Author and time, as messages name the comment. */
  readonly name: string;
  readonly trace: CommentTrace;
  /** What it says, without markup. */
  readonly text: string;
}

export interface CommentTrace {
  /** The tracker's id; null where comments have none: they are then known by order, head and hash. */
  readonly id: string | null;
  /** Short hash of author, time and origin, which an edit of the body leaves alone. */
  readonly head: string;
  /** SHA-256 of the body in its normal form, hexadecimal. */
  readonly hash: string;
}

/**
 * Two entity links that stand for each other, held by the pair of the link that carries them; where both ends are pairs of it, by the one with the
 * smaller id. A null end was removed there, where the mapping does not carry it from.
 */
export interface EntityLinkPair {
  readonly left: EntityLink | null;
  readonly right: EntityLink | null;
  readonly source: "left" | "right";
}

/** What both sides of a pair last agreed on besides their fields. Absent lists are empty. */
export interface Parts {
  readonly attachments?: readonly AttachmentPair[];
  readonly comments?: readonly CommentPair[];
  /** Comments that both sides changed and that wait for a person: each keeps its own words meanwhile (X15). */
  readonly heldComments?: readonly HeldComment[];
  readonly entityLinks?: readonly EntityLinkPair[];
  /** Entity links of this pair's records whose other end has no pair yet: made once it has one (T31). */
  readonly parked?: readonly { readonly side: "left" | "right"; readonly end: EntityLinkEnd }[];
}

/** A part that is about to be written, or was written. */
export interface PartWrite {
  readonly kind: PartKind;
  readonly action: "add" | "change" | "remove";
  /** As people know it: the file name, the comment's author and time, the link's ends. */
  readonly name: string;
  /** What is needed to recognise it, and to take it back: plain data of the kind's own. */
  readonly data: Readonly<Record<string, unknown>>;
}
