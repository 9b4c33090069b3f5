import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import type { Value } from "../../../daemon/core/record.ts";
import type { ConnectionConfig, LinkConfig, Side } from "../../../daemon/core/snapshot.ts";
import type { RunReport, Store } from "../../../daemon/core/store.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { type Look, openLook } from "../../../daemon/sync/look/look.ts";
import { runLink } from "../../../daemon/sync/run.ts";
import { createWorldCache } from "../../../daemon/sync/world.ts";
import { field, ORIGIN } from "./bench.ts";
import { type MemoryTracker, memoryTracker } from "./memory-tracker.ts";
import { Crash, createFate, type Trouble, troubledConnector, troubledStore } from "./model-trouble.ts";

/** One record as it stands, by its key. */
export interface Standing {
  readonly id: string;
  readonly fields: Readonly<Record<string, Value>>;
}

/** Two trackers and an engine whose process can be killed: only trackers and store outlive a run. */
export interface ModelWorld {
  readonly trackers: Readonly<Record<Side, MemoryTracker>>;
  /** The mapping as it was published last. */
  publish(link: LinkConfig): void;
  /** Null where the process was killed. */
  run(full: boolean, trouble: Trouble, dryRun?: boolean): Promise<RunReport | null>;
  /** As `syncline drift` takes one; connectors and memory cannot be written through it. */
  look(): Promise<Look>;
  /** Drops what only the process knew; a file store is opened anew. */
  restart(): void;
  pass(minutes: number): void;
  /** Records of a key on one side: more than one is a duplicate. */
  standing(side: Side, key: string): readonly Standing[];
  /** The engine knows of a pair with this record. */
  paired(side: Side, id: string): boolean;
  readonly store: () => Store;
  close(): void;
}

export function modelWorld(
  fields: Readonly<Record<Side, readonly FieldSchema[]>>,
  first: LinkConfig,
  onDisk: boolean,
): ModelWorld {
  const marker = field("partner", { kind: "number" });
  const trackers = {
    left: memoryTracker([...fields.left, marker], 1),
    right: memoryTracker([...fields.right, marker], 1001),
  };
  const clock = { now: Date.parse("2026-03-01T10:00:00Z") };
  const folder = onDisk ? mkdtempSync(join(tmpdir(), "syncline-model-")) : null;
  const open = () =>
    openSqliteStore(folder === null ? ":memory:" : join(folder, "links.sqlite"), { now: () => clock.now });
  const state = { store: open(), link: first, revision: 1, worlds: worldsOf() };

  function worldsOf() {
    return {
      left: createWorldCache("l", trackers.left, () => clock.now),
      right: createWorldCache("r", trackers.right, () => clock.now),
    };
  }

  function restart(): void {
    state.worlds = worldsOf();
    if (folder === null) return;
    state.store.close();
    state.store = open();
  }

  return {
    trackers,
    restart,
    store: () => state.store,
    publish(link) {
      state.link = link;
      state.revision++;
    },
    look() {
      const { link } = state;
      const store = state.store.link(link.key);
      return openLook({
        ...{ connection: connectionOf(link), link, revision: `rev${state.revision}`, rules: null },
        ...{ connectors: trackers, store, siblings: [{ link, store }] },
        ...{ now: () => clock.now, signal: new AbortController().signal },
      });
    },
    async run(full, trouble, dryRun = false) {
      const fate = createFate(trouble);
      const { link } = state;
      try {
        const report = await runLink({
          connection: connectionOf(link),
          ...{ link, revision: `rev${state.revision}`, rules: null, full, dryRun, reason: "model" },
          connectors: {
            left: troubledConnector(trackers.left, fate),
            right: troubledConnector(trackers.right, fate),
          },
          worlds: state.worlds,
          requests: (side) => trackers[side].requests(),
          store: troubledStore(state.store.link(link.key), fate),
          siblings: [{ link, store: state.store.link(link.key) }],
          ...{ usual: null, emit: () => undefined, now: () => clock.now, newId: randomUUID },
          wait: async (ms) => {
            clock.now += ms;
          },
          within: (_context, work) => work(),
          signal: new AbortController().signal,
          fail: (error) => {
            throw error;
          },
        });
        if (!dryRun) state.store.saveReport(report);
        return report;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        restart();
        return null;
      }
    },
    pass(minutes) {
      clock.now += minutes * 60_000;
      for (const tracker of Object.values(trackers)) tracker.tick(minutes * 60);
    },
    standing: (side, key) =>
      [...trackers[side].rows].flatMap(([id, row]) =>
        trim(row.fields["key"]) === key
          ? [{ id, fields: Object.fromEntries(Object.entries(row.fields).map(([name, value]) => [name, trim(value)])) }]
          : [],
      ),
    paired: (side, id) => state.store.link(state.link.key).pairs(side, [id]).has(id),
    close() {
      state.store.close();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function trim(v: Value | undefined): Value {
  return typeof v === "string" ? v.trim() : (v ?? null);
}

function connectionOf(link: LinkConfig): ConnectionConfig {
  const endpoint = (name: string) => ({
    ...{ name, type: "memory", settings: { name }, secret: null, origin: ORIGIN, schemas: {} },
  });
  return { name: "t", description: "", left: endpoint("l"), right: endpoint("r"), links: [link], origin: ORIGIN };
}
