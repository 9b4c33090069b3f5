import type { Connector } from "../core/connector.ts";
import { OperatorError } from "../core/errors.ts";
import type { Emit, RunRequest } from "../core/events.ts";
import type { ConnectionConfig, EndpointConfig, LinkConfig, Side, Snapshot, SnapshotSource } from "../core/snapshot.ts";
import type { RunReport, Store } from "../core/store.ts";
import { type RunInput, runLink, type Work } from "./run.ts";
import { createWorldCache, type WorldCache } from "./world.ts";

export interface Runner {
  /**
   * Runs a link under the active snapshot, after any run of it that is under way. Throws `OperatorError` where nothing is active or the link
   * does not exist; tracker trouble is in the report.
   */
  run(request: RunRequest, work?: Work): Promise<RunReport>;
  /** Keys of the links that are running now. */
  running(): readonly string[];
  /** Waits for the runs under way; with an aborted signal they end at the next record. */
  idle(): Promise<void>;
}

export interface RunnerDeps {
  readonly source: SnapshotSource;
  readonly open: (
    connection: string,
    endpoint: EndpointConfig,
  ) => Promise<{ readonly connector: Connector; requests(): number }>;
  readonly store: Store;
  readonly emit: Emit;
  readonly now: () => number;
  readonly newId: () => string;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly fail: (error: unknown) => void;
  readonly within?: NonNullable<RunInput["within"]>;
  /** Told of every run once its report is kept. */
  readonly settled?: (report: RunReport) => void;
}

/** One run of a link at a time (no overlap); runs of different links go side by side. A run takes one lease and no other look at the snapshot (R2). */
export function createRunner(deps: RunnerDeps): Runner {
  const queues = new Map<string, Promise<unknown>>();
  const worlds = new WeakMap<Connector, WorldCache>();

  function worldOf(endpoint: string, connector: Connector): WorldCache {
    const known = worlds.get(connector) ?? createWorldCache(endpoint, connector, deps.now);
    worlds.set(connector, known);
    return known;
  }

  /** A disk that takes no report must not hide what the report says, least of all that the disk is full. */
  function keep(report: RunReport): RunReport {
    try {
      deps.store.saveReport(report);
      deps.settled?.(report);
      return report;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      deps.fail(error);
      const message = `this report is not kept: ${error.message} ${error.hint}`;
      const messages = [
        ...report.messages,
        { level: "error", endpoint: "", record: null, field: null, message } as const,
      ];
      return { ...report, messages, status: report.status === "cancelled" ? "cancelled" : "error" };
    }
  }

  async function runNow(request: RunRequest, work?: Work): Promise<RunReport> {
    const lease = deps.source.lease();
    if (lease === null)
      throw new OperatorError(
        "No configuration is active yet.",
        "Push one that passes `syncline check`, then try again.",
      );
    try {
      const { connection, link } = find(lease.snapshot, request.link);
      const left = await deps.open(connection.name, connection.left);
      const right = await deps.open(connection.name, connection.right);
      const opened: Record<Side, typeof left> = { left, right };
      const report = await runLink(
        {
          ...{ connection, link, revision: lease.snapshot.revision, rules: lease.snapshot.rules },
          ...{ full: request.full, dryRun: request.dryRun, reason: request.reason },
          ...(request.queries === undefined ? {} : { queries: request.queries }),
          ...(request.backfill === undefined ? {} : { backfill: request.backfill }),
          connectors: { left: left.connector, right: right.connector },
          worlds: {
            left: worldOf(connection.left.name, left.connector),
            right: worldOf(connection.right.name, right.connector),
          },
          requests: (side) => opened[side].requests(),
          ...{
            store: deps.store.link(link.key),
            siblings: connection.links.map((each) => ({ link: each, store: deps.store.link(each.key) })),
            usual: usualOf(deps.store, link.key),
            emit: deps.emit,
            now: deps.now,
            newId: deps.newId,
            wait: deps.wait,
            signal: deps.signal,
            fail: deps.fail,
            ...(deps.within === undefined ? {} : { within: deps.within }),
          },
        },
        work,
      );
      return keep(report);
    } finally {
      lease.release();
    }
  }

  return {
    run(request, work) {
      const before = queues.get(request.link) ?? Promise.resolve();
      if (queues.has(request.link)) deps.emit({ event: "run.queued", link: request.link, reason: request.reason });
      const mine = before.then(() => runNow(request, work));
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      queues.set(request.link, settled);
      void settled.then(() => {
        if (queues.get(request.link) === settled) queues.delete(request.link);
      });
      return mine;
    },
    running: () => [...queues.keys()],
    async idle() {
      await Promise.all(queues.values());
    },
  };
}

const RUNS_THAT_TELL = 5;
const RUNS_LOOKED_AT = 50;

function usualOf(store: Store, link: string): number | null {
  const runs = store.reports({ link, limit: RUNS_LOOKED_AT }).filter((r) => !r.dryRun && r.status === "passed");
  if (runs.length < RUNS_THAT_TELL) return null;
  return Math.max(...runs.map((r) => Object.values(r.counts).reduce((n, c) => n + c.created + c.updated, 0)));
}

function find(snapshot: Snapshot, key: string): { readonly connection: ConnectionConfig; readonly link: LinkConfig } {
  for (const connection of snapshot.connections) {
    const link = connection.links.find((l) => l.key === key);
    if (link !== undefined) return { connection, link };
  }
  const known = snapshot.connections.flatMap((c) => c.links.map((l) => l.key));
  throw new OperatorError(`There is no link "${key}".`, `The active configuration has: ${known.join(", ") || "none"}.`);
}
