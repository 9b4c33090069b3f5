import type { Whereabouts } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { mapLimit } from "../../lib/concurrency.ts";
import type { Client } from "./client.ts";
import type { Knowledge } from "./knowledge.ts";
import type { AgileManagerSettings } from "./settings.ts";
import { CONCURRENCY } from "./write.ts";

/** One request per id, and one for the workspace where an id is gone: an unknown workspace answers 404 for each of its records too. */
export async function findWhereabouts(
  settings: AgileManagerSettings,
  endpoint: string,
  client: Client,
  knowledge: Knowledge,
  entity: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Whereabouts>> {
  const unique = [...new Set(ids)];
  const found = await mapLimit(unique, CONCURRENCY, (id) => whereIs(client, knowledge, entity, id, signal), signal);
  if (found.includes("gone")) await checkWorkspace(settings, endpoint, client, signal);
  return new Map(unique.map((id, i) => [id, found[i] ?? "present"]));
}

async function whereIs(
  client: Client,
  knowledge: Knowledge,
  entity: string,
  id: string,
  signal: AbortSignal,
): Promise<Whereabouts> {
  const { path, subtype } = knowledge.resource(entity);
  if (!/^\d{1,15}$/.test(id)) return "gone";
  try {
    const { rows, fail } = await client.list(`${path}/${id}`, {}, signal);
    const [row] = rows;
    if (row === undefined) return "gone";
    if (String(row["id"]) !== id) return fail(`is not about ${id}`);
    return subtype === null || row["subtype"] === subtype ? "present" : "outside";
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    if (error.kind === "notFound") return "gone";
    if (error.status === 403) return "hidden";
    throw error;
  }
}

async function checkWorkspace(
  settings: AgileManagerSettings,
  endpoint: string,
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  const { rows } = await client.workspaces(signal);
  if (rows.some((row) => row["id"] === settings.workspace)) return;
  const message = `${endpoint}: the API client does not see workspace ${settings.workspace}, so nothing of it can be called deleted`;
  throw new ConnectorError("auth", message);
}
