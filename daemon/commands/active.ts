import { join } from "node:path";
import { buildCandidate } from "../config/build.ts";
import { openLastGood } from "../config/publish/last-good.ts";
import type { TypeChecker } from "../config/rules/typecheck.ts";
import type { CommitTree } from "../config/tree.ts";
import { connectorTypes } from "../connectors/registry.ts";
import type { ConnectionConfig } from "../core/snapshot.ts";
import type { Place } from "./place.ts";

/** What went live was checked then: its types need no second look, which saves most of the time. */
const TRUSTED: TypeChecker = {
  check: async () => ({ diagnostics: [], replicas: new Map() }),
  close: async () => undefined,
};

/** Content of the active revision as the state folder keeps it; null where nothing is active or the copy is gone. */
export async function activeTree(place: Place): Promise<CommitTree | null> {
  const { active } = place.remembered.publish;
  if (active === null) return null;
  const tree = await openLastGood(join(place.settings.state, "last-good")).read(active.digest);
  return tree === null ? null : { ...tree, revision: active.revision, subject: active.subject, author: active.author };
}

/** The connections of the active revision; empty where nothing is active. Neither the repository nor a tracker is asked. */
export async function activeConnections(place: Place, signal: AbortSignal): Promise<readonly ConnectionConfig[]> {
  const tree = await activeTree(place);
  return tree === null ? [] : ((await connectionsOf(tree, signal)) ?? []);
}

/** The endpoints of every link, the left one first. */
export function endpointsByLink(
  connections: readonly Pick<ConnectionConfig, "links">[],
): ReadonlyMap<string, readonly [string, string]> {
  const links = connections.flatMap((connection) => connection.links);
  return new Map(links.map(({ key, left, right }) => [key, [left.endpoint, right.endpoint]]));
}

/** The connections of a commit; null for one that would not go live. */
export async function connectionsOf(
  tree: CommitTree,
  signal: AbortSignal,
): Promise<readonly ConnectionConfig[] | null> {
  const built = await buildCandidate(tree, { connectorTypes, typecheck: TRUSTED, signal });
  return built.ok ? built.candidate.connections : null;
}
