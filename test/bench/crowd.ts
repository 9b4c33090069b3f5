import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connector, WriteOutcome } from "../../daemon/core/connector.ts";
import type { EntitySchema, FieldSchema } from "../../daemon/core/field.ts";
import type { Fields, TrackerRecord } from "../../daemon/core/record.ts";
import type { ConnectionConfig, LinkConfig, Side } from "../../daemon/core/snapshot.ts";
import type { Pair } from "../../daemon/core/store.ts";
import { openSqliteStore } from "../../daemon/state/sqlite-store.ts";
import { selectionOf } from "../../daemon/sync/decide/cursor.ts";
import { runLink } from "../../daemon/sync/run.ts";
import { createWorldCache } from "../../daemon/sync/world.ts";
import { endpoint, ORIGIN, sampleLink } from "../support/defects.ts";
import { serveParent } from "./child.ts";
import { measured } from "./subject.ts";

const NOW = "2026-03-01T10:00:00Z";
/** Edited records of one run, on the left. */
const CHANGES = 10;

/** One link with `pairs` pairs in a store on the disk, between two trackers in memory of which one tells ten edits: what a run itself costs. */
serveParent(async ({ pairs }: { readonly pairs: number }) => {
  const folder = await mkdtemp(join(tmpdir(), "syncline-bench-"));
  const store = openSqliteStore(join(folder, "links.sqlite"), { now: Date.now });
  const link = simpleLink();
  const ends = { left: endpoint("l", "memory", {}), right: endpoint("r", "memory", {}) };
  const connection: ConnectionConfig = { name: "crowd", description: "", ...ends, links: [link], origin: ORIGIN };
  const memory = store.link(link.key);
  fill(pairs);
  const edits = new Map<string, string>();
  const connectors = { left: tracker(edits), right: tracker(new Map()) };
  const worlds = {
    left: createWorldCache("l", connectors.left, Date.now),
    right: createWorldCache("r", connectors.right, Date.now),
  };

  function fill(count: number): void {
    const size = 5_000;
    for (let from = 0; from < count; from += size) {
      const some = Array.from({ length: Math.min(size, count - from) }, (_, i) => pairOf(String(from + i + 1)));
      memory.commit({ pairs: some });
    }
    const cursor = (side: Side) => ({ since: NOW, selection: selectionOf(ends[side], link[side]) });
    memory.commit({ cursors: { left: cursor("left"), right: cursor("right") } });
  }

  async function run(): Promise<void> {
    const report = await runLink({
      ...{ connection, link, revision: "bench", rules: null, full: false, usual: null, dryRun: false, reason: "bench" },
      siblings: [{ link, store: memory }],
      ...{ connectors, worlds, requests: () => 0, store: memory, emit: () => undefined, now: Date.now },
      ...{ newId: randomUUID, wait: async () => undefined, signal: new AbortController().signal, fail: console.error },
    });
    const updated = report.counts["r"]?.updated ?? 0;
    if (report.status !== "passed" || updated !== edits.size) throw new Error(JSON.stringify(report));
  }

  return {
    commands: {
      ready: () => run(),
      run(round: number) {
        edits.clear();
        for (let i = 1; i <= CHANGES; i++) edits.set(String(Math.ceil((i * pairs) / CHANGES)), `edit ${round}`);
        return measured(run);
      },
    },
    async close() {
      store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

function simpleLink(): LinkConfig {
  const sample = sampleLink();
  const plain = { marker: null, constants: {} };
  return {
    ...sample,
    ...{ key: "crowd/defects", connection: "crowd" },
    left: { ...sample.left, ...plain, endpoint: "l" },
    right: { ...sample.right, ...plain, endpoint: "r" },
    fields: ["name", "description"].map((name) => ({ ...sample.fields[0], left: name, right: name })) as never,
  };
}

function fieldsOf(id: string): Fields {
  return { name: `Defect ${id}`, description: `<p>What is wrong with ${id}, in a sentence or two of text.</p>` };
}

function pairOf(id: string): Pair {
  const fields = fieldsOf(id);
  return {
    ...{ id: randomUUID(), left: id, right: id, leftVersion: "1", rightVersion: "1", held: [], revision: "bench" },
    base: { left: fields, right: fields, toRight: {}, toLeft: {} },
  };
}

/** Holds every record without storing any; `edits` are names that somebody gave. */
function tracker(edits: ReadonlyMap<string, string>): Connector {
  const written = new Map<string, Fields>();
  const show = (id: string): TrackerRecord => {
    const name = edits.get(id);
    const edited = name === undefined ? {} : { name };
    return { id, version: "2", modified: NOW, fields: { ...fieldsOf(id), ...written.get(id), ...edited } };
  };
  const refuse = async (): Promise<never> => {
    throw new Error("not part of this measurement");
  };
  return {
    capabilities: {
      batch: { read: 100, create: 100, update: 100, remove: 100 },
      ...{ exactVersion: true, listsPeople: false, concurrency: 1 },
    },
    ...{ test: async () => [], people: async () => null, directory: async () => [] },
    describe: async () => SCHEMA,
    async *changes() {
      yield { records: [...edits.keys()].map(show), asOf: NOW, total: edits.size };
    },
    read: async (_entity, ids) => new Map(ids.map((id) => [id, show(id)])),
    ...{ matching: refuse, whereabouts: refuse, find: async () => [], create: refuse, remove: refuse },
    async update(_entity, patches) {
      return patches.map(({ id, fields }): WriteOutcome => {
        written.set(id, { ...written.get(id), ...fields });
        return { ok: true, record: show(id), faults: [] };
      });
    },
    close: async () => undefined,
  };
}

const TEXT: FieldSchema = {
  ...{ name: "name", label: "Name", kind: "string" },
  ...{ multiple: false, required: false, readOnly: false },
};
const SCHEMA: EntitySchema = {
  ...{ entity: "defect", label: "Defect", open: [] },
  fields: { name: TEXT, description: { ...TEXT, name: "description", kind: "rich", markup: "html" } },
};
