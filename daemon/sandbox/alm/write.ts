import { recordAudit, recordDeletion } from "./audits.ts";
import { AlmError, generalError, notFound } from "./errors.ts";
import { listOf, type Project, rowsOf, textOf } from "./project.ts";
import { checkRow } from "./rules.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import type { Row, Values } from "./store.ts";
import { acceptValue, type Incoming, missing, unknownField, type Writer } from "./validate.ts";

/** Stores a new record and returns it. Throws `AlmError` in the product's words. */
export function createRow(project: Project, entity: EntityDef, sent: Incoming, writer: Writer): Row {
  const values = accept(project, entity, sent, writer, null);
  const complete: Values = { ...defaults(project, entity, writer), ...values };
  if (!writer.lenient) requireFields(entity, complete, writer);
  return storeNew(project, entity, complete, writer);
}

/** The last step of creation, without what only clients must obey. */
export function storeNew(project: Project, entity: EntityDef, given: Values, writer: Writer): Row {
  const id = project.store.nextId(entity.collection);
  const values = stamped(project, entity, { ...given, id: String(id) }, null);
  checkRow(project, entity, { id, values }, null, writer);
  project.store.put(entity.collection, { id, values: place(project, entity, id, values) });
  touchParent(project, entity, values);
  return current(project, entity, id);
}

/** Merges the sent fields into a record. Throws `AlmError`, of id `lock-failure` where somebody else holds it. */
export function updateRow(project: Project, entity: EntityDef, id: number, sent: Incoming, writer: Writer): Row {
  const before = current(project, entity, id);
  refuseLocked(project, entity, id, writer);
  const changes = accept(project, entity, sent, writer, before);
  refuseCheckedIn(project, entity, before, Object.keys(changes), writer);
  const merged = stamped(project, entity, { ...before.values, ...changes }, before);
  if (!writer.lenient) requireGiven(entity, changes, writer);
  checkRow(project, entity, { id, values: merged }, before, writer);
  project.store.put(entity.collection, { id, values: place(project, entity, id, merged) });
  recordAudit(project, entity, before, merged, writer.user);
  if (project.switches.putReleasesLock && !writer.keepLock && writer.session !== null) {
    project.locks.release(entity.collection, id);
  }
  return current(project, entity, id);
}

/** Deletes a record and returns what it was. Records that refer to it lose the reference; `force` deletes children too. */
export function removeRow(project: Project, entity: EntityDef, id: number, force: boolean, writer: Writer): Row {
  const row = current(project, entity, id);
  refuseLocked(project, entity, id, writer);
  for (const child of childrenOf(project, entity, id)) {
    if (!force && child.entity.name !== "release-cycle") {
      throw generalError(500, `Cannot delete ${entity.label} '${textOf(row.values["name"])}': it is not empty`);
    }
    removeRow(project, child.entity, child.id, force, writer);
  }
  project.store.remove(entity.collection, id);
  project.locks.release(entity.collection, id);
  clearReferences(project, entity, id);
  touchLinked(project, entity, row.values);
  recordDeletion(project, entity, row, writer.user);
  return row;
}

export function current(project: Project, entity: EntityDef, id: number): Row {
  const row = rowsOf(project, entity).get(id);
  if (row === undefined) throw notFound(entity.name, id);
  return row;
}

/** A new version of a record for what the server changed by itself: a flag, a child. */
export function touch(project: Project, entity: EntityDef, id: number, changes: Values, modified: boolean): void {
  const row = rowsOf(project, entity).get(id);
  if (row === undefined) return;
  const bumped = stamped(project, entity, { ...row.values, ...changes }, row);
  const kept = row.values["last-modified"];
  const values = modified || kept === undefined ? bumped : { ...bumped, "last-modified": kept };
  project.store.put(entity.collection, { id, values });
}

function accept(project: Project, entity: EntityDef, sent: Incoming, writer: Writer, before: Row | null): Values {
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

function requireFields(entity: EntityDef, values: Values, writer: Writer): void {
  for (const field of entity.fields.values()) {
    if (isRequired(field, writer) && listOf(values[field.name]).length === 0) throw missing(field);
  }
}

/** Of a change only the fields that it names. */
function requireGiven(entity: EntityDef, changes: Values, writer: Writer): void {
  for (const [name, value] of Object.entries(changes)) {
    const field = entity.fields.get(name);
    if (field !== undefined && isRequired(field, writer) && listOf(value).length === 0) throw missing(field);
  }
}

function isRequired(field: FieldDef, writer: Writer): boolean {
  return field.required && !(field.requiredByProject && writer.ignoreProjectRequired);
}

/** What the server fills by itself. Workflow scripts do not run: no status, no owner of a defect. */
function defaults(project: Project, entity: EntityDef, writer: Writer): Values {
  const clock = project.clock;
  switch (entity.name) {
    case "requirement":
      return {
        "parent-id": String(project.switches.topParent),
        owner: writer.user,
        "creation-time": clock.today(),
        "req-time": clock.stamp().slice(11),
        "req-reviewed": "Not Reviewed",
        status: "Not Covered",
        "has-rich-content": "N",
        istemplate: "N",
        "order-id": "1",
        ...(entity.supports.vc ? { "vc-status": "Checked_In", "vc-version-number": "1" } : {}),
      };
    case "defect-link":
      return { owner: writer.user, "creation-time": clock.today(), "link-type": "Related" };
    case "req-trace":
      return { owner: writer.user, "creation-date": clock.today() };
    case "release":
    case "release-cycle":
    case "release-folder":
      return { "has-attachments": "N" };
    default:
      return {};
  }
}

function stamped(project: Project, entity: EntityDef, values: Values, before: Row | null): Values {
  const marks: Record<string, string> = {};
  if (entity.stamp !== null) marks[entity.stamp] = String(Number(before?.values[entity.stamp] ?? 0) + 1);
  if (entity.fields.has("last-modified")) marks["last-modified"] = project.clock.stamp();
  return { ...values, ...marks };
}

/** Top requirements show the parent that this server uses; the path is three letters a level. */
function place(project: Project, entity: EntityDef, id: number, values: Values): Values {
  if (!entity.fields.has("hierarchical-path")) return values;
  const parent = Number(textOf(values["parent-id"]));
  const top = entity.name === "requirement" && parent <= 0;
  const above = top ? "AAA" : textOf(rowsOf(project, entity).get(parent)?.values["hierarchical-path"]);
  return {
    ...values,
    "parent-id": top ? String(project.switches.topParent) : String(parent),
    "hierarchical-path": above + letters(id),
  };
}

function letters(id: number): string {
  let text = "";
  for (let rest = id; text.length < 3; rest = Math.floor(rest / 26))
    text = String.fromCharCode(65 + (rest % 26)) + text;
  return text;
}

function touchParent(project: Project, entity: EntityDef, values: Values): void {
  touchLinked(project, entity, values);
  const parent = entity.fields.get("parent-id");
  const owner = parent?.target == null ? undefined : project.schema.entities.get(parent.target);
  if (owner !== undefined) touch(project, owner, Number(textOf(values["parent-id"])), {}, false);
}

function touchLinked(project: Project, entity: EntityDef, values: Values): void {
  if (!project.switches.childrenTouchParent) return;
  for (const [type, id] of endsOf(entity, values)) {
    const end = project.schema.entities.get(type);
    if (end !== undefined) touch(project, end, Number(textOf(id)), {}, true);
  }
}

function endsOf(
  entity: EntityDef,
  values: Values,
): readonly (readonly [type: string, id: Values[string] | undefined])[] {
  if (entity.name === "req-trace")
    return [
      ["requirement", values["from-req-id"]],
      ["requirement", values["to-req-id"]],
    ];
  if (entity.name !== "defect-link") return [];
  return [
    ["defect", values["first-endpoint-id"]],
    [textOf(values["second-endpoint-type"]), values["second-endpoint-id"]],
  ];
}

function refuseLocked(project: Project, entity: EntityDef, id: number, writer: Writer): void {
  const lock = project.locks.holder(entity.collection, id);
  if (lock === null || lock.session === writer.session || writer.session === null) return;
  throw lockFailure(project, entity, id, lock.user);
}

export function lockFailure(project: Project, entity: EntityDef, id: number, user: string): AlmError {
  const title = `Failed to lock ${entity.name} ${id}. The entity is locked by user '${user}'`;
  return new AlmError(project.switches.lockFailureStatus, "lock-failure", title);
}

function refuseCheckedIn(
  project: Project,
  entity: EntityDef,
  row: Row,
  names: readonly string[],
  writer: Writer,
): void {
  if (!entity.supports.vc || writer.session === null) return;
  if (!names.some((name) => entity.fields.get(name)?.versionControlled)) return;
  if (row.values["vc-status"] === "Checked_Out" && row.values["check-out-user-name"] === writer.user) return;
  throw new AlmError(
    project.profile.crudeErrors ? 500 : 403,
    "check-out-failure",
    `Owner entity is not checked out by ${writer.user}`,
  );
}

/** Records that lie inside another: by a required parent of this entity's type, or by a tree. */
function childrenOf(project: Project, entity: EntityDef, id: number): readonly { entity: EntityDef; id: number }[] {
  const found: { entity: EntityDef; id: number }[] = [];
  for (const other of project.schema.entities.values()) {
    if (other.fields.get("parent-id")?.target !== entity.name) continue;
    for (const row of rowsOf(project, other).values()) {
      if (row.values["parent-id"] === String(id)) found.push({ entity: other, id: row.id });
    }
  }
  return found;
}

function clearReferences(project: Project, entity: EntityDef, id: number): void {
  for (const other of project.schema.entities.values()) {
    const columns = [...other.fields.values()].filter(
      (field) => field.target === entity.name && field.name !== "parent-id",
    );
    if (columns.length === 0) continue;
    for (const row of rowsOf(project, other).values()) clearIn(project, other, row, columns, String(id));
  }
  for (const link of project.store.rows("defect-links").values()) {
    const second =
      link.values["second-endpoint-type"] === entity.name && link.values["second-endpoint-id"] === String(id);
    if (second) project.store.remove("defect-links", link.id);
  }
  for (const file of project.store.rows("attachments").values()) {
    const mine = file.values["parent-type"] === entity.name && file.values["parent-id"] === String(id);
    if (mine) project.store.remove("attachments", file.id);
  }
}

function clearIn(project: Project, entity: EntityDef, row: Row, columns: readonly FieldDef[], id: string): void {
  const changes: Record<string, string | readonly string[]> = {};
  for (const column of columns) {
    const ids = listOf(row.values[column.name]);
    if (!ids.includes(id)) continue;
    const rest = ids.filter((other) => other !== id);
    changes[column.name] = column.multiple && rest.length > 0 ? rest : "";
  }
  if (Object.keys(changes).length === 0) return;
  if (entity.name === "defect-link" || entity.name === "req-trace") project.store.remove(entity.collection, row.id);
  else touch(project, entity, row.id, changes, true);
}
