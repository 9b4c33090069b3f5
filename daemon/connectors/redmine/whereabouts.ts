import type { Whereabouts } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { isObject, objectOf } from "../json-answer.ts";
import type { Client } from "./client.ts";
import type { Lists } from "./lists.ts";
import type { RedmineSettings } from "./settings.ts";

/** One request per issue, and one for the project where an issue is gone: behind a wrong address everything answers 404. */
export async function findWhereabouts(
  settings: RedmineSettings,
  client: Client,
  lists: Lists,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Whereabouts>> {
  const found = new Map<string, Whereabouts>();
  const { id: project } = await lists.project.get(signal);
  for (const id of new Set(ids)) found.set(id, await whereIs(settings, client, project, id, signal));
  if ([...found.values()].includes("gone")) await lists.project.refresh(signal);
  return found;
}

/** Versions that are not among the project's may be another project's. */
export async function findVersions(
  client: Client,
  ids: readonly string[],
  listed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Whereabouts>> {
  const found = new Map<string, Whereabouts>();
  for (const id of new Set(ids)) found.set(id, listed.has(id) ? "present" : await absent(client, id, signal));
  return found;
}

async function absent(client: Client, id: string, signal: AbortSignal): Promise<Whereabouts> {
  if (!/^\d{1,15}$/.test(id)) return "gone";
  try {
    await client.get(`/versions/${id}.json`, [], signal);
    return "outside";
  } catch (error) {
    return fromRefusal(error);
  }
}

async function whereIs(
  settings: RedmineSettings,
  client: Client,
  project: number,
  id: string,
  signal: AbortSignal,
): Promise<Whereabouts> {
  if (!/^\d{1,15}$/.test(id)) return "gone";
  try {
    const { body, fail } = await client.get(`/issues/${id}.json`, [], signal);
    const issue = objectOf(body["issue"], "issue", fail);
    const { project: holder, tracker } = issue;
    if (!isObject(holder) || !isObject(tracker)) return fail("has an issue without project or tracker");
    const wanted = settings.tracker;
    const tracked = wanted === null || String(tracker["id"]) === wanted || tracker["name"] === wanted;
    return holder["id"] === project && tracked ? "present" : "outside";
  } catch (error) {
    return fromRefusal(error);
  }
}

/** What exists but may not be seen answers 403, never 404. */
function fromRefusal(error: unknown): Whereabouts {
  if (!(error instanceof ConnectorError)) throw error;
  if (error.kind === "notFound") return "gone";
  if (error.status === 403) return "hidden";
  throw error;
}
