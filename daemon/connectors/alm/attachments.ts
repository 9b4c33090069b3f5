import { ConnectorError } from "../../core/errors.ts";
import type { Attachment, AttachmentPort } from "../../core/parts.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { mapAfterFirst } from "../../lib/concurrency.ts";
import { bounded, refuseLarge } from "../download.ts";
import { type Alm, CONCURRENCY } from "./alm.ts";
import { createFolders, type Folders } from "./attachment-folder.ts";
import { about, fileRefusal, gone } from "./attachment-trouble.ts";
import { add, change } from "./attachment-write.ts";
import { readBody } from "./body.ts";
import type { Reply } from "./client.ts";
import { readException } from "./errors.ts";
import { read } from "./read.ts";

export const ATTACHMENT_ENTITIES: readonly string[] = ["defect", "requirement", "release", "release-cycle"];

/** Fields that say Y where a record has files, by entity type. */
const FLAGS = ["attachment", "has-attachments"];

/** Files of any record that may have some. */
export function createAttachments(alm: Alm): AttachmentPort {
  const folders = createFolders(alm);
  return {
    // A site parameter says it, which only administrators may read.
    maxSize: null,
    list: (entity, ids, signal) => list(alm, folders, entity, ids, signal),
    read: (entity, id, attachment, maxBytes, signal) =>
      bytesOf(alm, folders, folders.path(entity, id), attachment, maxBytes, signal),
    add: async (entity, id, draft, signal) => add(alm, folders, folders.path(entity, id), draft, signal),
    change: async (entity, id, attachment, draft, changed, signal) =>
      change(alm, folders, folders.path(entity, id), attachment, draft, changed, signal),
    remove: async (entity, id, attachment, signal) =>
      remove(alm, folders, folders.path(entity, id), attachment, signal),
  };
}

/** One query tells which of the records have files at all; only those are asked. */
async function list(
  alm: Alm,
  folders: Folders,
  entity: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Attachment[]>> {
  const meta = await alm.metadata.entity(entity, signal);
  const flag = FLAGS.find((name) => meta.fields.has(name));
  const records = await read(alm, meta.entity, ids, flag === undefined ? [] : [flag], signal);
  const hasNone = ({ fields }: TrackerRecord) => flag !== undefined && (fields[flag] === null || fields[flag] === "N");
  const [without, some] = [[...records.values()].filter(hasNone), [...records.values()].filter((one) => !hasNone(one))];
  const found = await mapAfterFirst(
    some,
    CONCURRENCY,
    async ({ id }) => [id, await folders.list(folders.path(entity, id), signal)] as const,
    signal,
  );
  const listed = found.flatMap(([id, files]) => (files === null ? [] : [[id, files] as const]));
  return new Map([...without.map(({ id }) => [id, []] as const), ...listed]);
}

async function* bytesOf(
  alm: Alm,
  folders: Folders,
  folder: string,
  attachment: Attachment,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  refuseLarge(alm.host.endpoint, attachment, maxBytes);
  const place = await folders.locate(folder, attachment, signal);
  if (place === null) throw gone(alm, folder, attachment);
  const { reply, body } = await about(alm, attachment.name, () => alm.client.bytes(place.path, signal));
  if (body !== null) return yield* bounded(alm.host.endpoint, attachment, maxBytes, reply.answer, body);
  // Whether an address has bytes nobody has seen: its name may be all there is.
  const described = await alm.client.call({ method: "GET", path: place.path, signal });
  if (described.ok && attachment.link === true && reply.answer.status !== 403) return;
  throw refusalOf(alm, reply, described, attachment);
}

/** Asked for bytes alone, the server refuses with a page that says nothing; whether the file is there its description tells. */
function refusalOf(alm: Alm, reply: Reply, described: Reply, attachment: Attachment): ConnectorError {
  const error = fileRefusal(alm, reply, attachment.name, null);
  if (reply.answer.status !== 404 || described.ok) return error;
  const why = alm.client.refuse(described, new Map());
  return why.kind === "notFound" ? why : error;
}

async function remove(
  alm: Alm,
  folders: Folders,
  folder: string,
  attachment: Attachment,
  signal: AbortSignal,
): Promise<void> {
  const place = await folders.locate(folder, attachment, signal);
  if (place === null) return;
  const reply = await about(alm, attachment.name, () =>
    alm.client.call({ method: "DELETE", path: place.path, repeatable: true, signal }),
  );
  if (reply.ok && readBody(reply.answer).kind === "html") return reply.fail("is a web page, not data");
  if (reply.ok) return;
  const error = fileRefusal(alm, reply, attachment.name, null);
  if (reply.answer.status !== 404 && error.kind !== "notFound") throw error;
  if (readException(reply.answer) !== null && place.name === null) return;
  // A page may come from a proxy; and a name that is not English finds nothing to be removed.
  const left = await folders.list(folder, signal);
  if (left?.some(({ id }) => id === attachment.id) !== true) return;
  const message = `${alm.host.endpoint}: the file "${attachment.name}" is there, but this server does not find it by its address to remove it; remove it by hand`;
  throw new ConnectorError("invalid", message, { status: reply.answer.status, cause: error });
}
