import { OperatorError } from "../../core/errors.ts";
import { sleep } from "../../lib/sleep.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";

/** Milliseconds between two looks whether the repository is back. */
const POLL_MS = 2_000;

export interface AbsentOptions {
  readonly location: string;
  readonly open: (signal: AbortSignal) => Promise<Repository>;
  readonly branch: RepositoryOptions["branch"];
  readonly pollMs?: number;
}

/**
 * A repository that cannot be opened now (not mounted, moved, being restored) although the daemon ran on it before: what was live runs on, and
 * the repository is opened as soon as it is back. Until then `tip` throws what opening it throws.
 */
export function openLater({ location, open, branch, pollMs = POLL_MS }: AbsentOptions): Repository {
  const opened: { repository: Repository | null } = { repository: null };

  async function reach(signal: AbortSignal): Promise<Repository> {
    opened.repository ??= await open(signal);
    return opened.repository;
  }

  async function present(signal: AbortSignal): Promise<Repository | null> {
    try {
      return await reach(signal);
    } catch (error) {
      if (signal.aborted || error instanceof OperatorError) return null;
      throw error;
    }
  }

  return {
    location,
    get kind() {
      return opened.repository?.kind ?? "bare";
    },
    get workTree() {
      return opened.repository?.workTree ?? null;
    },
    branch: () => opened.repository?.branch() ?? branch ?? "HEAD",
    tip: async (signal) => (await reach(signal)).tip(signal),
    readTree: async (revision, signal) => (await reach(signal)).readTree(revision, signal),
    readWorkTree: async (signal) => (await reach(signal)).readWorkTree(signal),
    resolve: async (rev, signal) => (await reach(signal)).resolve(rev, signal),
    refresh: async (signal) => (await present(signal))?.refresh(signal),
    watch: async (onChange, signal) => {
      for (;;) {
        const repository = await present(signal);
        if (repository !== null) return repository.watch(onChange, signal);
        if (signal.aborted) return;
        await sleep(pollMs, signal).catch(ignoreAbort(signal));
      }
    },
    remote: () => opened.repository?.remote() ?? null,
  };
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
