import type { ConnectorType } from "../../core/connector.ts";
import { readEntityType } from "../../core/entity-type.ts";
import { WORKS } from "../../core/meaning.ts";

/** Two entity types that a link is drafted for. */
export interface EntityPair {
  /** Of the link. */
  readonly name: string;
  readonly left: string;
  readonly right: string;
}

/** What goes together where nobody says so: defects with defects (or issues), requirements with requirements, stories with stories (X2). */
export function usualPairs(left: ConnectorType, right: ConnectorType): readonly EntityPair[] {
  const found: EntityPair[] = [];
  for (const work of WORKS) {
    const [ours, theirs] = [left, right].map((type) => entityFor(type, work));
    if (ours === undefined || theirs === undefined) continue;
    const taken = found.some((pair) => baseOf(pair.left) === baseOf(ours) || baseOf(pair.right) === baseOf(theirs));
    if (!taken) found.push({ name: work === "story" ? "stories" : `${work}s`, left: ours, right: theirs });
  }
  return found;
}

function entityFor({ meanings = {} }: ConnectorType, work: (typeof WORKS)[number]): string | undefined {
  return Object.values(meanings).flatMap(({ works }) => works?.[work] ?? [])[0];
}

/** Named after the left entity type, and counted on where two links would bear one name. */
export function namePairs(pairs: readonly (readonly [left: string, right: string])[]): readonly EntityPair[] {
  const names: string[] = [];
  return pairs.map(([left, right]) => {
    const { base, subtypes } = readEntityType(left);
    const words = [...subtypes.slice(0, 1), base].join("-").toLowerCase();
    const word = plural(words.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, ""));
    const used = names.filter((name) => name === word || name.startsWith(`${word}-`)).length;
    names.push(used === 0 ? word : `${word}-${used + 1}`);
    return { name: names.at(-1) ?? word, left, right };
  });
}

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function baseOf(entity: string): string {
  return readEntityType(entity).base;
}
