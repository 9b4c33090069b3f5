import { readEntityType } from "../../core/entity-type.ts";
import type { EntitySchema, FieldSchema } from "../../core/field.ts";
import { ROLES } from "../../core/meaning.ts";
import { targetsOf } from "../../fields/referred.ts";
import type { DraftSide } from "./input.ts";

type Known = Pick<DraftSide, "type" | "schemas">;

/**
 * Directories of one side that a draft needs by name: what a list of the other side goes with, and what a required reference may point at. Records
 * that may be many, such as requirements, are never among them.
 */
export function wantedTargets(own: Known, entity: string, other: Known, otherEntity: string): ReadonlySet<string> {
  const [mine, theirs] = [byRole(own, entity), byRole(other, otherEntity)];
  const listed = ROLES.flatMap((role) => {
    const [field, partner] = [mine(role), theirs(role)];
    return field?.kind === "reference" && partner?.kind === "option" ? [field] : [];
  });
  const roles = new Set(ROLES.flatMap((role) => (theirs(role) === null ? [] : (mine(role)?.name ?? []))));
  const required = Object.values(own.schemas[entity]?.fields ?? {}).filter(
    (field) => field.kind === "reference" && field.required && !field.readOnly && !roles.has(field.name),
  );
  const bases = new Set([entity, otherEntity].map((one) => readEntityType(one).base));
  return new Set(
    [...listed, ...required].flatMap(({ target }) => targetsOf(target)).filter((target) => !bases.has(target)),
  );
}

function byRole({ type, schemas }: Known, entity: string): (role: (typeof ROLES)[number]) => FieldSchema | null {
  const schema: EntitySchema | undefined = schemas[entity];
  const names = type.meanings?.[readEntityType(entity).base]?.fields ?? {};
  return (role) => schema?.fields[names[role] ?? ""] ?? null;
}
