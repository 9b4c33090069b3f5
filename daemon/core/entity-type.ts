/**
 * An entity type as a link names it: `requirement/Functional|Business` is the tracker's `requirement`, of these subtypes only. The first is the one
 * that new records get (E62).
 */
export interface EntityType {
  readonly base: string;
  /** Empty: every subtype. */
  readonly subtypes: readonly string[];
}

export function readEntityType(text: string): EntityType {
  const slash = text.indexOf("/");
  if (slash === -1) return { base: text, subtypes: [] };
  const subtypes = text
    .slice(slash + 1)
    .split("|")
    .map((name) => name.trim());
  return { base: text.slice(0, slash), subtypes: [...new Set(subtypes)] };
}

/** Whether a record can be of both. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [readEntityType(a), readEntityType(b)];
  if (one.base !== other.base) return false;
  if (one.subtypes.length === 0 || other.subtypes.length === 0) return true;
  return one.subtypes.some((name) => other.subtypes.includes(name));
}

/** What says when a record of an entity type is over: a date field of its own, or the end of the record that a field names (a cycle's release). */
export type Ending = { readonly field: string } | { readonly of: string };
