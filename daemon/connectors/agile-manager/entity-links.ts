import type { ConnectorHost } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { EntityLink, EntityLinkDraft, EntityLinkPort } from "../../core/parts.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import { endsIn } from "../entity-links.ts";
import { idOf, isObject, type JsonObject } from "../json-answer.ts";
import type { Answered, Client, Listing } from "./client.ts";
import { anyOf, queryOf } from "./filter.ts";
import { chunks } from "./read.ts";
import { CONCURRENCY } from "./write.ts";

/** A defect carries its links to stories, a story only those to stories (S37, S38). */
export const ENTITY_LINK_ENDS: Readonly<Record<string, readonly string[]>> = {
  defect: ["defect", "user_story"],
  user_story: ["user_story"],
};

/**
 * No document knows this resource: HP's own synchronizer had links by some internal one, and this is our assumption of it (decision 0016). A server
 * without it answers 404, which is how the connector finds out.
 */
const PATH = "entity_links";
const BATCH = 100;
const PAGE = 100;

/** A link as its row shows it: two backlog items, of which the row does not tell whether they are defects or stories. */
interface Row {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

export function createEntityLinks(host: ConnectorHost, client: Client): EntityLinkPort {
  async function missing(_entity: string, signal: AbortSignal): Promise<string | null> {
    try {
      await client.list(PATH, { fields: "id", "order-by": "id", limit: 1, offset: 0 }, signal);
      return null;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      if (error.kind === "notFound") return NOT_HERE;
      if (error.status === 403) return `not open to the API client: ${error.message}`;
      throw error;
    }
  }

  /** Pages by `id>last`, as every listing here. */
  async function listed(
    path: string,
    terms: readonly string[],
    fields: string,
    signal: AbortSignal,
  ): Promise<Answered["rows"]> {
    const rows: JsonObject[] = [];
    for (let last: string | null = null; ; ) {
      const query = queryOf([last === null ? null : `id>${last}`, ...terms]);
      const page: Listing = await client.list(
        path,
        { query, fields, "order-by": "id", limit: PAGE, offset: 0 },
        signal,
      );
      rows.push(...page.rows);
      const end = page.rows.at(-1);
      if (end === undefined || (page.total !== null && page.rows.length >= page.total)) return rows;
      const id = idOf(end["id"], "id", page.fail);
      if (last !== null && Number(id) <= Number(last)) return page.fail("is not in the order of ids");
      last = id;
    }
  }

  async function rowsOf(ids: readonly string[], signal: AbortSignal): Promise<readonly Row[]> {
    // One field per question: an OR between two fields fails on some servers.
    const asked = chunks(ids, BATCH).flatMap((some) => ["source_id", "target_id"].map((field) => anyOf(field, some)));
    const found = await mapLimit(
      asked,
      CONCURRENCY,
      (term) => listed(PATH, [term], "id,source_id,target_id", signal),
      signal,
    );
    return [...new Map(found.flat().map((row) => [String(row["id"]), rowOf(row, refuse)])).values()];
  }

  async function subtypes(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const found = await mapLimit(
      chunks(ids, BATCH),
      CONCURRENCY,
      (some) => listed("backlog_items", [anyOf("id", some)], "id,subtype", signal),
      signal,
    );
    return new Map(found.flat().map((row) => [String(row["id"]), String(row["subtype"])]));
  }

  async function list(entity: string, ids: readonly string[], signal: AbortSignal) {
    const wanted = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id));
    const rows = wanted.length === 0 ? [] : await rowsOf(wanted, signal);
    const own = new Set(wanted);
    const others = [...new Set(rows.flatMap(({ from, to }) => [from, to]))].filter((id) => !own.has(id));
    const kinds = others.length === 0 ? new Map<string, string>() : await subtypes(others, signal);
    const end = (id: string) => ({ entity: own.has(id) ? entity : (kinds.get(id) ?? ""), id });
    const found = new Map<string, EntityLink[]>(ids.map((id) => [id, []]));
    for (const { id, from, to } of rows) {
      const link: EntityLink = { id, type: "", from: end(from), to: end(to), comment: "" };
      for (const side of new Set([from, to])) found.get(side)?.push(link);
    }
    return found;
  }

  const refuse = (what: string): never => {
    throw new ConnectorError("unavailable", `${host.endpoint}: a row of ${PATH} ${what}`);
  };

  async function standing(draft: EntityLinkDraft, signal: AbortSignal): Promise<EntityLink | null> {
    const links = (await list(draft.from.entity, [draft.from.id], signal)).get(draft.from.id) ?? [];
    return links.find(({ from, to }) => [from.id, to.id].includes(draft.to.id)) ?? null;
  }

  async function add(draft: EntityLinkDraft, signal: AbortSignal): Promise<EntityLink> {
    const before = await standing(draft, signal);
    if (before !== null) return before;
    try {
      const body = { source_id: refTo(draft.from.id), target_id: refTo(draft.to.id) };
      const { rows, fail } = await client.create(PATH, body, signal);
      const { id } = rowOf(rows[0] ?? fail("has no entity"), fail);
      return { id, type: "", from: draft.from, to: draft.to, comment: "" };
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.status !== 409) throw error;
      const after = await standing(draft, signal);
      if (after === null) throw error;
      return after;
    }
  }

  return {
    ends: endsIn(ENTITY_LINK_ENDS),
    isDirected: () => false,
    missing,
    list,
    add,
    async remove({ id }, signal) {
      try {
        await client.remove(`${PATH}/${encodeURIComponent(id)}`, signal);
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.kind !== "notFound") throw error;
      }
    },
  };
}

const NOT_HERE =
  "not available on this server: Agile Manager's public API has no resource for links between records, and this server has none beside it";

function refTo(id: string): JsonObject {
  return { type: "backlog_item", id: Number(id) };
}

function rowOf(row: JsonObject, fail: (what: string) => never): Row {
  const end = (name: string) => {
    const ref = row[name];
    return idOf(isObject(ref) ? ref["id"] : ref, name, fail);
  };
  return { id: idOf(row["id"], "id", fail), from: end("source_id"), to: end("target_id") };
}
