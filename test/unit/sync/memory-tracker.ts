import type { Capabilities, Check, Connector, Draft, Patch, WriteOutcome } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { EntitySchema, FieldSchema } from "../../../daemon/core/field.ts";
import type { Fields, TrackerRecord, Value } from "../../../daemon/core/record.ts";

/** What a tracker may do to a client that the engine must bear. */
export interface Habits {
  /** Every n-th write is stored but its answer lost; 0: never. */
  readonly loseAnswer: number;
  /** Every n-th write fails and stores nothing. */
  readonly refuse: number;
  /** Version stamps move now and then although nobody edited. */
  readonly restlessVersions: boolean;
  /** Text comes back with other line ends and trailing blanks than it was sent with. */
  readonly rewritesText: boolean;
  /** New records get this value where none was sent, by field. */
  readonly defaults: Fields;
  /** Answers of writes tell only what was written. */
  readonly tersely: boolean;
}

export const GENTLE: Habits = {
  loseAnswer: 0,
  refuse: 0,
  restlessVersions: false,
  rewritesText: false,
  defaults: {},
  tersely: false,
};

interface Row {
  id: number;
  stamp: number;
  modified: number;
  fields: Record<string, Value>;
}

/** A tracker in memory with a clock of whole seconds. `log` lists every stored write of the client (not of `edit`). */
export interface MemoryTracker extends Connector {
  habits: Habits;
  readonly rows: ReadonlyMap<string, Row>;
  readonly log: { readonly kind: "create" | "update" | "remove"; readonly id: string; readonly fields: Fields }[];
  readonly requests: () => number;
  /** A person's edit. */
  edit(id: string, fields: Fields): void;
  add(fields: Fields): string;
  drop(id: string): void;
  /** A record that lists no longer bring although it is there. */
  hide(id: string, as: "outside" | "hidden"): void;
  /** Moves the clock on. */
  tick(seconds: number): void;
}

export function memoryTracker(schema: readonly FieldSchema[], first: number): MemoryTracker {
  const rows = new Map<string, Row>();
  const hidden = new Map<string, "outside" | "hidden">();
  const log: { kind: "create" | "update" | "remove"; id: string; fields: Fields }[] = [];
  const entity: EntitySchema = {
    entity: "defect",
    label: "Defect",
    open: [],
    fields: Object.fromEntries(schema.map((f) => [f.name, f])),
  };
  const state = {
    next: first,
    clock: Date.parse("2026-03-01T10:00:00Z") / 1000,
    writes: 0,
    requests: 0,
    habits: GENTLE,
  };

  const put = (row: Row, fields: Fields): void => {
    for (const [name, value] of Object.entries(fields)) {
      if (entity.fields[name] === undefined) throw new ConnectorError("invalid", `no field ${name}`);
      row.fields[name] =
        typeof value === "string" && state.habits.rewritesText && entity.fields[name].kind === "string"
          ? `${value}  `
          : value;
    }
    row.stamp++;
    row.modified = state.clock;
  };
  const make = (fields: Fields): Row => {
    const row: Row = {
      id: state.next++,
      stamp: 0,
      modified: state.clock,
      fields: Object.fromEntries(schema.map((f) => [f.name, null])),
    };
    rows.set(String(row.id), row);
    put(row, { ...state.habits.defaults, ...fields });
    return row;
  };
  const show = (row: Row, names: readonly string[]): TrackerRecord => ({
    id: String(row.id),
    version: String(row.stamp),
    modified: iso(row.modified),
    fields: Object.fromEntries(names.map((n) => [n, row.fields[n] ?? null])),
  });
  const fate = (): "ok" | "lost" | "refused" => {
    state.writes++;
    if (state.habits.refuse > 0 && state.writes % state.habits.refuse === 0) return "refused";
    return state.habits.loseAnswer > 0 && state.writes % state.habits.loseAnswer === 0 ? "lost" : "ok";
  };
  const write = (act: () => Row, fields: Fields, kind: "create" | "update"): WriteOutcome => {
    const what = fate();
    if (what === "refused") return { ok: false, error: new ConnectorError("unavailable", "500, nothing stored") };
    const row = act();
    log.push({ kind, id: String(row.id), fields });
    if (what === "lost")
      return { ok: false, error: new ConnectorError("unavailable", "no answer", { stored: "maybe" }) };
    return {
      ok: true,
      record: show(row, state.habits.tersely ? Object.keys(fields) : Object.keys(row.fields)),
      faults: [],
    };
  };
  const asked = (): void => {
    state.requests++;
    if (!state.habits.restlessVersions) return;
    for (const row of rows.values()) if ((row.id + state.requests) % 5 === 0) row.stamp++;
  };

  const capabilities: Capabilities = {
    batch: { read: 50, create: 20, update: 20, remove: 20 },
    exactVersion: true,
    listsPeople: false,
    concurrency: 1,
  };
  return {
    capabilities,
    get habits() {
      return state.habits;
    },
    set habits(h) {
      state.habits = h;
    },
    rows,
    log,
    requests: () => state.requests,
    edit(id, fields) {
      const row = rows.get(id);
      if (row !== undefined) put(row, fields);
    },
    add: (fields) => String(make(fields).id),
    drop: (id) => void rows.delete(id),
    hide(id, as) {
      rows.delete(id);
      hidden.set(id, as);
    },
    tick: (seconds) => {
      state.clock += seconds;
    },
    test: async (): Promise<readonly Check[]> => [],
    describe: async () => entity,
    people: async () => null,
    directory: async () => [],
    async *changes(request) {
      const since = request.since === null ? 0 : Date.parse(request.since) / 1000;
      const ids = [...rows.values()]
        .filter((r) => r.modified >= since)
        .map((r) => String(r.id))
        .sort((a, b) => Number(a) - Number(b));
      const asOf = iso(state.clock);
      for (let i = 0; i === 0 || i < ids.length; i += 7) {
        asked();
        const page = ids.slice(i, i + 7).flatMap((id) => rows.get(id) ?? []);
        yield { records: page.map((r) => show(r, request.fields)), asOf, total: ids.length };
      }
    },
    async read(_entity, ids, fields) {
      asked();
      return new Map(
        ids.flatMap((id) => {
          const row = rows.get(id);
          return row === undefined ? [] : [[id, show(row, fields)] as const];
        }),
      );
    },
    async whereabouts(_entity, ids) {
      asked();
      return new Map(ids.map((id) => [id, rows.has(id) ? "present" : (hidden.get(id) ?? "gone")] as const));
    },
    // `field=value`; anything else selects everything.
    async matching(_entity, ids, filter) {
      asked();
      const [name = "", value] = filter.split("=");
      return new Set(
        ids.filter((id) => value === undefined || String(rows.get(id)?.fields[name] ?? "").trim() === value),
      );
    },
    async find(_entity, field, values, fields) {
      asked();
      return [...rows.values()]
        .filter((r) => values.includes(String(r.fields[field] ?? "").trim()))
        .map((r) => show(r, fields));
    },
    async create(_entity, drafts: readonly Draft[]) {
      asked();
      return drafts.map((d) => write(() => make(d.fields), d.fields, "create"));
    },
    async update(_entity, patches: readonly Patch[]) {
      asked();
      return patches.map((p): WriteOutcome => {
        const row = rows.get(p.id);
        if (row === undefined) return { ok: false, error: new ConnectorError("notFound", `no record ${p.id}`) };
        return write(
          () => {
            put(row, p.fields);
            return row;
          },
          p.fields,
          "update",
        );
      });
    },
    async remove(_entity, ids) {
      asked();
      return ids.map((id): WriteOutcome => {
        const what = fate();
        if (what === "refused") return { ok: false, error: new ConnectorError("unavailable", "500, nothing stored") };
        if (rows.delete(id)) log.push({ kind: "remove", id, fields: {} });
        if (what === "lost")
          return { ok: false, error: new ConnectorError("unavailable", "no answer", { stored: "maybe" }) };
        return { ok: true, record: { id, version: "", modified: null, fields: {} }, faults: [] };
      });
    },
    close: async () => undefined,
  };
}

function iso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
