import type { Attachment, AttachmentPair, AttachmentTrace } from "../../core/parts.ts";
import type { AttachmentConfig, Side } from "../../core/snapshot.ts";
import { isShortcut } from "../../fields/shortcut.ts";

/** How an attachment stands on the other side: its bytes, or a shortcut to its address. */
export type Form = "copy" | "url";

/** What the bytes of an attachment turned out to be when they were read in this run. */
export interface Measured {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** In bytes. */
  readonly size: number;
}

/** Both lists of one pair, its memory, and what else bears on them. Pure data, but for two look-ups. */
export interface AttachmentsNow {
  readonly left: readonly Attachment[];
  readonly right: readonly Attachment[];
  readonly memory: readonly AttachmentPair[];
  readonly config: AttachmentConfig;
  /** Sides that may be written: by the direction, and where the link updates records at all. */
  readonly writes: Readonly<Record<Side, boolean>>;
  /** Endpoint names, for names that are told apart by them. */
  readonly endpoints: Readonly<Record<Side, string>>;
  /** Largest file that crosses to a side as bytes; null: any. */
  readonly largest: Readonly<Record<Side, number | null>>;
  /** True: what crossed as an address and would cross as bytes now is carried anew (T20). */
  readonly backfill: boolean;
  /** False: a rule keeps it where it is, so that it is not added to the other side. */
  sends(attachment: Attachment): boolean;
  /** Undefined: not read yet in this run. Null: it cannot be read now, which was told. `larger`: than what may cross to the other side. */
  measured(side: Side, attachment: Attachment): Measured | "larger" | null | undefined;
  /** SHA-256 of the shortcut that stands for an attachment of `side` on the other side. */
  shortcutHash(side: Side, attachment: Attachment): string;
}

/** What is to be done about a pair's attachments. Memory (`keep`) is what both sides agree on without any write. */
export type AttachmentAction =
  | {
      readonly kind: "add";
      /** Where it is added. */
      readonly side: Side;
      readonly from: Attachment;
      readonly form: Form;
      readonly name: string;
      /** Of an attachment that was removed there and is made again. */
      readonly entry: AttachmentPair | null;
    }
  | {
      readonly kind: "change";
      readonly side: Side;
      readonly attachment: Attachment;
      readonly from: Attachment;
      readonly form: Form;
      readonly name: string;
      readonly description: string;
      /** Whether the bytes differ. */
      readonly content: boolean;
      /** What somebody gave the copy meanwhile, and what the original's counts instead of. Absent: nothing. */
      readonly instead?: readonly ("name" | "description")[];
      readonly entry: AttachmentPair;
      /** The entry with both ends as they are before the write. */
      readonly fresh: AttachmentPair;
    }
  | {
      readonly kind: "remove";
      readonly side: Side;
      readonly attachment: Attachment;
      readonly entry: AttachmentPair;
      /** The attachment that the other side's copy stems from: `deleted_at_destination = "delete-source"`. */
      readonly original: boolean;
    }
  | { readonly kind: "keep"; readonly before: AttachmentPair | null; readonly after: AttachmentPair | null }
  | {
      /** A copy that somebody edited and whose original is gone: it stays, and is nobody's copy any more. */
      readonly kind: "orphan";
      readonly side: Side;
      readonly attachment: Attachment;
      readonly entry: AttachmentPair;
    }
  | {
      /** Neither is touched (S21). `edited`: both were, since they last agreed; `name`: two of their own with one name. */
      readonly kind: "clash";
      readonly why: "name" | "edited";
      readonly left: Attachment;
      readonly right: Attachment;
    };

export function traceOf(attachment: Attachment, hash: string | null): AttachmentTrace {
  const { id, name, description, size, stamp } = attachment;
  return { id, name, description, size, stamp, hash };
}

/** The form in which a pair's copy was made. */
export function formOf(entry: AttachmentPair): Form {
  return entry.url === true ? "url" : "copy";
}

export function inForm({ url: _, ...entry }: AttachmentPair, form: Form): AttachmentPair {
  return form === "url" ? { ...entry, url: true } : entry;
}

/** An address, as a shortcut or as the tracker itself keeps it: passed on as it is (S15). */
export function isAddress({ name, link }: Attachment): boolean {
  return link === true || isShortcut(name);
}

/** What an attachment is called on the other side. */
export function carriedName({ name, link }: Attachment, form: Form): string {
  return form === "url" || (link === true && !isShortcut(name)) ? `${name}.url` : name;
}

/** `log.txt` of alm as `log-alm.txt`, then `log-alm-2.txt`: without the characters that E99 warns of. */
export function toldApart(name: string, endpoint: string, taken: ReadonlySet<string>): string {
  if (!taken.has(sortName(name))) return name;
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  for (let count = 1; ; count++) {
    const free = `${stem}-${endpoint}${count === 1 ? "" : `-${count}`}${ending}`;
    if (!taken.has(sortName(free))) return free;
  }
}

/** Names are compared composed: what looks the same is the same. */
export function sortName(name: string): string {
  return name.normalize("NFC");
}

/** One entry of a pair's memory, whatever became of its ends. */
export function entryKey(entry: AttachmentPair): string {
  return JSON.stringify([entry.left?.id ?? null, entry.right?.id ?? null]);
}
