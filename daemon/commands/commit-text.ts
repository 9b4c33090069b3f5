import type { CommitTree } from "../config/tree.ts";
import { OperatorError } from "../core/errors.ts";
import { openConfigRepository } from "../main.ts";
import { activeTree } from "./active.ts";
import type { Host } from "./host.ts";
import type { Place } from "./place.ts";

/** Commits of the configuration, for the text behind a `file:line`. */
export interface Commits {
  /** Null where the commit cannot be read here. */
  read(revision: string): Promise<CommitTree | null>;
}

/** The active revision comes from the state folder, others from a repository on this machine. A remote one is not asked for it. */
export async function openCommits(host: Host, place: Place): Promise<Commits> {
  const active = await activeTree(place);
  const known = new Map<string, CommitTree | null>();
  if (active !== null) known.set(active.revision, active);
  const repository = await openLocal(host, place);
  return {
    async read(revision) {
      const before = known.get(revision);
      if (before !== undefined) return before;
      const tree = await (repository?.readTree(revision, host.signal) ?? Promise.resolve(null)).catch(
        (error: unknown) => {
          // A commit that was rewritten away: what the journal says of it stands all the same.
          if (host.signal.aborted) throw error;
          return null;
        },
      );
      known.set(revision, tree);
      return tree;
    },
  };
}

async function openLocal(host: Host, place: Place) {
  const { repository } = place.settings;
  if (repository === "" || repository.includes("://") || /^[^/\\]+@[^/\\]+:/.test(repository)) return null;
  try {
    return await openConfigRepository(place.settings, { emit: () => undefined, now: host.now, signal: host.signal });
  } catch (error) {
    if (error instanceof OperatorError) return null;
    throw error;
  }
}

/** Line `line` (1-based) of a file of a commit; null where there is none. */
export function lineOf(tree: CommitTree, file: string, line: number): string | null {
  const content = tree.files.get(file);
  return content === undefined ? null : (new TextDecoder().decode(content).split(/\r?\n/)[line - 1]?.trim() ?? null);
}
