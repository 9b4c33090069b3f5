import type { AttachmentAdmin, SandboxFile } from "../attachment-admin.ts";
import { AlmError, generalError, NoSuchPath } from "./errors.ts";
import { type Project, textOf } from "./project.ts";
import type { EntityDef } from "./schema.ts";
import { touch } from "./stamp.ts";
import type { Row, Values } from "./store.ts";
import { acceptValue, unknownField, type Writer } from "./validate.ts";
import { current } from "./write.ts";

/** The record whose files are meant, and who acts. */
export interface Folder {
  readonly project: Project;
  readonly parent: EntityDef;
  readonly id: number;
  readonly writer: Writer;
}

export interface Upload {
  readonly name: string;
  readonly description: string;
  /** Takes the place of the file of the same name. */
  readonly override: boolean;
  readonly subtype: string;
  readonly type: "File" | "URL";
  readonly bytes: Buffer;
}

export function attachmentEntity(project: Project): EntityDef {
  const entity = project.schema.collections.get("attachments");
  if (entity === undefined) throw generalError(500, "The project has no attachments");
  return entity;
}

export function belongs(row: Row, parent: EntityDef, id: number): boolean {
  return row.values["parent-type"] === parent.name && row.values["parent-id"] === String(id);
}

export function filesOf({ project, parent, id }: Omit<Folder, "writer">): readonly Row[] {
  return [...project.store.rows("attachments").values()].filter((row) => belongs(row, parent, id));
}

export function storeFile(folder: Folder, upload: Upload): Row {
  if (upload.name === "") throw generalError(500, "The attachment has no name");
  checkFile(folder, upload.name, upload.bytes);
  const { project, parent, id } = folder;
  const same = filesOf(folder).find((row) => row.values["name"] === upload.name);
  const replaced = upload.override ? same : undefined;
  const row = put(project, replaced?.id ?? project.store.nextId("attachments"), {
    ...replaced?.values,
    name: replaced === undefined ? freeName(folder, textOf(accepted(folder, "name", upload.name))) : upload.name,
    description: accepted(folder, "description", upload.description),
    "parent-id": String(id),
    "parent-type": parent.name,
    "ref-type": upload.type,
    "ref-subtype": upload.subtype,
    "file-size": String(upload.bytes.length),
  });
  project.store.setBytes(row.id, upload.bytes);
  flag(folder);
  return row;
}

/** Nobody has seen the record itself move for it, unless a child does. */
export function replaceContent(folder: Folder, row: Row, bytes: Buffer): Row {
  const { project, parent, id } = folder;
  checkFile(folder, textOf(row.values["name"]), bytes);
  project.store.setBytes(row.id, bytes);
  if (project.switches.childrenTouchParent) touch(project, parent, id, {}, true);
  return put(project, row.id, { ...row.values, "file-size": String(bytes.length) });
}

export function describeFile(folder: Folder, row: Row, fields: ReadonlyMap<string, string>): Row {
  const changes: Record<string, string | readonly string[]> = {};
  for (const [name, value] of fields) if (name !== "id") changes[name] = accepted(folder, name, value);
  const name = textOf(changes["name"]);
  if (name !== "" && filesOf(folder).some((other) => other.id !== row.id && other.values["name"] === name)) {
    throw new AlmError(500, "entity-already-exists", `Duplicate attachment name '${name}'`);
  }
  return put(folder.project, row.id, { ...row.values, ...changes });
}

export function removeFile(folder: Folder, row: Row): void {
  folder.project.store.remove("attachments", row.id);
  flag(folder);
}

function checkFile({ project }: Folder, name: string, bytes: Buffer): void {
  const { blockedFiles, maxAttachmentBytes, minAttachmentBytes, tooLargeStatus } = project.switches;
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  if (blockedFiles.includes(ending)) throw generalError(403, `Files of type '${ending}' are blocked`);
  if (bytes.length > maxAttachmentBytes) throw generalError(tooLargeStatus, "The attachment is too large");
  if (bytes.length < minAttachmentBytes) throw generalError(500, "Failed to set content to attachment");
}

function put(project: Project, id: number, values: Values): Row {
  const row: Row = { id, values: { ...values, id: String(id), "last-modified": project.clock.stamp() } };
  project.store.put("attachments", row);
  return row;
}

function accepted({ project, writer }: Folder, name: string, value: string): string | readonly string[] {
  const entity = attachmentEntity(project);
  const field = entity.fields.get(name);
  if (field === undefined) throw unknownField(project, entity, name);
  if (!field.editable) throw new AlmError(403, "operation-forbidden", `The field '${field.label}' is read-only.`);
  return acceptValue(project, field, [value], writer);
}

/** `log.txt`, `log_1.txt`, …: a name is unique within its record. */
function freeName(folder: Folder, name: string): string {
  const taken = new Set(filesOf(folder).map((row) => row.values["name"]));
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  let free = name;
  for (let count = 1; taken.has(free); count += 1) free = `${stem}_${count}${ending}`;
  return free;
}

/** Sets the parent's Y or empties it. Whether that counts as a modification differs. */
function flag(folder: Folder): void {
  const { project, parent, id } = folder;
  const name = parent.fields.has("attachment") ? "attachment" : "has-attachments";
  const none = name === "attachment" ? "" : "N";
  const value = filesOf(folder).length > 0 ? "Y" : none;
  touch(project, parent, id, { [name]: value }, project.switches.childrenTouchParent);
}

export function createAttachmentAdmin(project: Project, writer: Writer): AttachmentAdmin {
  function folderOf(collection: string, record: string | number): Folder {
    const parent = project.schema.collections.get(collection);
    if (parent === undefined || !parent.supports.attachment) throw new NoSuchPath(`no files in '${collection}'`);
    return { project, parent, id: Number(record), writer };
  }

  function rowOf(folder: Folder, file: string): Row {
    const row = filesOf(folder).find(({ id }) => String(id) === file);
    if (row === undefined) throw new NoSuchPath(`no file ${file} of ${folder.parent.name} ${folder.id}`);
    return row;
  }

  return {
    list: (collection, record) => filesOf(folderOf(collection, record)).map((row) => shown(project, row)),
    add(collection, record, { name, description = "", link = false, content }) {
      const folder = folderOf(collection, record);
      current(project, folder.parent, folder.id);
      const type = link ? "URL" : "File";
      const upload = { name, description, type, bytes: Buffer.from(content), override: false, subtype: "0" } as const;
      return String(storeFile(folder, upload).id);
    },
    change(collection, record, file, { name, description, content }) {
      const folder = folderOf(collection, record);
      const row = rowOf(folder, file);
      const fields = Object.entries({ name, description }).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value] as const],
      );
      const described = fields.length === 0 ? row : describeFile(folder, row, new Map(fields));
      if (content !== undefined) replaceContent(folder, described, Buffer.from(content));
    },
    remove(collection, record, file) {
      const folder = folderOf(collection, record);
      removeFile(folder, rowOf(folder, file));
    },
  };
}

function shown(project: Project, row: Row): SandboxFile {
  return {
    id: String(row.id),
    name: textOf(row.values["name"]),
    description: textOf(row.values["description"]),
    link: row.values["ref-type"] === "URL",
    content: project.store.bytes(row.id) ?? Buffer.alloc(0),
  };
}
