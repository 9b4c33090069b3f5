import { readEntityType } from "../../core/entity-type.ts";
import type { Referred } from "../../core/record.ts";
import { type LinkConfig, otherSide, type Side } from "../../core/snapshot.ts";
import type { LinkStore, Pair } from "../../core/store.ts";

/** A link of a connection with its memory, for references and entity links that cross from one link to another. */
export interface Sibling {
  readonly link: LinkConfig;
  readonly store: LinkStore;
}

/** What the connection's links know of one record. */
export type Partner =
  | { readonly kind: "paired"; readonly partner: Referred; readonly pair: Pair; readonly sibling: Sibling }
  /** Links pair records of its entity type, but this one has no partner. */
  | { readonly kind: "alone" }
  /** No link pairs such records. */
  | { readonly kind: "foreign" };

/** An entity type as references name it: without subtypes. */
export function baseOf(link: LinkConfig, side: Side): string {
  return readEntityType(link[side].entity).base;
}

/** Links that pair records of type `entity` on `side` with records of one of `others`; null: of any type. */
export function covering(
  siblings: readonly Sibling[],
  side: Side,
  entity: string,
  others: readonly string[] | null,
): readonly Sibling[] {
  return siblings.filter(
    ({ link }) => baseOf(link, side) === entity && (others === null || others.includes(baseOf(link, otherSide(side)))),
  );
}

/** A pair whose two records stand for each other still: neither is known to be gone, and nobody has unlinked them. */
export function isWhole(pair: Pair): boolean {
  return pair.gone === undefined && pair.unlinked === undefined;
}

/** The partner of a record of `side`, over all links of its connection. Asks the stores, no tracker. */
export function partnerOf(
  siblings: readonly Sibling[],
  side: Side,
  { entity, id }: Referred,
  others: readonly string[] | null = null,
): Partner {
  const links = covering(siblings, side, entity, others);
  if (links.length === 0) return { kind: "foreign" };
  const other = otherSide(side);
  for (const sibling of links) {
    const pair = sibling.store.pairs(side, [id]).get(id);
    if (pair === undefined || !isWhole(pair)) continue;
    return { kind: "paired", partner: { entity: baseOf(sibling.link, other), id: pair[other] }, pair, sibling };
  }
  return { kind: "alone" };
}

/** Pairs of records of one type by their ids on `side`, over all links of the connection; one that is whole before one that is not. */
export function pairsAcross(
  siblings: readonly Sibling[],
  side: Side,
  entity: string,
  ids: readonly string[],
): ReadonlyMap<string, { readonly pair: Pair; readonly sibling: Sibling }> {
  const found = new Map<string, { readonly pair: Pair; readonly sibling: Sibling }>();
  for (const sibling of covering(siblings, side, entity, null)) {
    for (const [id, pair] of sibling.store.pairs(side, ids)) {
      const before = found.get(id);
      if (before === undefined || (!isWhole(before.pair) && isWhole(pair))) found.set(id, { pair, sibling });
    }
  }
  return found;
}

/** Partners of many records, by `<entity>/<id>`; those without one are missing. One question to each store. */
export function partnersOf(
  siblings: readonly Sibling[],
  side: Side,
  referred: readonly Referred[],
  others: readonly string[] | null = null,
): ReadonlyMap<string, Referred> {
  const other = otherSide(side);
  const found = new Map<string, Referred>();
  for (const [entity, group] of Map.groupBy(referred, (one) => one.entity)) {
    const ids = [...new Set(group.map(({ id }) => id))];
    for (const { link, store } of covering(siblings, side, entity, others)) {
      for (const [id, pair] of store.pairs(side, ids)) {
        const key = `${entity}/${id}`;
        if (isWhole(pair) && !found.has(key)) found.set(key, { entity: baseOf(link, other), id: pair[other] });
      }
    }
  }
  return found;
}
