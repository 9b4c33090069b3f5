import type { ChangesPage, ChangesRequest, ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { DirectoryEntry } from "../../core/field.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { canonicalDecimal } from "../../fields/number.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import type { Client } from "./client.ts";
import { anyOf, bareFilter, checkFilter, quoted } from "./filter.ts";
import type { Knowledge } from "./knowledge.ts";
import { toRecord } from "./map.ts";
import { createPages, type Page, type Selection } from "./pages.ts";
import { PARENT, parentSearches } from "./parent.ts";
import type { AgileManagerSettings } from "./settings.ts";
import { teamDirectory } from "./teams.ts";
import { CONCURRENCY } from "./write.ts";

/** Ids or values in one query: addresses stay below 4 kB. */
const BATCH = 100;

export interface Reading {
  changes(request: ChangesRequest, signal: AbortSignal): AsyncIterable<ChangesPage>;
  read(
    entity: string,
    ids: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TrackerRecord>>;
  /** As `read`, from whole records: fields that the server lacks are empty instead of refused. */
  readWhole: Reading["read"];
  matching(entity: string, ids: readonly string[], filter: string, signal: AbortSignal): Promise<ReadonlySet<string>>;
  find(
    entity: string,
    field: string,
    values: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackerRecord[]>;
  directory(target: string, signal: AbortSignal): Promise<readonly DirectoryEntry[]>;
}

export function createReading(
  settings: AgileManagerSettings,
  host: ConnectorHost,
  client: Client,
  knowledge: Knowledge,
): Reading {
  const { pages } = createPages(settings, host, client, knowledge);

  async function all(selection: Selection, signal: AbortSignal): Promise<TrackerRecord[]> {
    const records: TrackerRecord[] = [];
    const fields = selection.fields ?? [];
    for await (const found of pages(selection, signal)) records.push(...recordsOf(selection.entity, fields, found));
    return records;
  }

  /** A server that does not take a value of the filter (a quote in a text) is asked for all records. */
  async function allOrFewer(selection: Selection, signal: AbortSignal): Promise<readonly TrackerRecord[]> {
    try {
      return await all(selection, signal);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.status !== 400) throw error;
      return all({ ...selection, filter: null }, signal);
    }
  }

  function recordsOf(entity: string, fields: readonly string[], { listing, rows }: Page): TrackerRecord[] {
    const known = knowledge.certain(entity);
    return rows.map((row) => toRecord(row, fields, known, listing.fail));
  }

  async function* changes(request: ChangesRequest, signal: AbortSignal): AsyncGenerator<ChangesPage> {
    const selection = { ...request, fields: withStamps(request.fields), filter: null };
    const state: { asOf: string | null; total: number | null; first: boolean } = {
      asOf: null,
      total: null,
      first: true,
    };
    for await (const found of pages(selection, signal)) {
      if (state.first) Object.assign(state, { asOf: found.listing.asOf, total: found.listing.total, first: false });
      const { since } = request;
      const records = recordsOf(request.entity, request.fields, found).filter(
        (record) => since === null || record.modified === null || record.modified >= since,
      );
      yield { records, asOf: state.asOf, total: state.total };
    }
  }

  function read(entity: string, ids: readonly string[], fields: readonly string[], signal: AbortSignal) {
    return readFields(entity, ids, fields, withStamps(fields), signal);
  }

  /** Asks for `asked` (null: whole records) and gives `fields`. */
  async function readFields(
    entity: string,
    ids: readonly string[],
    fields: readonly string[],
    asked: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TrackerRecord>> {
    const wanted = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id));
    const found = await mapLimit(
      chunks(wanted, BATCH),
      CONCURRENCY,
      async (some) => {
        const records: TrackerRecord[] = [];
        const selection = { entity, fields: asked, since: null, filter: anyOf("id", some) };
        for await (const page of pages(selection, signal)) records.push(...recordsOf(entity, fields, page));
        return records;
      },
      signal,
    );
    return new Map(found.flat().map((record) => [record.id, record]));
  }

  async function matching(entity: string, ids: readonly string[], filter: string, signal: AbortSignal) {
    const complaint = checkFilter(filter);
    if (complaint !== null)
      throw new ConnectorError("invalid", `${host.endpoint}: the filter is not well-formed: ${complaint}`);
    const wanted = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id));
    const selected = new Set<string>();
    for (const some of chunks(wanted, BATCH)) {
      const condition = `${anyOf("id", some)};(${bareFilter(filter)})`;
      const records = await all({ entity, fields: ["id"], since: null, filter: condition }, signal);
      for (const { id } of records) if (some.includes(id)) selected.add(id);
    }
    return selected;
  }

  async function find(
    entity: string,
    field: string,
    values: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackerRecord[]> {
    const wanted = new Set(values);
    const names = withStamps([...fields, field]);
    const schema = await knowledge.forWriting(entity, [field], signal);
    const known = schema(field);
    const bare = known?.kind === "number" || known?.kind === "reference";
    const virtual = field === PARENT && known !== null;
    const searches = virtual ? parentSearches([...wanted], known) : [{ field, values: [...wanted] }];
    const found = await mapLimit(
      searches.flatMap((search) => chunks(search.values, BATCH).map((some) => ({ name: search.field, some }))),
      CONCURRENCY,
      ({ name, some }) => {
        const terms = some.map((value) => (bare && canonicalDecimal(value) !== null ? value : quoted(value)));
        return allOrFewer({ entity, fields: names, since: null, filter: anyOf(name, terms) }, signal);
      },
      signal,
    );
    // The server may compare without regard to letter case and take * for any text.
    const exact = found.flat().filter((record) => holds(record, field, wanted));
    return [...new Map(exact.map((record) => [record.id, only(record, fields)])).values()];
  }

  /** Names of sprints repeat from release to release: their paths tell which is meant. */
  async function releaseNames(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const records = await all({ entity: "release", fields: ["id", "name"], since: null, filter: null }, signal);
    return new Map(records.map((record) => [record.id, textOf(record, "name")]));
  }

  async function directory(target: string, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
    if (target === "team") return teamDirectory(client, signal);
    const parent = PARENTS[target] ?? null;
    const title = target === "task" ? "description" : "name";
    const end = target === "release" ? ["end_date"] : [];
    const fields = ["id", title, ...(parent === null ? [] : [parent]), ...end];
    const records = await all({ entity: target, fields, since: null, filter: null }, signal);
    const releases = target === "sprint" ? await releaseNames(signal) : null;
    return records.map((record) => {
      const name = textOf(record, title);
      const owner = parent === null ? null : textOrNull(record, parent);
      const owned = owner !== null && releases !== null ? { parentTarget: "release" } : {};
      const release = owner === null ? undefined : releases?.get(owner);
      const path = `${release === undefined ? "" : `\\${release}`}\\${name}`;
      const until = target === "release" ? textOrNull(record, "end_date") : null;
      const ends = until === null ? {} : { until };
      return { id: record.id, name, path, parent: owner, ...owned, ...ends };
    });
  }

  return {
    changes,
    read,
    readWhole: (entity, ids, fields, signal) => readFields(entity, ids, fields, null, signal),
    matching,
    find,
    directory,
  };
}

const PARENTS: Readonly<Record<string, string>> = {
  sprint: "release_id",
  feature: "theme_id",
  task: "backlog_item_id",
};

function withStamps(fields: readonly string[]): readonly string[] {
  return [...new Set(["id", "last_modified", ...fields])];
}

function holds(record: TrackerRecord, field: string, wanted: ReadonlySet<string>): boolean {
  const value = record.fields[field] ?? null;
  if (value === null) return false;
  return typeof value === "string" ? wanted.has(value) : value.some((item) => wanted.has(item));
}

function only(record: TrackerRecord, fields: readonly string[]): TrackerRecord {
  return { ...record, fields: Object.fromEntries(fields.map((name) => [name, record.fields[name] ?? null])) };
}

function textOf(record: TrackerRecord, field: string): string {
  return textOrNull(record, field) ?? "";
}

function textOrNull(record: TrackerRecord, field: string): string | null {
  const value = record.fields[field] ?? null;
  return typeof value === "string" ? value : (value?.[0] ?? null);
}

export function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
