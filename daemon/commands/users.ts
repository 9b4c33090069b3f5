import type { Command } from "commander";
import { ConnectorError } from "../core/errors.ts";
import type { ConnectionConfig, Side } from "../core/snapshot.ts";
import { openPool, openWorkshop } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { createSteps, type Steps } from "../status/steps.ts";
import { formatUsers } from "../status/users-text.ts";
import type { UserSeen } from "../sync/look/user-ways.ts";
import { lookAtUsers, type UsersReport } from "../sync/look/users.ts";
import { connectionIn, readTip } from "./connections.ts";
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
import { toLimit } from "./runs.ts";

interface UsersOptions extends PlaceOptions {
  readonly limit: number;
  readonly unresolved?: boolean;
  readonly onRecords?: boolean;
  readonly strict?: boolean;
  readonly worktree?: boolean;
  readonly json?: boolean;
}

const MOST_RECORDS = 100_000;

export function addUsers(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("users <connection>")
    .description(
      "every user seen in both trackers, and who stands for them on the other side: by which step, or nobody",
    )
    .option("--unresolved", "only those for whom nobody stands")
    .option("--on-records", "only those who stand in a mapped field of a record, not all whom a tracker lists")
    .option("--strict", "end with 1 where nobody stands for somebody")
    .option("--limit <n>", `most records looked at per entity type`, toLimit, MOST_RECORDS)
    .option(
      "--worktree",
      "by the files on the disk instead of the branch's tip: to try a users file before it is committed",
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", USERS_HELP);
  withSecrets(withState(withRepository(command))).action(async (name: string, options: UsersOptions) => {
    end(await users(host, name, options));
  });
}

const USERS_HELP = `
Before a run, says what the run would make of each user, by the same chain: value map, users file, e-mail address, default user, nobody. Users are those
whom a tracker lists and those who stand in a mapped field of users, also where the list does not have them any more. Reads those fields of every
record, page by page; writes nothing. A tracker that cannot list its users cannot be asked whether somebody exists there: a ? says so.

Exit code 0: shown; 1: with --strict, nobody stands for somebody; 3: no such connection; 4: a tracker did not answer.

Examples:
  syncline users payments --unresolved --on-records
  syncline users payments --worktree --strict`;

async function users(host: Host, name: string, options: UsersOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  requireRepository(place);
  const workshop = openWorkshop();
  const steps = createSteps(host.stderr);
  try {
    const tip = await readTip(host, place, workshop, options.worktree === true);
    const report = wanted(await look(host, place, connectionIn(tip, name), options.limit, steps), options);
    steps.end();
    if (options.json === true) printJson(host, toJson(name, tip.tree.revision, report, options));
    else print(host, formatUsers(report, options.unresolved === true));
    const unresolved = report.ways.some((way) => way.users.some((user) => user.unresolved));
    return options.strict === true && unresolved ? EXIT.wrong : EXIT.fine;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    steps.end();
    if (options.json === true) printJson(host, { connection: name, trouble: error.message });
    else print(host, `${name}: the trackers could not be asked: ${error.message}`);
    return EXIT.tracker;
  } finally {
    steps.end();
    await workshop.close();
  }
}

async function look(
  host: Host,
  place: Place,
  connection: ConnectionConfig,
  limit: number,
  steps: Steps,
): Promise<UsersReport> {
  const { now, random, signal } = host;
  const secrets = openSecrets(place.secrets, { note: (message) => void host.stderr.write(`${message}\n`) });
  const pool = openPool(place.settings, { emit: () => undefined, now, random, secrets });
  try {
    const open = async (side: Side) => (await pool.open(connection.name, connection[side])).connector;
    const connectors = { left: await open("left"), right: await open("right") };
    const progress = (endpoint: string, what: string, done: number, total: number | null) =>
      steps.say(
        `${endpoint}: reading the ${what}${done === 0 ? "" : `, ${done}${total === null ? "" : ` of ${total}`}`}`,
      );
    return await lookAtUsers({ connection, connectors, limit, signal, progress });
  } finally {
    await pool.close();
  }
}

function wanted(report: UsersReport, { onRecords }: UsersOptions): UsersReport {
  if (onRecords !== true) return report;
  const ways = report.ways.map((way) => ({ ...way, users: way.users.filter(({ records }) => records > 0) }));
  return { ...report, ways };
}

function toJson(connection: string, revision: string, { ways, cut }: UsersReport, { unresolved }: UsersOptions) {
  const shown = ways.map((way) => ({
    ...way,
    users: way.users.filter((user) => unresolved !== true || user.unresolved).map(userJson),
  }));
  const all = ways.flatMap((way) => way.users);
  const totals = {
    users: all.length,
    unresolved: all.filter((user) => user.unresolved).length,
    defaultUser: all.filter(
      (user) => !user.unresolved && user.standing.kind === "found" && user.standing.step === "default user",
    ).length,
  };
  return { connection, revision, totals, ways: shown, cut };
}

/** One flat object a user: `step` is "ambiguous" or "nobody" where no step answers, "left alone" where the mapping says so. */
function userJson({ standing, ...user }: UserSeen) {
  if (standing.kind === "found")
    return { ...user, step: standing.step, partner: standing.login, otherwise: standing.otherwise, message: null };
  const step = standing.kind === "unknown" ? "nobody" : standing.kind;
  const message = standing.kind === "left alone" ? null : standing.message;
  return { ...user, step, partner: null, otherwise: [], message };
}
