import { randomUUID } from "node:crypto";
import { createPool } from "../../daemon/connectors/pool.ts";
import { connectorTypes } from "../../daemon/connectors/registry.ts";
import type { Event } from "../../daemon/core/events.ts";
import type { Snapshot } from "../../daemon/core/snapshot.ts";
import type { RunReport, Store } from "../../daemon/core/store.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import type { Work } from "../../daemon/sync/run.ts";
import { createRunner } from "../../daemon/sync/runner.ts";

export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface RunOptions {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly backfill?: boolean;
  readonly work?: Work;
}

/** Runs in the test's own process, with a memory of their own, of whatever snapshot is live. A bug of a run is thrown. */
export interface Runs {
  readonly store: Store;
  readonly events: Event[];
  /** `link`: `connection/name`. An incremental run after the first. */
  run(link: string, options?: RunOptions): Promise<RunReport>;
  /** The snapshot goes live; the memory stays. */
  activate(snapshot: Snapshot): void;
  /** Minutes pass on the daemon's clock. */
  pass(minutes: number): void;
  /** Safe to call twice. */
  close(): Promise<void>;
}

export function openRuns(first: Snapshot, secrets: Secrets, now: () => number = Date.now): Runs {
  const state = { snapshot: first, ahead: 0 };
  const clock = () => now() + state.ahead;
  const stop = new AbortController();
  const store = openSqliteStore(":memory:", { now: clock });
  const events: Event[] = [];
  const emit = (event: Event) => void events.push(event);
  const pool = createPool({
    types: connectorTypes,
    http: (onRequest) => createHttp({ userAgent: "syncline-test", now: Date.now, random: Math.random, onRequest }),
    secret: async (name) => secrets[name] ?? {},
    emit,
    now: clock,
    address: () => null,
  });
  const runner = createRunner({
    source: { lease: () => ({ snapshot: state.snapshot, release: () => undefined }) },
    ...{ open: pool.open, store, emit, now: clock, newId: randomUUID, signal: stop.signal },
    wait: async (ms) => {
      state.ahead += ms;
    },
    fail: (error) => {
      throw error;
    },
  });
  return {
    ...{ store, events },
    run: (link, { full = false, dryRun = false, backfill = false, work } = {}) =>
      runner.run({ link, full, dryRun, ...(backfill ? { backfill } : {}), reason: "test", due: null }, work),
    activate(snapshot) {
      state.snapshot = snapshot;
    },
    pass(minutes) {
      state.ahead += minutes * 60_000;
    },
    async close() {
      if (stop.signal.aborted) return;
      stop.abort();
      await pool.close();
      store.close();
    },
  };
}
