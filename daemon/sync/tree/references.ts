import type { FieldSchema } from "../../core/field.ts";
import type { Referred } from "../../core/record.ts";
import { type LinkConfig, otherSide, type Side } from "../../core/snapshot.ts";
import type { Join } from "../../core/store.ts";
import type { Crossing, Crossings } from "../../fields/crossing.ts";
import type { Matched } from "../../fields/outcome.ts";
import { targetsOf } from "../../fields/referred.ts";
import type { References, SideFrame } from "../decide/frame.ts";
import { baseOf, covering, partnerOf, type Sibling } from "./siblings.ts";

/** A field's values on their way to another one. */
export type Way = Parameters<References["crossings"]>[0];

/** A record that has no partner, as it was read: whether a link pairs such records, and what it lies in. */
export interface Above {
  readonly mapped: boolean;
  readonly above: Referred | null;
}

/** What one run knows of references: partners from the stores, what trackers were asked, and what names have matched so far. */
export interface ReferenceMemory extends References {
  /** Null until it was read. */
  above(side: Side, referred: Referred): Above | null;
  setAbove(side: Side, referred: Referred, above: Above): void;
  /** Records that have a partner by the store, but were found to be deleted. */
  isDead(side: Side, referred: Referred): boolean;
  setDead(side: Side, referred: Referred): void;
  /** Of matches by name toward `toward`, those that were not known: remembered from here on, to be kept by the caller. */
  learn(toward: Side, matches: readonly Matched[]): readonly Join[];
}

export function createReferences(link: LinkConfig, siblings: readonly Sibling[]): ReferenceMemory {
  const ways = new Map<string, Crossings>();
  const above = new Map<string, Above>();
  const dead = new Set<string>();
  const joins = knownJoins(link, siblings);
  const known: Known = { link, siblings, above, dead, joins };
  return {
    crossings(way) {
      const key = `${way.toward} ${way.from.name} ${way.to.name}`;
      const made = ways.get(key) ?? crossingsOf(known, way);
      ways.set(key, made);
      return made;
    },
    above: (side, referred) => above.get(keyOf(side, referred)) ?? null,
    setAbove: (side, referred, read) => void above.set(keyOf(side, referred), read),
    isDead: (side, referred) => dead.has(keyOf(side, referred)),
    setDead: (side, referred) => void dead.add(keyOf(side, referred)),
    learn: (toward, matches) => learn(joins, toward, matches),
  };
}

interface Known {
  readonly link: LinkConfig;
  readonly siblings: readonly Sibling[];
  readonly above: ReadonlyMap<string, Above>;
  readonly dead: ReadonlySet<string>;
  readonly joins: ReadonlyMap<string, string>;
}

function crossingsOf(known: Known, way: Way): Crossings {
  const { siblings, joins } = known;
  const covered = isCovered(siblings, way);
  return {
    crossing: (referred) => (covered ? crossing(known, way, referred) : { kind: "by name" }),
    isTaken: (referred) => partnerOf(siblings, way.toward, referred).kind === "paired",
    joined(referred) {
      const side = otherSide(way.toward);
      for (const target of targetsOf(way.to.target)) {
        const id = joins.get(joinKey(side, referred, target));
        if (id !== undefined) return { entity: target, id };
      }
      return null;
    },
  };
}

/** The way of one reference, up the tree past what has no partner and is of no mapped type (E65). */
function crossing({ link, siblings, above, dead }: Known, way: Way, referred: Referred): Crossing {
  const side = otherSide(way.toward);
  const tree = isTree(link, way);
  const seen = new Set<string>();
  for (let at = referred; !seen.has(keyOf(side, at)); ) {
    seen.add(keyOf(side, at));
    const found = partnerOf(siblings, side, at, targetsOf(way.to.target));
    if (found.kind === "paired") {
      const { partner } = found;
      if (!dead.has(keyOf(way.toward, partner))) return { kind: "paired", partner };
      return { kind: "waits", on: at, not: partner.id, named: false };
    }
    if (!tree) return found.kind === "alone" ? { kind: "waits", on: at, named: true } : { kind: "by name" };
    const read = above.get(keyOf(side, at));
    if (read === undefined || read.mapped) return { kind: "waits", on: at, named: false };
    if (read.above === null) return { kind: "top" };
    at = read.above;
  }
  return { kind: "waits", on: referred, named: false };
}

function learn(joins: Map<string, string>, toward: Side, matches: readonly Matched[]): readonly Join[] {
  const fresh: Join[] = [];
  for (const { from, to } of matches) {
    if (joins.get(joinKey(otherSide(toward), from, to.entity)) === to.id) continue;
    const join = toward === "right" ? { left: from, right: to } : { left: to, right: from };
    addJoin(joins, join);
    fresh.push(join);
  }
  return fresh;
}

/** Whether links pair the records that one field names with records that the other may name. */
export function isCovered(siblings: readonly Sibling[], { toward, from, to }: Way): boolean {
  const targets = targetsOf(to.target);
  return targetsOf(from.target).some((entity) => covering(siblings, otherSide(toward), entity, targets).length > 0);
}

/**
 * Whether a field says where in a tree the link's own records lie: on one side at least it names records of their own entity type, or it may name
 * several types. What lies between two records of a tree may be passed over; another reference means the record that it names, and no other.
 */
export function isTree(link: LinkConfig, { toward, from, to }: Way): boolean {
  const own = (side: Side, { target }: FieldSchema) => targetsOf(target).includes(baseOf(link, side));
  const several = [from, to].some(({ target }) => targetsOf(target).length > 1);
  return several || own(otherSide(toward), from) || own(toward, to);
}

/** Fields of each side whose references cross by pair and by nothing else: what their records are called need not be known. */
export function fieldsByPair(
  link: LinkConfig,
  siblings: readonly Sibling[],
  schemas: Readonly<Record<Side, SideFrame>>,
): Readonly<Record<Side, ReadonlySet<string>>> {
  const byPair = { left: new Set<string>(), right: new Set<string>() };
  const byName = { left: new Set<string>(), right: new Set<string>() };
  for (const { left, right, direction, values } of link.fields) {
    const [a, b] = [schemas.left.schemas[left], schemas.right.schemas[right]];
    const ways = [
      { toward: "right", from: a, to: b },
      { toward: "left", from: b, to: a },
    ] as const;
    const pairs = ways
      .filter(({ toward }) => direction === "both" || direction === `to-${toward}`)
      .every(({ toward, from, to }) => {
        if (from?.kind !== "reference" || to?.kind !== "reference" || values !== null) return false;
        return isTree(link, { toward, from, to }) && isCovered(siblings, { toward, from, to });
      });
    (pairs ? byPair : byName).left.add(left);
    (pairs ? byPair : byName).right.add(right);
  }
  const only = (side: Side) => new Set([...byPair[side]].filter((name) => !byName[side].has(name)));
  return { left: only("left"), right: only("right") };
}

function keyOf(side: Side, { entity, id }: Referred): string {
  return `${side} ${entity}/${id}`;
}

function joinKey(side: Side, { entity, id }: Referred, target: string): string {
  return `${side} ${entity}/${id} ${target}`;
}

/** Other links' matches count as well, this link's own before them: the release is the same one. */
function knownJoins(link: LinkConfig, siblings: readonly Sibling[]): Map<string, string> {
  const joins = new Map<string, string>();
  const own = (sibling: Sibling) => sibling.link.key === link.key;
  for (const { store } of [...siblings.filter((each) => !own(each)), ...siblings.filter(own)])
    for (const join of store.joins()) addJoin(joins, join);
  return joins;
}

/** What either end was joined with before is so no more. */
function addJoin(joins: Map<string, string>, { left, right }: Join): void {
  const leftKey = joinKey("left", left, right.entity);
  const rightKey = joinKey("right", right, left.entity);
  const [oldRight, oldLeft] = [joins.get(leftKey), joins.get(rightKey)];
  if (oldRight !== undefined) joins.delete(joinKey("right", { ...right, id: oldRight }, left.entity));
  if (oldLeft !== undefined) joins.delete(joinKey("left", { ...left, id: oldLeft }, right.entity));
  joins.set(leftKey, right.id);
  joins.set(rightKey, left.id);
}
