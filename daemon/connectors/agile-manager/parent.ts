import { ConnectorError } from "../../core/errors.ts";
import type { FieldSchema } from "../../core/field.ts";
import type { Fields, Value } from "../../core/record.ts";

/**
 * Where an item hangs in the tree, as one field that the server does not have: `feature/12` or `theme/7` for items, which hold both a feature and
 * a theme; the bare id of its theme for a feature.
 */
export const PARENT = "parent";
const OF_ITEMS = "feature|theme";

/** Names as the server knows them. `parent`: what is known of the field; null for entity types without it. */
export function wireNames(names: readonly string[], parent: FieldSchema | null): readonly string[] {
  if (!names.includes(PARENT) || parent === null) return names;
  const own = parent.target === OF_ITEMS ? ["feature_id", "theme_id"] : ["theme_id"];
  return [...new Set(names.flatMap((name) => (name === PARENT ? own : [name])))];
}

/** `idOf` reads a reference; null for none. */
export function parentOf(parent: FieldSchema, idOf: (name: string) => Value): Value {
  const theme = idOf("theme_id");
  if (parent.target !== OF_ITEMS) return theme;
  const feature = idOf("feature_id");
  if (feature !== null) return `feature/${feature}`;
  return theme === null ? null : `theme/${theme}`;
}

/**
 * Fields as they are written. The theme of a feature follows by itself; a theme alone takes the item out of its feature. What a link maps besides
 * (`theme_id`) is sent as it is.
 */
export function withoutParent(fields: Fields, parent: FieldSchema | null): Fields {
  const { [PARENT]: value, ...rest } = fields;
  if (value === undefined || parent === null) return fields;
  if (parent.target !== OF_ITEMS) return { theme_id: value, ...rest };
  if (value === null) return { feature_id: null, theme_id: null, ...rest };
  const [, kind, id = ""] = /^(feature|theme)\/(\d{1,15})$/.exec(String(value)) ?? [];
  if (kind === undefined) {
    const message = `${JSON.stringify(value)} is no parent: it must be feature/<id> or theme/<id>`;
    throw new ConnectorError("invalid", message, { field: PARENT });
  }
  return kind === "feature" ? { feature_id: id, ...rest } : { feature_id: null, theme_id: id, ...rest };
}

/** Searches that together find the items with one of these parents; more may be found, a theme's features' items among them. */
export function parentSearches(
  values: readonly string[],
  parent: FieldSchema,
): readonly { readonly field: string; readonly values: readonly string[] }[] {
  if (parent.target !== OF_ITEMS) return [{ field: "theme_id", values }];
  return (["feature", "theme"] as const).flatMap((kind) => {
    const ids = values.flatMap((value) => (value.startsWith(`${kind}/`) ? [value.slice(kind.length + 1)] : []));
    return ids.length === 0 ? [] : [{ field: `${kind}_id`, values: ids }];
  });
}
