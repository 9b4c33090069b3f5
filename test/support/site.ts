import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { findDaemon } from "../../daemon/control/client.ts";
import type { SyncOrder } from "../../daemon/control/protocol.ts";
import type { AgileManagerOptions } from "../../daemon/sandbox/agile-manager/index.ts";
import type { AlmOptions } from "../../daemon/sandbox/alm/index.ts";
import { type GitBox, gitBox, isolatedEnv } from "../unit/config-git/git-box.ts";
import { type Ended, objectOf, syncline } from "./command.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
import { type SampleOptions, sampleFiles, writeSecrets } from "./sample.ts";
import { startTrackers, type Trackers } from "./trackers.ts";

export interface SiteOptions extends Pick<SampleOptions, "triggers" | "edit"> {
  readonly trackers?: { readonly alm?: AlmOptions; readonly agm?: AgileManagerOptions };
}

/** All that a daemon needs, in one temporary folder: two trackers, a bare repository with a clone, secrets, an empty state folder. */
export interface Site {
  readonly box: GitBox;
  readonly env: Readonly<Record<string, string>>;
  readonly trackers: Trackers;
  readonly bare: string;
  readonly clone: string;
  readonly state: string;
  readonly secrets: string;
  /** The sample's files, pointed at these trackers. */
  files(options?: SampleOptions): Record<string, string>;
  /** Commits and pushes; the revision. */
  publish(files: Readonly<Record<string, string | Uint8Array | null>>, message?: string): string;
  head(): string;
  start(options?: Partial<DaemonOptions>): Daemon;
  /** Runs a command with the site's environment. */
  run(args: readonly string[], timeoutMs?: number): Promise<Ended>;
  /** Asks the running daemon for a run, as `syncline sync` does, without the second that another process takes to start. */
  ask(order?: Partial<SyncOrder>): Promise<Report>;
  /** `syncline sync payments/defects --json` and its report. */
  sync(...args: string[]): Promise<{ readonly ended: Ended; readonly report: Report }>;
}

/** As much of a run report as tests look at. */
export interface Report {
  readonly run: string;
  readonly revision: string;
  readonly kind: string;
  readonly status: string;
  readonly paired: number;
  readonly conflicts: number;
  readonly counts: Readonly<
    Record<string, Readonly<Record<"read" | "created" | "updated" | "deleted" | "failed" | "requests", number>>>
  >;
  readonly messages: readonly {
    readonly level: string;
    readonly endpoint: string;
    readonly record: string | null;
    readonly field: string | null;
    readonly message: string;
  }[];
}

export const LINK = "payments/defects";

/** A few records instead of hundreds, for tests that are not about the load. */
export const SMALL: NonNullable<SiteOptions["trackers"]> = { alm: { content: "empty" }, agm: { content: "empty" } };

export async function openSite(t: TestContext, options: SiteOptions = {}): Promise<Site> {
  const trackers = await startTrackers(t, options.trackers);
  const box = await gitBox(t);
  const env = isolatedEnv(box.root);
  const urls = { alm: trackers.alm.url, agm: trackers.agm.url };
  const { triggers, edit } = options;
  const given = { ...urls, ...(triggers === undefined ? {} : { triggers }), ...(edit === undefined ? {} : { edit }) };
  const { bare, clone } = box.pair(sampleFiles(given));
  const state = box.path("state");
  const secrets = writeSecrets(box.path("secrets"), {
    "alm-payments": { user: text(trackers.alm.access["user"]), password: text(trackers.alm.access["password"]) },
    "agm-payments": {
      "client-id": text(trackers.agm.access["client-id"]),
      "client-secret": text(trackers.agm.access["client-secret"]),
    },
  });
  const run = (args: readonly string[], timeoutMs?: number) =>
    syncline(args, { env, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  return {
    ...{ box, env, trackers, bare, clone, state, secrets, run },
    files: (more = {}) => sampleFiles({ ...given, ...more }),
    publish(files, message) {
      const revision = box.commit(clone, files, message);
      box.push(clone);
      return revision;
    },
    head: () => box.git(clone, "rev-parse", "HEAD"),
    start: (more = {}) => startDaemon(t, { repo: bare, state, secrets, env, ...more }),
    async ask(order = {}) {
      const daemon = await daemonOf(state);
      return daemon.ask("sync", { link: LINK, full: false, dryRun: false, ...order });
    },
    async sync(...args) {
      const ended = await run(["sync", LINK, "--json", "--state", state, ...args]);
      if (ended.stdout === "") throw new Error(`no report, exit code ${ended.code}: ${ended.stderr}`);
      return { ended, report: objectOf(ended) as unknown as Report };
    },
  };
}

/** A daemon says that it has started a moment before it can be asked. */
export async function daemonOf(state: string): Promise<NonNullable<Awaited<ReturnType<typeof findDaemon>>>> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const daemon = await findDaemon(state);
    if (daemon !== null) return daemon;
    await wait(20);
  }
  throw new Error("no daemon runs");
}

/** Writes of a run on one endpoint. */
export function written(report: Report, endpoint: string): number {
  const counts = report.counts[endpoint];
  return counts === undefined ? Number.NaN : counts.created + counts.updated + counts.deleted;
}

function text(value: string | number | undefined): string {
  return String(value);
}
