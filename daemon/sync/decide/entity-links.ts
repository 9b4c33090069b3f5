import type { EntityLink, EntityLinkDraft, EntityLinkEnd, EntityLinkPair } from "../../core/parts.ts";
import { type EntityLinkConfig, otherSide, SIDES, type Side } from "../../core/snapshot.ts";

/** A pair as an end of entity links: its record of each side, by entity type without subtypes. */
export type PairEnd = Readonly<Record<Side, EntityLinkEnd>>;

/** Everything between two pairs: what each side has now, and what both had when they last agreed. */
export interface Between {
  readonly ends: readonly [PairEnd, PairEnd];
  readonly now: Readonly<Record<Side, readonly EntityLink[]>>;
  readonly agreed: readonly EntityLinkPair[];
}

export interface LinkRules {
  readonly config: Pick<EntityLinkConfig, "direction" | "types" | "unmapped">;
  isDirected(side: Side, link: EntityLink): boolean;
}

/** A link of `side` that is to be made on the other one. */
export interface LinkAddition {
  /** The side that is written. */
  readonly side: Side;
  readonly source: EntityLink;
  readonly draft: EntityLinkDraft;
}

/** A link that is gone on one side and goes on the other as well, once somebody has seen that both records are still there. */
export interface LinkRemoval {
  /** The side that is written. */
  readonly side: Side;
  readonly link: EntityLink;
  readonly agreed: EntityLinkPair;
}

export interface LinkPlan {
  /** What both sides agree on without any write. A null end was taken away where the mapping does not carry it from. */
  readonly kept: readonly EntityLinkPair[];
  readonly additions: readonly LinkAddition[];
  readonly removals: readonly LinkRemoval[];
  readonly faults: readonly { readonly side: Side; readonly link: EntityLink; readonly message: string }[];
}

/** Of what was agreed: the link as it stands now, or why it does not. */
type Fate =
  | { readonly kind: "there"; readonly link: EntityLink }
  /** Somebody took it away, or made it another type. */
  | { readonly kind: "removed" }
  /** It went with a record that was deleted and made anew (S42). */
  | { readonly kind: "lost" }
  /** It was not there when both last agreed. */
  | { readonly kind: "absent" };

interface Half {
  readonly agreed: EntityLinkPair;
  /** The side that still has it. */
  readonly side: Side;
  readonly link: EntityLink;
  readonly fate: Exclude<Fate["kind"], "there">;
}

/** What is not decided yet, by side. */
type Open = Readonly<Record<Side, Set<EntityLink>>>;

/**
 * Brings the links between two pairs in step: both sides are sets of links by their ends and type, compared with what was agreed (T32). A link that
 * both sides have is never made again, whoever made it.
 */
export function planLinks(between: Between, rules: LinkRules): LinkPlan {
  const open: Open = { left: new Set(between.now.left), right: new Set(between.now.right) };
  const standing = fatesOf(between, open);
  const settled = settleHalves(between, rules, standing.halves, open);
  const matched = matchFresh(between, rules, open);
  const fresh = SIDES.filter((side) => flowsTo(rules, otherSide(side))).flatMap((side) =>
    [...open[side]].map((link) => additionOf(between, rules, side, link)),
  );
  return {
    kept: [...standing.kept, ...settled.kept, ...matched],
    additions: [...settled.additions, ...fresh.flatMap((one) => one.additions)],
    removals: settled.removals,
    faults: [...settled.faults, ...fresh.flatMap((one) => one.faults)],
  };
}

/** What was agreed and still stands on both sides, and what on one of them only. What stands on none is forgotten. */
function fatesOf(between: Between, open: Open): { readonly kept: EntityLinkPair[]; readonly halves: Half[] } {
  const kept: EntityLinkPair[] = [];
  const halves: Half[] = [];
  for (const agreed of between.agreed) {
    const left = fateOf(agreed, "left", between, open.left);
    const right = fateOf(agreed, "right", between, open.right);
    if (left.kind === "there") open.left.delete(left.link);
    if (right.kind === "there") open.right.delete(right.link);
    if (left.kind === "there" && right.kind === "there")
      kept.push({ left: left.link, right: right.link, source: agreed.source });
    else if (left.kind === "there" && right.kind !== "there")
      halves.push({ agreed, side: "left", link: left.link, fate: right.kind });
    else if (right.kind === "there" && left.kind !== "there")
      halves.push({ agreed, side: "right", link: right.link, fate: left.kind });
  }
  return { kept, halves };
}

function settleHalves(between: Between, rules: LinkRules, halves: readonly Half[], open: Open): LinkPlan {
  const kept: EntityLinkPair[] = [];
  const removals: LinkRemoval[] = [];
  const additions: LinkAddition[] = [];
  for (const { agreed, side, link, fate } of halves) {
    const partner = take(open[otherSide(side)], (other) => alike(between, rules, side, link, other));
    if (partner !== null) kept.push(pairOf(side, link, partner, agreed.source));
    else if (fate === "lost") additions.push(againOf(between, side, link, agreed));
    else if (fate === "removed" && flowsTo(rules, side)) removals.push({ side, link, agreed });
    else kept.push(pairOf(side, link, null, agreed.source));
  }
  return { kept, removals, additions, faults: [] };
}

/** Links that both sides made, or had before anything was agreed. Those that find no partner stay open. */
function matchFresh(between: Between, rules: LinkRules, open: Open): readonly EntityLinkPair[] {
  const source = flowsTo(rules, "right") ? "left" : "right";
  return [...open.left].flatMap((link) => {
    const partner = take(open.right, (other) => alike(between, rules, "left", link, other));
    if (partner === null) return [];
    open.left.delete(link);
    return [pairOf("left", link, partner, source)];
  });
}

/** An id tells a link from another one that was made since between the same records: that one is new, and not what was agreed. */
function fateOf(agreed: EntityLinkPair, side: Side, { ends }: Between, open: ReadonlySet<EntityLink>): Fate {
  const before = agreed[side];
  if (before === null) return { kind: "absent" };
  const here = [ends[0][side], ends[1][side]];
  if (![before.from, before.to].every((end) => here.some((one) => sameEnd(one, end)))) return { kind: "lost" };
  const link = [...open].find((one) => one.id === before.id && one.type === before.type && isAt(one, before.from));
  return link === undefined ? { kind: "removed" } : { kind: "there", link };
}

function isAt(link: EntityLink, end: EntityLinkEnd): boolean {
  return sameEnd(link.from, end) || sameEnd(link.to, end);
}

export function sameEnd(a: EntityLinkEnd, b: EntityLinkEnd): boolean {
  return a.id === b.id && a.entity === b.entity;
}

function pairOf(side: Side, link: EntityLink, other: EntityLink | null, source: Side): EntityLinkPair {
  return side === "left" ? { left: link, right: other, source } : { left: other, right: link, source };
}

/** Removes and answers the first that fits. */
function take(links: Set<EntityLink>, fits: (link: EntityLink) => boolean): EntityLink | null {
  const found = [...links].find(fits);
  if (found === undefined) return null;
  links.delete(found);
  return found;
}

export function flowsTo({ config }: Pick<LinkRules, "config">, side: Side): boolean {
  return config.direction === "both" || config.direction === `to-${side}`;
}

/** Whether two links, one of each side, say the same. A link without a type goes with any; where one side knows no direction, none is compared. */
function alike(between: Between, rules: LinkRules, side: Side, link: EntityLink, other: EntityLink): boolean {
  const there = otherSide(side);
  const typed =
    link.type === "" ||
    other.type === "" ||
    wordFor(rules, there, link.type) === other.type ||
    wordFor(rules, side, other.type) === link.type;
  if (!typed) return false;
  if (!rules.isDirected(side, link) || !rules.isDirected(there, other)) return true;
  return startOf(between, side, link) === startOf(between, there, other);
}

/** Which of the two pairs a link begins at. */
function startOf({ ends }: Between, side: Side, link: EntityLink): 0 | 1 {
  return sameEnd(ends[0][side], link.from) ? 0 : 1;
}

type Made = Pick<LinkPlan, "additions" | "faults">;

function additionOf(between: Between, rules: LinkRules, from: Side, link: EntityLink): Made {
  const to = otherSide(from);
  const word = wordFor(rules, to, link.type);
  if (word === null) return { additions: [], faults: [] };
  if (word === undefined) {
    const message = `the type "${link.type}" is in no value map: add it to "types" of entity_links, or say what "unmapped" is to do`;
    return { additions: [], faults: [{ side: from, link, message }] };
  }
  const draft = draftOf(between, from, link, word, link.comment);
  return { additions: [{ side: to, source: link, draft }], faults: [] };
}

/** A link that went with its record comes back as it was: what several types are one for on the other side, or have no word there, is not asked again (S42, T2). */
function againOf(between: Between, from: Side, link: EntityLink, agreed: EntityLinkPair): LinkAddition {
  const to = otherSide(from);
  const { type = "", comment = "" } = agreed[to] ?? {};
  return { side: to, source: link, draft: draftOf(between, from, link, type, comment) };
}

function draftOf(between: Between, from: Side, link: EntityLink, type: string, comment: string): EntityLinkDraft {
  const to = otherSide(from);
  const start = startOf(between, from, link);
  const [first, last] = [between.ends[start], between.ends[start === 0 ? 1 : 0]];
  return { type, from: first[to], to: last[to], comment };
}

/** The type's word on `to`; null: such links stay where they are; undefined: nobody has said. No type needs no word. */
function wordFor({ config }: LinkRules, to: Side, type: string): string | null | undefined {
  const { types, unmapped } = config;
  if (typeof unmapped === "object" && type === "") return unmapped.value;
  if (type === "") return "";
  const words = types === null ? {} : to === "right" ? types.toRight : types.toLeft;
  if (Object.hasOwn(words, type)) return words[type];
  if (unmapped === "copy") return type;
  if (unmapped === "skip") return null;
  return unmapped === "error" ? undefined : unmapped.value;
}
