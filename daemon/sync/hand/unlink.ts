import type { UnlinkOrder } from "../../core/deeds.ts";
import { otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair, Retry } from "../../core/store.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { planPairs } from "../pairs.ts";
import { readAll } from "../read-all.ts";
import { recover } from "../recover.ts";
import type { Work } from "../run.ts";
import { endpointOf, type Session } from "../session.ts";
import { putByHand } from "./by-hand.ts";

export interface Unlinking {
  left: string;
  right: string;
  readonly cleared: string[];
  readonly failed: string[];
  /** Why nothing was done; null where it was. */
  why: string | null;
}

export function noUnlinking(): Unlinking {
  return { left: "", right: "", cleared: [], failed: [], why: null };
}

/**
 * Leaves both records of a pair alone. The pair stays in the memory, marked: otherwise the markers, or the next full run, would pair or double the
 * records again. `relink` takes the mark away and looks at the pair anew, `forget` drops it: both records then count as new.
 */
export function unlinkWork(order: UnlinkOrder, side: Side, into: Unlinking): Work {
  return async (session, input) => {
    await recover(session, (ms) => input.wait(ms, input.signal));
    const pair = session.store.pairs(side, [order.record]).get(order.record);
    into.why = pair === undefined ? "it has no pair" : whyNot(pair, order);
    if (pair === undefined || into.why !== null) return;
    Object.assign(into, { left: pair.left, right: pair.right });
    if (order.clearMarkers) await clearMarkers(session, pair, into);
    if (session.dryRun || into.failed.length > 0) return;
    const now = session.store.pair(pair.id) ?? pair;
    if (order.how === "forget") session.store.commit({ removePairs: [pair.id], doneRetries: retriesOf(pair) });
    else if (order.how === "relink") relink(session, now);
    else session.store.commit({ pairs: [withoutConflicts({ ...now, unlinked: true })], doneRetries: retriesOf(pair) });
  };
}

/** Nobody need decide what nothing carries any more. */
function withoutConflicts(pair: Pair): Pair {
  const { heldComments: _, ...parts } = pair.parts ?? {};
  return { ...pair, held: [], ...(pair.parts === undefined ? {} : { parts }) };
}

function whyNot(pair: Pair, { how }: UnlinkOrder): string | null {
  if (how === "unlink" && pair.unlinked === true) return "it is unlinked already";
  if (how === "relink" && pair.unlinked !== true) return "it is not unlinked";
  return null;
}

function retriesOf(pair: Pair): readonly { side: Side; record: string }[] {
  return SIDES.map((side) => ({ side, record: pair[side] }));
}

/** What was edited meanwhile is merged with the base of old; the queue brings the pair up, because no listing need. */
function relink(session: Session, { unlinked: _, ...pair }: Pair): void {
  const retry: Retry = {
    ...{ side: "left", record: pair.left, reason: "linked again", field: null, version: "", attempts: 0 },
    ...{ since: session.now(), due: session.now(), revision: session.context.revision },
  };
  session.store.commit({ pairs: [pair], retries: [retry] });
}

async function clearMarkers(session: Session, pair: Pair, into: Unlinking): Promise<void> {
  const writes = { left: await clearing(session, pair, "left"), right: await clearing(session, pair, "right") };
  const cleared = SIDES.filter((side) => writes[side].length > 0);
  if (!session.dryRun && cleared.length > 0) {
    const left = (await readAll(session, "left", [pair.left])).get(pair.left);
    const right = (await readAll(session, "right", [pair.right])).get(pair.right);
    const [plan] =
      left === undefined || right === undefined
        ? []
        : await planPairs(session, [{ pair, left, right, linking: false }]);
    if (plan !== undefined) await putByHand(session, [{ plan, writes, settled: [], origin: "unlinked by hand" }]);
  }
  for (const side of cleared) {
    const name = `${endpointOf(session, side)}:${pair[side]}`;
    const done = session.dryRun || session.store.journal({ run: session.context.run, side, limit: 10 }).length > 0;
    if (done) into.cleared.push(name);
    else into.failed.push(name);
  }
}

async function clearing(session: Session, pair: Pair, side: Side): Promise<readonly FieldWrite[]> {
  const field = session.link[side].marker;
  if (field === null) return [];
  const record = (await readAll(session, side, [pair[side]])).get(pair[side]);
  const before = record?.fields[field] ?? null;
  // Somebody else's value is not ours to clear.
  if (record === undefined || before !== pair[otherSide(side)]) return [];
  return [{ field, value: null, before, origin: "unlinked by hand", notes: [] }];
}
