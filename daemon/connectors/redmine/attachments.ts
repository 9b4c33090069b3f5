import { ConnectorError } from "../../core/errors.ts";
import type { Attachment, AttachmentDraft, AttachmentPort } from "../../core/parts.ts";
import { cut } from "../../fields/text.ts";
import { watched } from "../../lib/content.ts";
import { bounded, refuseLarge } from "../download.ts";
import { arrayOf, type Fail, idOf, type JsonObject, objectOf } from "../json-answer.ts";
import { about, again, bothThere, gone } from "./attachment-trouble.ts";
import type { Client } from "./client.ts";
import type { Listing } from "./listing.ts";
import type { RedmineSettings } from "./settings.ts";

export const ATTACHMENT_ENTITIES: readonly string[] = ["issue"];

const BATCH = 100;

/** What every operation works with. */
interface Desk {
  readonly endpoint: string;
  readonly settings: RedmineSettings;
  readonly client: Client;
  readonly listing: Listing;
  /** Learnt from a refusal: the API does not tell it. */
  readonly limit: { maxSize: number | null };
}

/** Files of issues. A file's content cannot be replaced: the new one is added before the old one goes. */
export function createAttachments(
  endpoint: string,
  settings: RedmineSettings,
  client: Client,
  listing: Listing,
): AttachmentPort {
  const desk: Desk = { endpoint, settings, client, listing, limit: { maxSize: null } };
  return {
    get maxSize() {
      return desk.limit.maxSize;
    },
    async list(entity, ids, signal) {
      onlyIssues(desk, entity);
      return list(desk, ids, signal);
    },
    read: (_entity, _id, attachment, maxBytes, signal) => read(desk, attachment, maxBytes, signal),
    async add(entity, id, draft, signal) {
      onlyIssues(desk, entity, id);
      return add(desk, id, draft, signal);
    },
    async change(entity, id, attachment, draft, changed, signal) {
      onlyIssues(desk, entity, id);
      if (!changed.content) return describe(desk, attachment, draft, changed.description, signal);
      if (!(await isThere(desk, attachment, signal))) throw gone(desk, attachment);
      const added = await add(desk, id, draft, signal);
      await remove(desk, attachment, signal).catch((error: unknown) => {
        throw error instanceof ConnectorError ? bothThere(desk, draft.name, error) : error;
      });
      return added;
    },
    remove: (_entity, _id, attachment, signal) => remove(desk, attachment, signal),
  };
}

function onlyIssues({ endpoint }: Desk, entity: string, id = "0"): void {
  if (entity !== "issue") throw new ConnectorError("invalid", `${endpoint}: only issues have attachments here`);
  if (!/^\d{1,15}$/.test(id)) throw new ConnectorError("notFound", `${endpoint}: there is no issue ${id}`);
}

async function list(desk: Desk, ids: readonly string[], signal: AbortSignal) {
  const wanted = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id));
  const found = new Map<string, readonly Attachment[]>();
  for (let at = 0; at < wanted.length; at += BATCH) {
    const query = [["issue_id", wanted.slice(at, at + BATCH).join(",")] as const, ["include", "attachments"] as const];
    for await (const page of desk.listing.pages(query, signal)) {
      for (const row of page.rows) {
        const files = arrayOf(row["attachments"] ?? [], "attachments", page.fail);
        const own = files.map((file) => toAttachment(desk, objectOf(file, "an attachment", page.fail), page.fail));
        found.set(idOf(row["id"], "id", page.fail), own);
      }
    }
  }
  return found;
}

/** `content_url` names the host by which the server was asked, behind a proxy often another one: only what follows from the id is used. */
function fileUrl({ settings }: Desk, id: string): string {
  return `${settings.url}${filePath(id)}`;
}

/** A name at its end would have to be the present one. */
function filePath(id: string): string {
  return `/attachments/download/${encodeURIComponent(id)}`;
}

async function* read(desk: Desk, attachment: Attachment, maxBytes: number, signal: AbortSignal) {
  const { endpoint, client } = desk;
  refuseLarge(endpoint, attachment, maxBytes);
  const { answer, body } = await about(desk, attachment.name, null, () =>
    client.bytes(filePath(attachment.id), signal),
  );
  yield* bounded(endpoint, attachment, maxBytes, answer, body);
}

/** An upload belongs to nothing until an issue claims it. */
async function add(desk: Desk, id: string, draft: AttachmentDraft, signal: AbortSignal): Promise<Attachment> {
  const { client } = desk;
  const upload = await uploadOf(desk, draft, signal);
  const claim = { token: upload.token, filename: draft.name, description: fitting(draft.description) };
  const claiming = about(desk, draft.name, null, () =>
    // A token is good once: asked twice, the second answer would be a refusal.
    client.put(`/issues/${id}.json`, { issue: { uploads: [claim] } }, signal, { repeatable: false }),
  );
  const failure = await claiming.then(
    () => null,
    (error: unknown) => error,
  );
  if (failure !== null && !(failure instanceof ConnectorError && failure.stored === "maybe")) throw failure;
  const files = (await listed(desk, id, signal, failure)) ?? [];
  const stored = files.find((file) => file.id === upload.id);
  if (stored !== undefined) return stored;
  if (failure !== null) throw failure;
  const message = `${desk.endpoint}: the file "${draft.name}" was uploaded, but issue ${id} did not take it although it said so: perhaps the account's role may not edit it`;
  throw new ConnectorError("invalid", message);
}

async function uploadOf(desk: Desk, draft: AttachmentDraft, signal: AbortSignal) {
  const source = watched(draft.content);
  try {
    const got = await about(desk, draft.name, source, () =>
      desk.client.upload("/uploads.json", [["filename", draft.name]], source.content, signal),
    );
    const upload = objectOf(got.body["upload"], "upload", got.fail);
    const token = upload["token"];
    if (typeof token !== "string") return got.fail("has no token");
    return { id: idOf(upload["id"], "id of an upload", got.fail), token };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.stored === "no" || error === source.failure()) throw error;
    // What no issue has claimed is no attachment; the server throws it away in time.
    throw again(error, error.kind, error.message, "no");
  }
}

/** The issue's files after a write; what the write's own answer said counts where they cannot be had. */
async function listed(desk: Desk, id: string, signal: AbortSignal, failure: ConnectorError | null) {
  try {
    return (await list(desk, [id], signal)).get(id) ?? null;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw failure ?? again(error, error.kind, error.message, "maybe");
  }
}

/** A file with a longer description is dropped without a word. */
function fitting(description: string): string {
  return cut(description, { size: 255, unit: "characters" });
}

async function describe(
  desk: Desk,
  attachment: Attachment,
  draft: AttachmentDraft,
  description: boolean,
  signal: AbortSignal,
): Promise<Attachment> {
  const fields = {
    ...(draft.name === attachment.name ? {} : { filename: draft.name }),
    ...(description ? { description: fitting(draft.description) } : {}),
  };
  if (Object.keys(fields).length === 0) return attachment;
  if (!(await isThere(desk, attachment, signal))) throw gone(desk, attachment);
  const path = `/attachments/${encodeURIComponent(attachment.id)}.json`;
  await about(desk, attachment.name, null, () => desk.client.patch(path, { attachment: fields }, signal));
  const got = await desk.client.get(path, [], signal);
  return toAttachment(desk, objectOf(got.body["attachment"], "attachment", got.fail), got.fail);
}

async function remove(desk: Desk, attachment: Attachment, signal: AbortSignal): Promise<void> {
  const { id, name } = attachment;
  if (!(await isThere(desk, attachment, signal))) return;
  try {
    await about(desk, name, null, () => desk.client.remove(`/attachments/${encodeURIComponent(id)}.json`, signal));
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== "notFound") throw error;
  }
}

/** Some databases give the id of the newest file to the next one once it is removed: the time tells them apart. */
async function isThere(desk: Desk, { id, stamp, name }: Attachment, signal: AbortSignal): Promise<boolean> {
  try {
    const path = `/attachments/${encodeURIComponent(id)}.json`;
    const { body, fail } = await about(desk, name, null, () => desk.client.get(path, [], signal));
    return toAttachment(desk, objectOf(body["attachment"], "attachment", fail), fail).stamp === stamp;
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === "notFound") return false;
    throw error;
  }
}

function toAttachment(desk: Desk, row: JsonObject, fail: Fail): Attachment {
  const id = idOf(row["id"], "id of an attachment", fail);
  const { filename, description, filesize, created_on: created } = row;
  return {
    id,
    name: typeof filename === "string" ? filename : fail("has an attachment without filename"),
    description: typeof description === "string" ? description : "",
    size: typeof filesize === "number" && Number.isSafeInteger(filesize) ? filesize : null,
    // The content of an attachment never changes.
    stamp: typeof created === "string" ? created : "",
    url: fileUrl(desk, id),
  };
}
