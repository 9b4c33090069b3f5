import type { Connector } from "../core/connector.ts";
import { ConnectorError, OperatorError } from "../core/errors.ts";
import type { Emit, Queries, RunContext } from "../core/events.ts";
import type { RuleHost } from "../core/rules.ts";
import { type ConnectionConfig, type LinkConfig, SIDES, type Side } from "../core/snapshot.ts";
import type { LinkStore, RunCounts, RunReport, RunStatus } from "../core/store.ts";
import { BrakeStop } from "./decide/brake.ts";
import { listFrom, selectionIn } from "./decide/cursor.ts";
import { openSession } from "./open.ts";
import type { Session } from "./session.ts";
import { runSides } from "./sides.ts";
import type { Tally } from "./tally.ts";
import type { Sibling } from "./tree/siblings.ts";
import { RunTrouble } from "./trouble.ts";
import type { WorldCache } from "./world.ts";

/** What one run is given. */
export interface RunInput {
  readonly connection: ConnectionConfig;
  readonly link: LinkConfig;
  readonly revision: string;
  readonly rules: RuleHost | null;
  readonly full: boolean;
  readonly dryRun: boolean;
  readonly reason: string;
  /** Only records that one of these selects (X7). Absent: every record. */
  readonly queries?: readonly Queries[];
  /** Every pair is brought to what the mapping makes of it now, edited or not (T20). */
  readonly backfill?: true;
  readonly connectors: Readonly<Record<Side, Connector>>;
  readonly worlds: Readonly<Record<Side, WorldCache>>;
  /** Requests sent to a side's tracker so far; the run reports the difference. */
  readonly requests: (side: Side) => number;
  readonly store: LinkStore;
  /** Every link of the connection, this one too. */
  readonly siblings: readonly Sibling[];
  /** Most records that one of the link's latest runs wrote; null where there were too few runs to tell. */
  readonly usual: number | null;
  readonly emit: Emit;
  readonly now: () => number;
  readonly newId: () => string;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Does `work` so that everything it causes, requests included, is known to belong to the run. Absent: just does it. */
  readonly within?: <T>(context: RunContext, work: () => Promise<T>) => Promise<T>;
  /** Told of a bug that ended the run. */
  readonly fail: (error: unknown) => void;
}

/** What a run does between its opening and its report. */
export type Work = (session: Session, input: RunInput) => Promise<void>;

/**
 * One run of one link: settles what an earlier run left open, retries what is due, then works through both sides' changes. Never throws for
 * tracker trouble: the report says what happened. Cursors move only when both listings came to their end. `work`: another thing to do with
 * the link in the same order of runs, with the same brakes, journal and report.
 */
export async function runLink(input: RunInput, work: Work = runSides): Promise<RunReport> {
  const { connection, link, revision, now } = input;
  const context: RunContext = { revision, connection: connection.name, link: link.key, run: input.newId() };
  const started = now();
  const before = { left: input.requests("left"), right: input.requests("right") };
  const kind: RunReport["kind"] =
    input.full || SIDES.some((side) => cursorOf(input, side) === null) ? "full" : "incremental";
  input.emit({ event: "run.started", context, kind, reason: input.reason, dryRun: input.dryRun });
  const session = openSession(input, context);
  const within = input.within ?? ((_context, act) => act());
  const { trouble, plan } = await within(context, () => attempt(session.ready, input, context, work));
  const tally = session.tally;
  const status = statusOf(trouble, tally.totals());
  if (trouble !== null)
    tally.say({
      level: "error",
      endpoint: trouble.endpoint,
      record: null,
      field: trouble.field,
      message: trouble.message,
    });
  const ended = now();
  const { paired, conflicts } = tally.totals();
  const outcome = { kind, status, counts: countsOf(input, tally.counts, before), paired, conflicts };
  const reason = trouble?.message ?? "";
  input.emit({ event: "run.ended", context, ...outcome, tookMs: ended - started, reason });
  return {
    ...{ run: context.run, link: link.key, revision },
    ...outcome,
    ...{ dryRun: input.dryRun, reason: input.reason, started, ended },
    ...(input.store.stop() === null || input.dryRun ? {} : { stopped: true as const }),
    ...(trouble?.host === true ? { host: true as const } : {}),
    ...(plan === null ? {} : { plan }),
    ...queuedIn(input),
    ...tally.messages(),
  };
}

const MOST_QUEUED = 10_000;

function queuedIn({ store }: RunInput): Pick<RunReport, "queued"> {
  const queued = store.retries(MOST_QUEUED).length;
  return queued === 0 ? {} : { queued };
}

interface Trouble {
  readonly endpoint: string;
  readonly field: string | null;
  readonly message: string;
  readonly cancelled: boolean;
  /** The host is not set up for the run. */
  readonly host?: true;
}

async function attempt(
  ready: () => Promise<Session>,
  input: RunInput,
  context: RunContext,
  work: Work,
): Promise<{ readonly trouble: Trouble | null; readonly plan: NonNullable<RunReport["plan"]> | null }> {
  try {
    const session = await ready();
    await work(session, input);
    return { trouble: null, plan: work === runSides ? session.writes.sum() : null };
  } catch (error) {
    return { trouble: troubleOf(error, input, context), plan: null };
  }
}

function cursorOf(input: RunInput, side: Side): string | null {
  return listFrom(input.store.cursor(side), selectionIn(input.connection, input.link, side));
}

function troubleOf(error: unknown, input: RunInput, context: RunContext): Trouble {
  const cancelled = input.signal.aborted;
  if (error instanceof BrakeStop) return stopLink(error, input, context);
  if (cancelled) return { endpoint: "", field: null, message: `cancelled: ${String(input.signal.reason)}`, cancelled };
  if (error instanceof RunTrouble)
    return { endpoint: error.endpoint, field: error.field, message: error.message, cancelled };
  if (error instanceof ConnectorError)
    return { endpoint: blamed(error, input), field: error.field, message: error.message, cancelled };
  if (error instanceof OperatorError)
    return {
      ...{ endpoint: "", field: null, cancelled, host: true },
      message: `${error.message.replace(/\.$/, "")}; ${error.hint}`,
    };
  // A bug ends this run and no other; what was recorded before it stands.
  input.fail(error);
  return {
    endpoint: "",
    field: null,
    message: `a bug ended the run: ${String(error)}; the log has its place`,
    cancelled,
  };
}

/** Every message of a connector begins with its endpoint's name. */
function blamed({ message }: ConnectorError, { link }: RunInput): string {
  const side = SIDES.find((each) => message.startsWith(`${link[each].endpoint}: `));
  return side === undefined ? "" : link[side].endpoint;
}

/** The link stays stopped until `syncline resume`: nothing of it is written meanwhile. */
function stopLink(error: BrakeStop, input: RunInput, context: RunContext): Trouble {
  const { brake, side, would, message } = error;
  if (!input.dryRun) {
    const { run, revision } = context;
    const stop = { brake, side, reason: message, would, run, revision, since: input.now(), allowed: null };
    input.store.commit({ stop });
  }
  input.emit({ event: "link.stopped", context, brake, message, would });
  return { endpoint: input.link[side].endpoint, field: null, message, cancelled: false };
}

/** E126. */
function statusOf(trouble: Trouble | null, totals: ReturnType<Tally["totals"]>): RunStatus {
  if (trouble !== null) return trouble.cancelled ? "cancelled" : "error";
  if (totals.failed === 0) return "passed";
  return totals.written + totals.paired + totals.partly > 0 ? "passed with errors" : "failed";
}

function countsOf(
  input: RunInput,
  counts: Readonly<Record<Side, Omit<RunCounts, "requests">>>,
  before: Readonly<Record<Side, number>>,
): Record<string, RunCounts> {
  return Object.fromEntries(
    SIDES.map((side) => [
      input.link[side].endpoint,
      { ...counts[side], requests: input.requests(side) - before[side] },
    ]),
  );
}
