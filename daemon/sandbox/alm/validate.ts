import { AlmError, generalError } from "./errors.ts";
import { normaliseMemo } from "./memo.ts";
import { type Project, targetRows } from "./project.ts";
import { type EntityDef, type FieldDef, listValues } from "./schema.ts";
import { isDate, isDateTime } from "./time.ts";

/** A field's values as a client sent them; `[]` and `[""]` both clear it. */
export type Incoming = ReadonlyMap<string, readonly string[]>;

export interface Writer {
  readonly user: string;
  /** Site session of the writer; null for a person at the desktop client, who is simulated by `admin`. */
  readonly session: string | null;
  /** Lists, users and required fields are not checked: records as they came about before someone changed the project. */
  readonly lenient: boolean;
  readonly ignoreProjectRequired: boolean;
  readonly keepLock: boolean;
}

type Stored = string | readonly string[];

/** What is stored for one field. Throws `AlmError` where the product refuses the value. */
export function acceptValue(project: Project, field: FieldDef, sent: readonly string[], writer: Writer): Stored {
  const values = field.multiple ? sent.flatMap((value) => value.split(";")) : sent;
  const given = values.map((value) => (field.type === "Memo" ? value : value.trim())).filter((value) => value !== "");
  if (given.length === 0) return "";
  if (given.length > 1 && !field.multiple) {
    throw new AlmError(
      400,
      "invalid-value-type-for-field",
      `The field '${field.label}' does not support multiple values.`,
    );
  }
  const stored = given.map((value) => acceptOne(project, field, value, writer));
  return field.multiple ? [...new Set(stored)] : (stored[0] ?? "");
}

function acceptOne(project: Project, field: FieldDef, value: string, writer: Writer): string {
  switch (field.type) {
    case "Memo":
      return project.switches.memo === "normalise" ? normaliseMemo(value) : value;
    case "Number":
      return sized(project, field, acceptNumber(field, value));
    case "Date":
      if (!isDate(value)) throw wrongType(field, value, "yyyy-MM-dd");
      return value;
    case "DateTime":
      if (!isDateTime(value)) throw wrongType(field, value, "yyyy-MM-dd HH:mm:ss");
      return value;
    case "LookupList":
      return sized(project, field, acceptItem(project, field, value, writer));
    case "UsersList":
      return sized(project, field, acceptUser(project, field, value, writer));
    case "Reference":
      return acceptReference(project, field, value);
    case "String":
      return sized(project, field, value);
  }
}

function wrongType(field: FieldDef, value: string, wanted: string): AlmError {
  return new AlmError(
    400,
    "invalid-value-type-for-field",
    `Invalid value '${value}' for field '${field.label}': expected ${wanted}.`,
  );
}

function acceptNumber(field: FieldDef, value: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw wrongType(field, value, "a number");
  return value.replace(/^(-?)0+(?=\d)/, "$1");
}

function sized(project: Project, field: FieldDef, value: string): string {
  if (field.size < 0 || field.size === 99999 || Buffer.byteLength(value) <= field.size) return value;
  throw generalError(
    project.switches.overlongStatus,
    `The value of field '${field.label}' is too long: ${Buffer.byteLength(value)} bytes, the maximum is ${field.size}.`,
  );
}

function acceptItem(project: Project, field: FieldDef, value: string, writer: Writer): string {
  const list = field.list === null ? undefined : project.schema.lists.get(field.list);
  if (list === undefined || !field.verify || writer.lenient) return value;
  if (!listValues(list.items).includes(value)) throw notListed(field, value);
  return value;
}

function acceptUser(project: Project, field: FieldDef, value: string, writer: Writer): string {
  if (field.verify && !writer.lenient && !project.schema.users.has(value)) throw notListed(field, value);
  return value;
}

function notListed(field: FieldDef, value: string): AlmError {
  return new AlmError(
    400,
    "invalid-list-field-value",
    `The value '${value}' is not in the list of field '${field.label}'.`,
  );
}

function acceptReference(project: Project, field: FieldDef, value: string): string {
  if (field.multiple && value.includes(",")) {
    throw generalError(500, `The ${field.label} field should contain only numbers, given '${value}'`);
  }
  if (!/^-?\d+$/.test(value)) throw wrongType(field, value, "a number");
  const id = Number(value);
  if (field.name === "type-id") return acceptType(project, field, id);
  const rows = targetRows(project, field);
  if (rows === null || rows.has(id)) return String(id);
  // The root of the requirement tree is no record, yet every top requirement refers to it.
  if (field.target === "requirement" && (id === 0 || id === project.switches.topParent)) return String(id);
  if (field.target === "requirement" && field.name === "parent-id" && id > 0)
    throw generalError(500, "Invalid parent requirement");
  const table = project.schema.entities.get(field.target ?? "")?.table ?? "";
  throw generalError(500, `Entity with key '${id}' does not exist in table '${table}'`);
}

function acceptType(project: Project, field: FieldDef, id: number): string {
  if (project.schema.requirementTypes.some((type) => type.id === id)) return String(id);
  throw new AlmError(
    400,
    "invalid-list-field-value",
    `The value '${id}' is not in the list of field '${field.label}'.`,
  );
}

export function unknownField(project: Project, entity: EntityDef, name: string): AlmError {
  const status = project.profile.crudeErrors ? 500 : 400;
  return new AlmError(status, "unknown-field-name", `The field '${name}' is unknown for entity '${entity.name}'.`);
}

export function missing(field: FieldDef): AlmError {
  return new AlmError(400, "required-field-missing", `The field '${field.label}' is required.`);
}
