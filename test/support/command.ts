import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder, with a trailing slash. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const CLI = `${ROOT}daemon/cli.ts`;

/** Compiled code is kept between the many processes that tests start: each is up in a third of the time. */
export const COMPILED: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: join(tmpdir(), "syncline-test-compiled"),
};

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** The program before the arguments. Default: this project's `syncline`, as `npm run syncline` starts it. */
  readonly program?: readonly [string, ...string[]];
}

/** Runs `syncline <args>` to its end as a person would: another process, nothing shared but files and sockets. */
export async function syncline(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const [program, ...before] = options.program ?? [process.execPath, CLI];
  const child = spawn(program, [...before, ...args], {
    env: { ...COMPILED, ...options.env },
    cwd: options.cwd ?? options.env["HOME"],
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: "SIGKILL",
  });
  const stdout = collect(child, "stdout");
  const stderr = collect(child, "stderr");
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

/** What a stream of a child has said so far. */
export function collect(child: ChildProcess, stream: "stdout" | "stderr"): () => string {
  const parts: Buffer[] = [];
  child[stream]?.on("data", (part: Buffer) => void parts.push(part));
  return () => Buffer.concat(parts).toString("utf8");
}

/** The one JSON object that a command with `--json` printed. */
export function objectOf(ended: Ended): Record<string, unknown> {
  const lines = ended.stdout.trimEnd().split("\n");
  if (lines.length !== 1) throw new Error(`one line was due:\n${ended.stdout}\n${ended.stderr}`);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}
