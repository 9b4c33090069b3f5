import { type Command, InvalidArgumentError } from "commander";
import { OperatorError } from "../core/errors.ts";
import type { RunReport } from "../core/store.ts";
import { runsBeginning } from "../state/run-ids.ts";
import { formatRuns, formatWholeReport } from "../status/runs-text.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { linksOf, type Memory, withMemory } from "./memory.ts";
import { findPlace, type Place, type PlaceOptions, withState } from "./place.ts";

interface RunsOptions extends PlaceOptions {
  readonly link?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const SHOWN = 20;

export function addRuns(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("runs [run]")
    .description("the reports of past runs: newest first, one line each; or one run's whole report")
    .option("--link <connection/link>", "only runs of this link")
    .option("--limit <n>", `how many`, toLimit, SHOWN)
    .option("--json", "print a list of reports, or the one report, as one line of JSON")
    .addHelpText("after", RUNS_HELP);
  withState(command).action(async (run: string | undefined, options: RunsOptions) => {
    const place = await findPlace(host, options);
    await withMemory(host, place, (memory) =>
      run === undefined ? list(host, place, memory, options) : one(host, memory, run, options),
    );
    end(EXIT.fine);
  });
}

const RUNS_HELP = `
A run is named by its id or the beginning of it, as the list and the log show it. Works beside a running daemon and without one.

Status:
  passed              everything that wanted work was done
  passed with errors  some records failed, others were synchronised: they are in \`syncline queue\`
  failed              records failed and none was synchronised
  error               the run could not go on: a tracker, the link's brakes, the configuration
  cancelled           somebody ended it

Exit code 0: shown; 3: there is no such run or link, or nothing ever ran here.

Examples:
  syncline runs --link payments/defects --limit 5
  syncline runs 3f2a`;

async function list(host: Host, place: Place, memory: Memory, options: RunsOptions): Promise<void> {
  if (options.link !== undefined) await linksOf(host, place, memory, options.link);
  const query = options.link === undefined ? {} : { link: options.link };
  const reports = memory.store.reports({ ...query, limit: options.limit });
  if (options.json === true) printJson(host, reports);
  else print(host, formatRuns(reports, host.now()));
}

async function one(host: Host, memory: Memory, run: string, options: RunsOptions): Promise<void> {
  const report = find(memory, run);
  if (options.json === true) printJson(host, report);
  else print(host, formatWholeReport(report, twinsOf(memory, report)));
}

const TWINS_LOOKED_AT = 200;

/** Other runs of the link that planned the very same writes: the dry run that somebody looked at before (B19). */
function twinsOf({ store }: Memory, { link, run, plan }: RunReport): readonly RunReport[] {
  if (plan === undefined || plan.writes === 0) return [];
  const others = store.reports({ link, limit: TWINS_LOOKED_AT });
  return others.filter((other) => other.run !== run && other.plan?.hash === plan.hash);
}

function find({ store, file }: Memory, run: string): RunReport {
  const exact = store.report(run);
  if (exact !== null) return exact;
  const [id, another] = runsBeginning(file, run.toLowerCase(), 2);
  const report = id === undefined ? null : store.report(id);
  if (report === null)
    throw new OperatorError(
      `No kept run's id begins with "${run}".`,
      "`syncline runs` lists the newest; older reports may have been cleared away.",
    );
  if (another !== undefined)
    throw new OperatorError(`More than one run's id begins with "${run}".`, "Give more of it.");
  return report;
}

export function toLimit(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1 to 999999 is due here.");
  return Number(text);
}
