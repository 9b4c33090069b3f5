import { OperatorError } from "../core/errors.ts";
import { type LinkConfig, otherSide, type Side } from "../core/snapshot.ts";
import { connectionsOf } from "./active.ts";
import type { Ground } from "./ground.ts";

/** The newest revision under which a record would have been given a partner, and the one that ended it. */
export interface Earlier {
  readonly revision: string;
  readonly subject: string;
  readonly until: {
    readonly revision: string;
    readonly subject: string /** When it went live. */;
    readonly at: number | null;
  };
}

/** Commits looked through, newest first. */
const MOST_COMMITS = 20;

/**
 * Walks the configuration's history along first parents until a revision's filter and creation setting would have selected the record. Null:
 * none of them, or the repository is not at hand. `selects`: asks the tracker.
 */
export async function findEarlier(
  ground: Ground,
  key: string,
  side: Side,
  selects: (filter: string) => Promise<boolean>,
): Promise<Earlier | null> {
  const { repository, signal, snapshot } = ground;
  if (repository === null) return null;
  const asked = new Map<string, boolean>();
  let newer = await repository.readTree(snapshot.revision, signal);
  for (let back = 1; back <= MOST_COMMITS; back++) {
    const revision = await ancestor(ground, back);
    if (revision === null) return null;
    const tree = await repository.readTree(revision, signal);
    const link = tree.digest === newer.digest ? null : await linkOf(ground, tree, key);
    if (link !== null && (await wouldSelect(link, side, asked, selects))) {
      const until = { revision: newer.revision, subject: newer.subject, at: liveSince(ground, newer.revision) };
      return { revision, subject: tree.subject, until };
    }
    newer = tree;
  }
  return null;
}

async function ancestor({ repository, snapshot, signal }: Ground, back: number): Promise<string | null> {
  try {
    return (await repository?.resolve(`${snapshot.revision}~${back}`, signal)) ?? null;
  } catch (error) {
    // The first commit, a shallow clone, or no git program that could walk.
    if (error instanceof OperatorError) return null;
    throw error;
  }
}

async function linkOf(
  { signal }: Ground,
  tree: Parameters<typeof connectionsOf>[0],
  key: string,
): Promise<LinkConfig | null> {
  const connections = (await connectionsOf(tree, signal)) ?? [];
  return connections.flatMap((connection) => connection.links).find((link) => link.key === key) ?? null;
}

async function wouldSelect(
  link: LinkConfig,
  side: Side,
  asked: Map<string, boolean>,
  selects: (filter: string) => Promise<boolean>,
): Promise<boolean> {
  if (!link[otherSide(side)].create) return false;
  const { filter } = link[side];
  if (filter === null) return true;
  const answer = asked.get(filter) ?? (await selects(filter));
  asked.set(filter, answer);
  return answer;
}

function liveSince({ publish }: Ground, revision: string): number | null {
  return publish.history.find((verdict) => verdict.kind === "active" && verdict.revision === revision)?.at ?? null;
}
