import type { Attachment, AttachmentPair, AttachmentTrace } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import { type AttachmentAction, entryKey, formOf, inForm, traceOf } from "./attachment-words.ts";

type Of<K extends AttachmentAction["kind"]> = Extract<AttachmentAction, { kind: K }>;
type Memory = readonly AttachmentPair[];

/** SHA-256 of what a write sent, and of the bytes that were read for it; null where there were none. */
export interface Hashes {
  readonly sent: string | null;
  readonly read: string | null;
}

/** Memory after an addition. */
export function afterAdd(memory: Memory, action: Of<"add">, stored: Attachment, { sent, read }: Hashes): Memory {
  const { side, from, form, entry } = action;
  const source = otherSide(side);
  const [copy, original] = [traceOf(stored, sent), traceOf(from, read)];
  const ends = side === "left" ? { left: copy, right: original } : { left: original, right: copy };
  const made = inForm({ ...ends, source }, form);
  return replaced(memory, entry === null ? null : (one) => isSame(one, entry), made);
}

/** Memory after a change. The other end is taken as it was seen, or as the other change of the same pass left it. */
export function afterChange(memory: Memory, action: Of<"change">, stored: Attachment, { sent, read }: Hashes): Memory {
  const { side, entry, fresh, content } = action;
  const other = otherSide(side);
  // What was found may have taken the place of what was known already.
  const ids = [entry[side]?.id, fresh[side]?.id];
  const isIt = (one: AttachmentPair) => one[side] !== null && ids.includes(one[side].id);
  const known = memory.find(isIt);
  const base = known === undefined || JSON.stringify(known) === JSON.stringify(entry) ? fresh : known;
  const seen = content ? withHash(base[other], read) : base[other];
  const trace = traceOf(stored, content ? sent : (base[side]?.hash ?? null));
  const form = content && side !== entry.source ? action.form : formOf(base);
  return replaced(memory, isIt, inForm({ ...base, [side]: trace, [other]: seen }, form));
}

export function afterRemove(memory: Memory, { entry }: Of<"remove">): Memory {
  return replaced(memory, (one) => isSame(one, entry), null);
}

/** The copy stays as somebody's own: known, so that it does not cross as a new one. */
export function afterOrphan(memory: Memory, { entry, side, attachment }: Of<"orphan">): Memory {
  const kept = { ...entry, [otherSide(side)]: null, [side]: traceOf(attachment, null) };
  return replaced(memory, (one) => isSame(one, entry), kept);
}

export function afterKeep(memory: Memory, { before, after }: Of<"keep">): Memory {
  return replaced(memory, before === null ? null : (one) => isSame(one, before), after);
}

/** A copy that was taken away by a person's order: it stays away until its original changes, as if somebody had removed it there. */
export function withTomb(memory: Memory, side: Side, id: string): Memory {
  return memory.map((entry) => (entry[side]?.id === id ? { ...entry, [side]: null } : entry));
}

function withHash(trace: AttachmentTrace | null, hash: string | null): AttachmentTrace | null {
  return trace === null || hash === null ? trace : { ...trace, hash };
}

function isSame(a: AttachmentPair, b: AttachmentPair): boolean {
  return entryKey(a) === entryKey(b);
}

/** The place of what was replaced is kept, so that lists in the store stay comparable. */
function replaced(
  memory: Memory,
  isOld: ((entry: AttachmentPair) => boolean) | null,
  after: AttachmentPair | null,
): Memory {
  const at = isOld === null ? -1 : memory.findIndex(isOld);
  const made = after === null ? [] : [after];
  return at === -1 ? [...memory, ...made] : [...memory.slice(0, at), ...made, ...memory.slice(at + 1)];
}
