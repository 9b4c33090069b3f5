import type { Command } from "commander";
import { findDaemon } from "../control/client.ts";
import { OperatorError } from "../core/errors.ts";
import type { Event } from "../core/events.ts";
import type { RunReport } from "../core/store.ts";
import { openEngine } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { createProgress } from "../status/progress.ts";
import { formatReport } from "../status/report-text.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import {
  findPlace,
  type Place,
  type PlaceOptions,
  requireRepository,
  withRepository,
  withSecrets,
  withState,
} from "./place.ts";

interface SyncOptions extends PlaceOptions {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addSync(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("sync <connection/link>")
    .description("run a link now: by the running daemon, or by this process where none runs")
    .option("--full", "look at every record instead of those changed since the last run")
    .option("--dry-run", "read and decide, but write nothing")
    .option("--json", "print the run report as one JSON object")
    .addHelpText("after", SYNC_HELP);
  withSecrets(withState(withRepository(command))).action(async (link: string, options: SyncOptions) => {
    end(await sync(host, link, options));
  });
}

const SYNC_HELP = `
Exit code 0: passed; 1: some records failed (the report names them); 3: the host must be set up; 4: a tracker did not do its part.

Examples:
  syncline sync payments/defects --state /var/lib/syncline
  syncline sync payments/defects --full --dry-run`;

async function sync(host: Host, link: string, options: SyncOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  const order = { link, full: options.full === true, dryRun: options.dryRun === true };
  const daemon = await findDaemon(place.settings.state);
  const report = daemon === null ? await syncHere(host, place, order) : await daemon.ask("sync", order);
  if (options.json === true) printJson(host, report);
  else print(host, formatReport(report));
  return codeOf(report);
}

async function syncHere(
  host: Host,
  place: Place,
  order: { link: string; full: boolean; dryRun: boolean },
): Promise<RunReport> {
  requireRepository(place);
  const note = (message: string) => void host.stderr.write(`${message}\n`);
  const progress = createProgress({ stream: host.stderr });
  const emit = (event: Event) => {
    progress.emit(event);
    if (event.event === "endpoint.note") note(`${event.connection}/${event.endpoint}: ${event.message}`);
  };
  const fail = (error: unknown) => note(String(error));
  const { now, random, signal } = host;
  const engine = await openEngine(place.settings, {
    emit,
    now,
    random,
    signal,
    fail,
    secrets: openSecrets(place.secrets, { note }),
  });
  try {
    const { repository, branch } = place.settings;
    await engine.state.update((data) => ({ ...data, host: { repository, branch, secrets: place.secrets } }));
    await engine.publisher.start(signal);
    await engine.publisher.settled();
    const { active, verdict } = engine.publisher.status();
    if (active === null)
      throw new OperatorError(
        `No revision can go live${verdict === null ? "" : `: ${verdict.kind}`}.`,
        "Run `syncline check` to see why.",
      );
    return await engine.runner.run({ ...order, reason: "command line", due: null });
  } finally {
    progress.stop();
    await engine.close();
  }
}

function codeOf(report: RunReport): ExitCode {
  if (report.status === "passed") return EXIT.fine;
  if (report.stopped === true) return EXIT.wrong;
  return report.status === "error" || report.status === "cancelled" ? EXIT.tracker : EXIT.wrong;
}
