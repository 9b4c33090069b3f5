#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { addBackup } from "./commands/backup.ts";
import { addCheck } from "./commands/check.ts";
import { addConflicts } from "./commands/conflicts.ts";
import { addConnection } from "./commands/connection.ts";
import { addDemo } from "./commands/demo.ts";
import { addDrift } from "./commands/drift.ts";
import { EXIT, type ExitCode, type Host } from "./commands/host.ts";
import { addInit } from "./commands/init.ts";
import { addPair } from "./commands/pair.ts";
import { addPlan } from "./commands/plan.ts";
import { addQueue } from "./commands/queue.ts";
import { addRebuild } from "./commands/rebuild.ts";
import { addRecord } from "./commands/record.ts";
import { addResolve } from "./commands/resolve.ts";
import { addResume } from "./commands/resume.ts";
import { addRuns } from "./commands/runs.ts";
import { addSandbox } from "./commands/sandbox.ts";
import { addSchema } from "./commands/schema.ts";
import { addStart } from "./commands/start.ts";
import { addStatus } from "./commands/status.ts";
import { addSync } from "./commands/sync.ts";
import { addTest } from "./commands/test.ts";
import { addTriggers } from "./commands/triggers.ts";
import { addTypes } from "./commands/types.ts";
import { addUndo } from "./commands/undo.ts";
import { addUnlink } from "./commands/unlink.ts";
import { addUsers } from "./commands/users.ts";
import { addWhy } from "./commands/why.ts";
import { addWhyNot } from "./commands/why-not.ts";
import { ConnectorError, OperatorError } from "./core/errors.ts";
import { VERSION } from "./version.ts";

const HELP = `
Begin with \`syncline demo\`, then \`syncline start --help\`. Every command explains itself with --help.

Exit codes: 0 fine · 1 what was asked about is not right · 2 wrong usage · 3 the host must be set up · 4 a tracker did not do its part, or you interrupted it · 70 a bug`;

const REFUSALS: ReadonlySet<string> = new Set(
  "EACCES EADDRINUSE EADDRNOTAVAIL EDQUOT EISDIR ENOENT ENOSPC ENOTDIR EPERM EROFS".split(" "),
);

/** They run until somebody ends them: a signal is no interruption. */
const LASTING: ReadonlySet<string> = new Set(["start", "sandbox", "demo"]);

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(name));
  const host: Host = {
    // Opened only by a command that asks.
    get stdin() {
      return process.stdin;
    },
    ...{ stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() },
    ...{ now: Date.now, random: Math.random, signal: stop.signal },
  };
  // A reader that goes away (`| head`) ends what is printed, not what is done.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreGoneReader);
  process.exitCode = await run(process.argv, host);
}

function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

const COMMANDS = [
  addDemo,
  addInit,
  addStart,
  addCheck,
  addStatus,
  addTriggers,
  addSync,
  addConnection,
  addUsers,
  addSchema,
  addTypes,
  addTest,
  addRecord,
  addPlan,
  addSandbox,
  addRuns,
  addQueue,
  addConflicts,
  addWhy,
  addWhyNot,
  addDrift,
  addBackup,
  addResolve,
  addResume,
  addUndo,
  addRebuild,
  addUnlink,
  addPair,
];

async function run(argv: readonly string[], host: Host): Promise<number> {
  const outcome: { code: ExitCode } = { code: EXIT.fine };
  const end = (code: ExitCode) => {
    outcome.code = code;
  };
  const program = new Command("syncline")
    .description("Keeps the records of two issue trackers in step, from configuration in git.")
    .version(VERSION)
    .addHelpText("after", HELP)
    .showHelpAfterError("(add --help for what is possible)")
    .exitOverride();
  for (const add of COMMANDS) add(program, host, end);
  try {
    await program.parseAsync(argv);
    return outcome.code;
  } catch (error) {
    return codeOf(error, host, program.args[0] ?? "");
  }
}

function codeOf(error: unknown, host: Host, command: string): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof OperatorError) {
    host.stderr.write(`syncline: ${error.message}\n${error.hint === "" ? "" : `  ${error.hint}\n`}`);
    return EXIT.host;
  }
  if (host.signal.aborted) {
    if (LASTING.has(command)) return EXIT.fine;
    host.stderr.write("syncline: interrupted before it was done\n");
    return EXIT.tracker;
  }
  if (error instanceof ConnectorError) {
    host.stderr.write(`syncline: a tracker did not do its part: ${error.message}\n`);
    return EXIT.tracker;
  }
  if (isRefusal(error)) {
    host.stderr.write(`syncline: the system refuses: ${error.message}\n`);
    return EXIT.host;
  }
  host.stderr.write(
    `syncline: this is a bug, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.bug;
}

/** A taken port, a folder that may not be written, a full disk: for the host to set right. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error && "code" in error && REFUSALS.has(String(error.code));
}

await main();
