import type { DirectoryEntry } from "../../core/field.ts";
import { idOf, isObject, type JsonObject } from "../json-answer.ts";
import type { Answered, Client } from "./client.ts";
import { queryOf } from "./filter.ts";

/** What a server grants without being asked; there are few teams. */
const PAGE = 100;

/**
 * All teams with the releases that they take part in (`release_teams`). Whether a team belongs to one release alone is not documented: some servers
 * show it as `team_type` and `release_id`, which is taken for a hint and never asked for by name.
 */
export async function teamDirectory(client: Client, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const [teams, pairs] = [await listAll(client, "teams", signal), await listAll(client, "release_teams", signal)];
  const taken = new Map<string, string[]>();
  for (const { row, fail } of pairs) {
    const [team, release] = [referred(row["team_id"]), referred(row["release_id"])];
    if (team === null || release === null) return fail("has a pair of release and team without one of the two");
    taken.set(team, [...(taken.get(team) ?? []), release]);
  }
  return teams.map(({ row, fail }) => {
    const id = idOf(row["id"], "id", fail);
    const name = typeof row["name"] === "string" ? row["name"] : fail("has a team without a name");
    return { id, name, path: `\\${name}`, parent: null, ...worksIn(row, taken.get(id) ?? []) };
  });
}

function worksIn(row: JsonObject, pairs: readonly string[]): Pick<DirectoryEntry, "releases" | "bound"> {
  const kind = row["team_type"];
  const own = kind === "feature" ? referred(row["release_id"]) : null;
  const releases = [...new Set([...pairs, ...(own === null ? [] : [own])])];
  return kind === "feature" || kind === "workspace" ? { releases, bound: kind === "feature" } : { releases };
}

/** `{type, id}`, or a bare id. */
function referred(wire: unknown): string | null {
  const id = isObject(wire) ? wire["id"] : wire;
  return typeof id === "number" || typeof id === "string" ? String(id) : null;
}

interface Row {
  readonly row: JsonObject;
  readonly fail: Answered["fail"];
}

/** Whole rows in id order, so that nothing shifts while pages are read. */
async function listAll(client: Client, path: string, signal: AbortSignal): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (let after: string | null = null; ; ) {
    const query = after === null ? {} : { query: queryOf([`id>${after}`]) };
    const listing = await client.list(path, { ...query, "order-by": "id", limit: PAGE, offset: 0 }, signal);
    const { rows, total, fail } = listing;
    found.push(...rows.map((row) => ({ row, fail })));
    const last = rows.at(-1);
    if (last === undefined || (total !== null && rows.length >= total)) return found;
    const next = idOf(last["id"], "id", fail);
    if (after !== null && Number(next) <= Number(after))
      return fail(`is not in the order of ids (${next} after ${after})`);
    after = next;
  }
}
