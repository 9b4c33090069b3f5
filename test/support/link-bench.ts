import { randomUUID } from "node:crypto";
import { buildCandidate } from "../../daemon/config/build.ts";
import { createTypeChecker } from "../../daemon/config/rules/typecheck.ts";
import { createPool } from "../../daemon/connectors/pool.ts";
import { connectorTypes } from "../../daemon/connectors/registry.ts";
import { type Diagnostic, formatDiagnostic } from "../../daemon/core/diagnostic.ts";
import type { Event } from "../../daemon/core/events.ts";
import type { Snapshot } from "../../daemon/core/snapshot.ts";
import type { RunReport, Store } from "../../daemon/core/store.ts";
import { createHttp } from "../../daemon/lib/http.ts";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import type { Work } from "../../daemon/sync/run.ts";
import { createRunner } from "../../daemon/sync/runner.ts";
import { textTree } from "../unit/config/corpus.ts";

/** One connection with any number of links, run in the test's own process against trackers that the test has started. */
export interface LinkBench {
  readonly store: Store;
  readonly events: Event[];
  /** An incremental run after the first; `link` is the name within the connection. */
  run(
    link: string,
    options?: { readonly full?: boolean; readonly dryRun?: boolean; readonly work?: Work },
  ): Promise<RunReport>;
  /** Another mapping goes live; the memory stays. */
  publish(mapping: string): Promise<void>;
  /** Minutes pass on the daemon's clock. */
  pass(minutes: number): void;
  close(): Promise<void>;
}

type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

const typecheck = createTypeChecker();
const { signal } = new AbortController();

/** Of a mapping `mappings/m.toml`: the connection is called `m`. */
export async function openLinkBench(
  mapping: string,
  secrets: Secrets,
  users: Readonly<Record<string, string>> = {},
  now: () => number = () => Date.now(),
): Promise<LinkBench> {
  const state = { snapshot: await snapshotOf(mapping, users), ahead: 0 };
  const clock = () => now() + state.ahead;
  const stop = new AbortController();
  const store = openSqliteStore(":memory:", { now: clock });
  const events: Event[] = [];
  const pool = createPool({
    types: connectorTypes,
    http: (onRequest) => createHttp({ userAgent: "syncline-test", now: Date.now, random: Math.random, onRequest }),
    secret: async (name) => secrets[name] ?? {},
    emit: (event) => void events.push(event),
    now: clock,
    address: () => null,
  });
  const runner = createRunner({
    source: { lease: () => ({ snapshot: state.snapshot, release: () => undefined }) },
    ...{ open: pool.open, store, now: clock, newId: randomUUID, signal: stop.signal },
    emit: (event) => void events.push(event),
    wait: async (ms) => {
      state.ahead += ms;
    },
    fail: (error) => {
      throw error;
    },
  });
  return {
    ...{ store, events },
    run: (link, { full = false, dryRun = false, work } = {}) =>
      runner.run({ link: `m/${link}`, full, dryRun, reason: "test", due: null }, work),
    async publish(text) {
      state.snapshot = await snapshotOf(text, users);
    },
    pass(minutes) {
      state.ahead += minutes * 60_000;
    },
    async close() {
      stop.abort();
      await pool.close();
      store.close();
    },
  };
}

/** What the check says of a mapping, worst first in each line of the file: errors, or warnings where there are none. */
export async function checkMapping(mapping: string): Promise<readonly Diagnostic[]> {
  const built = await build(mapping, {});
  return built.ok ? built.candidate.warnings : built.diagnostics;
}

function build(mapping: string, users: Readonly<Record<string, string>>) {
  const files = Object.fromEntries(Object.entries(users).map(([name, text]) => [`users/${name}.csv`, text]));
  return buildCandidate(textTree({ "mappings/m.toml": mapping, ...files }), { connectorTypes, typecheck, signal });
}

async function snapshotOf(mapping: string, users: Readonly<Record<string, string>>): Promise<Snapshot> {
  const built = await build(mapping, users);
  if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  const { digest, connections, warnings } = built.candidate;
  return { revision: randomUUID(), digest, connections, rules: null, warnings };
}

/** Ends the type checker that all benches of a test file share. */
export function closeLinkBenches(): Promise<void> {
  return typecheck.close();
}

/** Endpoint, record and words of a report's messages, a line each. */
export function messagesOf(report: RunReport): string {
  return report.messages.map((m) => `${m.endpoint}:${m.record ?? ""} ${m.field ?? ""}: ${m.message}`).join("\n");
}

/** Everything that a run wrote on either side. */
export function writtenBy(report: RunReport): number {
  return Object.values(report.counts).reduce(
    (sum, c) =>
      sum + c.created + c.updated + c.deleted + (c.attachments ?? 0) + (c.comments ?? 0) + (c.entityLinks ?? 0),
    0,
  );
}
