import type { EntitySchema } from "../../core/field.ts";

/**
 * The schema with the zone that the setting names, in which ALM shows its times and a moment's day is reckoned. The offset that a server without the
 * setting tells is not taken for it: it moves twice a year, and days must not move with it.
 */
export function withZone(schema: EntitySchema, zone: string | undefined): EntitySchema {
  if (zone === undefined) return schema;
  const fields = Object.entries(schema.fields).map(([name, field]) => [
    name,
    field.kind === "datetime" ? { ...field, zone } : field,
  ]);
  return { ...schema, fields: Object.fromEntries(fields) };
}
