import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { buildCandidate, buildTests, type TestsBuilt } from "./config/build.ts";
import { type Environment, findGit } from "./config/git/git-binary.ts";
import { openRepository, type Repository } from "./config/git/repository.ts";
import { EMPTY_RECORD, type PublishMemory, type PublishRecord } from "./config/publish/memory.ts";
import type { Workshop } from "./config/publish/prepare.ts";
import { createPublisher, type Publisher } from "./config/publish/publisher.ts";
import { createTypeChecker } from "./config/rules/typecheck.ts";
import type { CommitTree } from "./config/tree.ts";
import { createPool, type Pool } from "./connectors/pool.ts";
import { connectorTypes } from "./connectors/registry.ts";
import type { Emit, Event, RunContext } from "./core/events.ts";
import type { RunReport } from "./core/store.ts";
import { createHttp, type HttpOptions } from "./lib/http.ts";
import { sleep } from "./lib/sleep.ts";
import { openRuleHost } from "./rulehost/open.ts";
import { openTestHost } from "./rulehost/open-tests.ts";
import { lockState } from "./state/lock.ts";
import type { Secrets } from "./state/secrets.ts";
import { openSmallState, readSmallState, type SmallState } from "./state/small-state.ts";
import { openSqliteStore, type SqliteStore } from "./state/sqlite-store.ts";
import { resumeByPublish } from "./sync/hand/resume.ts";
import { createRunner, type Runner } from "./sync/runner.ts";
import { NO_TRIGGERS, type TriggerData } from "./triggers/memory.ts";
import { createScheduler, type Scheduler } from "./triggers/scheduler.ts";
import { cronTicker } from "./triggers/ticker.ts";

/** What the host decides; nothing of it stands in the watched repository. */
export interface Settings {
  /** Path or address of the repository with the configuration. */
  readonly repository: string;
  /** Null: the branch that the repository's HEAD names. */
  readonly branch: string | null;
  /** Folder of the daemon's memory; one daemon a folder. */
  readonly state: string;
  readonly environment: Environment;
  /** The host's word over an endpoint's configured address; null: as configured. */
  readonly address: (connection: string, endpoint: string) => string | null;
  /** Milliseconds between two fetches of a remote repository. */
  readonly fetchMs: number | null;
  /** How long the journal remembers, in milliseconds. Absent: `RETENTION`. */
  readonly keepJournalMs?: number;
}

const DAY_MS = 86_400_000;

/** What the state folder keeps of the past: enough for a year of questions, and no more than a disk bears. */
const RETENTION = { journalAgeMs: 365 * DAY_MS, journalEntries: 1_000_000, reportsPerLink: 500 } as const;

/** What everything else is built with. */
export interface Ambient {
  readonly emit: Emit;
  readonly secrets: Secrets;
  readonly now: () => number;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of a bug or a broken disk that has no run to be reported in. */
  readonly fail: (error: unknown) => void;
}

/** The daemon's small state: one document in the state folder. */
export interface DaemonState {
  readonly host: { readonly repository: string; readonly branch: string | null; readonly secrets: string | null };
  readonly publish: PublishRecord;
  readonly triggers: TriggerData["triggers"];
}

const NO_STATE: DaemonState = {
  host: { repository: "", branch: null, secrets: null },
  publish: EMPTY_RECORD,
  triggers: NO_TRIGGERS.triggers,
};

export const STATE_FILE = "daemon.json";
export const STORE_FILE = "links.sqlite";

/** Builds and checks configuration: the same for the daemon, `check`, and a hook. */
export function openWorkshop(): Workshop & { close(): Promise<void> } {
  const typecheck = createTypeChecker();
  return {
    build: (tree, signal, facts) =>
      buildCandidate(tree, { connectorTypes, typecheck, signal, ...(facts === undefined ? {} : { facts }) }),
    openRules: (bundle, signal) => openRuleHost(bundle, { signal }),
    close: () => typecheck.close(),
  };
}

/** Builds and opens rules together with their tests, for `syncline test`. */
export interface TestWorkshop {
  build(tree: CommitTree, signal: AbortSignal): Promise<TestsBuilt>;
  open: typeof openTestHost;
  close(): Promise<void>;
}

export function openTestWorkshop(): TestWorkshop {
  const typecheck = createTypeChecker();
  return {
    build: (tree, signal) => buildTests(tree, { connectorTypes, typecheck, signal }),
    open: openTestHost,
    close: () => typecheck.close(),
  };
}

export async function openConfigRepository(
  settings: Settings,
  ambient: Pick<Ambient, "emit" | "now" | "signal">,
  mayBeAbsent = false,
): Promise<Repository> {
  const options = {
    mayBeAbsent,
    branch: settings.branch,
    state: settings.state,
    git: await findGit(settings.environment, ambient.signal),
    now: ambient.now,
    note: (level: "debug" | "warn", message: string) => ambient.emit({ event: "config.watch", level, message }),
    ...(settings.fetchMs === null ? {} : { fetchMs: settings.fetchMs }),
  };
  return openRepository(settings.repository, options, ambient.signal);
}

/** How long a tracker is waited for, and how often asked again; absent: as a run does. */
export type Patience = Pick<HttpOptions, "timeoutMs" | "budget">;

export function openPool(
  settings: Pick<Settings, "address">,
  ambient: Pick<Ambient, "emit" | "now" | "random" | "secrets">,
  patience: Patience = {},
): Pool {
  const { emit, now, random, secrets } = ambient;
  return createPool({
    types: connectorTypes,
    http: (onRequest) => createHttp({ userAgent: "syncline", now, random, onRequest, ...patience }),
    secret: (name, keys) => secrets.read(name, keys),
    emit,
    now,
    address: settings.address,
  });
}

/** What a state folder says while somebody else may be writing it. */
export function readState(folder: string): Promise<DaemonState> {
  return readSmallState(join(folder, STATE_FILE), NO_STATE);
}

/** Everything that keeps links in step, not yet watching anything. */
export interface Engine {
  readonly repository: Repository;
  readonly publisher: Publisher;
  readonly store: SqliteStore;
  readonly state: SmallState<DaemonState>;
  readonly runner: Runner;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** Takes the state folder and builds the engine on it. Throws `OperatorError` where the host's set-up does not allow it. */
export async function openEngine(settings: Settings, ambient: Ambient): Promise<Engine> {
  const { emit, now, signal } = ambient;
  const lock = await lockState(settings.state);
  const state = await openSmallState<DaemonState>(join(settings.state, STATE_FILE), NO_STATE);
  const { host, publish } = state.data;
  const knows = publish.active !== null && host.repository === settings.repository;
  const repository = await openConfigRepository(settings, ambient, knows);
  const store = openSqliteStore(join(settings.state, STORE_FILE), { now });
  const workshop = openWorkshop();
  const publisher = createPublisher({
    repository,
    ...workshop,
    memory: publishMemory(state),
    state: settings.state,
    emit,
    now,
  });
  const runs = new AsyncLocalStorage<RunContext>();
  const pool = openPool(settings, { ...ambient, emit: (event) => emit(ofRun(event, runs.getStore())) });
  const runner = createRunner({
    source: publisher.source,
    open: pool.open,
    store,
    emit,
    now,
    newId: randomUUID,
    wait: sleep,
    signal,
    fail: ambient.fail,
    within: (context, work) => runs.run(context, work),
    settled: (report) => forgetOld(store, settings, report, ambient.fail),
  });
  publisher.onActive(({ revision, allows }) => tellResumed(resumeByPublish(store, revision, allows ?? []), emit));
  return {
    ...{ repository, publisher, store, state, runner, pool },
    async close() {
      await runner.idle();
      await publisher.close();
      await pool.close();
      await workshop.close();
      store.close();
      await lock.release();
    },
  };
}

/** After full runs, which come at a quiet hour. That something old stays is no reason to fail a run. */
function forgetOld(store: SqliteStore, settings: Settings, report: RunReport, fail: Ambient["fail"]): void {
  if (report.kind !== "full" || report.dryRun) return;
  try {
    store.prune({ ...RETENTION, journalAgeMs: settings.keepJournalMs ?? RETENTION.journalAgeMs });
  } catch (error) {
    fail(error);
  }
}

function tellResumed(links: readonly string[], emit: Emit): void {
  for (const link of links)
    emit({
      event: "config.watch",
      level: "warn",
      message: `The stopped link ${link} goes on: the commit says so (Allow-Changes).`,
    });
}

/** Requests and notes of a connector say of which run they are. */
function ofRun(event: Event, context: RunContext | undefined): Event {
  const mine = event.event === "endpoint.request" || event.event === "endpoint.note";
  return mine && context !== undefined ? { ...event, context } : event;
}

function publishMemory(state: SmallState<DaemonState>): PublishMemory {
  return {
    read: () => state.data.publish,
    async save(publish) {
      await state.update((data) => ({ ...data, publish }));
    },
  };
}

/** Runs the engine's links by their triggers, from the first snapshot that goes live. */
export function scheduleLinks(engine: Engine, ambient: Ambient): Scheduler {
  const { state, publisher, runner } = engine;
  const scheduler = createScheduler({
    memory: {
      get data() {
        return { triggers: state.data.triggers };
      },
      update: (change) => state.update((data) => ({ ...data, triggers: change({ triggers: data.triggers }).triggers })),
    },
    now: ambient.now,
    ticker: cronTicker(ambient.fail),
    run: async (request) => void (await runner.run(request)),
    emit: ambient.emit,
    fail: ambient.fail,
  });
  publisher.onActive(
    (snapshot) =>
      void scheduler.apply(
        snapshot.connections.flatMap((c) => c.links.flatMap((l) => l.triggers)).filter((t) => t.enabled !== false),
      ),
  );
  return scheduler;
}
