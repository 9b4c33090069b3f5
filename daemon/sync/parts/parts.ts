import type { Parts } from "../../core/parts.ts";
import type { Commit, Pair } from "../../core/store.ts";
import type { Session } from "../session.ts";
import { inBatches } from "../write.ts";
import { carriesParts } from "./touched.ts";

/** Pairs whose parts are read and decided together. */
const CHUNK = 100;

/**
 * Brings one kind of part of some pairs in step: lists both sides, decides, writes with intents, keeps what was agreed. Answers the ids of pairs
 * with a part that could not be carried.
 */
export type PartSync = (session: Session, pairs: readonly Pair[]) => Promise<ReadonlySet<string>>;

/** After the fields: attachments, comments and entity links of the pairs that this run touched; of every pair in a full run (T9). */
export async function syncParts(session: Session, kinds: readonly PartSync[]): Promise<void> {
  if (!carriesParts(session.link) || kinds.length === 0) return;
  for (const chunk of session.full ? allPairs(session) : touchedPairs(session)) {
    session.signal.throwIfAborted();
    const failed = new Set<string>();
    for (const sync of kinds) for (const id of await sync(session, chunk)) failed.add(id);
    settleVersions(
      session,
      chunk.filter((pair) => !failed.has(pair.id)),
    );
  }
}

function* allPairs(session: Session): Iterable<readonly Pair[]> {
  let after: string | null = null;
  for (;;) {
    const page = session.store.pairPage("left", after, CHUNK);
    if (page.length === 0) return;
    after = page.at(-1)?.left ?? null;
    yield page.filter(isInStep);
  }
}

function* touchedPairs(session: Session): Iterable<readonly Pair[]> {
  for (const ids of inBatches([...session.touched.keys()], CHUNK)) {
    yield ids.flatMap((id) => session.store.pair(id) ?? []).filter(isInStep);
  }
}

function isInStep(pair: Pair): boolean {
  return pair.unlinked !== true && pair.gone === undefined;
}

/**
 * The look covers what the listing showed: the next run passes these records over. What our own writes made of the versions is not taken over,
 * since somebody else's change may hide behind it: one more look finds nothing and settles it.
 */
function settleVersions(session: Session, pairs: readonly Pair[]): void {
  if (session.dryRun) return;
  const settled = pairs.flatMap(({ id }) => {
    const pair = session.store.pair(id);
    const seen = session.touched.get(id);
    if (pair === null || seen === undefined) return [];
    const { left = pair.leftVersion, right = pair.rightVersion } = seen;
    return left === pair.leftVersion && right === pair.rightVersion
      ? []
      : [{ ...pair, leftVersion: left, rightVersion: right }];
  });
  if (settled.length > 0) session.store.commit({ pairs: settled });
}

/** Keeps what became of a pair's parts, in one transaction with whatever belongs to it. The pair is read again: other kinds keep theirs. */
export function saveParts(session: Session, pair: Pair, parts: Partial<Parts>, more: Omit<Commit, "pairs"> = {}): void {
  const now = session.store.pair(pair.id);
  if (now === null) session.store.commit(more);
  else session.store.commit({ ...more, pairs: [{ ...now, parts: { ...now.parts, ...parts } }] });
}
