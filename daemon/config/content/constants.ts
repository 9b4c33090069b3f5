import type { FieldSchema } from "../../core/field.ts";
import type { Value } from "../../core/record.ts";
import type { SideConfig } from "../../core/snapshot.ts";
import { canonicalDate, canonicalInstant } from "../../fields/date.ts";
import { canonicalDecimal } from "../../fields/number.ts";
import { readReferred, targetsOf } from "../../fields/referred.ts";
import { nounOf } from "./kinds.ts";
import type { Written } from "./link-context.ts";
import { asTable, describe, readTable, wrongType } from "./read.ts";
import type { FileReport } from "./report.ts";
import { unknownOption, unknownUser } from "./row-options.ts";
import type { SideFields } from "./side-fields.ts";
import { checkWritable, knownField } from "./side-fields.ts";
import type { TomlEntry, TomlNode, TomlScalar } from "./toml.ts";

export interface ReadConstants {
  readonly fields: Readonly<Record<string, Value>>;
  /** Those that are put back later. */
  readonly held: NonNullable<SideConfig["held"]>;
  readonly written: readonly Written[];
}

/** A constant beside a row is no contradiction: it counts where the mapping has no value for a new record. */
export const CONSTANT = "a constant";

/** `[links.<name>.constants.<endpoint>]`: written once, when a record is created there, unless `when` says otherwise (T22). */
export function readConstants(node: TomlNode | undefined, side: SideFields, report: FileReport): ReadConstants {
  const table = asTable(node, `"${side.endpoint}"`, report);
  const fields: Record<string, Value> = Object.create(null);
  const held: Record<string, "always" | "empty"> = Object.create(null);
  const written: Written[] = [];
  for (const entry of table?.entries.values() ?? []) {
    const field = { value: entry.key, at: entry.keyAt };
    const schema = knownField(side, field, report);
    checkWritable(side, schema, field, report, "Remove the constant.");
    const { node: given, when } = readWhen(entry, report);
    const value = given === null ? undefined : readConstant(entry.key, given, schema, side, report);
    if (value === undefined) continue;
    fields[entry.key] = value;
    if (when !== "create") held[entry.key] = when;
    written.push({ endpoint: side.endpoint, field, by: CONSTANT });
  }
  return { fields, held, written };
}

/** T22, B9: a row for the same field comes first, so that a constant which is to be kept would be put back by nothing. */
export function checkKept(
  held: SideConfig["held"],
  constants: readonly Written[],
  rows: readonly Written[],
  report: FileReport,
): void {
  for (const { by, endpoint, field } of constants) {
    const when = by === CONSTANT ? held?.[field.value] : undefined;
    const row = rows.find((one) => one.endpoint === endpoint && one.field.value === field.value);
    if (when === undefined || row === undefined) continue;
    const message = `"${field.value}" of ${endpoint} is to be kept (when = "${when}"), but ${row.by} in line ${row.field.at.line} writes it: the row counts, and the constant is never put back.`;
    report.warn("constant-without-effect", field.at, message, "Map the row the other way only, or drop the when.");
  }
}

/** `{ value = …, when = "always" }`; null where the table has no value, which is then reported. */
function readWhen(
  { key, node }: TomlEntry,
  report: FileReport,
): { readonly node: TomlNode | null; readonly when: "create" | "always" | "empty" } {
  if (node.kind !== "table" || !(node.entries.has("value") || node.entries.has("when")))
    return { node, when: "create" };
  const reader = readTable(node, `"${key}"`, report);
  const value = reader.entry("value");
  const when = reader.choice("when", ["create", "always", "empty"])?.value ?? "create";
  reader.finish();
  if (value === null)
    report.error("missing-key", node.at, `"${key}" has no "value".`, "Write { value = …, when = … }.");
  return { node: value?.node ?? null, when };
}

/** Undefined where the value cannot be used, which is then reported. */
function readConstant(
  key: string,
  node: TomlNode,
  schema: FieldSchema | null,
  side: SideFields,
  report: FileReport,
): Value | undefined {
  if (node.kind === "table")
    return wrongType(node, `"${key}"`, "a text, texts, a number, true/false or a date", report) ?? undefined;
  if (node.kind !== "array") {
    const one = scalarText(key, node, schema, side, report);
    return one === undefined || schema?.multiple !== true ? one : [one];
  }
  if (schema !== null && !schema.multiple) {
    report.error("invalid-value", node.at, `"${key}" of ${side.endpoint} holds one value, not several.`);
    return undefined;
  }
  const texts = node.items.flatMap((item) => {
    if (item.kind === "table" || item.kind === "array") wrongType(item, `A value of "${key}"`, "a text", report);
    else return scalarText(key, item, schema, side, report) ?? [];
    return [];
  });
  return texts.length === 0 ? undefined : [...new Set(texts)].sort();
}

function scalarText(
  key: string,
  node: TomlScalar,
  schema: FieldSchema | null,
  side: SideFields,
  report: FileReport,
): string | undefined {
  if (node.kind === "integer" && !Number.isSafeInteger(Number(node.value))) {
    report.error(
      "invalid-value",
      node.at,
      `"${key}" is ${describe(node)} too large to be held exactly.`,
      "Write it as a text, in quotes.",
    );
    return undefined;
  }
  if (node.kind === "text" && node.value === "") {
    report.error(
      "invalid-value",
      node.at,
      `"${key}" of ${side.endpoint} is empty, which no constant can be.`,
      "Take it out.",
    );
    return undefined;
  }
  const text = canonicalText(node, schema);
  if (text === null) {
    const hint = hintFor(node, schema);
    const expected = schema === null ? "a value that can be stored" : nounOf({ ...schema, multiple: false });
    report.error(
      "invalid-value",
      node.at,
      `"${key}" of ${side.endpoint} is ${describe(node)}, but must be ${expected}.`,
      hint,
    );
    return undefined;
  }
  if (schema === null) return text;
  checkLength(key, text, node, schema, side, report);
  checkReferred(text, node, schema, side, report);
  const stranger = schema.kind === "user" ? unknownUser(text, schema, side) : null;
  if (stranger !== null)
    (stranger.certain ? report.error : report.warn)("unknown-user", node.at, stranger.message, stranger.hint);
  const trouble = unknownOption(text, schema, side);
  if (trouble !== null)
    (trouble.certain ? report.error : report.warn)("unknown-option", node.at, trouble.message, trouble.hint);
  return text;
}

const FORMS: Readonly<Partial<Record<FieldSchema["kind"], string>>> = {
  number: "Write it as 12 or 0.5.",
  date: "Write it as 2026-01-31.",
  datetime: 'Write it as "2026-01-31T09:00:00Z".',
  boolean: "Write true or false.",
};

function hintFor(node: TomlScalar, schema: FieldSchema | null): string {
  if (schema === null) return "";
  if (node.kind === "date" && isTextual(schema)) return `Put quotes around it: "${node.value}".`;
  return FORMS[schema.kind] ?? "";
}

/** The value in the neutral form of the field's kind, see `core/record.ts`; null where it has none. */
function canonicalText(node: TomlScalar, schema: FieldSchema | null): string | null {
  if (node.kind === "date") return dateText(node.form, node.value, schema);
  if (node.kind === "boolean")
    return schema === null || schema.kind === "boolean" || schema.kind === "string" || schema.kind === "option"
      ? String(node.value)
      : null;
  const text = node.kind === "text" ? node.value : canonicalDecimal(String(node.value));
  if (text === null || text === "") return null;
  switch (schema?.kind) {
    case "number":
      return canonicalDecimal(text);
    case "date":
      return node.kind === "text" ? canonicalDate(text) : null;
    case "datetime":
      return node.kind === "text" ? canonicalInstant(text) : null;
    case "boolean":
      return text === "true" || text === "false" ? text : null;
    default:
      return text;
  }
}

function dateText(form: string, text: string, schema: FieldSchema | null): string | null {
  if (form === "local-time") return null;
  const kind = schema?.kind ?? (form === "local-date" ? "date" : "datetime");
  const day = canonicalDate(text.slice(0, 10));
  if (kind === "date") return form === "local-date" ? day : null;
  if (kind !== "datetime") return null;
  return form === "local-date" ? `${day}T00:00:00Z` : canonicalInstant(text);
}

function isTextual(schema: FieldSchema): boolean {
  return schema.kind !== "number" && schema.kind !== "boolean" && schema.kind !== "date" && schema.kind !== "datetime";
}

/** A constant is stored as it stands, and what a reference stores is an id: Redmine would take the name "2.0" for the id 2. */
function checkReferred(
  text: string,
  node: TomlScalar,
  schema: FieldSchema,
  side: SideFields,
  report: FileReport,
): void {
  if (schema.kind !== "reference") return;
  const referred = readReferred(text, schema.target);
  const entries = side.directories?.get(referred?.entity ?? targetsOf(schema.target)[0] ?? "");
  const isId = referred !== null && /^\d{1,18}$/.test(referred.id);
  if (isId && (entries === undefined || entries.some(({ id }) => id === referred.id))) return;
  const meant = entries?.find(({ name, path }) => name === text || path === text)?.id;
  const message = `"${schema.name}" of ${side.endpoint} holds ${nounOf({ ...schema, multiple: false })}, as its id; "${text}" is none.`;
  const hint =
    meant === undefined ? "Write the id that the record has in the tracker." : `"${text}" has the id "${meant}".`;
  report.error("invalid-value", node.at, message, hint);
}

function checkLength(
  key: string,
  text: string,
  node: TomlScalar,
  schema: FieldSchema,
  side: SideFields,
  report: FileReport,
): void {
  const { maxLength } = schema;
  if (maxLength === undefined) return;
  const length = maxLength.unit === "bytes" ? Buffer.byteLength(text) : [...text].length;
  if (length <= maxLength.size) return;
  report.error(
    "invalid-value",
    node.at,
    `"${key}" of ${side.endpoint} holds at most ${maxLength.size} ${maxLength.unit}; this has ${length}.`,
  );
}
