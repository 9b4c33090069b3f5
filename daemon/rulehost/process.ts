import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { cageText } from "./cage.ts";
import type { Start } from "./runner.ts";
import { OVERRUN, runner, WORN } from "./runner.ts";

export interface ProcessOptions {
  /** Bundled rules. */
  readonly code: string;
  readonly heapMb: number;
  /** User to become before any rule is loaded, where the daemon runs as root; null to stay. */
  readonly uid: number | null;
  /** See `Start`. */
  readonly limitMs: number;
  /** Whether tests of rules can be run there as well. */
  readonly tests?: boolean;
}

/**
 * How a process ended: what the daemon did to it, else what the rules did. `overrun`: the call after the last one that was answered ran out of time;
 * in all others, answers may have been lost with it. `worn`: of calls that are all answered, none of which did it alone.
 */
export type Death = "killed" | "overrun" | "memory" | "died" | "worn";

/** A line each way; every listener is set before the first line can arrive. */
export interface CageProcess {
  send(line: string): void;
  onLine: (line: string) => void;
  onDeath: (death: Death, detail: string) => void;
  /** SIGKILL: a busy process is gone within milliseconds. */
  kill(): void;
  /** Keeps the daemon alive, or not, while the process has nothing to do. */
  hold(busy: boolean): void;
}

/** An answer longer than this, in characters, is none. */
const MAX_LINE = 32_000_000;
const MAX_STDERR = 4096;

export function startProcess(options: ProcessOptions): CageProcess {
  const flags = [
    "--permission",
    `--max-old-space-size=${options.heapMb}`,
    "--disallow-code-generation-from-strings",
    "--no-warnings",
    "--input-type=commonjs",
    "-",
  ];
  // The zone is fixed so that a rule gives the same answer on every host; there is nothing else in the environment.
  const child = spawn(process.execPath, flags, {
    cwd: "/",
    env: { TZ: "UTC" },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const commands = child.stdio[3] as Writable;
  const self: CageProcess = {
    send: (line) => void commands.write(`${line}\n`),
    onLine: ignore,
    onDeath: ignore,
    kill: () => void child.kill("SIGKILL"),
    hold: (busy) => holdAll([child, child.stdout, child.stderr, commands], busy),
  };
  // Writing to a process that has just died is no news: its death is.
  for (const pipe of [child.stdin, commands]) pipe.on("error", ignore);
  readLines(child.stdout, self);
  watchDeath(child, self);
  child.stdin.end(`(${runner.toString()})();\n`);
  const start: Start = {
    cage: cageText(options.tests === true),
    code: options.code,
    uid: options.uid,
    limitMs: options.limitMs,
    overrun: OVERRUN,
    // A healthy process takes three times its heap at the most, beside what Node itself takes.
    mostMb: 3 * options.heapMb + 128,
    worn: WORN,
  };
  self.send(JSON.stringify(start));
  return self;
}

function ignore(): void {
  return;
}

function readLines(stream: Readable, self: CageProcess): void {
  const parts: string[] = [];
  const length = { now: 0 };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = chunk.split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      parts.push(line);
      self.onLine(parts.join(""));
      parts.length = 0;
      length.now = 0;
    }
    parts.push(rest);
    length.now += rest.length;
    if (length.now > MAX_LINE) self.kill();
  });
}

function watchDeath(child: ChildProcess, self: CageProcess): void {
  const state = { stderr: "", over: false };
  const end = (death: Death, detail: string) => {
    if (state.over) return;
    state.over = true;
    self.onDeath(death, detail);
  };
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    state.stderr = (state.stderr + chunk).slice(-MAX_STDERR);
  });
  child.on("error", (error) => end("died", error.message));
  // `close` comes after the last output: an answer that was given still counts.
  child.on("close", (code, signal) => {
    const outOfMemory =
      signal === "SIGABRT" || code === 134 || /heap out of memory|allocation failed/i.test(state.stderr);
    const detail = signal ?? `exit code ${code}`;
    if (signal === "SIGKILL") end("killed", detail);
    else if (code === OVERRUN) end("overrun", detail);
    else if (code === WORN) end("worn", detail);
    else end(outOfMemory ? "memory" : "died", `${detail} ${state.stderr.trim().split("\n")[0] ?? ""}`.trim());
  });
}

interface Holdable {
  ref?(): unknown;
  unref?(): unknown;
}

function holdAll(handles: readonly object[], busy: boolean): void {
  // Pipes to a child are sockets, which their types do not say.
  for (const handle of handles as readonly Holdable[]) {
    if (busy) handle.ref?.();
    else handle.unref?.();
  }
}
