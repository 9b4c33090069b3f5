import type { TrackerRecord } from "../core/record.ts";
import { otherSide, SIDES, type Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";
import { say } from "./failure.ts";
import { endpointOf, type Session } from "./session.ts";

export interface Changed {
  readonly pair: Pair;
  readonly record: TrackerRecord;
}

/**
 * T21: of pairs with a change, those that go on. Where a side's filter selects a record no longer, its pair is frozen until it does again, or
 * unlinked for good, as the link says.
 */
export async function inScope(session: Session, side: Side, changed: readonly Changed[]): Promise<readonly Changed[]> {
  const out = await outOfScope(
    session,
    changed.map(({ pair }) => pair),
  );
  return changed.flatMap(({ pair, record }): Changed[] => {
    const which = out.get(pair.id);
    if (which === undefined) return [{ pair: thawed(session, pair, side), record }];
    leave(session, which, pair);
    return [];
  });
}

/** The same for pairs of which perhaps nothing but an attachment or a comment has changed. */
export async function leaveOutOfScope(session: Session, chunks: Iterable<readonly Pair[]>): Promise<void> {
  if (SIDES.every((side) => scopeRule(session, side) === null)) return;
  for (const pairs of chunks) {
    const out = await outOfScope(session, pairs);
    for (const pair of pairs) {
      const which = out.get(pair.id);
      if (which !== undefined) leave(session, which, pair);
    }
  }
}

function scopeRule(session: Session, side: Side): { readonly filter: string } | null {
  const { filter, outOfScope: rule = "keep" } = session.link[side];
  return filter === null || rule === "keep" ? null : { filter };
}

/** By pair the side whose filter does not select its record. One question a side and batch, and only where the link has such a rule. */
async function outOfScope(session: Session, pairs: readonly Pair[]): Promise<ReadonlyMap<string, Side>> {
  const out = new Map<string, Side>();
  for (const side of SIDES) {
    const rule = scopeRule(session, side);
    if (rule === null || pairs.length === 0) continue;
    const ids = pairs.map((pair) => pair[side]);
    const { connectors, link, signal } = session;
    const selected = await connectors[side].matching(link[side].entity, ids, rule.filter, signal);
    const there = await stillThere(
      session,
      side,
      ids.filter((id) => !selected.has(id)),
    );
    for (const pair of pairs) if (there.has(pair[side]) && !out.has(pair.id)) out.set(pair.id, side);
  }
  return out;
}

/** What a filter does not select may as well be deleted or hidden: that is told apart elsewhere. */
async function stillThere(session: Session, side: Side, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { connectors, link, signal } = session;
  return new Set((await connectors[side].read(link[side].entity, ids, [], signal)).keys());
}

function leave(session: Session, which: Side, pair: Pair): void {
  const unlink = session.link[which].outOfScope === "unlink";
  if (!unlink && pair.frozen === true) {
    const [endpoint, why] = [endpointOf(session, which), "the filter does not select it: the pair is frozen"];
    session.emit({ event: "record.unchanged", context: session.context, endpoint, record: pair[which], why });
    return;
  }
  if (session.dryRun && session.planned.has(pair.id)) return;
  const message = unlink
    ? `the filter does not select it any more: it is unlinked from ${nameOf(session, otherSide(which), pair)}, and both are left alone (out_of_scope = "unlink")`
    : `the filter does not select it any more: nothing is written to it or to ${nameOf(session, otherSide(which), pair)} until it does again (out_of_scope = "freeze")`;
  say(session, "noted", which, pair[which], null, message);
  if (session.dryRun) {
    session.planned.add(pair.id);
    return;
  }
  const { frozen: _, ...rest } = pair;
  session.store.commit({
    pairs: [unlink ? { ...rest, unlinked: true } : { ...pair, frozen: true }],
    doneRetries: SIDES.map((each) => ({ side: each, record: pair[each] })),
  });
}

function nameOf(session: Session, side: Side, pair: Pair): string {
  return `${endpointOf(session, side)}:${pair[side]}`;
}

/** In scope again: what either side edited meanwhile differs from the base, and is merged now. */
function thawed(session: Session, pair: Pair, side: Side): Pair {
  if (pair.frozen !== true) return pair;
  say(session, "noted", side, pair[side], null, "it goes on being kept in step: the filter selects it again");
  const { frozen: _, ...rest } = pair;
  return rest;
}
