import type { Repository } from "../config/git/repository.ts";
import type { Workshop } from "../config/publish/prepare.ts";
import type { CommitTree } from "../config/tree.ts";
import { formatDiagnostic } from "../core/diagnostic.ts";
import { OperatorError } from "../core/errors.ts";
import type { ConnectionConfig } from "../core/snapshot.ts";
import { openConfigRepository, openWorkshop } from "../main.ts";
import type { Host } from "./host.ts";
import type { Place } from "./place.ts";

/** As `readTip` says. */
export async function readConnections(
  host: Host,
  place: Place,
  stale: string | null = null,
): Promise<readonly ConnectionConfig[]> {
  const workshop = openWorkshop();
  try {
    return (await readTip(host, place, workshop, false, stale)).connections;
  } finally {
    await workshop.close();
  }
}

export interface Tip {
  readonly tree: CommitTree;
  readonly connections: readonly ConnectionConfig[];
}

/** The one connection of that name. Throws `OperatorError` where there is none. */
export function connectionIn({ connections }: Tip, name: string): ConnectionConfig {
  const found = connections.find((connection) => connection.name === name);
  if (found !== undefined) return found;
  throw new OperatorError(
    `There is no connection "${name}".`,
    `The configuration has: ${connections.map((connection) => connection.name).join(", ") || "none"}.`,
  );
}

/**
 * The branch's tip with its connections, or the files on the disk; `OperatorError` with all diagnostics where it would not go live. `stale`: a
 * connection whose committed schemas are about to be written anew, and need not explain its mapping.
 */
export async function readTip(
  host: Host,
  place: Place,
  workshop: Pick<Workshop, "build">,
  worktree = false,
  stale: string | null = null,
): Promise<Tip> {
  const repository = await openConfigRepository(place.settings, {
    emit: () => undefined,
    now: host.now,
    signal: host.signal,
  });
  await repository.refresh(host.signal);
  const tree = worktree ? await repository.readWorkTree(host.signal) : await tipTree(repository, host.signal);
  const built = await workshop.build(tree, host.signal);
  if (built.ok) return { tree, connections: built.candidate.connections };
  const bare = stale === null ? null : await workshop.build(withoutSchemas(tree, stale), host.signal);
  if (bare?.ok === true) return { tree, connections: bare.candidate.connections };
  // Rules may speak of fields that only the new schemas will have; what is to be asked for stands in the mapping alone.
  const unruled = stale === null ? null : await workshop.build(withoutRules(withoutSchemas(tree, stale)), host.signal);
  if (unruled?.ok === true) return { tree, connections: unruled.candidate.connections };
  throw new OperatorError(
    `The configuration ${worktree ? "on the disk" : `at ${tree.revision.slice(0, 10)}`} is not right:\n${built.diagnostics.map(formatDiagnostic).join("\n")}`,
    "Mend it first; `syncline check` says the same.",
  );
}

function withoutSchemas(tree: CommitTree, connection: string): CommitTree {
  const folder = `mappings/schema/${connection}/`;
  return { ...tree, files: new Map([...tree.files].filter(([path]) => !path.startsWith(folder))) };
}

function withoutRules(tree: CommitTree): CommitTree {
  const nothing = new TextEncoder().encode("export default {};\n");
  const isRule = (path: string) => path.startsWith("rules/") && path.endsWith(".ts") && !path.endsWith(".d.ts");
  return { ...tree, files: new Map([...tree.files].map(([path, file]) => [path, isRule(path) ? nothing : file])) };
}

async function tipTree(repository: Repository, signal: AbortSignal): Promise<CommitTree> {
  const tip = await repository.tip(signal);
  if (tip !== null) return repository.readTree(tip, signal);
  throw new OperatorError(
    `The branch ${repository.branch()} of ${repository.location} has no commit.`,
    "Commit the configuration first.",
  );
}
