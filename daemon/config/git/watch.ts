import { join, relative, sep } from "node:path";
import { watch } from "chokidar";
import { sleep } from "../../lib/sleep.ts";
import type { GitFolder } from "./git-folder.ts";

export interface WatchOptions {
  readonly folders: Pick<GitFolder, "own" | "shared">;
  readonly pollMs: number;
  readonly note: (level: "debug" | "warn", message: string) => void;
}

/** A push touches several files within some milliseconds; one call-back for all of them. */
const SETTLE_MS = 20;
/** Refs that no branch is among, and of which there may be thousands. */
const OTHER_REFS = ["tags", "notes", "pull", "changes", "merge-requests", "keep-around", "pipelines"];

/**
 * Calls back shortly after a branch may have moved, and every `pollMs` regardless: watches end silently (out of inotify watches, network
 * mounts), so that the poll is the guarantee and the watch only makes it quick. Ends when the signal is aborted; never rejects.
 */
export async function watchRefs(options: WatchOptions, onChange: () => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const watcher = watch(watchedFolders(options.folders), {
    ignoreInitial: true,
    ignored: (path) => !matters(options.folders, path),
  });
  const state: { timer: NodeJS.Timeout | undefined; said: string } = { timer: undefined, said: "" };
  const settle = () => {
    state.timer ??= setTimeout(() => {
      state.timer = undefined;
      onChange();
    }, SETTLE_MS);
  };
  watcher.on("all", settle);
  // What happened before it watched is seen by one call-back now.
  watcher.on("ready", settle);
  watcher.on("error", (error) => {
    const text = String(error);
    if (text !== state.said)
      options.note(
        "warn",
        `Watching the repository fails (${text}); it is looked at every ${options.pollMs} ms all the same.`,
      );
    state.said = text;
  });
  await poll(options.pollMs, onChange, signal);
  clearTimeout(state.timer);
  await watcher
    .close()
    .catch((error: unknown) => options.note("debug", `Ending the watch on the repository failed: ${String(error)}`));
}

/** Calls back every `ms` milliseconds until the signal is aborted. */
async function poll(ms: number, onChange: () => void, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await sleep(ms, signal);
      onChange();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function watchedFolders(folders: WatchOptions["folders"]): string[] {
  return [...new Set([folders.own, folders.shared])];
}

/** Folders are watched, not the ref's own file: `git gc` removes the file and even its folder. */
function matters(folders: WatchOptions["folders"], path: string): boolean {
  if (path.endsWith(".lock")) return false;
  if (path === folders.own || path === folders.shared) return true;
  if (path === join(folders.own, "HEAD")) return true;
  const parts = relative(folders.shared, path).split(sep);
  const [first, second] = parts;
  if (first === "packed-refs" || first === "HEAD") return parts.length === 1;
  if (first === "reftable") return true;
  return first === "refs" && !OTHER_REFS.includes(second ?? "");
}
