import { randomUUID } from "node:crypto";
import type { Connector, Descendant } from "../../../daemon/core/connector.ts";
import { readEntityType } from "../../../daemon/core/entity-type.ts";
import type { Event } from "../../../daemon/core/events.ts";
import type { Fields, Referred, TrackerRecord } from "../../../daemon/core/record.ts";
import type { LinkConfig } from "../../../daemon/core/snapshot.ts";
import type { LinkStore, RunReport, Store } from "../../../daemon/core/store.ts";
import { readReferred } from "../../../daemon/fields/referred.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { type Look, openLook } from "../../../daemon/sync/look/look.ts";
import { runLink } from "../../../daemon/sync/run.ts";
import { createWorldCache } from "../../../daemon/sync/world.ts";
import { ORIGIN } from "./bench.ts";
import type { MemoryTracker } from "./memory-tracker.ts";

/** Several entity types of one tracker, each a memory tracker with ids of its own, whose records lie in one another. */
export interface Forest extends Connector {
  readonly trees: Readonly<Record<string, MemoryTracker>>;
  /** A person deletes a record: what lies below goes with it, or loses its parent. */
  drop(id: string): void;
  fields(id: string): Fields;
  has(id: string): boolean;
  edit(id: string, fields: Fields): void;
  /** Requests that the engine made, by method name. */
  readonly asked: Map<string, number>;
  requests(): number;
}

export interface ForestHabits {
  /** Name and target of the field that holds the parent, by entity type as a link names it. */
  readonly parents: Readonly<Record<string, { readonly field: string; readonly target: string }>>;
  /** True: what lies below a record goes with it. False: it loses its parent. */
  readonly cascades: boolean;
}

/** `trees` by entity type as links name them: `requirement/Feature`, `theme`. */
export function forest(trees: Readonly<Record<string, MemoryTracker>>, habits: ForestHabits): Forest {
  const asked = new Map<string, number>();
  const count = (method: string) => void asked.set(method, (asked.get(method) ?? 0) + 1);
  const entries = Object.entries(trees);
  const baseOf = (entity: string) => readEntityType(entity).base;
  const of = (entity: string) => {
    const { base, subtypes } = readEntityType(entity);
    return entries.filter(([name]) => {
      const own = readEntityType(name);
      return own.base === base && (subtypes.length === 0 || subtypes.includes(own.subtypes[0] ?? ""));
    });
  };
  const first = (entity: string): MemoryTracker => of(entity)[0]?.[1] ?? missing(entity);
  const home = (id: string) => entries.find(([, tree]) => tree.rows.has(id));
  const parentOf = (id: string): Referred | null => {
    const [entity = "", tree] = home(id) ?? [];
    const parent = habits.parents[entity];
    const value = parent === undefined ? null : (tree?.rows.get(id)?.fields[parent.field] ?? null);
    return typeof value === "string" ? readReferred(value, parent?.target) : null;
  };
  const childrenOf = (entity: string, id: string) =>
    entries.flatMap(([name, tree]) =>
      [...tree.rows.keys()]
        .filter((key) => parentOf(key)?.id === id && parentOf(key)?.entity === entity)
        .map((key) => ({ id: key, name })),
    );
  const below = (entity: string, id: string): Descendant[] =>
    childrenOf(entity, id).flatMap((child) => [
      { id: child.id, parent: id, name: String(home(child.id)?.[1].rows.get(child.id)?.fields["name"] ?? "") },
      ...below(baseOf(child.name), child.id),
    ]);
  const settle = (entity: string, id: string): void => {
    for (const child of childrenOf(baseOf(entity), id)) {
      const parent = habits.parents[child.name];
      if (!habits.cascades && parent !== undefined) trees[child.name]?.edit(child.id, { [parent.field]: null });
      if (!habits.cascades) continue;
      settle(child.name, child.id);
      trees[child.name]?.drop(child.id);
    }
  };
  const merged = async <T>(entity: string, ask: (tree: MemoryTracker) => Promise<ReadonlyMap<string, T>>) => {
    const all = new Map<string, T>();
    for (const [, tree] of of(entity)) for (const [id, one] of await ask(tree)) all.set(id, one);
    return all;
  };
  const { capabilities } = first(entries[0]?.[0] ?? "");
  return {
    trees,
    asked,
    capabilities,
    requests: () => [...asked.values()].reduce((sum, n) => sum + n, 0),
    drop(id) {
      const [entity, tree] = home(id) ?? [];
      if (entity !== undefined) settle(entity, id);
      tree?.drop(id);
    },
    fields: (id) => home(id)?.[1].rows.get(id)?.fields ?? {},
    has: (id) => home(id) !== undefined,
    edit: (id, fields) => home(id)?.[1].edit(id, fields),
    test: async () => [],
    people: async () => null,
    describe: (entity, signal) => first(entity).describe(entity, signal),
    async directory(target) {
      count("directory");
      return of(target).flatMap(([, tree]) =>
        [...tree.rows.values()].map((row) => {
          const name = String(row.fields["name"] ?? "");
          return { id: String(row.id), name, path: `\\${name}`, parent: null };
        }),
      );
    },
    async *changes(request, signal) {
      count("changes");
      for (const [, tree] of of(request.entity)) yield* tree.changes(request, signal);
    },
    read(entity, ids, fields, signal) {
      count("read");
      return merged<TrackerRecord>(entity, (tree) => tree.read(entity, ids, fields, signal));
    },
    async whereabouts(entity, ids) {
      count("whereabouts");
      const there = of(entity);
      return new Map(
        ids.map((id) => {
          if (there.some(([, tree]) => tree.rows.has(id))) return [id, "present"] as const;
          return [id, home(id) === undefined ? "gone" : "outside"] as const;
        }),
      );
    },
    matching: (entity, ids, filter, signal) => first(entity).matching(entity, ids, filter, signal),
    async find(entity, field, values, fields, signal) {
      count("find");
      return (await Promise.all(of(entity).map(([, tree]) => tree.find(entity, field, values, fields, signal)))).flat();
    },
    create: (entity, drafts, signal) => first(entity).create(entity, drafts, signal),
    update: (entity, patches, signal) => first(entity).update(entity, patches, signal),
    async remove(entity, ids, signal) {
      for (const id of ids) settle(entity, id);
      return first(entity).remove(entity, ids, signal);
    },
    tree: {
      async above(entity, ids) {
        count("above");
        const there = ids.filter((id) => of(entity).some(([, tree]) => tree.rows.has(id)));
        return new Map(there.map((id) => [id, parentOf(id)] as const));
      },
      async below(entity, ids) {
        count("below");
        return new Map(ids.map((id) => [id, habits.cascades ? below(baseOf(entity), id) : []] as const));
      },
    },
    close: async () => undefined,
  };
}

function missing(entity: string): never {
  throw new Error(`no entity type ${entity}`);
}

/** Links of one connection between two forests. */
export interface Woods {
  readonly store: Store;
  readonly events: Event[];
  links: readonly LinkConfig[];
  memory(link: string): LinkStore;
  run(link: string, more?: { full?: boolean; dryRun?: boolean; revision?: string }): Promise<RunReport>;
  /** Each link in turn. */
  runAll(more?: { full?: boolean }): Promise<readonly RunReport[]>;
  look(link: string): Promise<Look>;
  /** The daemon's clock. */
  now(): number;
  pass(minutes: number): void;
  writes(): number;
}

export function woods(left: Forest, right: Forest, links: readonly LinkConfig[]): Woods {
  const events: Event[] = [];
  const clock = { now: Date.parse("2026-03-01T10:00:00Z") };
  const store = openSqliteStore(":memory:", { now: () => clock.now });
  const endpoint = (name: string) => ({
    ...{ name, type: "memory", settings: { name }, secret: null, origin: ORIGIN, schemas: {} },
  });
  const worlds = {
    left: createWorldCache("l", left, () => clock.now),
    right: createWorldCache("r", right, () => clock.now),
  };
  const self: Woods = {
    ...{ store, events, links },
    memory: (link) => store.link(link),
    run(key, more = {}) {
      const link = self.links.find((one) => one.key === key) ?? missing(key);
      const connection = { name: "t", description: "", left: endpoint("l"), right: endpoint("r"), origin: ORIGIN };
      return runLink({
        ...{ connection: { ...connection, links: self.links }, link, revision: more.revision ?? "rev1", rules: null },
        ...{ full: more.full ?? false, dryRun: more.dryRun ?? false, reason: "test" },
        ...{ connectors: { left, right }, worlds, requests: (side) => (side === "left" ? left : right).requests() },
        store: store.link(key),
        siblings: self.links.map((one) => ({ link: one, store: store.link(one.key) })),
        ...{ usual: null, emit: (event) => void events.push(event), now: () => clock.now, newId: randomUUID },
        wait: async (ms) => {
          clock.now += ms;
        },
        signal: new AbortController().signal,
        fail: (error) => {
          throw error;
        },
      });
    },
    now: () => clock.now,
    look(key) {
      const link = self.links.find((one) => one.key === key) ?? missing(key);
      const connection = { name: "t", description: "", left: endpoint("l"), right: endpoint("r"), origin: ORIGIN };
      return openLook({
        ...{ connection: { ...connection, links: self.links }, link, revision: "rev1", rules: null },
        ...{ connectors: { left, right }, store: store.link(key), now: () => clock.now },
        siblings: self.links.map((one) => ({ link: one, store: store.link(one.key) })),
        signal: new AbortController().signal,
      });
    },
    async runAll(more = {}) {
      const reports: RunReport[] = [];
      for (const link of self.links) reports.push(await self.run(link.key, more));
      return reports;
    },
    pass(minutes) {
      clock.now += minutes * 60_000;
      for (const tree of [...Object.values(left.trees), ...Object.values(right.trees)]) tree.tick(minutes * 60);
    },
    writes: () =>
      [...Object.values(left.trees), ...Object.values(right.trees)].reduce((sum, tree) => sum + tree.log.length, 0),
  };
  return self;
}
