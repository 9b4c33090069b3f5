import type { SandboxResponse } from "../message.ts";
import { readEntity } from "./entity-read.ts";
import { entityWriter } from "./entity-write.ts";
import { AlmError, generalError } from "./errors.ts";
import {
  attachmentEntity,
  belongs,
  describeFile,
  type Folder,
  filesOf,
  removeFile,
  replaceContent,
  storeFile,
  type Upload,
} from "./files.ts";
import { list, readFields } from "./listing.ts";
import { readParts } from "./multipart.ts";
import { answerFormat, bodyType, contentType, type Format, preferredType } from "./negotiate.ts";
import { textOf } from "./project.ts";
import type { ProjectCall } from "./project-call.ts";
import { reply } from "./reply.ts";
import type { EntityDef } from "./schema.ts";
import type { Row } from "./store.ts";
import { current } from "./write.ts";

/** `P/{collection}/{id}/attachments` */
export function attachmentsRoute(call: ProjectCall, parent: EntityDef, id: number): SandboxResponse {
  const { request, project } = call;
  current(project, parent, id);
  const entity = attachmentEntity(project);
  if (request.method === "GET") {
    const format = answerFormat(request);
    const fields = readFields(entity, request.query.get("fields"));
    const page = list(project, entity, request.query, (row) => belongs(row, parent, id));
    return reply(format, entityWriter(project, entity, format, fields).many(page.rows, page.total));
  }
  if (request.method !== "POST") throw generalError(405, `Method ${request.method} is not allowed`);
  const format = answerFormat(request);
  const row = storeFile(folderOf(call, parent, id), readUpload(call));
  const location = `${call.base}/${parent.collection}/${id}/attachments/${encodeURIComponent(textOf(row.values["name"]))}`;
  return reply(format, entityWriter(project, entity, format, null, true).one(row), 201, { Location: location });
}

/** `P/{collection}/{id}/attachments/{name}`, or `…/{id}?by-id=true` */
export function attachmentRoute(call: ProjectCall, parent: EntityDef, id: number, name: string): SandboxResponse {
  current(call.project, parent, id);
  const folder = folderOf(call, parent, id);
  const row = find(call, folder, name);
  switch (call.request.method) {
    case "GET":
      return readRoute(call, row);
    case "PUT":
      return changeRoute(call, folder, row);
    case "DELETE": {
      const answer = entityReply(call, row, answerFormat(call.request));
      removeFile(folder, row);
      return answer;
    }
    default:
      throw generalError(405, `Method ${call.request.method} is not allowed`);
  }
}

function folderOf(call: ProjectCall, parent: EntityDef, id: number): Folder {
  return { project: call.project, parent, id, writer: call.writer };
}

function find(call: ProjectCall, folder: Folder, name: string): Row {
  const { request, project } = call;
  const byId = project.switches.attachmentsById && /^(true|y|yes)$/i.test(request.query.get("by-id") ?? "");
  const found = filesOf(folder).find((row) => (byId ? String(row.id) : row.values["name"]) === name);
  // Documented: a name that is not English finds the bytes and nothing else.
  const hidden = !byId && /[^\x20-\x7e]/.test(name) && !(request.method === "GET" && wantsBytes(call));
  if (found === undefined || hidden)
    throw new AlmError(404, "entity-not-found", `No attachment '${name}' of ${folder.parent.name} ${folder.id}`);
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

const OCTETS = "application/octet-stream";

function wantsBytes(call: ProjectCall): boolean {
  return preferredType(call.request, ["application/xml", "application/json", OCTETS]) === OCTETS;
}

function readRoute(call: ProjectCall, row: Row): SandboxResponse {
  const type = preferredType(call.request, ["application/xml", "application/json", OCTETS]);
  if (type === null) throw generalError(406, "Not Acceptable");
  if (type === OCTETS) {
    if (row.values["ref-type"] === "URL" && call.project.switches.urlBytes === "none")
      throw generalError(404, "The attachment has no file");
    const ending = textOf(row.values["name"]).split(".").at(-1)?.toLowerCase() ?? "";
    const body = call.project.store.bytes(row.id) ?? Buffer.alloc(0);
    return { status: 200, headers: { "Content-Type": ENDINGS[ending] ?? OCTETS }, body };
  }
  return entityReply(call, row, type === "application/json" ? "json" : "xml");
}

function entityReply(call: ProjectCall, row: Row, format: Format): SandboxResponse {
  return reply(format, entityWriter(call.project, attachmentEntity(call.project), format).one(row));
}

function readUpload(call: ProjectCall): Upload {
  const { request } = call;
  checkLength(call);
  const { type, parameters } = contentType(request);
  if (type === OCTETS) {
    const name = decodeSlug(request.headers["slug"] ?? "");
    if (name === "") throw generalError(400, "The header Slug is missing");
    return { name, description: "", override: false, subtype: "0", type: "File", bytes: request.body };
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
    type: "File",
    bytes: file.content,
  };
}

/** The length is a parameter of the operation: what comes in chunks has none. */
function checkLength({ request }: ProjectCall): void {
  if (request.headers["transfer-encoding"] !== undefined) throw generalError(411, "Length Required");
}

/** The header holds ASCII only; other names come percent-encoded. */
function decodeSlug(slug: string): string {
  try {
    return decodeURIComponent(slug);
  } catch (error) {
    if (error instanceof URIError) return slug;
    throw error;
  }
}

function changeRoute(call: ProjectCall, folder: Folder, row: Row): SandboxResponse {
  const { request } = call;
  const format = answerFormat(request);
  if (contentType(request).type === OCTETS) {
    checkLength(call);
    return entityReply(call, replaceContent(folder, row, request.body), format);
  }
  const { fields } = readEntity(bodyType(request).format, request.body);
  const texts = new Map([...fields].map(([name, values]) => [name, textOf(values)] as const));
  return entityReply(call, describeFile(folder, row, texts), format);
}
