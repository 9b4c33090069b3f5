import type { FieldSchema } from "../core/field.ts";
import type { Value } from "../core/record.ts";
import { canonicalDate, canonicalInstant } from "./date.ts";
import { htmlBody } from "./html.ts";
import { canonicalDecimal } from "./number.ts";
import { canonicalRich, markupOf } from "./rich.ts";
import { normalLines } from "./text.ts";

/** Whether two values of one field mean the same, by the field's kind. Several values are compared as a set. */
export function equalValues(schema: FieldSchema, a: Value, b: Value): boolean {
  if (a === b || sameInside(schema, a, b)) return true;
  const left = canonicalList(schema, a);
  const right = canonicalList(schema, b);
  if (left.length !== right.length) return false;
  return left.every((item, i) => item === right[i]);
}

/** Most texts differ in the document around them at most: that is seen without parsing them. */
function sameInside(schema: FieldSchema, a: Value, b: Value): boolean {
  if (schema.kind !== "rich" || typeof a !== "string" || typeof b !== "string") return false;
  return markupOf(schema) === "html" && htmlBody(a) === htmlBody(b);
}

function canonicalList(schema: FieldSchema, value: Value): readonly string[] {
  if (value === null) return [];
  if (typeof value !== "string")
    return [...new Set(value.map((v) => canonical(schema, v)))].filter((v) => v !== "").sort();
  const text = canonical(schema, value);
  return text === "" ? [] : [text];
}

/** The normal form of one value; the empty text for what counts as empty. */
export function canonical(schema: FieldSchema, text: string): string {
  switch (schema.kind) {
    case "rich":
      return canonicalRich(text, markupOf(schema));
    case "number":
      return canonicalDecimal(text) ?? text.trim();
    case "date":
      return canonicalDate(text) ?? text.trim();
    case "datetime":
      return canonicalInstant(text) ?? text.trim();
    case "user":
      return text.trim().toLowerCase();
    case "string":
      return normalLines(text).trimEnd();
    default:
      return text;
  }
}
