import type { EntitySchema, FieldKind, FieldSchema } from "../../core/field.ts";
import type { DeclaredKind, RedmineSettings } from "./settings.ts";

export const ENTITIES = ["issue", "version"] as const;

/** A field that every issue has. */
export interface StandardField {
  readonly kind: FieldKind;
  readonly label: string;
  /** Key in a write; null for what cannot be written. */
  readonly key: string | null;
  readonly target?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
}

/** Labels are those of the server's error messages in English, so that a message can be traced to its field. */
export const STANDARD: Readonly<Record<string, StandardField>> = {
  id: { kind: "number", label: "#", key: null },
  subject: { kind: "string", label: "Subject", key: "subject", required: true, maxLength: 255 },
  description: { kind: "rich", label: "Description", key: "description" },
  tracker: { kind: "option", label: "Tracker", key: "tracker_id" },
  status: { kind: "option", label: "Status", key: "status_id" },
  priority: { kind: "option", label: "Priority", key: "priority_id" },
  assigned_to: { kind: "user", label: "Assignee", key: "assigned_to_id" },
  category: { kind: "option", label: "Category", key: "category_id" },
  fixed_version: { kind: "reference", label: "Target version", key: "fixed_version_id", target: "version" },
  parent: { kind: "reference", label: "Parent task", key: "parent_issue_id", target: "issue" },
  start_date: { kind: "date", label: "Start date", key: "start_date" },
  due_date: { kind: "date", label: "Due date", key: "due_date" },
  done_ratio: { kind: "number", label: "% Done", key: "done_ratio" },
  estimated_hours: { kind: "number", label: "Estimated time", key: "estimated_hours" },
  is_private: { kind: "boolean", label: "Private", key: "is_private" },
  author: { kind: "user", label: "Author", key: null },
  created_on: { kind: "datetime", label: "Created", key: null },
  updated_on: { kind: "datetime", label: "Updated", key: null },
  closed_on: { kind: "datetime", label: "Closed", key: null },
  total_estimated_hours: { kind: "number", label: "Total estimated time", key: null },
};

const VERSION: Readonly<Record<string, StandardField>> = {
  id: { kind: "number", label: "#", key: null },
  name: { kind: "string", label: "Name", key: null },
  description: { kind: "string", label: "Description", key: null },
  status: { kind: "string", label: "Status", key: null },
  due_date: { kind: "date", label: "Date", key: null },
  sharing: { kind: "string", label: "Sharing", key: null },
  created_on: { kind: "datetime", label: "Created", key: null },
  updated_on: { kind: "datetime", label: "Updated", key: null },
};

/** A custom field as far as it is known; `format` null where only its values were seen. */
export interface CustomField {
  readonly id: number;
  readonly name: string;
  readonly format: string | null;
  readonly multiple: boolean;
  readonly required: boolean;
  /** The server fills it in where a new issue does not say. */
  readonly defaulted?: boolean;
  readonly maxLength: number | null;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

const KIND_OF_FORMAT: Readonly<Record<string, FieldKind>> = {
  string: "string",
  link: "string",
  text: "rich",
  int: "number",
  float: "number",
  date: "date",
  bool: "boolean",
  list: "option",
  enumeration: "option",
  user: "user",
  version: "reference",
};

const FORMAT_OF_KIND: Readonly<Record<DeclaredKind, string>> = {
  string: "string",
  rich: "text",
  number: "float",
  date: "date",
  boolean: "bool",
  option: "list",
  user: "user",
  version: "version",
};

/** A declaration wins over what the server says, except that an enumeration or whole number is no other kind for it. */
export function withDeclaration(field: CustomField, settings: RedmineSettings): CustomField {
  const declared = settings.fields[`cf_${field.id}`];
  if (declared === undefined) return field;
  const same = field.format !== null && KIND_OF_FORMAT[field.format] === KIND_OF_FORMAT[FORMAT_OF_KIND[declared]];
  return same ? field : { ...field, format: FORMAT_OF_KIND[declared] };
}

export function standardSchema(name: string, field: StandardField, settings: RedmineSettings): FieldSchema {
  return {
    name,
    label: field.label,
    kind: field.kind,
    multiple: false,
    required: field.required ?? false,
    readOnly: field.key === null,
    ...(field.kind === "rich" ? { markup: settings.markup } : {}),
    ...(field.maxLength === undefined ? {} : { maxLength: { size: field.maxLength, unit: "characters" as const } }),
    ...(field.target === undefined ? {} : { target: field.target }),
  };
}

export function customSchema(name: string, field: CustomField): FieldSchema {
  const kind = KIND_OF_FORMAT[field.format ?? ""] ?? (field.multiple ? "option" : "string");
  const listed = field.format === "list" || field.format === "enumeration";
  const options = field.options.map((option) => (field.format === "enumeration" ? option.label : option.value));
  return {
    name,
    label: name === field.name ? `cf_${field.id}` : field.name,
    kind,
    multiple: field.multiple,
    required: field.required,
    ...(field.required && field.defaulted === true ? { defaulted: true } : {}),
    readOnly: field.format === "attachment",
    ...(kind === "rich" ? { markup: "plain" as const } : {}),
    ...(field.maxLength === null ? {} : { maxLength: { size: field.maxLength, unit: "characters" as const } }),
    ...(kind === "reference" ? { target: "version" } : {}),
    ...(listed && options.length > 0 ? { options, verified: true } : {}),
  };
}

/** `cf_N`, and any name that no standard field could have: without a server nobody knows the labels of custom fields. */
const OPEN = ["^cf_\\d+$", "^(?=.*[^a-z_]).+$"];

export function stockSchema(entity: string, settings: RedmineSettings): EntitySchema | null {
  if (entity !== "issue" && entity !== "version") return null;
  const table = entity === "issue" ? STANDARD : VERSION;
  const fields = Object.entries(table).map(([name, field]) => [name, standardSchema(name, field, settings)] as const);
  if (entity === "version") return { entity, label: "Version", fields: Object.fromEntries(fields), open: [] };
  const declared = Object.keys(settings.fields).map((name) => {
    const id = Number(name.slice(3));
    const field = { id, name, format: null, multiple: false, required: false, maxLength: null, options: [] };
    return [name, { ...customSchema(name, withDeclaration(field, settings)), label: name }] as const;
  });
  return { entity, label: "Issue", fields: Object.fromEntries([...fields, ...declared]), open: OPEN };
}

/** The custom fields by `cf_N`, and by label where the label is no other field's name. */
export function customSchemas(fields: readonly CustomField[]): readonly (readonly [string, FieldSchema])[] {
  const byNumber = fields.map((field) => [`cf_${field.id}`, customSchema(`cf_${field.id}`, field)] as const);
  const byLabel = fields
    .filter((field) => customByName(fields, field.name) === field)
    .map((field) => [field.name, customSchema(field.name, field)] as const);
  return [...byNumber, ...byLabel];
}

/** The custom field that a mapping names by `cf_N` or by its label, letter for letter; null where none or more than one bears it. */
export function customByName(fields: readonly CustomField[], name: string): CustomField | null {
  const number = /^cf_(\d+)$/.exec(name)?.[1];
  if (number !== undefined) return fields.find((field) => field.id === Number(number)) ?? null;
  if (Object.hasOwn(STANDARD, name)) return null;
  const [first, second] = fields.filter((field) => field.name === name);
  return second === undefined ? (first ?? null) : null;
}
