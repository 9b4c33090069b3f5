import type { ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { idOf, type JsonObject } from "../json-answer.ts";
import type { Client, Listing } from "./client.ts";
import { queryOf } from "./filter.ts";
import type { Knowledge } from "./knowledge.ts";
import { PARENT, wireNames } from "./parent.ts";
import type { AgileManagerSettings } from "./settings.ts";

/** What a server grants without being asked; some refuse more (the largest page is known from clients only). */
const SAFE_PAGE = 100;

export interface Selection {
  readonly entity: string;
  /** Null: whole records. */
  readonly fields: readonly string[] | null;
  /** UTC second, or null for every record. A server that cannot filter by it gives every record all the same. */
  readonly since: string | null;
  readonly filter: string | null;
}

export interface Page {
  readonly listing: Listing;
  readonly rows: readonly JsonObject[];
}

export interface Pages {
  /**
   * Pages in id order by `id>last`, so that nothing shifts while they are read. The server may cut a page short: it is the count of matches that
   * tells the end. Yields at least one page.
   */
  pages(selection: Selection, signal: AbortSignal): AsyncGenerator<Page>;
}

/** What a server bears. */
interface Habits {
  /** Rows in one page. */
  readonly page: number;
  /** May `last_modified` stand in a query. */
  readonly since: boolean;
}

export function createPages(
  settings: AgileManagerSettings,
  host: ConnectorHost,
  client: Client,
  knowledge: Knowledge,
): Pages {
  // Found out at the first refusal; a habit that was met without one is not doubted again.
  const state = { habits: { page: settings.page_size, since: true } as Habits, pageProven: false, sinceProven: false };

  function namesOf(fields: readonly string[], entity: string): readonly string[] {
    return wireNames(fields, knowledge.certain(entity)(PARENT));
  }

  async function read(selection: Selection, after: string | null, habits: Habits, signal: AbortSignal): Promise<Page> {
    const { path, subtype } = knowledge.resource(selection.entity);
    const query = queryOf([
      subtype === null ? null : `subtype='${subtype}'`,
      selection.since !== null && habits.since ? `last_modified>='${selection.since}'` : null,
      after === null ? null : `id>${after}`,
      selection.filter,
    ]);
    const fields = selection.fields === null ? {} : { fields: namesOf(selection.fields, selection.entity).join(",") };
    const paging = { "order-by": "id", limit: habits.page, offset: 0 };
    const listing = await client.list(path, { ...(query === '""' ? {} : { query }), ...fields, ...paging }, signal);
    checkOrder(listing, after);
    knowledge.learn(selection.entity, listing.rows);
    return { listing, rows: listing.rows };
  }

  /** A refused first page is asked for again with less: a smaller page, then without the filter on `last_modified`, then without both. */
  function attempts(selection: Selection): readonly Habits[] {
    const { habits } = state;
    const sizes = habits.page > SAFE_PAGE && !state.pageProven ? [habits.page, SAFE_PAGE] : [habits.page];
    const doubted = selection.since !== null && habits.since && !state.sinceProven;
    return (doubted ? [true, false] : [habits.since]).flatMap((since) => sizes.map((page) => ({ page, since })));
  }

  async function first(selection: Selection, signal: AbortSignal): Promise<Page> {
    let refusal: ConnectorError | null = null;
    for (const habits of attempts(selection)) {
      try {
        const found = await read(selection, null, habits, signal);
        noteChange(host, state.habits, habits);
        state.habits = habits;
        state.pageProven = true;
        state.sinceProven ||= selection.since !== null;
        return found;
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.status !== 400) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  async function* pages(selection: Selection, signal: AbortSignal): AsyncGenerator<Page> {
    let current = await first(selection, signal);
    for (;;) {
      yield current;
      const last = current.rows.at(-1);
      const { total } = current.listing;
      if (last === undefined || (total !== null && current.rows.length >= total)) return;
      current = await read(selection, idOf(last["id"], "id", current.listing.fail), state.habits, signal);
    }
  }

  return { pages };
}

/** A server that orders otherwise would make `id>last` leave records out. */
function checkOrder(listing: Listing, after: string | null): void {
  let last = after === null ? -1 : Number(after);
  for (const row of listing.rows) {
    const id = Number(idOf(row["id"], "id", listing.fail));
    if (id <= last) listing.fail(`is not in the order of ids (${id} after ${last})`);
    last = id;
  }
}

function noteChange(host: ConnectorHost, before: Habits, now: Habits): void {
  if (now.page !== before.page)
    host.note(`The server refuses pages of ${before.page} rows: reading ${now.page} at once.`);
  if (now.since !== before.since) {
    host.note("The server refuses to filter by last_modified: every run reads all records and compares their times.");
  }
}
