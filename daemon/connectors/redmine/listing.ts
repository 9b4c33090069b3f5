import type { TrackerRecord } from "../../core/record.ts";
import { isObject, type JsonObject } from "../json-answer.ts";
import { type Client, type Query, rowsOf } from "./client.ts";
import { createServerClock } from "./clock.ts";
import type { Lists } from "./lists.ts";
import { toRecord } from "./map.ts";
import { type IssuePage, pagesById } from "./paging.ts";
import type { RedmineSettings } from "./settings.ts";
import type { Vocabularies } from "./vocabulary.ts";

export interface Listing {
  /** Issues of the endpoint's project that `query` selects, closed ones among them unless it says otherwise. Yields at least one page. */
  pages(query: Query, signal: AbortSignal): AsyncGenerator<IssuePage>;
  /** Those of a page that are of the endpoint's tracker, in the neutral form. */
  records(page: IssuePage, fields: readonly string[], signal: AbortSignal): Promise<TrackerRecord[]>;
}

export function createListing(
  settings: RedmineSettings,
  client: Client,
  lists: Lists,
  vocabularies: Vocabularies,
  now: () => number,
): Listing {
  const clock = createServerClock(now);

  /** A list otherwise has the issues of subprojects too, and leaves out closed ones. */
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
    const rows = rowsOf(got, "issues");
    // Of the first listing the engine sees more than its first page does: the latest change among all.
    const known = clock.reached() !== null;
    for (const { updated_on } of rows) if (typeof updated_on === "string") clock.seen(updated_on);
    return { rows, total, asOf: got.asOf ?? (known ? clock.reached() : null), fail: got.fail };
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

  return { pages, records };
}
