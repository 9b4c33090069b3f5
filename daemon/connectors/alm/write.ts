import type { Draft, Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Fields } from "../../core/record.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import type { Zone } from "../../lib/zone.ts";
import type { Fail } from "../json-answer.ts";
import { type Alm, CONCURRENCY, READ_BATCH } from "./alm.ts";
import { readBody } from "./body.ts";
import type { Reply } from "./client.ts";
import { ENTITY_NOT_FOUND, readException } from "./errors.ts";
import { faultsOf } from "./faults.ts";
import { byIds } from "./listing.ts";
import { idOf, toRecord, toWire } from "./map.ts";
import { namesFit } from "./match.ts";
import { anyOf, chunkTerms } from "./query.ts";
import { read } from "./read.ts";
import type { EntityMeta } from "./schema.ts";
import { type Fate, type Job, sendJobs } from "./send.ts";
import { readEntities, type WireEntity } from "./wire.ts";

export async function create(
  alm: Alm,
  entity: string,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<readonly WriteOutcome[]> {
  if (drafts.length === 0) return [];
  const meta = await alm.metadata.entity(entity, signal);
  const zone = await alm.clock.zone(signal);
  const jobs = drafts.map((draft): Job => ({ id: null, fields: draft.fields, wire: toWire(draft.fields, meta, zone) }));
  const fates = await sendJobs(alm, meta, "create", jobs, signal);
  return settle(alm, meta, zone, jobs, fates, signal);
}

export async function update(
  alm: Alm,
  entity: string,
  patches: readonly Patch[],
  signal: AbortSignal,
): Promise<readonly WriteOutcome[]> {
  if (patches.length === 0) return [];
  const meta = await alm.metadata.entity(entity, signal);
  const zone = await alm.clock.zone(signal);
  const jobs = patches.map(
    (patch): Job => ({ id: patch.id, fields: patch.fields, wire: toWire(patch.fields, meta, zone) }),
  );
  // An address without an id would be a mass update of the whole collection.
  const good = jobs.filter((job) => job.id !== null && isId(job.id));
  const fates = await sendJobs(alm, meta, "update", good, signal);
  const outcomes = await settle(alm, meta, zone, good, fates, signal);
  const byJob = new Map(good.map((job, index) => [job, outcomes[index]] as const));
  return jobs.map((job) => byJob.get(job) ?? missing(alm, entity, job.id ?? ""));
}

function isId(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}

function missing(alm: Alm, entity: string, id: string): WriteOutcome {
  return {
    ok: false,
    error: new ConnectorError("notFound", `${alm.host.endpoint}: there is no ${entity} with the id "${id}"`),
  };
}

interface Row {
  readonly entity: WireEntity;
  readonly fail: Fail;
}

/** Turns what became of the writes into outcomes; what an answer did not tell is read back, in one query for all. */
async function settle(
  alm: Alm,
  meta: EntityMeta,
  zone: Zone,
  jobs: readonly Job[],
  fates: readonly Fate[],
  signal: AbortSignal,
): Promise<readonly WriteOutcome[]> {
  const silent = fates.flatMap((fate, index) =>
    fate.kind === "stored" && !tellsAll(fate.entity, jobs[index], meta) ? [fate.id] : [],
  );
  const fields = [...new Set(jobs.flatMap((job) => Object.keys(job.fields)))].filter((name) => meta.fields.has(name));
  const again = await readBack(alm, meta, silent, fields, signal);
  return fates.map((fate, index): WriteOutcome => {
    const job = jobs[index];
    if (fate.kind === "failed" || job === undefined)
      return { ok: false, error: fate.kind === "failed" ? fate.error : lost(alm, "") };
    const row = again instanceof ConnectorError ? undefined : again.get(fate.id);
    const source = row ?? (fate.entity === null ? undefined : { entity: fate.entity, fail: fate.fail });
    if (source === undefined) return { ok: false, error: lost(alm, fate.id, again) };
    // An answer in another order than the request would give one record's id to another.
    if (job.id === null && !namesFit(job, source.entity)) return { ok: false, error: lost(alm, fate.id) };
    return outcome(source, job.fields, meta, zone);
  });
}

function outcome(row: Row, sent: Fields, meta: EntityMeta, zone: Zone): WriteOutcome {
  try {
    const record = toRecord(row.entity, meta, Object.keys(sent), zone, row.fail);
    return { ok: true, record, faults: faultsOf(sent, record.fields, meta) };
  } catch (error) {
    if (error instanceof ConnectorError) return { ok: false, error };
    throw error;
  }
}

function tellsAll(entity: WireEntity | null, job: Job | undefined, meta: EntityMeta): boolean {
  if (entity === null || job === undefined) return false;
  const due = [meta.stamp, meta.modified, ...Object.keys(job.fields).filter((name) => meta.fields.has(name))];
  return due.every((name) => name === null || entity.fields.has(name));
}

async function readBack(
  alm: Alm,
  meta: EntityMeta,
  ids: readonly string[],
  fields: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Row> | ConnectorError> {
  const rows = new Map<string, Row>();
  try {
    const sorted = [...new Set(ids)].sort((a, b) => Number(a) - Number(b));
    for (const chunk of chunkTerms(sorted, READ_BATCH, fields.join())) {
      for (const page of await byIds(alm, { entity: meta.entity, clauses: [], fields }, chunk, anyOf, signal)) {
        for (const entity of page.entities) rows.set(idOf(entity, page.reply.fail), { entity, fail: page.reply.fail });
      }
    }
    return rows;
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
}

function lost(alm: Alm, id: string, cause?: unknown): ConnectorError {
  const why = cause instanceof ConnectorError ? `: ${cause.message}` : "";
  return new ConnectorError(
    "unavailable",
    `${alm.host.endpoint}: record ${id} was written, but could not be read back${why}`,
    { stored: "maybe" },
  );
}

export async function remove(
  alm: Alm,
  entity: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly WriteOutcome[]> {
  if (ids.length === 0) return [];
  const meta = await alm.metadata.entity(entity, signal);
  return mapLimit(
    ids,
    CONCURRENCY,
    async (id): Promise<WriteOutcome> => {
      if (!isId(id)) return gone(id);
      try {
        return await removeOne(alm, meta, id, signal);
      } catch (error) {
        if (error instanceof ConnectorError) return { ok: false, error };
        throw error;
      }
    },
    signal,
  );
}

async function removeOne(alm: Alm, meta: EntityMeta, id: string, signal: AbortSignal): Promise<WriteOutcome> {
  const reply = await alm.client.call({
    method: "DELETE",
    path: `/${meta.collection}/${id}`,
    repeatable: true,
    signal,
  });
  // A sign-in page with status 200 comes from a proxy: ALM has not seen the request.
  if (reply.ok && readBody(reply.answer).kind === "html") return reply.fail("is a web page, not data");
  if (reply.ok) return gone(id, lastState(reply, meta));
  if (reply.answer.status !== 404 && readException(reply.answer)?.id !== ENTITY_NOT_FOUND)
    return { ok: false, error: alm.client.refuse(reply, meta.labels) };
  // A 404 that is not ALM's own may come from a proxy: only a listing without it proves that the record is gone.
  if (readException(reply.answer) !== null) return gone(id);
  const there = await read(alm, meta.entity, [id], [], signal);
  return there.has(id) ? { ok: false, error: alm.client.refuse(reply, meta.labels) } : gone(id);
}

function gone(id: string, version = ""): WriteOutcome {
  return { ok: true, record: { id, version, modified: null, fields: {} }, faults: [] };
}

/** Version of the deleted record, where the answer shows it; its body matters to nobody else. */
function lastState(reply: Reply, meta: EntityMeta): string {
  try {
    const entity = readEntities(reply.answer, reply.fail).entities[0];
    const name = meta.stamp ?? meta.modified;
    return (name === null ? undefined : entity?.fields.get(name)?.[0]) ?? "";
  } catch (error) {
    if (error instanceof ConnectorError) return "";
    throw error;
  }
}
