import type { Loaded } from "./answers.ts";
import { parseBegun, parseLoaded } from "./answers.ts";
import type { CageProcess, Death } from "./process.ts";

/** Longest time for a bare process to answer, in milliseconds: a busy machine, not a rule. */
const START_MS = 20_000;

/** What became of loading one file; `stopped`: it cost the process its life. */
export type FileLoad =
  | { readonly kind: "answered"; readonly file: string; readonly answer: Loaded }
  | {
      readonly kind: "stopped";
      readonly file: string;
      readonly reason: "deadline" | "memory";
      readonly detail: string;
    };

export interface LoadOptions {
  /** For each file, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Loads rule files into a fresh process, one after the other; the last entry is a `stopped` one where the process died of it. Throws where the
 * process itself does not come up, and for an abort; the process is then dead.
 */
export async function loadFiles(
  child: CageProcess,
  files: readonly string[],
  options: LoadOptions,
): Promise<readonly FileLoad[]> {
  const { signal } = options;
  const lines = expectLines(child, signal);
  const begun = await lines.next(START_MS);
  if (begun.kind === "over") throw new Error(`The rules' process did not start: ${begun.death} ${begun.detail}`.trim());
  const answer = parseBegun(begun.line);
  if (!answer.ok) throw new Error(`The bundle of the rules cannot be read: ${answer.message}`);
  const loads: FileLoad[] = [];
  for (const file of files) {
    child.send(`load\t${file}`);
    const got = await lines.next(options.deadlineMs);
    if (got.kind === "over") {
      const reason = got.death === "killed" || got.death === "overrun" ? "deadline" : "memory";
      loads.push({ kind: "stopped", file, reason, detail: got.detail });
      return loads;
    }
    loads.push({ kind: "answered", file, answer: parseLoaded(got.line) });
  }
  return loads;
}

type Got =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "over"; readonly death: Death; readonly detail: string };

function expectLines(child: CageProcess, signal: AbortSignal) {
  const waiting: { give: ((got: Got) => void) | null; over: Got | null } = { give: null, over: null };
  const early: string[] = [];
  child.onLine = (line) => {
    if (waiting.give === null) early.push(line);
    else waiting.give({ kind: "line", line });
  };
  child.onDeath = (death, detail) => {
    waiting.over = { kind: "over", death, detail };
    waiting.give?.(waiting.over);
  };
  return {
    async next(ms: number): Promise<Got> {
      signal.throwIfAborted();
      const line = early.shift();
      if (line !== undefined) return { kind: "line", line };
      if (waiting.over !== null) return waiting.over;
      const { promise, resolve } = Promise.withResolvers<Got>();
      waiting.give = resolve;
      const stop = () => child.kill();
      const timer = setTimeout(stop, ms);
      signal.addEventListener("abort", stop, { once: true });
      try {
        const got = await promise;
        signal.throwIfAborted();
        return got;
      } finally {
        waiting.give = null;
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    },
  };
}
