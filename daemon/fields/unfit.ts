import type { FieldSchema } from "../core/field.ts";
import { lengthIn } from "./text.ts";

/** Why a tracker would refuse a text that stands in the mapping for a field, as far as its schema tells; null where it would not. Pure. */
export function whyUnfit(text: string, schema: FieldSchema, endpoint: string): string | null {
  const { kind, label, options, verified, maxLength: max } = schema;
  if (kind === "option" && options !== undefined) {
    if (options.includes(text)) return null;
    const shown = options.slice(0, 12).join(", ") + (options.length > 12 ? ", …" : "");
    if (verified === true) return `"${text}" is not in the list of "${label}" in ${endpoint} (${shown})`;
  }
  if (max === undefined || (kind !== "string" && kind !== "option")) return null;
  const length = lengthIn(text, max.unit);
  return length <= max.size
    ? null
    : `${length} ${max.unit} do not fit "${label}" of ${endpoint}, which holds ${max.size}`;
}
