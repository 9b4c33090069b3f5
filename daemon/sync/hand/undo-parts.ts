import type { JournalEntry } from "../../core/store.ts";
import { PART_WORKS } from "../parts/kinds.ts";
import type { PartEntry, PartUndoing } from "../parts/undo-part.ts";
import type { Session } from "../session.ts";
import type { Tell } from "./undo.ts";
import { UNDO_OF } from "./undo-plan.ts";

/** Takes back attachments, comments and entity links, newest first: each kind says for itself whether it still is what was written. */
export async function undoParts(session: Session, entries: readonly JournalEntry[], tell: Tell): Promise<void> {
  for (const entry of entries) {
    if (!isPart(entry)) continue;
    session.signal.throwIfAborted();
    const { side, record, field, after, before, run } = entry;
    const undoing = await undoingOf(session, entry);
    const failed = undoing.kind === "left" || session.dryRun ? null : await undoing.act(`${UNDO_OF}run ${run}`);
    if (undoing.kind === "left") tell.left(side, record, field, undoing.why);
    else if (failed !== null) tell.left(side, record, field, `could not ${undoing.what}: ${failed}`);
    else tell.step(side, record, { action: "put back", field, now: after, back: before });
  }
}

function isPart(entry: JournalEntry): entry is PartEntry {
  return entry.part !== undefined;
}

async function undoingOf(session: Session, entry: PartEntry): Promise<PartUndoing> {
  const pair = session.store.pair(entry.pair);
  if (pair === null || pair[entry.side] !== entry.record)
    return { kind: "left", why: "the record is no longer paired as it was then" };
  if (pair.unlinked === true) return { kind: "left", why: "the pair is unlinked" };
  const undo = PART_WORKS.find(({ kind }) => kind === entry.part.kind)?.undo;
  return undo === undefined ? { kind: "left", why: "only a person can take it back" } : undo(session, pair, entry);
}
