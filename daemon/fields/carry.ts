import type { DirectoryEntry, FieldSchema } from "../core/field.ts";
import type { Value } from "../core/record.ts";
import type { FieldMapping, Side } from "../core/snapshot.ts";
import { canonicalDate, canonicalInstant } from "./date.ts";
import { canonicalDecimal } from "./number.ts";
import { type Carried, fault, SKIP, value } from "./outcome.ts";
import { entryOf, findByName, parentOf } from "./reference.ts";
import { convertMarkup, markupOf } from "./rich.ts";
import { cut, lengthIn, oneLine } from "./text.ts";
import { carryUser, listedPartner } from "./user.ts";
import type { EndpointWorld } from "./world.ts";

/** One field's way to the other side. */
export interface Passage {
  readonly from: FieldSchema;
  readonly to: FieldSchema;
  readonly mapping: FieldMapping;
  readonly toward: Side;
  readonly source: EndpointWorld;
  readonly target: EndpointWorld;
}

/** What a field's value becomes on the other side: names, values, users, types, limits. Pure. */
export function carry(given: Value, passage: Passage): Carried {
  const items = given === null ? [] : typeof given === "string" ? [given] : given;
  const carried: string[] = [];
  const notes: string[] = [];
  for (const item of items) {
    const result = carryOne(item, passage);
    if (result.kind === "fault") return result;
    if (result.kind === "skip") {
      if (!passage.to.multiple) return SKIP;
      continue;
    }
    notes.push(...result.notes);
    if (typeof result.value === "string" && result.value !== "" && !carried.includes(result.value))
      carried.push(result.value);
  }
  return gather(carried, notes, passage.to);
}

function gather(items: readonly string[], notes: readonly string[], to: FieldSchema): Carried {
  const [first, ...more] = items;
  if (first === undefined) return value(null, notes);
  if (to.multiple) return value([...items].sort(), notes);
  if (more.length === 0) return value(first, notes);
  if (to.kind === "string" || to.kind === "rich") return value(items.join("; "), notes);
  return fault(
    `${items.length} values (${items.map((i) => `"${i}"`).join(", ")}) do not fit the single-value field "${to.label}"`,
  );
}

function carryOne(item: string, passage: Passage): Carried {
  const entry = passage.from.kind === "reference" ? entryOf(item, passage.from.target ?? "", passage.source) : null;
  const shown = entry?.name ?? item;
  const mapped = mapValue([shown, shown.trim(), item, ...(entry === null ? [] : [entry.path])], passage);
  if (mapped.kind !== "none") return mapped.kind === "text" ? settle(mapped.text, passage, "mapped") : mapped.carried;
  const person = carryPerson(item, passage);
  if (person !== null) return person;
  // References are carried by name: an id means nothing elsewhere.
  return settle(shown, passage, entry === null ? "copied" : entry);
}

type Mapped =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "carried"; readonly carried: Carried };

function mapValue(keys: readonly string[], { mapping, toward }: Passage): Mapped {
  if (mapping.values === null) return { kind: "none" };
  const table = toward === "right" ? mapping.values.toRight : mapping.values.toLeft;
  for (const key of keys) {
    const partner = Object.hasOwn(table, key) ? table[key] : undefined;
    if (partner !== undefined) return { kind: "text", text: partner };
  }
  if (mapping.unmapped === "copy") return { kind: "none" };
  if (mapping.unmapped === "skip") return { kind: "carried", carried: SKIP };
  if (mapping.unmapped === "error") {
    return {
      kind: "carried",
      carried: fault(
        `value "${keys[0]}" has no row in the value map "${mapping.values.name}" (${mapping.values.origin.file})`,
      ),
    };
  }
  return { kind: "text", text: mapping.unmapped.value };
}

/** People are carried as people; a text beside a user field only as far as the row's users file names it. */
function carryPerson(item: string, { from, to, mapping, toward, source, target }: Passage): Carried | null {
  if (to.kind === "user" && (from.kind === "user" || mapping.users !== null))
    return carryUser(item, mapping, toward, source, target);
  if (from.kind !== "user" || mapping.users === null) return null;
  const listed = listedPartner(item, mapping, toward, source);
  return listed === null ? null : value(listed);
}

/**
 * A text made into a value of the target's kind. `form` says what the text is: `mapped`, written by a person in a value map; `copied`, in the
 * source field's own form (its markup); or the directory entry whose name it is.
 */
function settle(text: string, passage: Passage, form: "mapped" | "copied" | DirectoryEntry): Carried {
  const { from, to } = passage;
  const markup = form === "copied" && from.kind === "rich" ? markupOf(from) : "plain";
  switch (to.kind) {
    case "rich":
      return limit(convertMarkup(text, markup, markupOf(to)), passage);
    case "string":
      return limit(oneLine(convertMarkup(text, markup, "plain")), passage);
    case "number":
      return checked(canonicalDecimal(text), text, "a number", to);
    case "date":
      return checked(canonicalDate(text), text, "a date (YYYY-MM-DD)", to);
    case "datetime":
      return checked(canonicalInstant(text), text, "a moment (YYYY-MM-DDTHH:mm:ssZ)", to);
    case "boolean":
      return checked(canonicalBoolean(text), text, "yes or no", to);
    case "option":
      return option(text, passage);
    case "user":
      return value(text);
    case "reference":
      return findByName(text, parentName(form, passage.source), to.target ?? "", passage.target);
  }
}

function checked(found: string | null, text: string, wanted: string, to: FieldSchema): Carried {
  return found === null ? fault(`"${text}" is not ${wanted}, as the field "${to.label}" needs`) : value(found);
}

function canonicalBoolean(text: string): string | null {
  if (/^(true|yes|y|1)$/i.test(text)) return "true";
  return /^(false|no|n|0)$/i.test(text) ? "false" : null;
}

function option(text: string, { to, target, mapping }: Passage): Carried {
  if (to.verified !== true || to.options === undefined || to.options.includes(text)) return value(text);
  const where = mapping.values === null ? "add a value map" : `add a row to the value map "${mapping.values.name}"`;
  const shown = to.options.slice(0, 12).join(", ") + (to.options.length > 12 ? ", …" : "");
  return fault(
    `"${text}" is not in the list of "${to.label}" in ${target.endpoint} (${shown}): ${where}, or add the value there`,
  );
}

function parentName(form: "mapped" | "copied" | DirectoryEntry, source: EndpointWorld): string | null {
  return typeof form === "string" ? null : (parentOf(form, source)?.name ?? null);
}

function limit(text: string, { to, mapping, target }: Passage): Carried {
  const max = to.maxLength;
  if (max === undefined || lengthIn(text, max.unit) <= max.size) return value(text);
  const length = lengthIn(text, max.unit);
  if (mapping.overflow === "error")
    return fault(`${length} ${max.unit} do not fit "${to.label}" of ${target.endpoint}, which holds ${max.size}`);
  return value(cut(text, max), [
    `cut from ${length} to ${max.size} ${max.unit} for "${to.label}" of ${target.endpoint}`,
  ]);
}
