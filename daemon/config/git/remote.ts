import { createHash } from "node:crypto";
import { join } from "node:path";
import { OperatorError } from "../../core/errors.ts";
import { createRedactor } from "../../lib/redact.ts";
import { sleep } from "../../lib/sleep.ts";
import { fullBranchName, shortBranchName } from "./branch.ts";
import type { Git } from "./git-binary.ts";
import { createGitMirror } from "./mirror-git.ts";
import { createIsomorphicMirror } from "./mirror-isomorphic.ts";
import { parseRemoteUrl, type RemoteUrl } from "./remote-url.ts";

export interface RemoteStatus {
  /** Without password. */
  readonly url: string;
  /** Last time the remote answered, milliseconds since 1970; null: not yet. */
  readonly answered: number | null;
  /** Fetches in a row that failed. */
  readonly failures: number;
  /** More than three failed: what runs may be older than what the remote has. */
  readonly stale: boolean;
  /** Why the last one failed; null where it did not. */
  readonly message: string | null;
}

/** What a mirror does: brings the remote's branch into `MIRROR_REF` of a bare repository of our own, to which its HEAD points. */
export interface Mirror {
  /** Makes the bare repository where there is none. */
  prepare(signal: AbortSignal): Promise<void>;
  /** `branch`: full name, null for the remote's default. Returns the full name of the branch followed, null where the remote has none (yet). */
  update(branch: string | null, signal: AbortSignal): Promise<string | null>;
}

/** One name for whatever branch is followed: a branch `a` after a branch `a/b` would not fit into the same folder of refs. */
export const MIRROR_REF = "refs/syncline/tip";

export interface RemoteOptions {
  readonly branch: string | null;
  readonly state: string;
  readonly git: Git | null;
  readonly now: () => number;
  readonly note: (level: "debug" | "warn", message: string) => void;
  readonly fetchMs?: number;
  readonly fetchTimeoutMs?: number;
}

export interface Remote {
  /** Folder of the mirror. */
  readonly mirror: string;
  branch(): string;
  status(): RemoteStatus;
  fetch(signal: AbortSignal): Promise<void>;
  watch(onChange: () => void, signal: AbortSignal): Promise<void>;
}

const FETCH_MS = 30_000;
const FETCH_TIMEOUT_MS = 120_000;
/** R14. */
const STALE = 3;

/** Prepares the mirror below the state folder; does not reach out yet. Throws `OperatorError` for an address that cannot be fetched here. */
export async function openRemote(location: string, options: RemoteOptions, signal: AbortSignal): Promise<Remote> {
  const url = parseRemoteUrl(location);
  const mirror = join(
    options.state,
    "mirror",
    `${createHash("sha256").update(url.address).digest("hex").slice(0, 16)}.git`,
  );
  const worker = createMirror(mirror, url, options.git);
  await worker.prepare(signal);
  const asked = options.branch === null ? null : fullBranchName(options.branch);
  return createRemote(mirror, url, worker, asked, options);
}

function createMirror(folder: string, url: RemoteUrl, git: Git | null): Mirror {
  if (git !== null) return createGitMirror(folder, url, git);
  if (url.scheme === "http" || url.scheme === "https") return createIsomorphicMirror(folder, url);
  throw new OperatorError(
    `Fetching from ${url.shown} needs a git program.`,
    "Install git on this host, or give an https:// address.",
  );
}

function createRemote(
  mirror: string,
  url: RemoteUrl,
  worker: Mirror,
  asked: string | null,
  options: RemoteOptions,
): Remote {
  const secrets = url.credentials === null ? [] : [url.credentials.password];
  const redact = createRedactor(() => secrets);
  const state = { branch: asked, answered: null as number | null, failures: 0, message: null as string | null };
  const running: { fetch: Promise<void> | null } = { fetch: null };

  async function fetchOnce(signal: AbortSignal): Promise<void> {
    try {
      const within = AbortSignal.timeout(options.fetchTimeoutMs ?? FETCH_TIMEOUT_MS);
      state.branch = (await worker.update(state.branch, AbortSignal.any([signal, within]))) ?? state.branch;
      if (state.failures > 0) options.note("debug", `${url.shown} answers again.`);
      Object.assign(state, { answered: options.now(), failures: 0, message: null });
    } catch (error) {
      if (signal.aborted) throw error;
      const message = redact(error instanceof Error ? error.message : String(error));
      state.failures++;
      if (message !== state.message) options.note("warn", `Fetching from ${url.shown} failed: ${message}`);
      state.message = message;
    }
  }

  async function fetch(signal: AbortSignal): Promise<void> {
    // Whoever asks while a fetch is under way may know of a newer commit than it will see. Its failure is told to those who wait for it.
    if (running.fetch !== null) await Promise.allSettled([running.fetch]);
    running.fetch ??= fetchOnce(signal).finally(() => {
      running.fetch = null;
    });
    await running.fetch;
  }

  return {
    mirror,
    branch: () => (state.branch === null ? "HEAD" : shortBranchName(state.branch)),
    status: () => ({
      url: url.shown,
      answered: state.answered,
      failures: state.failures,
      stale: state.failures > STALE,
      message: state.message,
    }),
    fetch,
    watch: async (onChange, signal) => {
      try {
        for (;;) {
          await fetch(signal);
          onChange();
          await sleep(options.fetchMs ?? FETCH_MS, signal);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
