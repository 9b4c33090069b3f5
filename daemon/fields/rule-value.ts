import type { FieldSchema } from "../core/field.ts";
import type { Fields, Value } from "../core/record.ts";
import type { RuleFields, RuleValue } from "../core/rules.ts";
import { canonicalDate, canonicalInstant } from "./date.ts";
import { canonicalDecimal } from "./number.ts";
import { holdable } from "./text.ts";

type Schemas = Readonly<Record<string, FieldSchema>>;

/** Values as rules see them: see `core/rules.ts`. */
export function toRuleFields(fields: Fields, schemas: Schemas): RuleFields {
  const seen: Record<string, RuleValue> = {};
  for (const name of Object.keys(fields)) seen[name] = toRule(fields[name] ?? null, schemas[name]);
  return seen;
}

function toRule(v: Value, schema: FieldSchema | undefined): RuleValue {
  if (schema?.multiple === true) return v === null ? [] : typeof v === "string" ? [v] : v;
  if (v === null || typeof v !== "string" || schema === undefined) return v;
  if (schema.kind === "boolean") return v === "true";
  if (schema.kind !== "number") return v;
  const number = Number(v);
  return canonicalDecimal(String(number)) === v ? number : v;
}

/** A rule's answer as a value, or what is wrong with it. Booleans and numbers become their texts; `""` and `[]` are empty. */
export function fromRule(
  given: unknown,
  schema: FieldSchema | undefined,
): { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string } {
  if (given === null || given === undefined || given === "") return { ok: true, value: null };
  if (Array.isArray(given)) return fromList(given, schema);
  const text = fromScalar(given, schema);
  if (!text.ok) return text;
  return { ok: true, value: schema?.multiple === true ? [text.value] : text.value };
}

function fromList(given: readonly unknown[], schema: FieldSchema | undefined): ReturnType<typeof fromRule> {
  if (schema !== undefined && !schema.multiple)
    return { ok: false, message: `the rule gave several values, but "${schema.label}" holds one` };
  const items = new Set<string>();
  for (const item of given) {
    const text = fromScalar(item, schema);
    if (!text.ok) return text;
    if (text.value !== "") items.add(text.value);
  }
  return { ok: true, value: items.size === 0 ? null : [...items].sort() };
}

function fromScalar(
  given: unknown,
  schema: FieldSchema | undefined,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly message: string } {
  const wrong = (wanted: string) => ({
    ok: false as const,
    message: `the rule gave ${JSON.stringify(given)}, but "${schema?.label ?? ""}" holds ${wanted}`,
  });
  if (typeof given !== "string" && typeof given !== "number" && typeof given !== "boolean") return wrong("text");
  if (typeof given === "number" && !Number.isFinite(given)) return wrong("a finite number");
  const text = String(given);
  switch (schema?.kind) {
    case "number": {
      const decimal = canonicalDecimal(text);
      return decimal === null ? wrong("a number") : { ok: true, value: decimal };
    }
    case "date": {
      const day = canonicalDate(text);
      return day === null ? wrong("a date (YYYY-MM-DD)") : { ok: true, value: day };
    }
    case "datetime": {
      const instant = canonicalInstant(text);
      return instant === null ? wrong("a moment (YYYY-MM-DDTHH:mm:ssZ)") : { ok: true, value: instant };
    }
    case "boolean":
      return text === "true" || text === "false" ? { ok: true, value: text } : wrong("true or false");
    default:
      return { ok: true, value: holdable(text) };
  }
}
