import type { Commands } from "../control/protocol.ts";
import { serveControl } from "../control/server.ts";
import type { Event } from "../core/events.ts";
import type { RunReport } from "../core/store.ts";
import { createRedactor } from "../lib/redact.ts";
import { type Ambient, type Engine, openEngine, type Settings, scheduleLinks } from "../main.ts";
import { openSecrets } from "../state/secrets.ts";
import { createStatusCollector } from "../status/collector.ts";
import type { Log } from "../status/log.ts";
import { type StatusReport, statusReport } from "../status/report.ts";
import { VERSION } from "../version.ts";
import { createActions } from "./actions.ts";
import { endpointsByLink } from "./active.ts";
import { type Ground, onDaemonGround } from "./ground.ts";
import type { Host } from "./host.ts";
import { answerDrift, answerWhyNot } from "./look-orders.ts";

export interface ServeOptions {
  readonly settings: Settings;
  readonly secrets: string | null;
  /** Made with a redactor that knows every secret read so far. */
  readonly logs: (redact: (text: string) => string) => readonly Log[];
}

/** A daemon that runs: configuration watched, triggers planned, command line answered. */
export interface Serving {
  readonly engine: Engine;
  status(): StatusReport;
  run(link: string, full: boolean, reason: string): Promise<RunReport>;
  /** Ends runs at the next record, then everything else. */
  close(): Promise<void>;
}

export async function serve(host: Host, options: ServeOptions): Promise<Serving> {
  const { settings } = options;
  const collector = createStatusCollector({ now: host.now });
  const early: string[] = [];
  const secrets = openSecrets(options.secrets, { note: (message) => void early.push(message) });
  const logs = options.logs(createRedactor(secrets.values));
  const emit = (event: Event) => {
    collector.emit(event);
    for (const log of logs) log.emit(event);
  };
  const fail = (error: unknown) => {
    for (const log of logs) log.trouble(error);
  };
  const ambient: Ambient = { emit, fail, secrets, now: host.now, random: host.random, signal: host.signal };
  const engine = await openEngine(settings, ambient);
  const { publisher, runner, store, state } = engine;
  await state.update((data) => ({
    ...data,
    host: { repository: settings.repository, branch: settings.branch, secrets: options.secrets },
  }));
  emit({
    event: "daemon.started",
    repository: engine.repository.location,
    branch: engine.repository.branch(),
    state: settings.state,
    version: VERSION,
  });
  const scheduler = scheduleLinks(engine, ambient);
  const live = {
    descriptions: new Map<string, string>() as ReadonlyMap<string, string>,
    endpoints: new Map<string, readonly [string, string]>() as ReadonlyMap<string, readonly [string, string]>,
  };
  publisher.onActive(({ connections }) => {
    const told = connections.flatMap(({ links, description }) => links.map(({ key }) => [key, description] as const));
    live.descriptions = new Map(told);
    live.endpoints = endpointsByLink(connections);
  });

  const status = (): StatusReport =>
    statusReport({
      ...{
        now: host.now(),
        store,
        heldCount: store.heldCount,
        facts: collector.facts(),
        pid: process.pid,
        links: [...live.descriptions.keys()],
        describe: (link) => live.descriptions.get(link) ?? "",
        endpoints: (link) => live.endpoints.get(link) ?? null,
      },
      ...{ active: state.data.publish.active, history: publisher.status().history, wanted: publisher.status().wanted },
      due: scheduler.planned(),
    });
  const run = (link: string, full: boolean, reason: string) =>
    runner.run({ link, full, dryRun: false, reason, due: null });
  const begun = Promise.withResolvers<void>();
  const ready = async (): Promise<void> => {
    await begun.promise;
    if (publisher.status().active === null) await publisher.settled();
  };
  const look = async <T>(work: (ground: Ground) => Promise<T>): Promise<T> => {
    await ready();
    return onDaemonGround(engine, scheduler, host, work);
  };
  const commands: Commands = {
    status: async () => status(),
    async sync(order) {
      // Asked in the first second of its life, or before its first commit is judged.
      await begun.promise;
      if (publisher.status().active === null) await publisher.settled();
      return runner.run({ ...order, reason: "command line", due: null });
    },
    wake: async () => {
      await publisher.settled();
      return status();
    },
    whyNot: (order) => look((ground) => answerWhyNot(ground, order)),
    ...createActions(engine, ready),
    drift: (order) => look((ground) => answerDrift(ground, order)),
  };
  const control = await serveControl(settings.state, commands, fail);
  await publisher.start(host.signal);
  begun.resolve();
  return {
    ...{ engine, status, run },
    async close() {
      emit({ event: "daemon.stopping", reason: String(host.signal.reason ?? "asked to") });
      await scheduler.stop();
      await control.close();
      await engine.close();
      for (const log of logs) log.flush();
    },
  };
}
