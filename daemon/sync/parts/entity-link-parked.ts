import type { EntityLink } from "../../core/parts.ts";
import { otherSide, SIDES } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { isWhole, pairsAcross } from "../tree/siblings.ts";
import type { Parked } from "./entity-link-couples.ts";
import { nameOf } from "./entity-link-memory.ts";
import { fieldOfPart } from "./write-part.ts";

/** Pairs with parked links that one run asks its siblings about. */
const MOST_PARKED = 100_000;

/** A link whose other end has no pair yet. */
export interface Waiting {
  readonly parked: Parked;
  readonly link: EntityLink;
}

/** Pairs with a parked end that any link of the connection has paired since are looked at in this run, though nobody has edited them (T31). */
export function wakeParked(session: Session): void {
  const { link, siblings, store, touched } = session;
  if (link.entityLinks === undefined) return;
  const waiting = store.parked(MOST_PARKED);
  // Either side, whatever the direction: links of a record that was made anew come back the other way as well (S42).
  for (const side of SIDES) {
    const ends = waiting.flatMap((pair) =>
      (pair.parts?.parked ?? []).flatMap((one) => (one.side === side ? [{ pair, end: one.end }] : [])),
    );
    for (const [entity, some] of Map.groupBy(ends, ({ end }) => end.entity)) {
      const found = pairsAcross(siblings, side, entity, [...new Set(some.map(({ end }) => end.id))]);
      for (const { pair, end } of some) {
        const partner = found.get(end.id)?.pair;
        if (partner !== undefined && isWhole(partner)) touched.set(pair.id, touched.get(pair.id) ?? {});
      }
    }
  }
}

/** Once: it is no error, and it ends by itself. */
export function tellParked(session: Session, pair: Pair, waiting: readonly Waiting[]): void {
  const before = pair.parts?.parked ?? [];
  for (const { parked, link } of waiting) {
    const { side, end } = parked;
    if (before.some((one) => one.side === side && one.end.entity === end.entity && one.end.id === end.id)) continue;
    const field = fieldOfPart({ kind: "entity link", name: nameOf(link) });
    const message = `${end.entity} ${end.id} has no partner in ${endpointOf(session, otherSide(side))} yet: the link waits, and is made once it has one`;
    say(session, "noted", side, pair[side], field, message);
  }
}

export function parkedEnds(waiting: readonly Waiting[]): readonly Parked[] {
  const parked = waiting.map((one) => one.parked);
  return [...new Map(parked.map((one) => [`${one.side} ${one.end.entity} ${one.end.id}`, one])).values()];
}
