import { ConnectorError } from "../../core/errors.ts";
import type { Attachment, AttachmentDraft, AttachmentPort } from "../../core/parts.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import { type Watched, watched } from "../../lib/content.ts";
import { bounded, refuseLarge } from "../download.ts";
import { type Fail, idOf, type JsonObject } from "../json-answer.ts";
import { multipart } from "../multipart.ts";
import type { Client } from "./client.ts";
import type { Knowledge } from "./knowledge.ts";
import { CONCURRENCY } from "./write.ts";

export const ATTACHMENT_ENTITIES: readonly string[] = ["defect", "user_story", "feature", "release", "theme"];

/** What every server grants without being asked for more. */
const PAGE = 100;

/** The API lists, adds, gives and removes files; it neither replaces nor describes one that is there. */
export function createAttachments(endpoint: string, client: Client, knowledge: Knowledge): AttachmentPort {
  /** Path of a record, below the workspace. */
  function recordPath(entity: string, id: string): string {
    if (/^\d{1,15}$/.test(id)) return `${knowledge.resource(entity).path}/${id}`;
    throw new ConnectorError("notFound", `${endpoint}: there is no ${entity} ${id}`);
  }

  async function listOne(entity: string, id: string, signal: AbortSignal): Promise<readonly Attachment[] | null> {
    const folder = `${recordPath(entity, id)}/attachments`;
    const files = new Map<string, Attachment>();
    for (let offset = 0; ; ) {
      // Neither limit nor offset is documented here: they are used where one answer does not show all.
      const { rows, total, fail } = await client.list(folder, offset === 0 ? {} : { limit: PAGE, offset }, signal);
      for (const row of rows) {
        const file = toAttachment(row, client, folder, fail);
        files.set(file.id, file);
      }
      offset += rows.length;
      const all = total ?? files.size;
      if (files.size >= all) return [...files.values()];
      // A file that is missing from a list passes for one that was removed.
      if (rows.length === 0 || offset >= all) return fail(`counts ${all} attachments, but shows ${files.size}`);
    }
  }

  /** 404 is said of a record that is gone, and of one that cannot have files. */
  async function listIfThere(entity: string, id: string, signal: AbortSignal): Promise<readonly Attachment[] | null> {
    try {
      return await listOne(entity, id, signal);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== "notFound") throw error;
      if (!(await isThere(entity, id, signal))) return null;
      throw new ConnectorError("invalid", `${endpoint}: this server has no attachments for ${entity} ${id}`, {
        ...(error.status === null ? {} : { status: error.status }),
        cause: error,
      });
    }
  }

  async function isThere(entity: string, id: string, signal: AbortSignal): Promise<boolean> {
    try {
      return (await client.list(recordPath(entity, id), {}, signal)).rows.length > 0;
    } catch (error) {
      if (error instanceof ConnectorError && error.kind === "notFound") return false;
      throw error;
    }
  }

  async function* read(folder: string, attachment: Attachment, maxBytes: number, signal: AbortSignal) {
    refuseLarge(endpoint, attachment, maxBytes);
    const { answer, body } = await about(endpoint, attachment.name, () =>
      client.bytes(`${folder}/${attachment.id}`, signal),
    );
    yield* bounded(endpoint, attachment, maxBytes, answer, body);
  }

  async function add(folder: string, draft: AttachmentDraft, signal: AbortSignal): Promise<Attachment> {
    const source = watched(draft.content);
    const form = multipart(
      [["filename", draft.name], ...(draft.description === "" ? [] : [["description", draft.description] as const])],
      { name: draft.name, content: source.content },
    );
    const { rows, fail } = await about(endpoint, draft.name, () => client.upload(folder, form, signal), source);
    const [row] = rows;
    return row === undefined ? fail("shows no attachment") : toAttachment(row, client, folder, fail);
  }

  async function remove(folder: string, { id, name }: Attachment, signal: AbortSignal): Promise<void> {
    try {
      await about(endpoint, name, () => client.remove(`${folder}/${id}`, signal));
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== "notFound") throw error;
    }
  }

  return {
    maxSize: null,
    async list(entity, ids, signal) {
      knowledge.resource(entity);
      const wanted = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id));
      const ask = async (id: string) => [id, await listIfThere(entity, id, signal)] as const;
      const found = await mapLimit(wanted, CONCURRENCY, ask, signal);
      return new Map(found.flatMap(([id, files]) => (files === null ? [] : [[id, files] as const])));
    },
    read: (entity, id, attachment, maxBytes, signal) =>
      read(`${recordPath(entity, id)}/attachments`, attachment, maxBytes, signal),
    add: async (entity, id, draft, signal) => add(`${recordPath(entity, id)}/attachments`, draft, signal),
    async change(entity, id, attachment, draft, changed, signal) {
      if (!changed.content && !changed.description && draft.name === attachment.name) return attachment;
      const folder = `${recordPath(entity, id)}/attachments`;
      const files = await listIfThere(entity, id, signal);
      if (files?.some((file) => file.id === attachment.id) !== true) throw gone(endpoint, attachment);
      const added = await add(folder, draft, signal);
      await remove(folder, attachment, signal).catch((error: unknown) => {
        throw error instanceof ConnectorError ? bothThere(endpoint, draft.name, error) : error;
      });
      return added;
    },
    remove: async (entity, id, attachment, signal) =>
      remove(`${recordPath(entity, id)}/attachments`, attachment, signal),
  };
}

function toAttachment(row: JsonObject, client: Client, folder: string, fail: Fail): Attachment {
  const { name, size, description, last_modified: modified } = row;
  const id = idOf(row["id"], "id of an attachment", fail);
  return {
    id,
    name: typeof name === "string" && name !== "" ? name : fail("has an attachment without a name"),
    description: typeof description === "string" ? description : "",
    size: typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : null,
    stamp: `${typeof modified === "string" ? modified : ""} ${typeof size === "number" ? size : ""}`,
    url: client.url(`${folder}/${id}`),
  };
}

/** A refusal of one file; `source` is what was sent. 403 says that this file is out of reach, not that the API client is. */
async function about<T>(endpoint: string, name: string, call: () => Promise<T>, source?: Watched): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ConnectorError) || error === source?.failure()) throw error;
    const refused = error.status === 403 || (source !== undefined && error.kind === "invalid");
    if (!refused) throw error;
    const why = error.status === 403 ? "; the API client's role may not do this with attachments" : "";
    const much = source === undefined ? "" : ` of ${source.content.size} bytes`;
    const message = `${endpoint}: the file "${name}"${much} was refused${why}. ${error.message}`;
    throw new ConnectorError("invalid", message, {
      ...(error.status === null ? {} : { status: error.status }),
      cause: error,
    });
  }
}

function gone(endpoint: string, { id, name }: Attachment): ConnectorError {
  return new ConnectorError("notFound", `${endpoint}: there is no attachment ${id} ("${name}")`);
}

function bothThere(endpoint: string, name: string, error: ConnectorError): ConnectorError {
  const message = `${endpoint}: the new file "${name}" was added, but the one that it replaces could not be removed. ${error.message}`;
  return new ConnectorError(error.kind, message, {
    stored: "maybe",
    ...(error.status === null ? {} : { status: error.status }),
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}
