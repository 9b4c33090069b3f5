import type { Snapshot } from "../../core/snapshot.ts";
import type { Repository } from "../git/repository.ts";
import type { CommitTree } from "../tree.ts";
import { withAllowances } from "./allowances.ts";
import type { Holder } from "./hold.ts";
import type { LastGood } from "./last-good.ts";
import type { ActivePointer } from "./memory.ts";
import { prepare, type Workshop } from "./prepare.ts";
import type { Attempted, Verdicts } from "./verdicts.ts";

/** Moments between which a killed process must leave the old revision or the new one, whole. */
export type Checkpoint = "read" | "prepared" | "kept" | "persisted" | "swapped" | "told";

export interface Activation extends Workshop {
  readonly repository: Repository;
  readonly lastGood: LastGood;
  readonly verdicts: Verdicts;
  readonly holder: Holder;
  readonly now: () => number;
  readonly checkpoint: (name: Checkpoint) => Promise<void>;
  readonly note: (level: "debug" | "warn", message: string) => void;
  /** A snapshot has gone live; its verdict has been told. */
  readonly onActive: (snapshot: Snapshot) => void;
}

/** Signals of one attempt: a newer tip or the daemon's end. `commit` is called when neither counts any more. */
export interface Interruption {
  readonly signal: AbortSignal;
  commit(): void;
}

/**
 * Takes a commit as far as it goes: live, or rejected with its verdict told. Throws where it could not tell, and the signal's reason where it
 * was interrupted; nothing has changed then. `learnt` hears of subject and author as soon as they are read.
 */
export async function attempt(
  attempted: Attempted,
  learnt: (about: CommitTree) => void,
  to: Activation,
  by: Interruption,
): Promise<void> {
  const tree = await to.repository.readTree(attempted.revision, by.signal);
  learnt(tree);
  const known = { ...attempted, about: tree };
  await to.checkpoint("read");
  const current = to.holder.current();
  if (current !== null && current.digest === tree.digest) {
    by.signal.throwIfAborted();
    by.commit();
    return goLive(known, tree, withAllowances(tree, { ...current, revision: tree.revision }), to);
  }
  const prepared = await prepare(tree, to, by.signal);
  if (!prepared.ok) {
    by.signal.throwIfAborted();
    by.commit();
    return to.verdicts.tell(to.verdicts.make(known, "rejected", { diagnostics: prepared.diagnostics }));
  }
  const snapshot = withAllowances(tree, prepared.snapshot);
  try {
    await to.checkpoint("prepared");
    by.signal.throwIfAborted();
    by.commit();
    await goLive(known, tree, snapshot, to);
  } catch (error) {
    if (to.holder.current() !== snapshot) await snapshot.rules?.close();
    throw error;
  }
}

/** Keep the content, write the pointer, swap. Nothing after the pointer may fail. */
async function goLive(attempted: Attempted, tree: CommitTree, snapshot: Snapshot, to: Activation): Promise<void> {
  await to.lastGood.keep(tree);
  await to.checkpoint("kept");
  const before = to.holder.current();
  const verdict = to.verdicts.make(attempted, "active", { diagnostics: snapshot.warnings });
  await to.verdicts.keepActive(verdict, pointerTo(tree, to.now()));
  await to.checkpoint("persisted");
  to.holder.swap(snapshot);
  await to.checkpoint("swapped");
  to.verdicts.announce(verdict);
  to.onActive(snapshot);
  await to.checkpoint("told");
  // The one before stays: a state file that is damaged is replaced by its copy from before the last write.
  const wanted = [tree.digest, ...(before === null ? [] : [before.digest])];
  await to.lastGood.forgetOthers(wanted).catch((error: unknown) => {
    to.note("warn", `Earlier content of ${tree.revision} could not be removed: ${String(error)}`);
  });
}

function pointerTo(tree: CommitTree, at: number): ActivePointer {
  const { revision, digest, subject, author } = tree;
  return { revision, digest, subject, author, at };
}

/**
 * Brings up the revision that was live when the daemon last ran, with its verdict told. Throws where it could not tell. False where the
 * revision is now refused: then nothing runs until another commit is good, and the pointer stays for the version that made it.
 */
export async function restore(
  pointer: ActivePointer,
  attempted: Attempted,
  to: Activation,
  signal: AbortSignal,
): Promise<boolean> {
  const tree = await readKept(pointer, to, signal);
  const prepared = await prepare(tree, to, signal);
  const known = { ...attempted, about: pointer };
  if (!prepared.ok) {
    const reason = "This version of Syncline refuses the revision that was active before.";
    await to.verdicts.tell(to.verdicts.make(known, "rejected", { diagnostics: prepared.diagnostics, reason }));
    return false;
  }
  to.holder.swap(prepared.snapshot);
  to.verdicts.announce(to.verdicts.make(known, "active", { diagnostics: prepared.snapshot.warnings }));
  to.onActive(prepared.snapshot);
  return true;
}

/** The content from the state folder; where that is damaged or gone, from the repository, and it is put right. */
async function readKept(pointer: ActivePointer, to: Activation, signal: AbortSignal): Promise<CommitTree> {
  const { revision, subject, author, digest } = pointer;
  const kept = await to.lastGood.read(digest);
  if (kept !== null) return { ...kept, revision, subject, author };
  to.note("warn", `The kept content of ${revision} is missing or was changed; it is read from the repository again.`);
  const tree = await to.repository.readTree(revision, signal);
  if (tree.digest !== digest)
    throw new Error(`the repository has another content for ${revision} than what was active`);
  await to.lastGood.keep(tree);
  return tree;
}
