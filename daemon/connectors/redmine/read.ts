import type { ChangesPage, ChangesRequest, ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { DirectoryEntry } from "../../core/field.ts";
import type { TrackerRecord } from "../../core/record.ts";
import type { JsonObject } from "../json-answer.ts";
import { isObject } from "../json-answer.ts";
import { type Client, type Query, rowsOf } from "./client.ts";
import { checkFilter, customFieldsIn, queryOfFilter } from "./filter.ts";
import type { Lists } from "./lists.ts";
import { only, toRecord } from "./map.ts";
import { type IssuePage, pagesById } from "./paging.ts";
import { customByName } from "./schema.ts";
import type { RedmineSettings } from "./settings.ts";
import type { Vocabularies } from "./vocabulary.ts";

const BATCH = 100;

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
  /** Issues of the project itself (a list otherwise has its subprojects' too), closed ones among them unless the query says otherwise. */
  function scope(query: Query, trackerId: string | null): Query {
    const names = new Set(query.map(([name]) => name));
    return [
      ["project_id", settings.project],
      ["subproject_id", "!*"],
      ...(names.has("status_id") || names.has("query_id") ? [] : [["status_id", "*"] as const]),
      ...(trackerId === null || names.has("tracker_id") ? [] : [["tracker_id", trackerId] as const]),
      ...query,
    ];
  }

  /** A tracker's name is worth a request where all issues are read; else those of other trackers are left out as they come. */
  async function trackerOf(query: Query, signal: AbortSignal): Promise<string | null> {
    if (settings.tracker === null || /^\d+$/.test(settings.tracker)) return settings.tracker;
    if (query.length > 0 && !lists.project.known()) return null;
    const { trackers } = await lists.project.get(signal);
    const id = trackers.find((tracker) => tracker.name === settings.tracker)?.id;
    return id === undefined ? null : String(id);
  }

  async function window(query: Query, offset: number, signal: AbortSignal): Promise<IssuePage> {
    const paging: Query = [
      ["sort", "id"],
      ["limit", String(settings.page_size)],
      ["offset", String(offset)],
    ];
    const got = await client.get("/issues.json", [...query, ...paging], signal);
    const total = got.body["total_count"];
    if (typeof total !== "number" || !Number.isSafeInteger(total))
      return got.fail("has no whole number as total_count");
    return { rows: rowsOf(got, "issues"), total, asOf: got.asOf, fail: got.fail };
  }

  /**
   * A wrong key is no error in a list: it shows what anonymous people may see, often nothing. So an empty answer counts only from an account that was
   * asked for just then, and no answer at all before the account was asked for once.
   */
  async function* pages(query: Query, signal: AbortSignal): AsyncGenerator<IssuePage> {
    const asked = { first: lists.account.known() };
    await lists.account.get(signal);
    const scoped = scope(query, await trackerOf(query, signal));
    yield* pagesById(async (offset) => {
      const page = await window(scoped, offset, signal);
      if (!asked.first || page.rows.length > 0) return page;
      asked.first = false;
      const before = client.generation();
      await lists.account.refresh(signal);
      return client.generation() === before ? page : window(scoped, offset, signal);
    });
  }

  function ofTracker(row: JsonObject): boolean {
    const { tracker } = row;
    if (settings.tracker === null || !isObject(tracker)) return true;
    return String(tracker["id"]) === settings.tracker || tracker["name"] === settings.tracker;
  }

  async function records(page: IssuePage, fields: readonly string[], signal: AbortSignal): Promise<TrackerRecord[]> {
    const rows = page.rows.filter(ofTracker);
    const vocabulary = await vocabularies.forRows(fields, rows, signal);
    return rows.map((row) => toRecord(row, fields, vocabulary, page.fail));
  }

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
    const queries: Query[] = [];
    for (let at = 0; at < values.length; at += BATCH / 2) {
      const some = values.slice(at, at + BATCH / 2).join("|");
      queries.push([[name, name === "subject" ? some : `=${some}`]]);
    }
    return queries;
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
