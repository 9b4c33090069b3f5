import type { ChangesPage, ChangesRequest } from "../../core/connector.ts";
import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import { utcSecond, type Zone } from "../../lib/zone.ts";
import { type Alm, CONCURRENCY, READ_BATCH } from "./alm.ts";
import { dateHeader } from "./clock.ts";
import { parseFilter } from "./filter.ts";
import { byIds, type ListedPage, pages } from "./listing.ts";
import { idOf, toRecord } from "./map.ts";
import { anyOf, type Clause, chunkTerms, quote } from "./query.ts";
import { type EntityMeta, kindOf } from "./schema.ts";

/** Costs one request for the server's clock and one per page; the metadata is read only where there are rows to be read. */
export async function* changes(alm: Alm, request: ChangesRequest, signal: AbortSignal): AsyncGenerator<ChangesPage> {
  const clock = await alm.clock.ask(signal);
  const since = request.since === null ? null : Date.parse(request.since);
  if (since !== null && Number.isNaN(since)) throw new TypeError(`not a UTC second: ${request.since}`);
  const clauses: readonly Clause[] =
    since === null || !(await hasTimes(alm, request.entity, signal))
      ? []
      : [{ field: "last-modified", expression: `>=${quote(alm.clock.from(since, clock.zone))}` }];
  let asOf = clock.now === null ? null : utcSecond(clock.now);
  let total: number | null = null;
  for await (const page of pages(alm, { entity: request.entity, clauses, fields: request.fields }, signal)) {
    asOf ??= dateHeader(page.reply.answer);
    total ??= page.total;
    const records = await recordsOf(alm, request.entity, request.fields, page, signal, clock.zone);
    yield {
      records: since === null ? records : records.filter((r) => notBefore(r, since, clock.zone, alm)),
      asOf,
      total,
    };
  }
}

/** Defects and requirements always have `last-modified`, so that their metadata need not be read for it; without it every listing is a full one. */
async function hasTimes(alm: Alm, entity: string, signal: AbortSignal): Promise<boolean> {
  if (["defect", "requirement"].includes(readEntityType(entity).base)) return true;
  return (await alm.metadata.entity(entity, signal)).modified !== null;
}

/** A listing starts earlier than asked where the clock was put back; what is surely older is dropped. Of a time that came twice the later one counts. */
function notBefore(record: TrackerRecord, since: number, zone: Zone, alm: Alm): boolean {
  if (record.modified === null || alm.settings.zone === undefined) return true;
  const later = zone.toUtc(zone.toLocal(Date.parse(record.modified)))?.later;
  return later === undefined || later >= since;
}

async function recordsOf(
  alm: Alm,
  entity: string,
  fields: readonly string[],
  page: ListedPage,
  signal: AbortSignal,
  known?: Zone,
): Promise<readonly TrackerRecord[]> {
  if (page.entities.length === 0) return [];
  const meta = await alm.metadata.entity(entity, signal);
  const zone = known ?? (await alm.clock.zone(signal));
  return page.entities.map((row) => toRecord(row, meta, fields, zone, page.reply.fail));
}

export async function read(
  alm: Alm,
  entity: string,
  ids: readonly string[],
  fields: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TrackerRecord>> {
  const chunks = chunkTerms(ascending(ids), READ_BATCH, fields.join());
  const found = await mapLimit(
    chunks,
    CONCURRENCY,
    async (chunk) => {
      const listed = await byIds(alm, { entity, clauses: [], fields }, chunk, signal);
      return Promise.all(listed.map((page) => recordsOf(alm, entity, fields, page, signal)));
    },
    signal,
  );
  return new Map(found.flat(2).map((record) => [record.id, record]));
}

/** Only digits can be ids; anything else is not there, and must not get into a query. */
function ascending(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id)).sort((a, b) => Number(a) - Number(b));
}

export async function matching(
  alm: Alm,
  entity: string,
  ids: readonly string[],
  filter: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const parsed = parseFilter(filter);
  if ("problem" in parsed)
    throw new ConnectorError("invalid", `${alm.host.endpoint}: the filter ${filter} ${parsed.problem}`);
  const { clauses } = parsed;
  const found = await mapLimit(
    chunkTerms(ascending(ids), READ_BATCH, filter),
    CONCURRENCY,
    (chunk) => byIds(alm, { entity, clauses, fields: [] }, chunk, signal),
    signal,
  );
  return new Set(found.flat().flatMap((page) => page.entities.map((row) => idOf(row, page.reply.fail))));
}

export async function find(
  alm: Alm,
  entity: string,
  field: string,
  values: readonly string[],
  fields: readonly string[],
  signal: AbortSignal,
): Promise<readonly TrackerRecord[]> {
  const wanted = new Set(values.filter((value) => value !== ""));
  const meta = await alm.metadata.entity(entity, signal);
  if (field === "id") return [...(await read(alm, entity, [...wanted], fields, signal)).values()];
  const terms = termsFor(alm, meta, field, [...wanted]);
  const all = [...new Set([...fields, field])];
  const found = await mapLimit(
    chunkTerms(terms, 100, all.join()),
    CONCURRENCY,
    async (chunk) => {
      const records: TrackerRecord[] = [];
      for await (const page of pages(
        alm,
        { entity, clauses: [{ field, expression: anyOf(chunk) }], fields: all },
        signal,
      )) {
        records.push(...(await recordsOf(alm, entity, all, page, signal)));
      }
      return records;
    },
    signal,
  );
  // The server ignores letter case, and a quoting by wildcard finds more than was asked for.
  const exact = found.flat().filter((record) => [record.fields[field] ?? []].flat().some((value) => wanted.has(value)));
  return [...new Map(exact.map((record) => [record.id, record])).values()];
}

function termsFor(alm: Alm, meta: EntityMeta, field: string, values: readonly string[]): readonly string[] {
  const known = meta.fields.get(field);
  const problem = known === undefined ? "has no field" : known.filterable ? null : "cannot be searched by its field";
  if (known === undefined || problem !== null) {
    throw new ConnectorError("invalid", `${alm.host.endpoint}: ${meta.entity} ${problem} "${field}"`, { field });
  }
  const kind = kindOf(known);
  if (kind === "number") return values.filter((value) => /^-?[\d.]+$/.test(value));
  if (kind === "reference") return values.filter((value) => /^\d+$/.test(value));
  return values.map(quote);
}
