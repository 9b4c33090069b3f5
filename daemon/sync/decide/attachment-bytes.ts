import type { Attachment, AttachmentTrace } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { type AttachmentsNow, type Form, isAddress } from "./attachment-words.ts";

/** What became of an attachment's bytes since they were last known. `moved`: the same bytes under another stamp. */
export type Content = "same" | "moved" | "changed" | "unknown";

/** Asks for bytes as far as a decision needs them, and notes those that are still to be read. */
export interface Bytes {
  /** SHA-256 where it was read already, else null. */
  known(side: Side, attachment: Attachment): string | null;
  /** SHA-256; null where it is not known (yet). */
  hash(side: Side, attachment: Attachment): string | null;
  since(side: Side, attachment: Attachment, trace: AttachmentTrace): Content;
  /** Whether two hold the same; null where that is not known (yet). */
  equal(left: Attachment, right: Attachment): boolean | null;
  /** In which form an attachment crosses now; null where its size is not known (yet). */
  form(side: Side, attachment: Attachment): Form | null;
  readonly wanted: readonly { readonly side: Side; readonly attachment: Attachment }[];
}

export function bytesOf(now: AttachmentsNow): Bytes {
  const wanted: { readonly side: Side; readonly attachment: Attachment }[] = [];

  function measured(side: Side, attachment: Attachment): ReturnType<AttachmentsNow["measured"]> {
    const known = now.measured(side, attachment);
    if (known === undefined) wanted.push({ side, attachment });
    return known;
  }

  function hash(side: Side, attachment: Attachment): string | null {
    return hashOf(measured(side, attachment));
  }

  return {
    wanted,
    hash,
    known: (side, attachment) => hashOf(now.measured(side, attachment)),
    since(side, attachment, trace) {
      if (attachment.stamp === trace.stamp && attachment.size === trace.size) return "same";
      if (trace.hash === null || differ(attachment.size, trace.size)) return "changed";
      const is = hash(side, attachment);
      if (is === null) return "unknown";
      return is === trace.hash ? "moved" : "changed";
    },
    equal(left, right) {
      if (differ(left.size, right.size)) return false;
      const [one, other] = [hash("left", left), hash("right", right)];
      return one === null || other === null ? null : one === other;
    },
    form(side, attachment) {
      if (isAddress(attachment)) return "copy";
      if (now.config.mode === "url") return "url";
      const largest = now.largest[otherSide(side)];
      if (largest === null && attachment.size !== null) return "copy";
      const known = attachment.size === null ? measured(side, attachment) : { size: attachment.size };
      if (known === undefined || known === null) return null;
      return known === "larger" || (largest !== null && known.size > largest) ? "url" : "copy";
    },
  };
}

function hashOf(known: ReturnType<AttachmentsNow["measured"]>): string | null {
  return known === undefined || known === "larger" ? null : (known?.hash ?? null);
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}
