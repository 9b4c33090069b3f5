import { OperatorError } from "../../core/errors.ts";
import { sleep } from "../../lib/sleep.ts";
import type { CommitTree } from "../tree.ts";
import { openLater } from "./absent.ts";
import { createBlobMap } from "./blob-map.ts";
import { type Branch, chooseBranch, type RefReader } from "./branch.ts";
import { openCatFile } from "./cat-file.ts";
import { type Git, gitText } from "./git-binary.ts";
import { findGitFolder, type GitFolder } from "./git-folder.ts";
import { openIsomorphic } from "./isomorphic-objects.ts";
import { TREE_LIMITS, type TreeLimits } from "./limits.ts";
import { openRemote, type RemoteStatus } from "./remote.ts";
import { isUrl } from "./remote-url.ts";
import { openRefs, refuseUnreadable } from "./support.ts";
import { readCommitTree } from "./tree-reader.ts";
import { watchRefs } from "./watch.ts";
import { readWorkTree } from "./work-tree.ts";

export interface RepositoryOptions {
  /** Short (`main`) or full (`refs/heads/main`) name; null: the branch that the repository's HEAD names, or HEAD itself where it is detached. */
  readonly branch: string | null;
  /** Folder for the mirror of a remote repository. */
  readonly state: string;
  /** From `findGit`; null reads with isomorphic-git. */
  readonly git: Git | null;
  readonly now: () => number;
  /** Trouble with watching and fetching; `warn` once per trouble. */
  readonly note: (level: "debug" | "warn", message: string) => void;
  /** Milliseconds between two looks at a local branch that no event announced. Default 2,000. */
  readonly pollMs?: number;
  /** Milliseconds between two fetches of a remote one. Default 30,000. */
  readonly fetchMs?: number;
  /** Milliseconds that one fetch may take. Default 120,000. */
  readonly fetchTimeoutMs?: number;
  readonly limits?: TreeLimits;
  /** True where a daemon ran on this repository before: one that cannot be opened now is then waited for instead of refused. Default false. */
  readonly mayBeAbsent?: boolean;
}

/** A git repository with configuration, as the publisher and `check` see it. */
export interface Repository {
  /** Path or address, without password. */
  readonly location: string;
  readonly kind: "bare" | "work-tree" | "remote";
  readonly workTree: string | null;
  /** Short name of the branch, `HEAD` where it is detached; before a first commit, the name that is waited for. */
  branch(): string;
  /** The branch's newest commit; null while there is none. A change is told only when a second reading agrees. */
  tip(signal: AbortSignal): Promise<string | null>;
  /** Tries up to three times: git may repack while it is read. */
  readTree(revision: string, signal: AbortSignal): Promise<CommitTree>;
  /** The files as they are on the disk. Throws `OperatorError` where there is no work tree. */
  readWorkTree(signal: AbortSignal): Promise<CommitTree>;
  /** Full commit id of what a person writes for a commit. Throws `OperatorError` for what names none. */
  resolve(rev: string, signal: AbortSignal): Promise<string>;
  /** Fetches now from a remote; trouble is noted, not thrown. Nothing to do for a local repository. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Calls back whenever the tip may have changed, until the signal is aborted; the promise ends then and never rejects. */
  watch(onChange: () => void, signal: AbortSignal): Promise<void>;
  /** Null for a local repository. */
  remote(): RemoteStatus | null;
}

const POLL_MS = 2_000;
/** Between two readings of a branch that has moved. */
const CONFIRM_MS = 10;
const CONFIRMATIONS = 10;
const READ_ATTEMPTS = 3;
/** Milliseconds that the reading of one commit may take; a network disk may hang. */
const READ_MS = 60_000;

/** Opens a local repository by its path or a remote one by its address. Throws `OperatorError` for what is none or cannot be read here. */
export async function openRepository(
  location: string,
  options: RepositoryOptions,
  signal: AbortSignal,
): Promise<Repository> {
  if (isUrl(location)) return openMirrored(location, options, signal);
  try {
    return await openLocal(location, options, signal);
  } catch (error) {
    if (options.mayBeAbsent !== true || !(error instanceof OperatorError)) throw error;
    options.note("warn", `${error.message} What was live before goes on; the repository is used when it is back.`);
    const { branch, pollMs = POLL_MS } = options;
    return openLater({ location, branch, pollMs, open: (until) => openLocal(location, options, until) });
  }
}

async function openLocal(location: string, options: RepositoryOptions, signal: AbortSignal): Promise<Repository> {
  const folder = await findGitFolder(location);
  await refuseUnreadable(folder, options.git, signal);
  const refs = openRefs(folder, options.git);
  const branch = chooseBranch(refs, options.branch);
  const core = createCore(folder, options, branch, refs);
  return {
    ...core,
    location,
    kind: folder.workTree === null ? "bare" : "work-tree",
    workTree: folder.workTree,
    refresh: () => Promise.resolve(),
    watch: (onChange, until) =>
      watchRefs({ folders: folder, pollMs: options.pollMs ?? POLL_MS, note: options.note }, onChange, until),
    remote: () => null,
  };
}

async function openMirrored(location: string, options: RepositoryOptions, signal: AbortSignal): Promise<Repository> {
  const remote = await openRemote(location, options, signal);
  const folder = await findGitFolder(remote.mirror);
  const refs = openRefs(folder, options.git);
  const branch: Branch = { name: remote.branch, read: async (until) => (await refs.read("HEAD", until)).at };
  return {
    ...createCore(folder, options, branch, refs),
    location: remote.status().url,
    kind: "remote",
    workTree: null,
    refresh: remote.fetch,
    watch: remote.watch,
    remote: remote.status,
  };
}

type Core = Pick<Repository, "branch" | "tip" | "readTree" | "readWorkTree" | "resolve">;

function createCore(folder: GitFolder, options: RepositoryOptions, branch: Branch, refs: RefReader): Core {
  const limits = options.limits ?? TREE_LIMITS;
  const blobs = createBlobMap(limits.total);

  async function readOnce(revision: string, signal: AbortSignal): Promise<CommitTree> {
    const reader = options.git === null ? await openIsomorphic(folder.shared) : openCatFile(options.git, folder.own);
    try {
      return await readCommitTree(reader, revision, { limits, blobs }, signal);
    } finally {
      reader.close();
    }
  }

  return {
    branch: branch.name,
    tip: confirmed(branch),
    readTree: (revision, signal) => {
      const within = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]);
      return repeated(() => readOnce(revision, within), within);
    },
    readWorkTree: async (signal) => {
      if (folder.workTree === null)
        throw new OperatorError("This repository has no work tree.", "Name a commit or a branch instead.");
      return readWorkTree(folder.workTree, { limits, git: options.git }, signal);
    },
    resolve: (rev, signal) => resolveRev(rev, { folder, git: options.git, branch, refs }, signal),
  };
}

/**
 * A reader that meets git while it packs refs or rewrites them may see what was current before; what is believed was seen twice.
 */
function confirmed(branch: Branch): Repository["tip"] {
  const state: { last: string | null | undefined } = { last: undefined };

  return async (signal) => {
    let at = await branch.read(signal);
    for (let i = 0; i < CONFIRMATIONS && state.last !== undefined && at !== state.last; i++) {
      await sleep(CONFIRM_MS, signal);
      const again = await branch.read(signal);
      if (again === at) break;
      at = again;
    }
    state.last = at;
    return at;
  };
}

async function repeated<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (signal.aborted || attempt >= READ_ATTEMPTS) throw error;
      await sleep(20 * attempt, signal);
    }
  }
}

interface ResolveFrom {
  readonly folder: GitFolder;
  readonly git: Git | null;
  readonly branch: Branch;
  readonly refs: RefReader;
}

async function resolveRev(rev: string, from: ResolveFrom, signal: AbortSignal): Promise<string> {
  if (rev === from.branch.name()) {
    const at = await from.branch.read(signal);
    if (at !== null) return at;
  }
  // Branches first: for git itself a tag of the same name would win.
  for (const name of [`refs/heads/${rev}`, rev]) {
    if (name !== "HEAD" && !name.startsWith("refs/")) continue;
    const found = await from.refs.read(name, signal);
    if (found.at !== null) return peel(found.at, from, signal);
  }
  if (/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(rev) || from.git !== null) return peel(rev, from, signal);
  throw new OperatorError(
    `${rev} is no branch of this repository.`,
    "Without a git program only branches, tags (refs/tags/…) and full commit ids can be named.",
  );
}

async function peel(rev: string, from: ResolveFrom, signal: AbortSignal): Promise<string> {
  if (from.git === null) return rev;
  try {
    const text = await gitText(
      from.git,
      [`--git-dir=${from.folder.own}`, "rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`],
      { signal },
    );
    return text.trim();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new OperatorError(
      `${rev} names no commit of this repository.`,
      "Give a branch, a tag or a commit id that the repository has.",
    );
  }
}
