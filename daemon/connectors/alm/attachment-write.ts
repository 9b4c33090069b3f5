import { ConnectorError } from "../../core/errors.ts";
import type { Attachment, AttachmentDraft } from "../../core/parts.ts";
import { watched } from "../../lib/content.ts";
import { multipart } from "../multipart.ts";
import type { Alm } from "./alm.ts";
import type { Folders } from "./attachment-folder.ts";
import { about, fileRefusal, gone } from "./attachment-trouble.ts";
import { type ListedFile, toFile, toMemo } from "./attachment-wire.ts";
import type { Call } from "./client.ts";
import { entityXml, readEntities } from "./wire.ts";

export async function add(
  alm: Alm,
  folders: Folders,
  folder: string,
  draft: AttachmentDraft,
  signal: AbortSignal,
): Promise<Attachment> {
  const file = await write(alm, uploadOf(folder, draft, "n", signal), draft);
  return sure(() => folders.settle(folder, file, signal));
}

/** `override`: y puts it in the place of the file of the same name, n gives it a name of its own. */
function uploadOf(folder: string, draft: AttachmentDraft, override: "y" | "n", signal: AbortSignal): Call {
  const { contentType, content } = multipart(
    [
      ["filename", draft.name],
      ["description", toMemo(draft.description)],
      ["override-existing-attachment", override],
    ],
    draft,
  );
  return { method: "POST", path: folder, contentType, body: content, signal };
}

export async function change(
  alm: Alm,
  folders: Folders,
  folder: string,
  attachment: Attachment,
  draft: AttachmentDraft,
  changed: { readonly content: boolean; readonly description: boolean },
  signal: AbortSignal,
): Promise<Attachment> {
  const place = await folders.locate(folder, attachment, signal);
  if (place === null) throw gone(alm, folder, attachment);
  const renamed = draft.name !== attachment.name;
  if (!renamed && !changed.content && !changed.description) return attachment;
  const stuck = place.name !== null && !isPlain(place.name);
  if (stuck && renamed) {
    const message = `${alm.host.endpoint}: this server does not find the file "${attachment.name}" by its address to rename it; rename it by hand`;
    throw new ConnectorError("invalid", message);
  }
  const calls = stuck
    ? [uploadOf(folder, draft, "y", signal)]
    : callsFor(place.path, draft, { ...changed, name: renamed }, signal);
  let file: ListedFile | null = null;
  for (const call of calls) {
    const one: () => Promise<ListedFile> = () => write(alm, call, draft);
    file = await (file === null ? one() : sure(one));
  }
  const stored = file;
  return stored === null ? attachment : sure(() => folders.settle(folder, stored, signal));
}

function callsFor(
  path: string,
  draft: AttachmentDraft,
  changed: { readonly content: boolean; readonly description: boolean; readonly name: boolean },
  signal: AbortSignal,
): readonly Call[] {
  const fields = new Map<string, readonly string[]>([
    ...(changed.name ? [["name", [draft.name]] as const] : []),
    ...(changed.description ? [["description", [toMemo(draft.description)]] as const] : []),
  ]);
  const content: Call = { method: "PUT", path, contentType: "application/octet-stream", body: draft.content, signal };
  const body = entityXml("attachment", fields);
  const words: Call = { method: "PUT", path, contentType: "application/xml", body, signal };
  return [...(changed.content ? [content] : []), ...(fields.size > 0 ? [words] : [])];
}

/** A name that is not English finds its file for reading, and for nothing else. */
function isPlain(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name);
}

/** For what follows a request that was stored. */
async function sure<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new ConnectorError(error.kind, error.message, {
      stored: "maybe",
      ...(error.status === null ? {} : { status: error.status }),
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
      cause: error,
    });
  }
}

async function write(alm: Alm, call: Call, draft: AttachmentDraft): Promise<ListedFile> {
  const source = call.body === undefined || typeof call.body === "string" ? null : watched(call.body);
  const sent = source === null ? call : { ...call, body: source.content };
  const reply = await about(alm, draft.name, () => alm.client.call(sent), source);
  if (!reply.ok) throw fileRefusal(alm, reply, draft.name, source === null ? null : draft.content.size);
  const [row] = readEntities(reply.answer, reply.fail).entities;
  return row === undefined ? reply.fail("shows no attachment") : toFile(row, reply.fail);
}
