import { randomUUID } from "node:crypto";
import type { Event, Queries } from "../../../daemon/core/events.ts";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import type { RuleHost } from "../../../daemon/core/rules.ts";
import type {
  ConnectionConfig,
  FieldMapping,
  LinkConfig,
  SideConfig,
  ValueMap,
} from "../../../daemon/core/snapshot.ts";
import type { RunReport, Store } from "../../../daemon/core/store.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { type RunInput, runLink, type Work } from "../../../daemon/sync/run.ts";
import { createWorldCache } from "../../../daemon/sync/world.ts";
import { type MemoryTracker, memoryTracker } from "./memory-tracker.ts";

export const ORIGIN = { file: "mappings/t.toml", line: 1, column: 1 };

export function field(name: string, more: Partial<FieldSchema> = {}): FieldSchema {
  return { name, label: name, kind: "string", multiple: false, required: false, readOnly: false, ...more };
}

export function row(left: string, right: string, more: Partial<FieldMapping> = {}): FieldMapping {
  return {
    ...{
      left,
      right,
      direction: "both",
      values: null,
      unmapped: "copy",
      users: null,
      defaultUser: {},
      overflow: "truncate",
    },
    ...{ conflict: "left", origin: ORIGIN },
    ...more,
  };
}

export function valueMap(toRight: Record<string, string>, toLeft: Record<string, string>): ValueMap {
  return { name: "v", toRight, toLeft, origin: ORIGIN };
}

export function side(endpoint: string, more: Partial<SideConfig> = {}): SideConfig {
  return {
    ...{
      endpoint,
      entity: "defect",
      create: true,
      filter: null,
      marker: "partner",
      constants: {},
      reads: [],
      deleted: "nothing",
    },
    rules: { outgoing: false, incoming: false },
    ...more,
  };
}

export function link(fields: readonly FieldMapping[], more: Partial<LinkConfig> = {}): LinkConfig {
  return {
    ...{
      key: "t/defects",
      connection: "t",
      name: "defects",
      left: side("l"),
      right: side("r"),
      conflict: "left",
      fields,
    },
    ...{ triggers: [], ruleFile: null, origin: ORIGIN },
    ...more,
  };
}

/** Two trackers in memory, a store, and a way to run a link between them. */
export interface Bench {
  readonly left: MemoryTracker;
  readonly right: MemoryTracker;
  store: Store;
  link: LinkConfig;
  rules: RuleHost | null;
  readonly events: Event[];
  run(more?: {
    full?: boolean;
    dryRun?: boolean;
    revision?: string;
    work?: Work;
    queries?: readonly Queries[];
  }): Promise<RunReport>;
  /** Minutes pass on every clock. */
  pass(minutes: number): void;
  writes(): number;
}

export function bench(
  leftFields: readonly FieldSchema[],
  rightFields: readonly FieldSchema[],
  config: LinkConfig,
): Bench {
  const marker = field("partner", { kind: "number" });
  const left = memoryTracker([...leftFields, marker], 1);
  const right = memoryTracker([...rightFields, marker], 1001);
  const events: Event[] = [];
  const clock = { now: Date.parse("2026-03-01T10:00:00Z") };
  const endpoint = (name: string) => ({
    name,
    type: "memory",
    settings: { name },
    secret: null,
    origin: ORIGIN,
    schemas: {},
  });
  const worlds = {
    left: createWorldCache("l", left, () => clock.now),
    right: createWorldCache("r", right, () => clock.now),
  };
  const self: Bench = {
    ...{ left, right, events, link: config, rules: null, store: openSqliteStore(":memory:", { now: () => clock.now }) },
    run(more = {}) {
      const connection: ConnectionConfig = {
        name: "t",
        description: "",
        left: endpoint("l"),
        right: endpoint("r"),
        links: [self.link],
        origin: ORIGIN,
      };
      const input: RunInput = {
        ...{
          connection,
          link: self.link,
          revision: more.revision ?? "rev1",
          rules: self.rules,
          full: more.full ?? false,
          dryRun: more.dryRun ?? false,
          ...(more.queries === undefined ? {} : { queries: more.queries }),
        },
        ...{
          reason: "test",
          connectors: { left, right },
          worlds,
          requests: (s) => (s === "left" ? left : right).requests(),
        },
        ...{
          store: self.store.link(self.link.key),
          siblings: [{ link: self.link, store: self.store.link(self.link.key) }],
          usual: null,
          emit: (e) => void events.push(e),
          now: () => clock.now,
          newId: randomUUID,
        },
        wait: async (ms) => {
          clock.now += ms;
        },
        signal: new AbortController().signal,
        fail: (error) => {
          throw error;
        },
      };
      return runLink(input, more.work);
    },
    pass(minutes) {
      clock.now += minutes * 60_000;
      left.tick(minutes * 60);
      right.tick(minutes * 60);
    },
    writes: () => left.log.length + right.log.length,
  };
  return self;
}
