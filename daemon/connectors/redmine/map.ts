import type { FieldSchema } from "../../core/field.ts";
import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { canonicalDate, canonicalInstant } from "../../fields/date.ts";
import { canonicalDecimal } from "../../fields/number.ts";
import { normalLines } from "../../fields/text.ts";
import { type Fail, idOf, isObject, type JsonObject } from "../json-answer.ts";
import { type CustomField, customByName, customSchema, STANDARD, standardSchema } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";

/** What must be known beforehand to read or write a set of fields. */
export interface Vocabulary {
  readonly settings: RedmineSettings;
  readonly customFields: readonly CustomField[];
  /** What stands in user fields for an id; null for an id nobody has. */
  personOf(id: string): string | null;
}

export function schemaOf(name: string, vocabulary: Vocabulary): FieldSchema | null {
  const standard = Object.hasOwn(STANDARD, name) ? STANDARD[name] : undefined;
  if (standard !== undefined) return standardSchema(name, standard, vocabulary.settings);
  const custom = customByName(vocabulary.customFields, name);
  return custom === null ? null : customSchema(name, custom);
}

export function toRecord(row: JsonObject, names: readonly string[], vocabulary: Vocabulary, fail: Fail): TrackerRecord {
  const id = idOf(row["id"], "id", fail);
  const modified = instantOf(row["updated_on"], "updated_on", fail);
  if (modified === null) return fail("has an issue without updated_on");
  const fields: Record<string, Value> = {};
  for (const name of names) {
    const value = fieldOf(row, name, vocabulary, fail);
    // Not read, which is not empty: the field is none of this tracker or project, or hidden from the account's role.
    if (value !== undefined) fields[name] = value;
  }
  return { id, version: modified, modified, fields };
}

function fieldOf(row: JsonObject, name: string, vocabulary: Vocabulary, fail: Fail): Value | undefined {
  const standard = Object.hasOwn(STANDARD, name) ? STANDARD[name] : undefined;
  if (standard === undefined) return customOf(row, name, vocabulary, fail);
  const wire = row[name] ?? null;
  if (wire === null || wire === "") return null;
  const refuse: Fail = () => fail(`has something else than ${standard.kind} in ${name}`);
  switch (standard.kind) {
    case "number":
      return typeof wire === "number" ? (canonicalDecimal(String(wire)) ?? refuse("")) : refuse("");
    case "boolean":
      return typeof wire === "boolean" ? String(wire) : refuse("");
    case "date":
      return (typeof wire === "string" ? canonicalDate(wire) : null) ?? refuse("");
    case "datetime":
      return instantOf(wire, name, fail);
    case "option":
      return linkOf(wire, refuse).name ?? refuse("");
    case "reference":
      return linkOf(wire, refuse).id;
    case "user": {
      const { id, name: shown } = linkOf(wire, refuse);
      return vocabulary.personOf(id) ?? shown ?? id;
    }
    default:
      return typeof wire === "string" ? normalLines(wire) : refuse("");
  }
}

/** `{id, name}`; a parent has no name. */
function linkOf(wire: unknown, refuse: Fail): { readonly id: string; readonly name: string | null } {
  if (!isObject(wire)) return refuse("");
  const { id, name } = wire;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return refuse("");
  return { id: String(id), name: typeof name === "string" ? name : null };
}

function instantOf(wire: unknown, name: string, fail: Fail): string | null {
  if (wire === null || wire === undefined) return null;
  return (typeof wire === "string" ? canonicalInstant(wire) : null) ?? fail(`has no time as ${name}`);
}

/** Ids of people in the rows' fields, for whom a name must be known before they are read. */
export function peopleIn(
  rows: readonly JsonObject[],
  names: readonly string[],
  vocabulary: Vocabulary,
): readonly string[] {
  const found = rows.flatMap((row) =>
    names.flatMap((name) => {
      const custom = customByName(vocabulary.customFields, name);
      if (custom?.format === "user") return [customValue(row, custom)].flat().filter((id) => /^\d+$/.test(String(id)));
      if (custom !== null || STANDARD[name]?.kind !== "user") return [];
      return isObject(row[name]) ? [row[name]["id"]] : [];
    }),
  );
  return [...new Set(found.map(String))];
}

/** Undefined where the issue has no such field. */
function customValue(row: JsonObject, field: CustomField): unknown {
  const list = row["custom_fields"];
  const entry = Array.isArray(list) ? list.find((one: unknown) => isObject(one) && one["id"] === field.id) : null;
  return isObject(entry) ? (entry["value"] ?? null) : undefined;
}

/** Values are texts, or lists of texts where several are allowed. */
function customOf(row: JsonObject, name: string, vocabulary: Vocabulary, fail: Fail): Value | undefined {
  const field = customByName(vocabulary.customFields, name);
  const wire = field === null ? undefined : customValue(row, field);
  if (field === null || wire === undefined) return undefined;
  if (wire === null || wire === "") return null;
  const items = Array.isArray(wire) ? wire : [wire];
  const texts = items.map((item) =>
    typeof item === "string" ? item : fail(`has something else than text in ${name}`),
  );
  const values = [...new Set(texts.filter((text) => text !== "").map((text) => customText(text, field, vocabulary)))];
  if (values.length === 0) return null;
  return field.multiple ? values : (values[0] ?? null);
}

function customText(text: string, field: CustomField, vocabulary: Vocabulary): string {
  switch (field.format) {
    case "int":
    case "float":
      return canonicalDecimal(text) ?? text;
    case "date":
      return canonicalDate(text) ?? text;
    // Anything may stand in a boolean: the API checks nothing, and older clients wrote words.
    case "bool":
      return /^(1|true|t|yes)$/i.test(text) ? "true" : "false";
    case "enumeration":
      return field.options.find((option) => option.value === text)?.label ?? text;
    case "user":
      return vocabulary.personOf(text) ?? text;
    case "text":
    case "string":
      return normalLines(text);
    default:
      return text;
  }
}

/** Value of a custom field for a write; `idOfPerson` gives null for somebody unknown. Throws nothing: null means that the value has no wire form. */
export function customWire(value: Value, field: CustomField, idOfPerson: (text: string) => string | null): unknown {
  if (value === null) return field.multiple ? [] : "";
  const texts = typeof value === "string" ? [value] : value;
  const wires = texts.map((text) => customItem(text, field, idOfPerson));
  if (wires.includes(null)) return null;
  return field.multiple ? wires : wires.length === 1 ? wires[0] : null;
}

function customItem(text: string, field: CustomField, idOfPerson: (text: string) => string | null): string | null {
  switch (field.format) {
    case "bool":
      return text === "true" ? "1" : "0";
    case "enumeration":
      return field.options.find((option) => option.label === text)?.value ?? null;
    case "user":
      return idOfPerson(text);
    case "version":
      return /^\d+$/.test(text) ? text : null;
    default:
      return text;
  }
}

/** The record with the written fields only. */
export function only(record: TrackerRecord, fields: Fields): TrackerRecord {
  return {
    ...record,
    fields: Object.fromEntries(Object.keys(fields).map((name) => [name, record.fields[name] ?? null])),
  };
}
