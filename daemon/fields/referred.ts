import type { Referred } from "../core/record.ts";

/** The entity types that a reference field names, the nearest first: `feature|theme` holds `feature/12` or `theme/7`, `release` a plain id. */
export function targetsOf(target: string | undefined): readonly string[] {
  return target === undefined || target === "" ? [] : target.split("|");
}

/** What a reference's value names; null where it is no id of any of the field's entity types. */
export function readReferred(value: string, target: string | undefined): Referred | null {
  const targets = targetsOf(target);
  const [only] = targets;
  if (targets.length === 1 && only !== undefined) return { entity: only, id: value };
  const slash = value.indexOf("/");
  const entity = value.slice(0, Math.max(0, slash));
  return targets.includes(entity) ? { entity, id: value.slice(slash + 1) } : null;
}

/** The value that names a record in a field of `target`. */
export function writeReferred({ entity, id }: Referred, target: string | undefined): string {
  return targetsOf(target).length > 1 ? `${entity}/${id}` : id;
}
