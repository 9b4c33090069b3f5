import type { EntitySchema, FieldSchema } from "../../core/field.ts";

/**
 * Fields by name, each once: Redmine's custom fields go by number and by label, each name being the other's label, and the one that the tracker
 * lists first is the one that nobody renames.
 */
export function fieldsOnce({ fields }: EntitySchema): readonly FieldSchema[] {
  const seen = new Set<string>();
  return Object.values(fields).filter((field) => {
    const twin = fields[field.label];
    const alias = field.label !== field.name && twin?.label === field.name && seen.has(twin.name);
    if (!alias) seen.add(field.name);
    return !alias;
  });
}

/** Whether somebody added the field to the tracker, as far as `stock` tells such names from the product's own. */
export function isUserDefined({ name }: FieldSchema, stock: EntitySchema | null): boolean {
  if (Object.hasOwn(stock?.fields ?? {}, name)) return false;
  return (stock?.open ?? []).some((pattern) => new RegExp(`^(?:${pattern})$`).test(name));
}
