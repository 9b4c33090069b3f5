import type { HeldComment, PartKind, Parts } from "../../core/parts.ts";
import { SIDES, type Side } from "../../core/snapshot.ts";
import type { Commit, Pair } from "../../core/store.ts";
import { leaveOutOfScope } from "../scope.ts";
import type { Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";
import type { PartRecover } from "./recover-parts.ts";
import { closeRetries } from "./retries.ts";
import { carriesParts, isInStep, isLaidAside } from "./touched.ts";
import type { PartUndo } from "./undo-part.ts";

/** Pairs whose parts are read and decided together. */
const CHUNK = 100;

/** All that the engine does for one kind of part: an entry of `kinds.ts`. */
export interface PartWork {
  readonly kind: PartKind;
  /** Touches pairs that this run must look at although nobody edited them. Absent: there are none. */
  readonly wake?: (session: Session) => void;
  readonly sync: PartSync;
  readonly recover: PartRecover;
  /** Absent: `syncline undo` says of each write that it stays. */
  readonly undo?: PartUndo;
}

/**
 * Brings one kind of part of some pairs in step: lists both sides, decides, writes by `writePart`. Answers the ids of pairs with a part that could
 * not be carried. Pairs come in step only: neither unlinked nor half deleted. Links that do not carry the kind answer the empty set at once.
 */
export type PartSync = (session: Session, pairs: readonly Pair[], removals: Removals) => Promise<ReadonlySet<string>>;

/** Removals are counted over the whole run before the first is done, and stopped by the link's delete brake. */
export interface Removals {
  /** They were, and none of the brakes stopped them: go on. */
  readonly weighed: boolean;
  /** A pair of which `count` parts on `side` would be removed. Nothing of it is written now: it comes again once all are counted. */
  wait(pair: Pair, side: Side, count: number): void;
  /** For a look, which keeps nothing: comments of a pair that wait for a person. */
  hold?(pair: Pair, comments: readonly HeldComment[]): void;
}

/** How many are to be removed on a side, for the link's delete brake: throws `BrakeStop` where it is too much. */
export type Weigh = (side: Side, kind: PartKind, removals: number) => void;

/** After the fields: attachments, comments and entity links of the pairs that this run touched, or of every pair (T9). */
export async function syncParts(
  session: Session,
  works: readonly PartWork[],
  weigh: Weigh,
  every: boolean,
): Promise<void> {
  if (!carriesParts(session.link)) return;
  for (const work of works) work.wake?.(session);
  const pairs = () => (every ? allPairs(session) : pairsOf(session, session.touched.keys()));
  await leaveOutOfScope(session, pairs());
  for (const work of works) await syncKind(session, work, weigh, pairs());
  settle(session, every);
}

async function syncKind(
  session: Session,
  { kind, sync }: PartWork,
  weigh: Weigh,
  pairs: Iterable<readonly Pair[]>,
): Promise<void> {
  const waiting = new Set<string>();
  const count = { left: 0, right: 0 };
  const counting: Removals = {
    weighed: false,
    wait(pair, side, more) {
      waiting.add(pair.id);
      count[side] += more;
    },
  };
  for (const chunk of pairs) {
    session.signal.throwIfAborted();
    for (const id of await sync(session, chunk, counting)) session.unsettled.add(id);
  }
  for (const side of SIDES) if (count[side] > 0) weigh(side, kind, count[side]);
  const weighed: Removals = { ...counting, weighed: true };
  for (const chunk of pairsOf(session, waiting)) {
    session.signal.throwIfAborted();
    for (const id of await sync(session, chunk, weighed)) session.unsettled.add(id);
  }
}

function* allPairs(session: Session): Iterable<readonly Pair[]> {
  let after: string | null = null;
  for (;;) {
    const page = session.store.pairPage("left", after, CHUNK);
    if (page.length === 0) return;
    after = page.at(-1)?.left ?? null;
    yield page.filter((pair) => isInStep(pair) && !isLaidAside(session, pair));
  }
}

function* pairsOf(session: Session, ids: Iterable<string>): Iterable<readonly Pair[]> {
  for (const batch of inBatches([...ids], CHUNK)) {
    const pairs = batch.flatMap((id) => session.store.pair(id) ?? []);
    yield pairs.filter((pair) => isInStep(pair) && !isLaidAside(session, pair));
  }
}

/**
 * The look covers the versions that were seen before it: the next run passes these records over. What writing parts made of the versions is not
 * taken over, since somebody else's change may hide behind it: one more look finds nothing and settles it.
 */
function settle(session: Session, every: boolean): void {
  if (session.dryRun) return;
  for (const chunk of pairsOf(session, session.touched.keys())) {
    const looked = chunk.filter((pair) => !session.unsettled.has(pair.id));
    const pairs = looked.flatMap((pair) => {
      const { left = pair.leftVersion, right = pair.rightVersion } = session.touched.get(pair.id) ?? {};
      return left === pair.leftVersion && right === pair.rightVersion
        ? []
        : [{ ...pair, leftVersion: left, rightVersion: right }];
    });
    if (pairs.length > 0) session.store.commit({ pairs });
  }
  closeRetries(session, every);
}

/** Keeps what became of a pair's parts, in one transaction with whatever belongs to it. The pair is read again: other kinds keep theirs. */
export function saveParts(session: Session, pair: Pair, parts: Partial<Parts>, more: Omit<Commit, "pairs"> = {}): void {
  const now = session.store.pair(pair.id);
  if (now === null) session.store.commit(more);
  else session.store.commit({ ...more, pairs: [{ ...now, parts: { ...now.parts, ...parts } }] });
}
