import { randomUUID } from "node:crypto";
import { flushCompileCache } from "node:module";
import "../../daemon/commands/start.ts";
import "../../daemon/commands/sync.ts";
import type { Host } from "../../daemon/commands/host.ts";
import { serve } from "../../daemon/commands/serve.ts";
import type { RunReport, Store } from "../../daemon/core/store.ts";
import { sleep } from "../../daemon/lib/sleep.ts";
import { createLog } from "../../daemon/status/log.ts";
import { createRunner } from "../../daemon/sync/runner.ts";
import { type Point, type Step, steppedConnector, steppedStore, tellWrites } from "./steps.ts";

/** What a process that waits with all modules loaded is told to become. */
export type Order =
  /** `syncline start` itself, by the command line's own entry. */
  | { readonly be: "syncline"; readonly args: readonly string[] }
  /** The same daemon, whose runs pass store and connectors that know the steps. `settleMs` bounds every wait of a run. */
  | {
      readonly be: "stepped";
      readonly repo: string;
      readonly state: string;
      readonly secrets: string;
      readonly log: string;
      readonly settleMs: number;
    };

/** Asked of a stepped daemon: a run, in which it kills itself at `point`. */
export interface Ask {
  readonly full: boolean;
  readonly point: Point | null;
  /** Links, by their names, one after the other. */
  readonly links: readonly string[];
}

/** Its answers. `met`: how often the run met each step. */
export type Told =
  | { readonly told: "loaded" }
  | { readonly told: "ready" }
  | { readonly told: "run"; readonly report: unknown; readonly met: Readonly<Partial<Record<Step, number>>> }
  | { readonly told: "failed"; readonly why: string };

process.once("disconnect", () => process.exit(0));
process.once("message", (order: Order) => {
  become(order).catch((error: unknown) => tell({ told: "failed", why: String((error as Error).stack ?? error) }));
});
// A killed process keeps nothing of what it compiled.
flushCompileCache();
tell({ told: "loaded" });

function tell(told: Told): void {
  process.send?.(told);
}

async function become(order: Order): Promise<void> {
  if (order.be === "stepped") return beStepped(order);
  process.argv.splice(2, process.argv.length, ...order.args);
  await import("../../daemon/cli.ts");
}

async function beStepped(order: Extract<Order, { be: "stepped" }>): Promise<void> {
  const run: { point: Point | null; met: Partial<Record<Step, number>> } = { point: null, met: {} };
  const meet = (step: Step): void => {
    const nth = (run.met[step] ?? 0) + 1;
    run.met[step] = nth;
    if (run.point?.step === step && run.point.nth === nth) process.kill(process.pid, "SIGKILL");
  };
  tellWrites(meet);
  const stop = new AbortController();
  const host: Host = {
    ...{ stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() },
    ...{ now: Date.now, random: Math.random, signal: stop.signal },
  };
  const { engine } = await serve(host, {
    settings: {
      ...{ repository: order.repo, branch: null, state: order.state, environment: process.env },
      ...{ address: () => null, fetchMs: null },
    },
    secrets: order.secrets,
    logs: (redact) => [createLog({ destination: order.log, pretty: false, level: "warn", redact, now: Date.now })],
  });
  const store: Store = engine.store;
  const runner = createRunner({
    source: engine.publisher.source,
    open: async (connection, endpoint) => {
      const opened = await engine.pool.open(connection, endpoint);
      const side = endpoint.name === "alm" ? "left" : "right";
      return { connector: steppedConnector(opened.connector, side, meet), requests: opened.requests };
    },
    ...{ store: steppedStore(store, meet), emit: () => undefined, now: Date.now, newId: randomUUID },
    wait: (ms, signal) => sleep(Math.min(ms, order.settleMs), signal),
    signal: stop.signal,
    fail: (error) => tell({ told: "failed", why: String(error) }),
  });
  await engine.publisher.settled();
  const runAll = async ({ full, links }: Ask) => {
    const reports: RunReport[] = [];
    for (const link of links)
      reports.push(await runner.run({ link: `kill/${link}`, full, dryRun: false, reason: "soak", due: null }));
    return reports.find(({ status }) => status !== "passed") ?? reports.at(-1);
  };
  process.on("message", (ask: Ask) => {
    Object.assign(run, { point: ask.point, met: {} });
    runAll(ask)
      .then((report) => tell({ told: "run", report, met: run.met }))
      .catch((error: unknown) => tell({ told: "failed", why: String((error as Error).stack ?? error) }));
  });
  tell({ told: "ready" });
}
