import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { findDaemon } from "../control/client.ts";
import { OperatorError } from "../core/errors.ts";
import { STORE_FILE } from "../main.ts";
import { openSqliteStore, type SqliteStore } from "../state/sqlite-store.ts";
import { formatStatus } from "../status/format.ts";
import { type StatusReport, statusReport } from "../status/report.ts";
import { activeConnections, endpointsByLink } from "./active.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type Place, type PlaceOptions, withState } from "./place.ts";

export function addStatus(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("status")
    .description("what is active, how each link's last run went, what waits")
    .option("--json", "print one JSON object")
    .addHelpText("after", STATUS_HELP);
  withState(command).action(async (options: PlaceOptions & { json?: boolean }) => {
    const report = await readStatus(host, await findPlace(host, options));
    if (options.json === true) printJson(host, report);
    else print(host, formatStatus(report));
    end(isWell(report) ? EXIT.fine : EXIT.wrong);
  });
}

const STATUS_HELP = `
Asks the running daemon; where none runs, reads what it left in the state folder.
Exit code 0: the wanted revision is active and no link's last run was in error; 1: otherwise; 3: nothing ever ran here.`;

async function readStatus(host: Host, place: Place): Promise<StatusReport> {
  const daemon = await findDaemon(place.settings.state);
  if (daemon !== null) return (await daemon.ask("status")) as StatusReport;
  const file = join(place.settings.state, STORE_FILE);
  if (!(await exists(file))) {
    throw new OperatorError(
      `No daemon has ever run on ${place.settings.state}.`,
      "Start one with `syncline start`, or name its folder with --state.",
    );
  }
  const store = openSqliteStore(file, { now: host.now });
  try {
    const { publish } = place.remembered;
    const input = {
      now: host.now(),
      store,
      heldCount: store.heldCount,
      facts: null,
      pid: null,
      active: publish.active,
      history: publish.history,
    };
    const endpoints = await endpointsOf(store, place, host.signal);
    return {
      ...statusReport({ ...input, endpoints: (link) => endpoints.get(link) ?? null, links: null, due: [] }),
      repository: place.settings.repository,
      state: place.settings.state,
    };
  } finally {
    store.close();
  }
}

/** Only where some link has no report yet: else the reports know. */
async function endpointsOf(store: SqliteStore, place: Place, signal: AbortSignal) {
  const isKnown = store.links().every((link) => store.reports({ link, limit: 1 }).length > 0);
  return endpointsByLink(isKnown ? [] : await activeConnections(place, signal));
}

function isWell(report: StatusReport): boolean {
  return (
    report.converged &&
    report.links.every(
      (link) => link.stopped === null && link.lastRun?.status !== "error" && link.lastRun?.status !== "failed",
    )
  );
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
