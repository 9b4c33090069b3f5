import { accept, requireFields, requireGiven } from "./accept.ts";
import { recordAudit, recordDeletion } from "./audits.ts";
import { generalError, notFound } from "./errors.ts";
import { refuseCheckedIn, refuseLocked } from "./hold.ts";
import { type Project, rowsOf, textOf } from "./project.ts";
import { childrenOf, clearReferences, touchLinked, touchParent } from "./relatives.ts";
import { checkRow } from "./rules.ts";
import type { EntityDef } from "./schema.ts";
import { defaults, place, stamped } from "./stamp.ts";
import type { Row, Values } from "./store.ts";
import type { Incoming, Writer } from "./validate.ts";

/** Stores a new record and returns it. Throws `AlmError` in the product's words. */
export function createRow(project: Project, entity: EntityDef, sent: Incoming, writer: Writer): Row {
  const values = accept(project, entity, sent, writer, null);
  const complete: Values = { ...defaults(project, entity, writer), ...values };
  if (!writer.lenient) requireFields(entity, complete, writer);
  return storeNew(project, entity, complete, writer);
}

/** The last step of creation, without what only clients must obey. */
function storeNew(project: Project, entity: EntityDef, given: Values, writer: Writer): Row {
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
