import type { EntityLink, EntityLinkEnd, EntityLinkPair, EntityLinkPort, Parts } from "../../core/parts.ts";
import { type LinkConfig, otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { type Between, flowsTo, type PairEnd, sameEnd } from "../decide/entity-links.ts";
import type { Session } from "../session.ts";
import { baseOf, pairsAcross, type Sibling } from "../tree/siblings.ts";
import type { Waiting } from "./entity-link-parked.ts";
import { isInStep, isLaidAside } from "./touched.ts";

/** Two pairs with the links between their records. */
export interface Couple extends Between {
  /** Whose memory has what was agreed: the pair of this link; of two, the one with the smaller id, so that both ends find the same. */
  readonly holder: Pair;
  /** Pairs of this link: one or two. */
  readonly own: readonly Pair[];
}

export type Parked = NonNullable<Parts["parked"]>[number];

export interface Looked {
  readonly couples: readonly Couple[];
  /** By pair: its links whose other end has no pair yet. */
  readonly parked: ReadonlyMap<string, readonly Waiting[]>;
  /** What holders remember of pairs that are there no more: to be forgotten. */
  readonly orphans: ReadonlySet<EntityLinkPair>;
}

export type Ports = Readonly<Record<Side, EntityLinkPort>>;

/** Whether links between records of one link of the connection and of `other` travel with the first (S37, S38). Of two that both would, the first in the mapping does it. */
export function carries(session: Session, ports: Ports, other: LinkConfig): boolean {
  const { link, siblings } = session;
  const reaches = (from: LinkConfig, to: LinkConfig) =>
    SIDES.every((side) => ports[side].ends(baseOf(from, side)).includes(baseOf(to, side)));
  if (!reaches(link, other)) return false;
  if (other.key === link.key || other.entityLinks === undefined || !reaches(other, link)) return true;
  const place = (key: string) => siblings.findIndex((sibling) => sibling.link.key === key);
  return place(link.key) < place(other.key);
}

/** Reads the links of both sides of these pairs, and finds the pairs at their ends. */
export async function lookAtLinks(session: Session, ports: Ports, pairs: readonly Pair[]): Promise<Looked> {
  const listed = {
    left: await listOf(session, ports, "left", pairs),
    right: await listOf(session, ports, "right", pairs),
  };
  const remembered = pairs.flatMap((pair) => pair.parts?.entityLinks ?? []);
  const finder = createFinder(session, pairs, [
    ...SIDES.flatMap((side) => listed[side].map((link) => ({ side, link }))),
    ...remembered.flatMap((each) => SIDES.flatMap((side) => (each[side] === null ? [] : [{ side, link: each[side] }]))),
  ]);
  const couples = new Map<string, Couple>();
  const parked = new Map<string, Waiting[]>();
  for (const side of SIDES) {
    for (const link of listed[side]) {
      const found = finder(side, link);
      if (found.kind === "couple") addTo(session, ports, couples, found.ends, side, link);
      if (found.kind === "parked" && isParked(session, ports, side, found.end))
        for (const pair of found.own)
          parked.set(pair.id, [...(parked.get(pair.id) ?? []), { parked: { side, end: found.end }, link }]);
    }
  }
  const orphans = new Set<EntityLinkPair>();
  for (const each of remembered) {
    const places = SIDES.flatMap((side) => (each[side] === null ? [] : [finder(side, each[side])]));
    const place = places.find(({ kind }) => kind === "couple");
    if (place?.kind === "couple") addTo(session, ports, couples, place.ends);
    else if (!places.some(({ kind }) => kind === "aside")) orphans.add(each);
  }
  const chunk = new Set(pairs.map(({ id }) => id));
  return { couples: [...couples.values()].filter(({ holder }) => isInTurn(session, chunk, holder)), parked, orphans };
}

/** A pair that is looked at by itself, now or in another chunk, decides about its links then. */
function isInTurn(session: Session, chunk: ReadonlySet<string>, holder: Pair): boolean {
  return chunk.has(holder.id) || !(session.full || session.touched.has(holder.id));
}

async function listOf(
  session: Session,
  ports: Ports,
  side: Side,
  pairs: readonly Pair[],
): Promise<readonly EntityLink[]> {
  const ids = pairs.map((pair) => pair[side]);
  const listed = await ports[side].list(baseOf(session.link, side), ids, session.signal);
  const links = [...listed.values()].flat().filter(({ from, to }) => !sameEnd(from, to));
  return [...new Map(links.map((link) => [`${link.from.entity} ${link.to.entity} ${link.id}`, link])).values()];
}

interface End {
  readonly pair: Pair;
  readonly sibling: Sibling;
}

type Place =
  | { readonly kind: "couple"; readonly ends: readonly [End, End] }
  /** One record has no pair. */
  | { readonly kind: "parked"; readonly own: readonly Pair[]; readonly end: EntityLinkEnd }
  /** A pair that is half deleted, unlinked or frozen: what it has is left alone. */
  | { readonly kind: "aside" }
  | { readonly kind: "none" };

function createFinder(
  session: Session,
  pairs: readonly Pair[],
  links: readonly { readonly side: Side; readonly link: EntityLink }[],
): (side: Side, link: EntityLink) => Place {
  const { link: own, siblings, store } = session;
  const known = { left: new Map<string, End>(), right: new Map<string, End>() };
  for (const side of SIDES) {
    const ends = links.flatMap((each) => (each.side === side ? [each.link.from, each.link.to] : []));
    for (const [entity, some] of Map.groupBy(ends, (end) => end.entity)) {
      const ids = [...new Set(some.map(({ id }) => id))];
      for (const [id, end] of pairsAcross(siblings, side, entity, ids)) known[side].set(`${entity} ${id}`, end);
    }
    for (const pair of pairs)
      known[side].set(`${baseOf(own, side)} ${pair[side]}`, { pair, sibling: { link: own, store } });
  }
  return (side, { from, to }) => {
    const ends = [from, to].map((end) => known[side].get(`${end.entity} ${end.id}`));
    const [first, last] = ends;
    if (first === undefined && last === undefined) return { kind: "none" };
    if (first !== undefined && last !== undefined) {
      if ([first, last].some(({ pair }) => !isInStep(pair) || isLaidAside(session, pair))) return { kind: "aside" };
      return { kind: "couple", ends: [first, last] };
    }
    const mine = (first ?? last)?.pair;
    if (mine === undefined || !pairs.some(({ id }) => id === mine.id)) return { kind: "none" };
    return { kind: "parked", own: [mine], end: first === undefined ? from : to };
  };
}

function isParked(session: Session, ports: Ports, side: Side, end: EntityLinkEnd): boolean {
  const config = session.link.entityLinks;
  if (config === undefined || !flowsTo({ config }, otherSide(side))) return false;
  return session.siblings.some(({ link }) => baseOf(link, side) === end.entity && carries(session, ports, link));
}

function addTo(
  session: Session,
  ports: Ports,
  couples: Map<string, Couple>,
  ends: readonly [End, End],
  side?: Side,
  link?: EntityLink,
): void {
  const { link: config } = session;
  const own = ends.filter(({ sibling }) => sibling.link.key === config.key);
  const other = ends.find(({ sibling }) => sibling.link.key !== config.key) ?? own[1];
  if (own[0] === undefined || other === undefined || own[0].pair.id === own[1]?.pair.id) return;
  if (!carries(session, ports, other.sibling.link)) return;
  const holder = own.map(({ pair }) => pair).toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
  if (holder === undefined) return;
  const key = ends
    .map(({ pair, sibling }) => `${sibling.link.key} ${pair.id}`)
    .sort()
    .join(" ");
  const couple = couples.get(key) ?? newCouple(session, holder, own, ends);
  couples.set(key, side === undefined || link === undefined ? couple : withLink(couple, side, link));
}

function newCouple(session: Session, holder: Pair, own: readonly End[], ends: readonly [End, End]): Couple {
  const [first, last] = [endOf(ends[0]), endOf(ends[1])];
  const memory = session.store.pair(holder.id)?.parts?.entityLinks ?? [];
  const couple = { ends: [first, last] as const, now: { left: [], right: [] } };
  return {
    ...couple,
    holder,
    own: own.map(({ pair }) => pair),
    agreed: memory.filter((each) => isBetween(each, couple.ends)),
  };
}

function endOf({ pair, sibling: { link } }: End): PairEnd {
  return {
    left: { entity: baseOf(link, "left"), id: pair.left },
    right: { entity: baseOf(link, "right"), id: pair.right },
  };
}

/** Whether a remembered link is about these two pairs, of which one may have got another record since. */
export function isBetween(agreed: EntityLinkPair, ends: Between["ends"]): boolean {
  return SIDES.some((side) => {
    const link = agreed[side];
    const here = [ends[0][side], ends[1][side]];
    return link !== null && [link.from, link.to].every((end) => here.some((one) => sameEnd(one, end)));
  });
}

function withLink(couple: Couple, side: Side, link: EntityLink): Couple {
  return { ...couple, now: { ...couple.now, [side]: [...couple.now[side], link] } };
}
