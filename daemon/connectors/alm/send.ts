import { ConnectorError } from "../../core/errors.ts";
import type { Fields } from "../../core/record.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import type { Fail } from "../json-answer.ts";
import { type Alm, CONCURRENCY, WRITE_BATCH } from "./alm.ts";
import { type BulkEntry, readBulk } from "./bulk.ts";
import type { Reply } from "./client.ts";
import { type AlmException, exceptionError, INVALID_LIST_VALUE, readException, UNKNOWN_FIELD } from "./errors.ts";
import { idOf } from "./map.ts";
import { matchCreated, matchEntries, matchUpdated } from "./match.ts";
import type { EntityMeta } from "./schema.ts";
import { entitiesXml, entityXml, readEntities, type WireEntity, type WireFields, type WirePage } from "./wire.ts";

export type WriteKind = "create" | "update";

/** One record to be written. */
export interface Job {
  /** Null for a creation. */
  readonly id: string | null;
  readonly fields: Fields;
  readonly wire: WireFields;
}

/** What became of it: `entity` null where the answer did not show the record. */
export type Fate =
  | { readonly kind: "stored"; readonly id: string; readonly entity: WireEntity | null; readonly fail: Fail }
  | { readonly kind: "failed"; readonly error: ConnectorError };

/** Longest body of one request, in characters. */
const LONGEST_BODY = 2_000_000;

/** Writes many at a time where the server takes it, else one by one. Fates in the order of the jobs. Throws only the signal's reason. */
export async function sendJobs(
  alm: Alm,
  meta: EntityMeta,
  kind: WriteKind,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  for (const batch of batches(jobs)) {
    const stop = fates.findLast(
      (fate) => fate.kind === "failed" && ["auth", "rateLimited", "unavailable"].includes(fate.error.kind),
    );
    if (stop?.kind === "failed") fates.push(...batch.map(() => notSent(stop.error)));
    else if (batch.length === 1 || !alm.bulk[kind]) fates.push(...(await singles(alm, meta, kind, batch, signal)));
    else fates.push(...(await bulk(alm, meta, kind, batch, signal)));
  }
  return fates;
}

function batches(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const result: Job[][] = [];
  let length = 0;
  for (const job of jobs) {
    const size = [...job.wire.values()].flat().reduce((sum, text) => sum + text.length, 200);
    const last = result.at(-1);
    if (last === undefined || last.length >= WRITE_BATCH || length + size > LONGEST_BODY) {
      result.push([job]);
      length = size;
    } else {
      last.push(job);
      length += size;
    }
  }
  return result;
}

/** A tracker that is in trouble is not sent the rest as well. */
function notSent(cause: ConnectorError): Fate {
  const details = { cause, ...(cause.retryAfterMs === null ? {} : { retryAfterMs: cause.retryAfterMs }) };
  return {
    kind: "failed",
    error: new ConnectorError(cause.kind, `not sent, since an earlier write failed: ${cause.message}`, details),
  };
}

function singles(
  alm: Alm,
  meta: EntityMeta,
  kind: WriteKind,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<Fate[]> {
  return mapLimit(jobs, CONCURRENCY, (job) => contained(() => single(alm, meta, kind, job, signal)), signal);
}

async function contained(send: () => Promise<Fate>): Promise<Fate> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof ConnectorError) return { kind: "failed", error };
    throw error;
  }
}

async function single(alm: Alm, meta: EntityMeta, kind: WriteKind, job: Job, signal: AbortSignal): Promise<Fate> {
  const reply = await alm.client.call({
    method: kind === "create" ? "POST" : "PUT",
    path: kind === "create" ? `/${meta.collection}` : `/${meta.collection}/${job.id}`,
    contentType: "application/xml",
    body: entityXml(meta.entity, job.wire),
    signal,
  });
  if (!reply.ok) {
    alm.metadata.learnFrom(meta.entity, reply);
    const error = alm.client.refuse(reply, meta.labels);
    return { kind: "failed", error: kind === "update" ? harmless(error) : error };
  }
  const id = job.id ?? locationId(reply);
  // A creation that was answered 201 with an address is stored, whatever became of the body.
  if (reply.answer.body.length === 0 && id !== null) return { kind: "stored", id, entity: null, fail: reply.fail };
  try {
    const entity = readEntities(reply.answer, reply.fail).entities[0];
    if (entity === undefined)
      return id === null ? reply.fail("shows no record") : { kind: "stored", id, entity: null, fail: reply.fail };
    return { kind: "stored", id: job.id ?? idOf(entity, reply.fail), entity, fail: reply.fail };
  } catch (error) {
    if (error instanceof ConnectorError && kind === "create" && reply.answer.status === 201 && id !== null) {
      return { kind: "stored", id, entity: null, fail: reply.fail };
    }
    throw error;
  }
}

/**
 * ALM blames some contents by a general 500 (a cycle's dates outside of its release). An update that was stored all the same is none the worse for
 * being sent again in parts.
 */
function harmless(error: ConnectorError): ConnectorError {
  if (error.kind !== "invalid" || error.stored === "no") return error;
  const { field, status, message } = error;
  const details = { ...(field === null ? {} : { field }), ...(status === null ? {} : { status }), cause: error };
  return new ConnectorError(error.kind, message, details);
}

/** Only the last segment: the rest may name an internal host. */
function locationId(reply: Reply): string | null {
  return /\/(\d{1,15})\/?(?:\?.*)?$/.exec(reply.answer.headers["location"] ?? "")?.[1] ?? null;
}

async function bulk(
  alm: Alm,
  meta: EntityMeta,
  kind: WriteKind,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<readonly Fate[]> {
  const wires = jobs.map((job) => (job.id === null ? job.wire : new Map([["id", [job.id]], ...job.wire])));
  try {
    const reply = await alm.client.call({
      method: kind === "create" ? "POST" : "PUT",
      path: `/${meta.collection}`,
      contentType: "application/xml;type=collection",
      body: entitiesXml(meta.entity, wires),
      signal,
    });
    if (reply.ok) return fromPage(alm, meta, kind, jobs, readEntities(reply.answer, reply.fail), reply);
    const entries = readBulk(reply.answer, reply.fail);
    if (entries !== null) return fromEntries(alm, meta, kind, jobs, entries, reply);
    return await refusedBulk(alm, meta, kind, jobs, reply, signal);
  } catch (error) {
    if (error instanceof ConnectorError) return jobs.map(() => ({ kind: "failed", error }));
    throw error;
  }
}

function fromPage(
  alm: Alm,
  meta: EntityMeta,
  kind: WriteKind,
  jobs: readonly Job[],
  page: WirePage,
  reply: Reply,
): readonly Fate[] {
  const found = kind === "create" ? matchCreated(jobs, page.entities) : matchUpdated(jobs, page.entities);
  return jobs.map((job, index): Fate => {
    const entity = found[index] ?? null;
    if (entity !== null && entity.error !== null) return failed(alm, meta, { id: "", title: entity.error }, reply);
    if (entity !== null) return { kind: "stored", id: job.id ?? idOf(entity, reply.fail), entity, fail: reply.fail };
    if (job.id !== null) return { kind: "stored", id: job.id, entity: null, fail: reply.fail };
    return unsure(alm, reply);
  });
}

function fromEntries(
  alm: Alm,
  meta: EntityMeta,
  kind: WriteKind,
  jobs: readonly Job[],
  entries: readonly BulkEntry[],
  reply: Reply,
): readonly Fate[] {
  const found = matchEntries(jobs, entries, kind);
  return jobs.map((job, index): Fate => {
    const entry = found[index];
    if (entry === undefined) return unsure(alm, reply);
    if (!entry.ok) return failed(alm, meta, entry.exception ?? { id: "", title: "no reason given" }, reply);
    const id = job.id ?? entry.id ?? (entry.entity === null ? null : idOf(entry.entity, reply.fail));
    return id === null ? unsure(alm, reply) : { kind: "stored", id, entity: entry.entity, fail: reply.fail };
  });
}

/** Entries have no status of their own; a refusal of one entity is what 400 is for a single write. */
function failed(alm: Alm, meta: EntityMeta, exception: AlmException, reply: Reply): Fate {
  if (exception.id === UNKNOWN_FIELD || exception.id === INVALID_LIST_VALUE) alm.metadata.forget(meta.entity);
  return { kind: "failed", error: exceptionError(reply.asked, exception, 400, meta.labels) };
}

function unsure(alm: Alm, reply: Reply): Fate {
  const message = `${alm.host.endpoint}: the answer to ${reply.asked.request} does not say what became of this record`;
  return {
    kind: "failed",
    error: new ConnectorError("unavailable", message, { stored: "maybe", status: reply.answer.status }),
  };
}

const NO_SUCH_RESOURCE = new Set([404, 405, 415, 501]);
/** How servers that do not know the collection type stumble over its body. */
const STUMBLES = /unmarshal|unexpected element|entities|begin 0, end -1|content.?type|cannot be cast/i;

/**
 * The whole batch was refused. Where nothing can have been stored the records are sent one by one, which also tells which of them is at fault, and the server
 * is not asked for collections again where that was the reason. A creation answered 500 may have been stored: it must not be repeated here.
 */
async function refusedBulk(
  alm: Alm,
  meta: EntityMeta,
  kind: WriteKind,
  jobs: readonly Job[],
  reply: Reply,
  signal: AbortSignal,
): Promise<readonly Fate[]> {
  const { status } = reply.answer;
  const error = alm.client.refuse(reply, meta.labels);
  alm.metadata.learnFrom(meta.entity, reply);
  const exception = readException(reply.answer);
  const stumbled =
    NO_SUCH_RESOURCE.has(status) || ((status === 400 || status === 500) && STUMBLES.test(exception?.title ?? ""));
  if (stumbled) alm.bulk[kind] = false;
  if (stumbled || status === 400 || (status === 500 && kind === "update")) {
    const fates = await singles(alm, meta, kind, jobs, signal);
    if (!stumbled && fates.every((fate) => fate.kind === "stored")) alm.bulk[kind] = false;
    if (!alm.bulk[kind])
      alm.host.note(
        `the server does not take several records in one request to ${kind} them (${status}); they are sent one by one`,
      );
    return fates;
  }
  return jobs.map(() => ({ kind: "failed", error }));
}
