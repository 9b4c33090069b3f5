import type { EntityLink, EntityLinkDraft, EntityLinkPair, Parts } from "../../core/parts.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import type { LinkPlan } from "../decide/entity-links.ts";
import { type Couple, isBetween } from "./entity-link-couples.ts";

/** What a holder remembers once its couples are decided: what both sides agree on, and what is still to be removed. */
export function agreedNow(
  parts: Parts,
  works: readonly { readonly couple: Couple; readonly plan: LinkPlan }[],
  orphaned: ReadonlySet<EntityLinkPair>,
): readonly EntityLinkPair[] {
  const stored = parts.entityLinks ?? [];
  const orphans = new Set([...orphaned].map((one) => JSON.stringify(one)));
  const rest = stored.filter(
    (each) => !works.some(({ couple }) => isBetween(each, couple.ends)) && !orphans.has(JSON.stringify(each)),
  );
  return [...rest, ...works.flatMap(({ plan }) => [...plan.kept, ...plan.removals.map(({ agreed }) => agreed)])];
}

/** Memory with a link of `side` that was made for one of the other. */
export function withAgreed(
  parts: Parts,
  side: Side,
  stored: EntityLink,
  source: EntityLink | null,
): readonly EntityLinkPair[] {
  const from = otherSide(side);
  const made: EntityLinkPair =
    side === "left" ? { left: stored, right: source, source: from } : { left: source, right: stored, source: from };
  const rest = (parts.entityLinks ?? []).filter(
    (each) => each[side]?.id !== stored.id || !sameKind(each[side], stored),
  );
  return [...rest, made];
}

/** Ids of defects' links and of requirements' traces are two rows of numbers in one tracker. */
function sameKind(a: EntityLink | null, b: EntityLink): boolean {
  return a !== null && a.from.entity === b.from.entity && a.to.entity === b.to.entity;
}

export function without(parts: Parts, agreed: EntityLinkPair): readonly EntityLinkPair[] {
  const gone = JSON.stringify(agreed);
  return (parts.entityLinks ?? []).filter((each) => JSON.stringify(each) !== gone);
}

/** `defect 7 → requirement 23 (Related)`. */
export function nameOf({ from, to, type }: Pick<EntityLinkDraft, "from" | "to" | "type">): string {
  return `${from.entity} ${from.id} → ${to.entity} ${to.id}${type === "" ? "" : ` (${type})`}`;
}

export function wordOf({ type }: Pick<EntityLinkDraft, "type">): string {
  return type === "" ? "linked" : type;
}

/** Of the parts of a pair whose record was deleted and made anew, the links: they are made again on the new record (S42). Other parts went with it. */
export function partsOfReplaced(replaced: Pair | null): Pick<Pair, "parts"> {
  const entityLinks = replaced?.parts?.entityLinks ?? [];
  return entityLinks.length === 0 ? {} : { parts: { entityLinks } };
}
