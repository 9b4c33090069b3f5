import { OperatorError } from "../../core/errors.ts";
import { isRefName, type RefReading } from "./refs.ts";

export interface RefReader {
  read(name: string, signal: AbortSignal): Promise<RefReading>;
}

/** The branch that is followed. */
export interface Branch {
  /** For people. */
  name(): string;
  /** Commit it points at; null while it has none. */
  read(signal: AbortSignal): Promise<string | null>;
}

const FALLBACK = "refs/heads/main";

/**
 * Full name of a branch that an operator named. Throws `OperatorError` for what cannot be one: a tag is not, because `main` must never come to
 * mean a tag of that name.
 */
export function fullBranchName(branch: string): string {
  const name = branch === "HEAD" || branch.startsWith("refs/") ? branch : `refs/heads/${branch}`;
  const followed = name === "HEAD" || name.startsWith("refs/heads/") || name.startsWith("refs/remotes/");
  if (followed && isRefName(name)) return name;
  throw new OperatorError(
    `${JSON.stringify(branch)} is not the name of a branch.`,
    "Give it as `git branch` shows it, for example --branch main.",
  );
}

export function shortBranchName(full: string): string {
  return full.replace(/^refs\/(heads|remotes)\//, "");
}

/**
 * Without a name: the branch that HEAD names, at the moment when it first has a commit, from then on that one (a checkout of another branch in
 * a clone publishes nothing); HEAD itself where it is detached. A bare repository's HEAD often names a branch that nobody ever pushed: then
 * `main`, where there is one.
 */
export function chooseBranch(refs: RefReader, branch: string | null): Branch {
  const chosen: { name: string | null; waitedFor: string } = {
    name: branch === null ? null : fullBranchName(branch),
    waitedFor: FALLBACK,
  };

  async function choose(signal: AbortSignal): Promise<RefReading> {
    const head = await refs.read("HEAD", signal);
    if (head.at !== null) return head;
    const fallback = await refs.read(FALLBACK, signal);
    return fallback.at === null ? head : fallback;
  }

  return {
    name: () => shortBranchName(chosen.name ?? chosen.waitedFor),
    read: async (signal) => {
      if (chosen.name !== null) return (await refs.read(chosen.name, signal)).at;
      const found = await choose(signal);
      if (found.at !== null) chosen.name = found.name;
      chosen.waitedFor = found.name;
      return found.at;
    },
  };
}
