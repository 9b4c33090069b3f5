import type { EntityLinkEnd } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { sameEnd } from "../decide/entity-links.ts";
import type { Session } from "../session.ts";
import { baseOf, type Sibling } from "../tree/siblings.ts";

const PAGE = 1_000;

/**
 * Links that other records had to one that was deleted and made anew are made again as well (S42). Where another link of the connection carries them,
 * its pairs wait for the new record as for one that has just got a partner: that link's next run makes them, whatever it lists. `before`: pairs as they
 * were until their record of `side` was made anew.
 */
export function wakeReplaced({ link, siblings, store }: Session, side: Side, before: readonly Pair[]): void {
  const other = otherSide(side);
  const replaced = before.filter((pair) => store.pair(pair.id)?.[side] !== pair[side]);
  if (replaced.length === 0) return;
  const ends = replaced.map((pair) => ({
    lost: { entity: baseOf(link, side), id: pair[side] },
    partner: { entity: baseOf(link, other), id: pair[other] },
  }));
  for (const sibling of siblings) {
    if (sibling.link.key === link.key || sibling.link.entityLinks === undefined) continue;
    const pairs = waitingAmong(sibling, side, ends);
    if (pairs.length > 0) sibling.store.commit({ pairs });
  }
}

interface Ends {
  readonly lost: EntityLinkEnd;
  readonly partner: EntityLinkEnd;
}

function waitingAmong({ store }: Sibling, side: Side, ends: readonly Ends[]): readonly Pair[] {
  const waiting: Pair[] = [];
  for (let after: string | null = null; ; ) {
    const page = store.pairPage("left", after, PAGE);
    for (const pair of page) {
      const theirs = ends.filter(({ lost }) => namesEnd(pair, side, lost));
      if (theirs.length > 0) waiting.push(withParked(pair, otherSide(side), theirs));
    }
    if (page.length < PAGE) return waiting;
    after = page.at(-1)?.left ?? null;
  }
}

function namesEnd({ parts }: Pair, side: Side, end: EntityLinkEnd): boolean {
  return (parts?.entityLinks ?? []).some((each) => {
    const link = each[side];
    return link !== null && (sameEnd(link.from, end) || sameEnd(link.to, end));
  });
}

function withParked(pair: Pair, side: Side, ends: readonly Ends[]): Pair {
  const parked = pair.parts?.parked ?? [];
  const fresh = ends
    .map(({ partner }) => ({ side, end: partner }))
    .filter((one) => !parked.some((known) => known.side === side && sameEnd(known.end, one.end)));
  return { ...pair, parts: { ...pair.parts, parked: [...parked, ...fresh] } };
}
