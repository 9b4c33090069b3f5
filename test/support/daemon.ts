import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { CLI, COMPILED, collect } from "./command.ts";

/** A line of the daemon's log as it is printed when it is not a terminal. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string; readonly level: string };

export interface DaemonOptions {
  readonly repo: string;
  readonly state: string;
  readonly secrets: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** `syncline start` as a child process, its log as a stream of events. */
export interface Daemon {
  readonly pid: number;
  lines(): readonly LogLine[];
  /** How many lines there are: pass it to `waitFor` to look at later ones only. */
  mark(): number;
  /** The first line, from `from` on, for which `predicate` holds: said already or still to come. Fails with the log where the daemon ends first. */
  waitFor(predicate: (line: LogLine) => boolean, what: string, options?: WaitOptions): Promise<LogLine>;
  /** The verdict of a commit. */
  verdict(revision: string, options?: WaitOptions): Promise<LogLine>;
  stderr(): string;
  /** No chance to tidy up. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

interface WaitOptions {
  readonly from?: number;
  readonly timeoutMs?: number;
}

export function startDaemon(t: TestContext, options: DaemonOptions): Daemon {
  const { repo, state, secrets, env, args = [] } = options;
  const child = spawn(
    process.execPath,
    [CLI, "start", "--repo", repo, "--state", state, "--secrets", secrets, ...args],
    { env: { ...COMPILED, ...env }, cwd: env["HOME"], stdio: ["ignore", "pipe", "pipe"] },
  );
  t.after(() => child.kill("SIGKILL"));
  return follow(child);
}

function follow(child: ChildProcess): Daemon {
  const said: LogLine[] = [];
  const waiting = new Set<() => void>();
  const closed = once(child, "close");
  const life = { over: false };
  const stderr = collect(child, "stderr");
  const wake = () => {
    for (const look of waiting) look();
  };
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (text) => {
      said.push(parse(text));
      wake();
    });
  child.once("close", () => {
    life.over = true;
    wake();
  });

  function waitFor(predicate: (line: LogLine) => boolean, what: string, wait: WaitOptions = {}): Promise<LogLine> {
    const position = { next: wait.from ?? 0 };
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        waiting.delete(look);
        clearTimeout(timer);
        act();
      };
      const fail = (why: string) => end(() => reject(new Error(`${what}: ${why}\n${tail(said)}\n${stderr()}`)));
      const look = () => {
        for (; position.next < said.length; position.next++) {
          const line = said[position.next];
          if (line !== undefined && predicate(line)) return end(() => resolve(line));
        }
        if (life.over) fail("the daemon has ended");
      };
      const timer = setTimeout(() => fail("waited in vain"), wait.timeoutMs ?? 20_000);
      waiting.add(look);
      look();
    });
  }

  return {
    pid: child.pid ?? 0,
    lines: () => said,
    mark: () => said.length,
    waitFor,
    verdict: (revision, wait) =>
      waitFor(
        (line) => line.event === "config.verdict" && line["revision"] === revision,
        `verdict of ${revision}`,
        wait,
      ),
    stderr,
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
    async stop() {
      child.kill("SIGTERM");
      const [code] = (await closed) as [number | null];
      return code;
    },
  };
}

/** A line that is no JSON stays visible to whoever reads the failure. */
function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch (error) {
    return { event: "no JSON", level: "error", text, why: String(error) };
  }
}

function tail(lines: readonly LogLine[]): string {
  return lines
    .slice(-15)
    .map((line) => JSON.stringify(line).slice(0, 600))
    .join("\n");
}
