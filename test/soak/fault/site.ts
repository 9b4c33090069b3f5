import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPool } from "../../../daemon/connectors/pool.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import type { ConnectionConfig, EndpointConfig, LinkConfig } from "../../../daemon/core/snapshot.ts";
import type { RunReport, Store } from "../../../daemon/core/store.ts";
import { createHttp } from "../../../daemon/lib/http.ts";
import { type AgileManagerSimulator, startAgileManagerSimulator } from "../../../daemon/sandbox/agile-manager/index.ts";
import { type AlmSimulator, startAlmSimulator } from "../../../daemon/sandbox/alm/index.ts";
import { createRandom, type Random } from "../../../daemon/sandbox/random.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../../daemon/state/sqlite-store.ts";
import { createRunner } from "../../../daemon/sync/runner.ts";
import { endpoint, ORIGIN, sampleLink } from "../../support/defects.ts";

export type End = "alm" | "agm";
export const ENDS: readonly End[] = ["alm", "agm"];

export interface SiteOptions {
  readonly seed: number;
  readonly link?: Partial<LinkConfig>;
  /** Links beside it: each run goes through them and back, so that what waits for another link is done by its end. */
  readonly also?: readonly LinkConfig[];
  /** When it all begins, milliseconds since 1970. */
  readonly start?: number;
  /** Hours that a clock is ahead of the true time. */
  readonly skew?: Partial<Readonly<Record<End | "daemon", number>>>;
  /** The zone of ALM's server clock, and whether the configuration names it. */
  readonly zone?: { readonly name: string; readonly told: boolean };
}

/** Both simulators, the real connectors and the engine in one process, with one clock that waits move on instead of lasting. */
export interface FaultSite {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
  readonly random: Random;
  /** Milliseconds that HTTP waited between attempts, so far. */
  readonly waited: () => number;
  /** What was asked of the daemon in vain: it threw instead of reporting. */
  run(full?: boolean): Promise<RunReport>;
  pass(minutes: number): void;
  /** Opens the store's file anew, as a restart does. */
  reopen(options?: Partial<SqliteStoreOptions>): void;
  /** Of the links, the sample link first. */
  readonly keys: readonly string[];
  readonly store: () => Store;
  readonly file: string;
  requests(): number;
  /** Stored and refused writes of anybody over HTTP. */
  writes(): number;
  close(): Promise<void>;
}

export const LINK = "payments/defects";
const START = Date.parse("2026-03-02T10:00:00Z");
const HOUR = 3_600_000;
/** Short pages, so that every listing has several. */
const PAGE = 5;

export async function openFaultSite(options: SiteOptions): Promise<FaultSite> {
  const clock = { ms: options.start ?? START, waited: 0 };
  const random = createRandom(options.seed);
  const at = (who: End | "daemon") => () => clock.ms + (options.skew?.[who] ?? 0) * HOUR;
  const zone = options.zone ?? { name: "UTC", told: true };
  // A server that can add to its lists, so that missing values can be made (S44).
  const alm = await startAlmSimulator({
    content: "empty",
    version: "24.1",
    zone: zone.name,
    clock: { now: at("alm") },
  });
  const switches = { entityLinks: "assumed" } as const;
  const agm = await startAgileManagerSimulator({ content: "empty", switches, clock: { now: at("agm") } });
  const folder = mkdtempSync(join(tmpdir(), "syncline-faults-"));
  const file = join(folder, "links.sqlite");
  const now = at("daemon");
  const state: { store: Store } = { store: openSqliteStore(file, { now }) };
  const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    alm: { user: String(alm.access["user"]), password: String(alm.access["password"]) },
    agm: { "client-id": String(agm.access["client-id"]), "client-secret": String(agm.access["client-secret"]) },
  };
  const stop = new AbortController();
  const sleep = async (ms: number) => {
    clock.ms += ms;
    clock.waited += ms;
  };
  const pool = createPool({
    types: connectorTypes,
    http: (onRequest) =>
      createHttp({
        ...{ userAgent: "syncline-faults", timeoutMs: ATTEMPT_MS, now, random: random.next, sleep },
        onRequest,
      }),
    secret: async (name) => secrets[name] ?? {},
    ...{ emit: () => undefined, now, address: () => null },
  });
  const link = sampleLink(options.link);
  const also = options.also ?? [];
  const keys = [link, ...also].map(({ key }) => key);
  const order = also.length === 0 ? keys : [...keys, ...keys.toReversed().slice(1)];
  const connection: ConnectionConfig = {
    ...{ name: link.connection, description: "", links: [link, ...also], origin: ORIGIN },
    left: opened("alm", "alm", {
      ...{ url: alm.url, domain: alm.access["domain"], project: alm.access["project"], page_size: PAGE },
      ...(zone.told ? { zone: zone.name } : {}),
    }),
    right: opened("agm", "agile-manager", {
      ...{ url: agm.url, workspace: agm.access["workspace"], page_size: PAGE },
      fields: { user_01_d: "number", user_06_s: "number", user_02: "option[]", user_04: "date" },
    }),
  };
  const snapshot = { revision: "r1", digest: "", connections: [connection], rules: null, warnings: [] };

  return {
    ...{ alm, agm, random, file },
    waited: () => clock.waited,
    store: () => state.store,
    keys,
    async run(full = false) {
      const runner = createRunner({
        source: { lease: () => ({ snapshot, release: () => undefined }) },
        ...{ open: pool.open, store: state.store, emit: () => undefined, now, newId: randomUUID, signal: stop.signal },
        wait: sleep,
        fail: () => undefined,
        within: (_context, work) => work(),
      });
      const reports: RunReport[] = [];
      for (const key of order)
        reports.push(await runner.run({ link: key, full, dryRun: false, reason: "soak", due: null }));
      return together(reports);
    },
    pass(minutes) {
      clock.ms += minutes * 60_000;
    },
    reopen(more = {}) {
      state.store.close();
      state.store = openSqliteStore(file, { now, ...more });
    },
    requests: () => alm.traffic.total() + agm.traffic.total(),
    writes: () => writesOf(alm.traffic.byRoute()) + writesOf(agm.traffic.byRoute()),
    async close() {
      stop.abort();
      await pool.close();
      await alm.close();
      await agm.close();
      state.store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One attempt of a request; what answers later is too slow. */
const ATTEMPT_MS = 1_500;

/** As one run: the first that did not pass, with what all of them told. */
function together(reports: readonly RunReport[]): RunReport {
  const [first] = reports;
  if (first === undefined) throw new Error("no link was run");
  const worst = reports.find(({ status }) => status !== "passed") ?? first;
  return { ...worst, messages: reports.flatMap(({ messages }) => messages) };
}

function writesOf(routes: Readonly<Record<string, number>>): number {
  return Object.entries(routes).reduce(
    (sum, [route, count]) =>
      /^(POST|PUT|DELETE) .*\/(defects|backlog_items|defect-links|entity_links|applications|items|requirements|features)/.test(
        route,
      )
        ? sum + count
        : sum,
    0,
  );
}

function opened(name: string, type: string, table: unknown): EndpointConfig {
  const settings = connectorTypes.find((t) => t.type === type)?.settings(table);
  if (settings?.ok !== true) throw new Error(JSON.stringify(settings));
  return endpoint(name, type, settings.value);
}
