import type { SandboxResponse } from "../server.ts";
import { readEntity } from "./entity-read.ts";
import { entityWriter } from "./entity-write.ts";
import { AlmError, generalError } from "./errors.ts";
import { list, readFields } from "./listing.ts";
import { readParts } from "./multipart.ts";
import { answerFormat, bodyType, contentType, type Format, preferredType } from "./negotiate.ts";
import { textOf } from "./project.ts";
import type { ProjectCall } from "./project-call.ts";
import { reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import type { Row, Values } from "./store.ts";
import { acceptValue, unknownField } from "./validate.ts";
import { current, touch } from "./write.ts";

interface Upload {
  readonly name: string;
  readonly description: string;
  readonly override: boolean;
  readonly subtype: string;
  readonly bytes: Buffer;
}

/** `P/{collection}/{id}/attachments` */
export function attachmentsRoute(call: ProjectCall, parent: EntityDef, id: number): SandboxResponse {
  const { request, project } = call;
  current(project, parent, id);
  const entity = attachmentEntity(call);
  if (request.method === "GET") {
    const format = answerFormat(request);
    const fields = readFields(entity, request.query.get("fields"));
    const page = list(project, entity, request.query, (row) => belongs(row, parent, id));
    return reply(format, entityWriter(project, entity, format, fields).many(page.rows, page.total));
  }
  if (request.method !== "POST") throw generalError(405, `Method ${request.method} is not allowed`);
  const format = answerFormat(request);
  const row = store(call, parent, id, readUpload(call));
  const location = `${call.base}/${parent.collection}/${id}/attachments/${encodeURIComponent(textOf(row.values["name"]))}`;
  return reply(format, entityWriter(project, entity, format, null, true).one(row), 201, { Location: location });
}

/** `P/{collection}/{id}/attachments/{name}`, or `…/{id}?by-id=true` */
export function attachmentRoute(call: ProjectCall, parent: EntityDef, id: number, name: string): SandboxResponse {
  current(call.project, parent, id);
  const row = find(call, parent, id, name);
  switch (call.request.method) {
    case "GET":
      return readRoute(call, row);
    case "PUT":
      return changeRoute(call, parent, id, row);
    case "DELETE":
      return deleteRoute(call, parent, id, row);
    default:
      throw generalError(405, `Method ${call.request.method} is not allowed`);
  }
}

function attachmentEntity(call: ProjectCall): EntityDef {
  const entity = call.project.schema.collections.get("attachments");
  if (entity === undefined) throw generalError(500, "The project has no attachments");
  return entity;
}

function belongs(row: Row, parent: EntityDef, id: number): boolean {
  return row.values["parent-type"] === parent.name && row.values["parent-id"] === String(id);
}

function filesOf(call: ProjectCall, parent: EntityDef, id: number): readonly Row[] {
  return [...call.project.store.rows("attachments").values()].filter((row) => belongs(row, parent, id));
}

function find(call: ProjectCall, parent: EntityDef, id: number, name: string): Row {
  const byId = /^(true|y|yes)$/i.test(call.request.query.get("by-id") ?? "");
  const found = filesOf(call, parent, id).find((row) => (byId ? String(row.id) : row.values["name"]) === name);
  if (found === undefined)
    throw new AlmError(404, "entity-not-found", `No attachment '${name}' of ${parent.name} ${id}`);
  return found;
}

const ENDINGS: Readonly<Record<string, string>> = {
  txt: "text/plain",
  log: "text/plain",
  html: "text/html",
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  pdf: "application/pdf",
  zip: "application/zip",
};

function readRoute(call: ProjectCall, row: Row): SandboxResponse {
  const type = preferredType(call.request, ["application/xml", "application/json", "application/octet-stream"]);
  if (type === null) throw generalError(406, "Not Acceptable");
  if (type === "application/octet-stream") {
    const ending = textOf(row.values["name"]).split(".").at(-1)?.toLowerCase() ?? "";
    const body = call.project.store.bytes(row.id) ?? Buffer.alloc(0);
    return { status: 200, headers: { "Content-Type": ENDINGS[ending] ?? "application/octet-stream" }, body };
  }
  return entityReply(call, row, type === "application/json" ? "json" : "xml");
}

function entityReply(call: ProjectCall, row: Row, format: Format): SandboxResponse {
  return reply(format, entityWriter(call.project, attachmentEntity(call), format).one(row));
}

function readUpload(call: ProjectCall): Upload {
  const { request } = call;
  const { type, parameters } = contentType(request);
  if (type === "application/octet-stream") {
    const name = decodeSlug(request.headers["slug"] ?? "");
    if (name === "") throw generalError(400, "The header Slug is missing");
    return { name, description: "", override: false, subtype: "0", bytes: request.body };
  }
  if (type !== "multipart/form-data") throw generalError(415, "Unsupported Media Type");
  const parts = readParts(request.body, parameters.get("boundary") ?? "");
  const text = (name: string): string => parts.find((part) => part.name === name)?.content.toString("utf8") ?? "";
  const file = parts.at(-1);
  if (file?.name !== "file") throw generalError(500, "The file must be the last part");
  return {
    name: text("filename") || (file.filename ?? ""),
    description: text("description"),
    override: text("override-existing-attachment").toLowerCase() === "y",
    subtype: text("ref-subtype") || "0",
    bytes: file.content,
  };
}

/** The header holds ASCII only; other names come percent-encoded. */
function decodeSlug(slug: string): string {
  try {
    return decodeURIComponent(slug);
  } catch {
    return slug;
  }
}

function checkFile(call: ProjectCall, name: string, bytes: Buffer): void {
  const { blockedFiles, maxAttachmentBytes } = call.project.switches;
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  if (blockedFiles.includes(ending)) throw generalError(403, `Files of type '${ending}' are blocked`);
  if (bytes.length > maxAttachmentBytes) throw generalError(500, "The attachment is too large");
}

function store(call: ProjectCall, parent: EntityDef, id: number, upload: Upload): Row {
  if (upload.name === "") throw generalError(500, "The attachment has no name");
  checkFile(call, upload.name, upload.bytes);
  const { project } = call;
  const same = filesOf(call, parent, id).find((row) => row.values["name"] === upload.name);
  const replaced = upload.override ? same : undefined;
  const row = put(call, replaced?.id ?? project.store.nextId("attachments"), {
    ...replaced?.values,
    name: replaced === undefined ? freeName(call, parent, id, upload.name) : upload.name,
    description: accepted(call, "description", upload.description),
    "parent-id": String(id),
    "parent-type": parent.name,
    "ref-type": "File",
    "ref-subtype": upload.subtype,
    "file-size": String(upload.bytes.length),
  });
  project.store.setBytes(row.id, upload.bytes);
  flag(call, parent, id);
  return row;
}

function put(call: ProjectCall, id: number, values: Values): Row {
  const row: Row = { id, values: { ...values, id: String(id), "last-modified": call.project.clock.stamp() } };
  call.project.store.put("attachments", row);
  return row;
}

function accepted(call: ProjectCall, name: string, value: string): string | readonly string[] {
  const entity = attachmentEntity(call);
  const field = entity.fields.get(name);
  if (field === undefined) throw unknownField(call.project, entity, name);
  if (!field.editable) throw new AlmError(403, "operation-forbidden", `The field '${field.label}' is read-only.`);
  return acceptValue(call.project, field, [value], call.writer);
}

/** `log.txt`, `log_1.txt`, …: a name is unique within its record. */
function freeName(call: ProjectCall, parent: EntityDef, id: number, name: string): string {
  const taken = new Set(filesOf(call, parent, id).map((row) => row.values["name"]));
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  let free = name;
  for (let count = 1; taken.has(free); count += 1) free = `${stem}_${count}${ending}`;
  return free;
}

function changeRoute(call: ProjectCall, parent: EntityDef, id: number, row: Row): SandboxResponse {
  const format = answerFormat(call.request);
  if (contentType(call.request).type === "application/octet-stream") {
    checkFile(call, textOf(row.values["name"]), call.request.body);
    call.project.store.setBytes(row.id, call.request.body);
    const changed = put(call, row.id, { ...row.values, "file-size": String(call.request.body.length) });
    flag(call, parent, id);
    return entityReply(call, changed, format);
  }
  const changes: Record<string, string | readonly string[]> = {};
  for (const [name, values] of readEntity(bodyType(call.request).format, call.request.body).fields) {
    if (name !== "id") changes[name] = accepted(call, name, textOf(values));
  }
  const name = textOf(changes["name"]);
  if (name !== "" && filesOf(call, parent, id).some((other) => other.id !== row.id && other.values["name"] === name)) {
    throw new AlmError(500, "entity-already-exists", `Duplicate attachment name '${name}'`);
  }
  return entityReply(call, put(call, row.id, { ...row.values, ...changes }), format);
}

function deleteRoute(call: ProjectCall, parent: EntityDef, id: number, row: Row): SandboxResponse {
  const answer = entityReply(call, row, answerFormat(call.request));
  call.project.store.remove("attachments", row.id);
  flag(call, parent, id);
  return answer;
}

/** Sets the parent's Y or empties it. Whether that counts as a modification differs. */
function flag(call: ProjectCall, parent: EntityDef, id: number): void {
  const name = parent.fields.has("attachment") ? "attachment" : "has-attachments";
  const none = name === "attachment" ? "" : "N";
  const value = filesOf(call, parent, id).length > 0 ? "Y" : none;
  touch(call.project, parent, id, { [name]: value }, call.project.switches.childrenTouchParent);
}
