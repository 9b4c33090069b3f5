import type { Command } from "commander";
import { findDaemon } from "../control/client.ts";
import type { RunReport } from "../core/store.ts";
import { formatReport } from "../status/report-text.ts";
import { withEngine } from "./here.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type PlaceOptions, withRepository, withSecrets, withState } from "./place.ts";

interface SyncOptions extends PlaceOptions {
  readonly full?: boolean;
  readonly backfill?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addSync(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("sync <connection/link>")
    .description("run a link now: by the running daemon, or by this process where none runs")
    .option("--full", "look at every record instead of those changed since the last run")
    .option(
      "--backfill",
      "a full run that also brings fields which nobody has edited to what the mapping makes of them now",
    )
    .option("--dry-run", "read and decide, but write nothing")
    .option("--json", "print the run report as one JSON object")
    .addHelpText("after", SYNC_HELP);
  withSecrets(withState(withRepository(command))).action(async (link: string, options: SyncOptions) => {
    end(await sync(host, link, options));
  });
}

const SYNC_HELP = `
Exit code 0: passed; 1: some records failed (the report names them), or a brake stopped the link; 3: the host must be set up; 4: a tracker did not do its part.

Examples:
  syncline sync payments/defects --state /var/lib/syncline
  syncline sync payments/defects --full --dry-run`;

async function sync(host: Host, link: string, options: SyncOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  const backfill = options.backfill === true;
  const order = {
    ...{ link, full: options.full === true || backfill, dryRun: options.dryRun === true },
    ...(backfill ? { backfill: true as const } : {}),
  };
  const daemon = await findDaemon(place.settings.state);
  const syncHere = () =>
    withEngine(host, place, (engine) => engine.runner.run({ ...order, reason: "command line", due: null }));
  const report = daemon === null ? await syncHere() : await daemon.ask("sync", order);
  if (options.json === true) printJson(host, report);
  else print(host, formatReport(report));
  return codeOf(report);
}

function codeOf(report: RunReport): ExitCode {
  if (report.status === "passed") return EXIT.fine;
  if (report.stopped === true) return EXIT.wrong;
  if (report.host === true) return EXIT.host;
  return report.status === "error" || report.status === "cancelled" ? EXIT.tracker : EXIT.wrong;
}
