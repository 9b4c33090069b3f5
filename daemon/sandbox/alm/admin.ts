import type { AttachmentAdmin } from "../attachment-admin.ts";
import { fieldValue } from "./derive.ts";
import { NoSuchPath } from "./errors.ts";
import { createAttachmentAdmin } from "./files.ts";
import { listOf, type Project, rowsOf } from "./project.ts";
import { type EntityDef, type FieldDef, listValues } from "./schema.ts";
import type { Sessions } from "./session.ts";
import type { Row } from "./store.ts";
import type { Incoming, Writer } from "./validate.ts";
import { createRow, removeRow, updateRow } from "./write.ts";

export type Plain = Record<string, string | string[]>;
export type Given = Readonly<Record<string, string | number | readonly string[] | null>>;

/**
 * What people do at the desktop client, behind the back of whoever talks HTTP: version stamp and modification time move, list values and required
 * fields are not checked (so that records with values of yesterday's lists can be made), locks do not stop it.
 */
export interface AlmAdmin {
  /** Missing required fields get something fitting; a defect without status becomes New, as the desktop client makes it. Returns the id. */
  create(collection: string, fields: Given): string;
  update(collection: string, id: string | number, fields: Given): void;
  remove(collection: string, id: string | number): void;
  /** Every field as a client would read it, multi-value fields as arrays; null where there is no such record. */
  get(collection: string, id: string | number): Plain | null;
  list(collection: string): Plain[];
  /** As if everybody had been idle too long; `site` leaves the sign-ins alone. */
  expireSessions(what?: "all" | "site"): void;
  /** Locked by `user` at the desktop client until `unlock`. */
  lock(collection: string, id: string | number, user: string): void;
  unlock(collection: string, id: string | number): void;
  /** Replaces a list's values, as an administrator does. */
  setList(name: string, values: readonly string[]): void;
  getList(name: string): readonly string[];
  readonly attachments: AttachmentAdmin;
}

export function createAdmin(project: Project, sessions: Sessions, user: string): AlmAdmin {
  const writer: Writer = { user, session: null, lenient: true, ignoreProjectRequired: true, keepLock: true };

  function entityOf(collection: string): EntityDef {
    const entity = project.schema.collections.get(collection);
    if (entity === undefined) throw new NoSuchPath(`no collection '${collection}'`);
    return entity;
  }

  return {
    create(collection, fields) {
      const entity = entityOf(collection);
      const sent = new Map([...fallbacks(project, entity, user), ...incoming(fields)]);
      return String(createRow(project, entity, sent, writer).id);
    },
    update(collection, id, fields) {
      updateRow(project, entityOf(collection), Number(id), incoming(fields), writer);
    },
    remove(collection, id) {
      removeRow(project, entityOf(collection), Number(id), true, writer);
    },
    get(collection, id) {
      const entity = entityOf(collection);
      const row = rowsOf(project, entity).get(Number(id));
      return row === undefined ? null : plain(project, entity, row);
    },
    list(collection) {
      const entity = entityOf(collection);
      return [...rowsOf(project, entity).values()].map((row) => plain(project, entity, row));
    },
    expireSessions: (what = "all") => sessions.expire(what),
    lock: (collection, id, by) => project.locks.take(collection, Number(id), { session: `desktop:${by}`, user: by }),
    unlock: (collection, id) => project.locks.release(collection, Number(id)),
    setList(name, values) {
      const list = project.schema.lists.get(name);
      if (list === undefined) throw new NoSuchPath(`no list '${name}'`);
      project.schema.lists.set(name, { ...list, items: values.map((value) => ({ value })) });
    },
    getList: (name) => listValues(project.schema.lists.get(name)?.items ?? []),
    attachments: createAttachmentAdmin(project, writer),
  };
}

function incoming(fields: Given): Incoming {
  return new Map(
    Object.entries(fields).map(([name, value]) => {
      if (value === null) return [name, []] as const;
      return [name, typeof value === "string" || typeof value === "number" ? [String(value)] : value] as const;
    }),
  );
}

function plain(project: Project, entity: EntityDef, row: Row): Plain {
  const fields: Plain = {};
  for (const field of entity.fields.values()) {
    const values = listOf(fieldValue(project, entity, row, field));
    fields[field.name] = field.multiple ? [...values] : (values[0] ?? "");
  }
  return fields;
}

/** What the desktop client's form would hold before anybody types. */
function fallbacks(project: Project, entity: EntityDef, user: string): Incoming {
  const sent = new Map<string, readonly string[]>();
  for (const field of entity.fields.values()) {
    if (field.required) sent.set(field.name, [fallback(project, entity, field, user)]);
  }
  if (entity.name === "defect") sent.set("status", ["New"]);
  return sent;
}

function fallback(project: Project, entity: EntityDef, field: FieldDef, user: string): string {
  if (field.name === "type-id") return "3";
  switch (field.type) {
    case "Date":
      return project.clock.today();
    case "UsersList":
      return user;
    case "LookupList":
      return project.schema.lists.get(field.list ?? "")?.items[1]?.value ?? "";
    case "Reference":
      return "1";
    default:
      return field.name === "name" ? `${entity.label} ${project.store.nextId(entity.collection)}` : "";
  }
}
