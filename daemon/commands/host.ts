import { resolve } from "node:path";
import type { Readable, Writable } from "node:stream";

/** What a command may touch of the process it runs in: everything comes in here, so that tests can hand in something else. */
export interface Host {
  /** Absent where nobody can be asked. */
  readonly stdin?: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Milliseconds since 1970. */
  now(): number;
  random(): number;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/**
 * How a command ends: see the table in `docs/command-line.md`.
 * 0 fine · 1 what was asked about is not right · 2 wrong usage · 3 the host must be set up · 4 a tracker did not do its part, or somebody interrupted it · 70 a bug.
 */
export const EXIT = { fine: 0, wrong: 1, usage: 2, host: 3, tracker: 4, bug: 70 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function print(host: Host, text: string): void {
  host.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

export function printJson(host: Host, value: unknown): void {
  host.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A folder as given on the command line, in the environment, or by default. */
export function folderOf(host: Host, given: string | undefined, variable: string, fallback: string): string {
  return resolve(host.cwd, given ?? host.env[variable] ?? fallback);
}
