import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { envelope, json } from "./answer.ts";
import { removeFile, storeFile, type Upload } from "./file.ts";
import { paged } from "./list.ts";
import { invalidValue, notFound, Refusal } from "./refusal.ts";
import type { Resource } from "./schema.ts";
import type { AttachmentRow } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/** `…/{resource}/{id}/attachments`: list and upload. Throws `Refusal`. */
export async function attachments(
  workspace: Workspace,
  resource: Resource,
  parentId: number,
  request: SandboxRequest,
  actor: string,
): Promise<SandboxResponse> {
  if (request.method === "GET") {
    const all = workspace.store.attachments(resource.name, parentId).map(onWire);
    const { rows, total } = paged(all, request.query, workspace.switches);
    return json(200, { data: rows, TotalResults: total });
  }
  if (request.method !== "POST") throw notAllowed(request.method, "GET, POST");
  const upload = await readUpload(request);
  // The body may have taken a while to read apart: the parent can be gone by now.
  if (workspace.store.get(resource.name, parentId) === undefined)
    throw notFound(`There is no ${resource.type} ${parentId}`);
  return json(201, envelope([onWire(storeFile(workspace, resource.name, parentId, upload, actor))]));
}

/** `…/attachments/{id}`, with or without its parent before it: bytes, or the row where JSON is what the client accepts; and deletion. */
export function attachment(workspace: Workspace, row: AttachmentRow, request: SandboxRequest): SandboxResponse {
  if (request.method === "GET") {
    const accept = request.headers["accept"] ?? "";
    if (accept.includes("application/json") && !accept.includes("octet-stream"))
      return json(200, envelope([onWire(row)]));
    const headers = {
      "Content-Type": "application/octet-stream",
      "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(row.name.toWellFormed())}`,
    };
    return { status: 200, headers, body: Buffer.from(row.content, "base64") };
  }
  if (request.method !== "DELETE") throw notAllowed(request.method, "GET, DELETE");
  removeFile(workspace, row);
  return workspace.switches.deleteAnswer === "empty" ? { status: 200 } : json(200, envelope([onWire(row)]));
}

function notAllowed(method: string, allow: string): Refusal {
  return new Refusal(405, "method_not_allowed", `Request method '${method}' not supported`, { Allow: allow });
}

function onWire(row: AttachmentRow): Readonly<Record<string, unknown>> {
  const { id, name, description, author, modified } = row;
  const size = Buffer.byteLength(row.content, "base64");
  return { type: "attachment", id, name, size, description, author, last_modified: modified };
}

async function readUpload(request: SandboxRequest): Promise<Upload> {
  const type = request.headers["content-type"] ?? "";
  if (/^multipart\/form-data/i.test(type)) return readForm(request.body, type);
  if (!/^application\/octet-stream/i.test(type)) {
    throw new Refusal(415, "unsupported_media_type", `Content type '${type}' not supported`);
  }
  return { name: fileName(slug(request.headers["slug"])), description: null, bytes: request.body };
}

async function readForm(body: Buffer, type: string): Promise<Upload> {
  const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": type } })
    .formData()
    .catch((cause: unknown) => {
      throw invalidValue(`Malformed multipart body: ${cause instanceof Error ? cause.message : String(cause)}`);
    });
  const file = form.get("file");
  if (file === null) throw invalidValue("The multipart body has no part 'file'");
  const bytes = typeof file === "string" ? Buffer.from(file) : Buffer.from(await file.arrayBuffer());
  const name = form.get("filename");
  const description = form.get("description");
  return {
    name: fileName(typeof name === "string" ? name : typeof file === "string" ? null : file.name),
    description: typeof description === "string" && description !== "" ? description : null,
    bytes,
  };
}

/** A header is Latin-1 on the wire; clients send a name's UTF-8 bytes, or percent-encode it. */
function slug(header: string | undefined): string | null {
  if (header === undefined) return null;
  const text = Buffer.from(header, "latin1").toString("utf8");
  try {
    return decodeURIComponent(text);
  } catch {
    // A name with a bare percent sign, not an encoded one.
    return text;
  }
}

function fileName(name: string | null): string {
  const trimmed = (name ?? "").trim();
  if (trimmed === "") throw invalidValue("An attachment needs a file name");
  return trimmed;
}
