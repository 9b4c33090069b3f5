import { type Command, InvalidArgumentError, Option } from "commander";
import { createLog, type Log } from "../status/log.ts";
import { EXIT, type ExitCode, type Host } from "./host.ts";
import { findPlace, type PlaceOptions, requireRepository, withRepository, withSecrets, withState } from "./place.ts";
import { serve } from "./serve.ts";

interface StartOptions extends PlaceOptions {
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFile?: string;
  /** Milliseconds. */
  readonly fetch?: number;
  readonly json?: boolean;
  /** Days. */
  readonly keepJournal?: number;
}

export function addStart(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("start")
    .description("run the daemon: watch a repository, publish what is pushed, keep its links in step on schedule")
    .option("--log-file <file>", "write the log there as JSON lines, besides what is printed")
    .option("--fetch <seconds>", "how often a remote repository is fetched (default: 30)", toMilliseconds)
    .addOption(
      new Option("--log-level <level>", "least level that is logged")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .option("--keep-journal <days>", "how long `why` and `undo` remember (default: 365)", toDays)
    .option("--json", "print the log as JSON lines on a terminal too")
    .addHelpText("after", START_HELP);
  withSecrets(withState(withRepository(command))).action(async (options: StartOptions) => {
    end(await start(host, options));
  });
}

const START_HELP = `
Runs until SIGINT or SIGTERM; a kill at any moment loses nothing. On a terminal the log is one readable line an event, else JSON lines.
A secret is a file of the secrets folder, named as in the mapping, with lines such as  user = "sync"  and  password = "…".

Example:
  syncline start --repo /srv/git/sync-config.git --branch main --state /var/lib/syncline --secrets /etc/syncline/secrets`;

async function start(host: Host, options: StartOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  requireRepository(place);
  const serving = await serve(host, {
    settings: { ...place.settings, fetchMs: options.fetch ?? null, ...keeping(options) },
    secrets: place.secrets,
    logs: (redact) => logsOf(host, options, redact),
  });
  await aborted(host.signal);
  await serving.close();
  return EXIT.fine;
}

function logsOf(host: Host, options: StartOptions, redact: (text: string) => string): readonly Log[] {
  const terminal = host.stdout.isTTY === true;
  const common = { level: options.logLevel, redact, now: host.now };
  const shown = createLog({
    ...common,
    destination: terminal ? host.stdout : "stdout",
    pretty: terminal && options.json !== true,
    color: terminal,
  });
  if (options.logFile === undefined) return [shown];
  return [shown, createLog({ ...common, destination: options.logFile, pretty: false })];
}

function keeping({ keepJournal }: StartOptions): { keepJournalMs?: number } {
  return keepJournal === undefined ? {} : { keepJournalMs: keepJournal * 86_400_000 };
}

function toDays(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError("days are due here, from 1 to 99999.");
  return Number(text);
}

function toMilliseconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds < 1 || seconds > 86_400)
    throw new InvalidArgumentError("seconds are due here, from 1 to 86400.");
  return seconds * 1000;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
