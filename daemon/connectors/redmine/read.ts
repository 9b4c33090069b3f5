import type { ChangesPage, ChangesRequest, ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { DirectoryEntry } from "../../core/field.ts";
import type { TrackerRecord } from "../../core/record.ts";
import type { Client, Query } from "./client.ts";
import { checkFilter, customFieldsIn, queryOfFilter } from "./filter.ts";
import { createListing } from "./listing.ts";
import type { Lists } from "./lists.ts";
import { only } from "./map.ts";
import { customByName } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";
import type { Vocabularies } from "./vocabulary.ts";

const BATCH = 100;
/**
 * Redmine keeps the last filter of a list in a session cookie of 4 KB, encrypted, also for calls of the API, and answers 500 where it does not fit:
 * 1,750 bytes of values did in Redmine 5.0, and the rest of the filter has to fit too.
 */
const COOKIE_BYTES = 1000;

export interface Reading {
  changes(request: ChangesRequest, signal: AbortSignal): AsyncIterable<ChangesPage>;
  read(
    ids: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TrackerRecord>>;
  matching(ids: readonly string[], filter: string, signal: AbortSignal): Promise<ReadonlySet<string>>;
  find(
    field: string,
    values: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly TrackerRecord[]>;
  directory(signal: AbortSignal): Promise<readonly DirectoryEntry[]>;
}

export function createReading(
  settings: RedmineSettings,
  host: ConnectorHost,
  client: Client,
  lists: Lists,
  vocabularies: Vocabularies,
): Reading {
  const { pages, records } = createListing(settings, client, lists, vocabularies, host.now);

  async function* changes({ fields, since }: ChangesRequest, signal: AbortSignal): AsyncGenerator<ChangesPage> {
    // The server compares fractions of seconds that it does not show: one second more is asked for, and left out here again.
    const query: Query = since === null ? [] : [["updated_on", `>=${secondBefore(since)}`]];
    const state: { asOf: string | null; total: number | null } = { asOf: null, total: null };
    for await (const page of pages(query, signal)) {
      state.asOf ??= page.asOf;
      state.total ??= page.total;
      const found = await records(page, fields, signal);
      const wanted = found.filter(({ modified }) => since === null || modified === null || modified >= since);
      yield { records: wanted, asOf: state.asOf, total: state.total };
    }
  }

  async function read(ids: readonly string[], fields: readonly string[], signal: AbortSignal) {
    const wanted = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id));
    const found = new Map<string, TrackerRecord>();
    for (let at = 0; at < wanted.length; at += BATCH) {
      const query: Query = [["issue_id", wanted.slice(at, at + BATCH).join(",")]];
      for await (const page of pages(query, signal)) {
        for (const record of await records(page, fields, signal)) found.set(record.id, record);
      }
    }
    return found;
  }

  async function matching(ids: readonly string[], filter: string, signal: AbortSignal) {
    const complaint = checkFilter(filter);
    if (complaint !== null)
      throw new ConnectorError("invalid", `${host.endpoint}: the filter is not well-formed: ${complaint}`);
    await checkCustomFields(filter, signal);
    const wanted = new Set(ids.filter((id) => /^\d{1,15}$/.test(id)));
    const selected = new Set<string>();
    const list = [...wanted];
    for (let at = 0; at < list.length; at += BATCH) {
      const query: Query = [["issue_id", list.slice(at, at + BATCH).join(",")], ...queryOfFilter(filter)];
      for await (const page of pages(query, signal)) {
        for (const record of await records(page, [], signal)) if (wanted.has(record.id)) selected.add(record.id);
      }
    }
    return selected;
  }

  async function checkCustomFields(filter: string, signal: AbortSignal): Promise<void> {
    const named = customFieldsIn(filter);
    if (named.length === 0) return;
    const known = await lists.customFields.get(signal);
    const missing = named.find((id) => !known.some((field) => field.id === id));
    if (missing === undefined) return;
    const message = `${host.endpoint}: the filter names cf_${missing}, which is no custom field here; the server would ignore it`;
    throw new ConnectorError("invalid", message);
  }

  async function find(field: string, values: readonly string[], fields: readonly string[], signal: AbortSignal) {
    const wanted = new Set(values.filter((value) => value !== ""));
    const found = new Map<string, TrackerRecord>();
    for (const query of await findQueries(field, [...wanted], signal)) {
      for await (const page of pages(query, signal)) {
        // Filters that the server does not know, or a field that is not for filtering, leave the whole list: only what holds the value counts.
        for (const record of await records(page, [...new Set([...fields, field])], signal)) {
          if (holds(record, field, wanted))
            found.set(record.id, only(record, Object.fromEntries(fields.map((f) => [f, null]))));
        }
      }
    }
    return [...found.values()];
  }

  /** `==` is the filter "equals", spelled out so that a value that begins with an operator stays a value. `|` parts values and cannot stand in one. */
  async function findQueries(field: string, values: readonly string[], signal: AbortSignal): Promise<readonly Query[]> {
    if (values.length === 0) return [];
    const custom = field === "subject" ? null : customByName(await lists.customFields.get(signal), field);
    const name =
      field === "subject" ? "subject" : custom !== null && isPlainText(custom.format) ? `cf_${custom.id}` : null;
    const operators = name === "subject" && values.some((value) => /^[!~^$*=<>]/.test(value));
    if (name === null || operators || values.some((value) => value.includes("|"))) return [[]];
    return inCookies(values).map((some) => [[name, `${name === "subject" ? "" : "="}${some.join("|")}`]]);
  }

  async function directory(signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for await (const page of pages([], signal)) {
      for (const record of await records(page, ["subject", "parent"], signal)) {
        const { subject, parent } = record.fields;
        const name = typeof subject === "string" ? subject : "";
        entries.push({ id: record.id, name, path: `\\${name}`, parent: typeof parent === "string" ? parent : null });
      }
    }
    return entries;
  }

  return { changes, read, matching, find, directory };
}

function isPlainText(format: string | null): boolean {
  return format === "string" || format === "link" || format === "list" || format === null;
}

function holds(record: TrackerRecord, field: string, wanted: ReadonlySet<string>): boolean {
  const value = record.fields[field] ?? null;
  if (value === null) return false;
  return typeof value === "string" ? wanted.has(value) : value.some((item) => wanted.has(item));
}

function secondBefore(instant: string): string {
  return `${new Date(Date.parse(instant) - 1000).toISOString().slice(0, 19)}Z`;
}

/** Values in groups of which each is one request. */
function inCookies(values: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  const state = { bytes: Number.POSITIVE_INFINITY };
  for (const value of values) {
    const bytes = Buffer.byteLength(JSON.stringify(value)) + 1;
    if (state.bytes + bytes > COOKIE_BYTES) {
      groups.push([]);
      state.bytes = 0;
    }
    groups.at(-1)?.push(value);
    state.bytes += bytes;
  }
  return groups;
}
