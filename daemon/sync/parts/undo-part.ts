import type { PartWrite } from "../../core/parts.ts";
import type { JournalEntry, Pair } from "../../core/store.ts";
import type { Session } from "../session.ts";

export type PartEntry = JournalEntry & { readonly part: PartWrite };

/** What can be done about one written part: left as it is for a reason, or taken back. */
export type PartUndoing =
  | { readonly kind: "left"; readonly why: string }
  | {
      readonly kind: "step";
      /** In words, after "could not": `remove the attachment`. */
      readonly what: string;
      /** Does it, by `writePart`; null: done, else why not. */
      act(origin: string): Promise<string | null>;
    };

/** Decides whether one journalled write of a part can be taken back: only where it still is what was written. Reads, never writes. */
export type PartUndo = (session: Session, pair: Pair, entry: PartEntry) => Promise<PartUndoing>;
