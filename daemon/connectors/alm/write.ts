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
import { asStored, idOf, toRecord, toWire } from "./map.ts";
import { namesFit } from "./match.ts";
import { chunkTerms } from "./query.ts";
import { read } from "./read.ts";
import { type RequirementType, TYPE_FIELD } from "./requirement-types.ts";
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
  const types = await alm.metadata.typesOf(entity, signal);
  const jobs = drafts.map(
    ({ fields }): Job => ({ id: null, fields, wire: toWire({ ...givenTo(meta, types), ...fields }, meta, zone) }),
  );
  return writeAll(alm, meta, zone, "create", jobs, (job) => strayType(alm, types, job.fields), signal);
}

/** The folder that everything else lies in. */
const ROOT_RELEASE_FOLDER = "1";

/** What a new record has where nobody says otherwise. */
function givenTo(meta: EntityMeta, types: readonly RequirementType[]): Fields {
  if (meta.entity === "release") return { "parent-id": ROOT_RELEASE_FOLDER };
  const [first] = types;
  return first === undefined ? {} : { [TYPE_FIELD]: first.id };
}

/** A record of another type than those of the link would leave the link as it is written. */
function strayType(alm: Alm, types: readonly RequirementType[], fields: Fields): WriteOutcome | null {
  const given = fields[TYPE_FIELD];
  if (types.length === 0 || given === undefined || types.some((type) => type.id === given)) return null;
  const known = types.map((type) => `${type.id} (${type.name})`).join(", ");
  const message = `${alm.host.endpoint}: the type ${JSON.stringify(given)} is none of those that the link has: ${known}`;
  return { ok: false, error: new ConnectorError("invalid", message, { field: TYPE_FIELD }) };
}

/** Sends what `refuse` has nothing against. Outcomes in the order of the jobs. */
async function writeAll(
  alm: Alm,
  meta: EntityMeta,
  zone: Zone,
  kind: "create" | "update",
  jobs: readonly Job[],
  refuse: (job: Job) => WriteOutcome | null,
  signal: AbortSignal,
): Promise<readonly WriteOutcome[]> {
  const refused = new Map(jobs.map((job) => [job, refuse(job)] as const));
  const good = jobs.filter((job) => refused.get(job) === null);
  const fates = await sendJobs(alm, meta, kind, good, signal);
  const outcomes = await settle(alm, meta, zone, good, fates, signal);
  const byJob = new Map(good.map((job, index) => [job, outcomes[index]] as const));
  return jobs.map((job) => refused.get(job) ?? byJob.get(job) ?? { ok: false, error: lost(alm, job.id ?? "") });
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
  const types = await alm.metadata.typesOf(entity, signal);
  // An address without an id would be a mass update of the whole collection.
  const refuse = (job: Job) =>
    isId(job.id ?? "") ? strayType(alm, types, job.fields) : missing(alm, entity, job.id ?? "");
  return writeAll(alm, meta, zone, "update", jobs, refuse, signal);
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
    return { ok: true, record, faults: faultsOf(asStored(sent, meta), record.fields, meta) };
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
      for (const page of await byIds(alm, { entity: meta.entity, clauses: [], fields }, chunk, signal)) {
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
