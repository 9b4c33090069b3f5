import { AlmError } from "./errors.ts";
import { listOf, type Project, textOf } from "./project.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import type { Row, Values } from "./store.ts";
import { acceptValue, type Incoming, missing, unknownField, type Writer } from "./validate.ts";

export function accept(
  project: Project,
  entity: EntityDef,
  sent: Incoming,
  writer: Writer,
  before: Row | null,
): Values {
  const values: Record<string, string | readonly string[]> = {};
  for (const [name, raw] of sent) {
    const field = entity.fields.get(name);
    if (field === undefined) throw unknownField(project, entity, name);
    if (!isWritable(project, field, raw, before, writer)) continue;
    values[name] = acceptValue(project, field, raw, writer);
  }
  refuseForeignToType(project, entity, values, before);
  return values;
}

/** False where the value is passed over in silence. */
function isWritable(
  project: Project,
  field: FieldDef,
  sent: readonly string[],
  before: Row | null,
  writer: Writer,
): boolean {
  if (field.name === "last-modified" || field.name.endsWith("ver-stamp")) return false;
  const empty = sent.every((value) => value === "");
  if (field.name === "id") {
    if (empty || textOf(sent) === String(before?.id)) return false;
    throw readOnly(field);
  }
  if (field.virtual) throw readOnly(field);
  if (writer.lenient) return true;
  if (field.editable && !field.computed) return true;
  // Computed although the metadata call it editable: what is sent is accepted and lost.
  if (field.editable) return false;
  if (before === null && !field.computed) return true;
  if (project.switches.readOnlyWrites === "refuse") throw readOnly(field);
  return false;
}

function readOnly(field: FieldDef): AlmError {
  return new AlmError(403, "operation-forbidden", `The field '${field.label}' is read-only.`);
}

function refuseForeignToType(project: Project, entity: EntityDef, values: Values, before: Row | null): void {
  if (!entity.supports.types) return;
  const typeId = Number(textOf(values["type-id"] ?? before?.values["type-id"]));
  const type = project.schema.requirementTypes.find((candidate) => candidate.id === typeId);
  const foreign = type?.without.find((name) => listOf(values[name]).length > 0);
  if (foreign === undefined) return;
  throw new AlmError(
    400,
    "unknown-field-name",
    `The field '${foreign}' is not part of requirement type '${type?.name}'.`,
  );
}

export function requireFields(entity: EntityDef, values: Values, writer: Writer): void {
  for (const field of entity.fields.values()) {
    if (isRequired(field, writer) && listOf(values[field.name]).length === 0) throw missing(field);
  }
}

/** Of a change only the fields that it names. */
export function requireGiven(entity: EntityDef, changes: Values, writer: Writer): void {
  for (const [name, value] of Object.entries(changes)) {
    const field = entity.fields.get(name);
    if (field !== undefined && isRequired(field, writer) && listOf(value).length === 0) throw missing(field);
  }
}

function isRequired(field: FieldDef, writer: Writer): boolean {
  return field.required && !(field.requiredByProject && writer.ignoreProjectRequired);
}
