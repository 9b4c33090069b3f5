import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createPool } from "../../daemon/connectors/pool.ts";
import { connectorTypes } from "../../daemon/connectors/registry.ts";
import type { ConnectionConfig, EndpointConfig, Snapshot } from "../../daemon/core/snapshot.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { sleep } from "../../daemon/lib/sleep.ts";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import { createLog } from "../../daemon/status/log.ts";
import { createRunner } from "../../daemon/sync/runner.ts";
import { endpoint, ORIGIN, sampleLink } from "../support/defects.ts";
import { serveParent } from "./child.ts";
import { openSampleRules, type SampleRules, withReads } from "./sample-rules.ts";
import { type Access, type Job, measured, type SubjectGiven } from "./subject.ts";

/** Syncline without its config plane: pool, store on the disk, log to a file, runner. */
serveParent(async ({ alm, agm, folder, rules: ruled }: SubjectGiven) => {
  const secrets = new Map([
    ["alm", { user: String(alm["user"]), password: String(alm["password"]) }],
    ["agm", { "client-id": String(agm["client-id"]), "client-secret": String(agm["client-secret"]) }],
  ]);
  const { emit, flush } = createLog({
    destination: join(folder, "syncline.log"),
    pretty: false,
    level: "info",
    redact: (text) => text,
    now: Date.now,
  });
  const store = openSqliteStore(join(folder, "links.sqlite"), { now: Date.now });
  const pool = createPool({
    types: connectorTypes,
    http: (onRequest) => createHttp({ userAgent: "syncline-bench", now: Date.now, random: Math.random, onRequest }),
    secret: async (name) => secrets.get(name) ?? {},
    emit,
    now: Date.now,
    address: () => null,
  });
  const stop = new AbortController();
  const rules = ruled ? await openSampleRules(sampleLink().key, stop.signal) : null;
  const snapshot = snapshotOf(alm, agm, rules);
  const runner = createRunner({
    fail: console.error,
    source: { lease: () => ({ snapshot, release: () => undefined }) },
    ...{ open: pool.open, store, emit, now: Date.now, newId: randomUUID, wait: sleep, signal: stop.signal },
  });

  async function run(full: boolean): Promise<void> {
    const link = snapshot.connections[0]?.links[0]?.key ?? "";
    const report = await runner.run({ link, full, dryRun: false, reason: "bench", due: null });
    if (report.status !== "passed") {
      throw new Error(`the run ended as "${report.status}": ${JSON.stringify(report.messages.slice(0, 3))}`);
    }
  }

  return {
    commands: {
      // Signs in, reads schemas, and moves the cursor past what an earlier phase wrote.
      ready: () => run(false),
      run: ({ phase }: Job) => measured(() => run(phase === "full")),
    },
    async close() {
      stop.abort();
      await runner.idle();
      await pool.close();
      await rules?.host.close();
      store.close();
      flush();
    },
  };
});

function snapshotOf(alm: Access, agm: Access, rules: SampleRules | null): Snapshot {
  const link = withReads(sampleLink());
  const connection: ConnectionConfig = {
    name: link.connection,
    description: "",
    left: opened("alm", "alm", { url: alm["url"], domain: alm["domain"], project: alm["project"], zone: "UTC" }),
    right: opened("agm", "agile-manager", {
      ...{ url: agm["url"], workspace: agm["workspace"] },
      fields: { user_01_d: "number", user_02: "option[]", user_04: "date" },
    }),
    links: [link],
    origin: ORIGIN,
  };
  const connections = [rules === null ? connection : rules.applied(connection)];
  return { revision: "bench", digest: "", connections, rules: rules?.host ?? null, warnings: [] };
}

function opened(name: string, type: string, table: unknown): EndpointConfig {
  const settings = connectorTypes.find((t) => t.type === type)?.settings(table);
  if (settings?.ok !== true) throw new Error(JSON.stringify(settings));
  return endpoint(name, type, settings.value);
}
