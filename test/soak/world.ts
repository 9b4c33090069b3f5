import { type AgileManagerSimulator, startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { type Findings, findingsOf } from "./check.ts";
import { type Gate, openGate } from "./gate.ts";

export type End = "alm" | "agm";
export const ENDS: readonly End[] = ["alm", "agm"];

export const SEVERITIES = ["Low", "Medium", "High", "Critical"] as const;
const ALM_SEVERITY: Readonly<Record<string, string>> = {
  ...{ Low: "1-Low", Medium: "2-Medium", High: "3-High", Critical: "5-Urgent" },
};

/** The mapped fields of a record, spelled as Agile Manager does. Every name contains its record's key. */
export interface Content {
  readonly name: string;
  readonly description: string;
  readonly severity: string;
}

/** A record of one tracker: `mapped` in the common spelling, `rest` every other field as it stands there. */
export interface Shown {
  readonly id: string;
  readonly mapped: Content;
  /** The partner's id; empty where there is none. */
  readonly marker: string;
  readonly rest: Readonly<Record<string, unknown>>;
}

export type Picture = Readonly<Record<End, readonly Shown[]>>;

/** What must stand in both trackers in the end. */
export interface Wanted {
  content: Content;
  /** Set aside: deleted on both sides. */
  deleted: boolean;
  /** Sides whose record may be another one than before. */
  readonly anew: Set<End>;
}

/** Two trackers that outlive every daemon, and what people did in them. */
export interface World {
  readonly gates: Readonly<Record<End, Gate>>;
  readonly access: Readonly<Record<End, Readonly<Record<string, string | number>>>>;
  keys(): readonly string[];
  add(end: End): string;
  /** What a person changes on one side. */
  edit(end: End, key: string, fields: Partial<Content>): void;
  remove(end: End, key: string): void;
  /** From here on every change that nobody asked for counts. */
  mark(): void;
  check(): Findings;
  picture(): Picture;
  /** Minutes pass on both trackers' clocks. */
  pass(minutes: number): void;
  writes(): number;
  idle(): Promise<void>;
  delayWrites(ms: number): void;
  /** Empty projects behind the same addresses. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

interface Trackers {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
}

export async function openWorld(): Promise<World> {
  const gates = { alm: await openGate("/defects"), agm: await openGate("/backlog_items") };
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const state = { trackers: await start(), wanted: new Map<string, Wanted>(), before: empty(), next: 1 };

  async function start(): Promise<Trackers> {
    const alm = await startAlmSimulator({ content: "empty", clock, switches: { internalUrl: gates.alm.url } });
    const agm = await startAgileManagerSimulator({ content: "empty", clock });
    gates.alm.aim(alm.port);
    gates.agm.aim(agm.port);
    return { alm, agm };
  }

  async function stop(): Promise<void> {
    await state.trackers.alm.close();
    await state.trackers.agm.close();
  }

  const picture = (): Picture => pictureOf(state.trackers);
  const wanted = (key: string): Wanted => {
    const found = state.wanted.get(key);
    if (found === undefined) throw new Error(`nobody made ${key}`);
    return found;
  };
  const idOf = (end: End, key: string): string => {
    const found = picture()[end].find((shown) => shown.mapped.name.includes(`[${key}]`));
    if (found === undefined) throw new Error(`${end} has no ${key}`);
    return found.id;
  };

  const { alm, agm } = state.trackers;
  return {
    gates,
    access: { alm: { ...alm.access, url: `${gates.alm.url}/qcbin` }, agm: { ...agm.access, url: gates.agm.url } },
    keys: () => [...state.wanted].filter(([, w]) => !w.deleted).map(([key]) => key),
    add(end) {
      const key = `k${state.next++}`;
      const content = { name: `[${key}] new`, description: `What is wrong with ${key}`, severity: "Medium" };
      state.wanted.set(key, { content, deleted: false, anew: new Set(ENDS) });
      if (end === "alm") state.trackers.alm.admin.create("defects", toAlm(content));
      else state.trackers.agm.admin.create("backlog_items", { subtype: "defect", ...toAgm(content) });
      return key;
    },
    edit(end, key, fields) {
      if (end === "alm") state.trackers.alm.admin.update("defects", idOf(end, key), toAlm(fields));
      else state.trackers.agm.admin.update("backlog_items", Number(idOf(end, key)), toAgm(fields));
      const entry = wanted(key);
      entry.content = { ...entry.content, ...fields };
    },
    remove(end, key) {
      const id = idOf(end, key);
      if (end === "alm") state.trackers.alm.admin.remove("defects", id);
      else state.trackers.agm.admin.remove("backlog_items", Number(id));
      const entry = wanted(key);
      // The link's rules: what is deleted in ALM goes in Agile Manager too; what is deleted there is made again.
      if (end === "alm") entry.deleted = true;
      else entry.anew.add("agm");
    },
    mark() {
      state.before = picture();
    },
    check() {
      const findings = findingsOf(state.before, picture(), state.wanted);
      for (const entry of state.wanted.values()) entry.anew.clear();
      return findings;
    },
    picture,
    pass(minutes) {
      clock.ahead += minutes * 60_000;
    },
    writes: () => gates.alm.writes() + gates.agm.writes(),
    async idle() {
      await gates.alm.idle();
      await gates.agm.idle();
    },
    delayWrites(ms) {
      for (const end of ENDS) gates[end].delayWrites(ms);
    },
    async reset() {
      await stop();
      clock.ahead = 0;
      Object.assign(state, { trackers: await start(), wanted: new Map(), before: empty() });
    },
    async close() {
      await stop();
      for (const end of ENDS) await gates[end].close();
    },
  };
}

function empty(): Picture {
  return { alm: [], agm: [] };
}

function toAlm(fields: Partial<Content>): Record<string, string> {
  const { severity, ...rest } = fields;
  return { ...rest, ...(severity === undefined ? {} : { severity: ALM_SEVERITY[severity] ?? severity }) };
}

function toAgm(fields: Partial<Content>): Record<string, string> {
  const { description, ...rest } = fields;
  return { ...rest, ...(description === undefined ? {} : { description: `<p>${description}</p>` }) };
}

/** Fields that move by themselves with every write. */
const OWN_LIFE = new Set(["ver-stamp", "last-modified", "last_modified"]);

function pictureOf({ alm, agm }: Trackers): Picture {
  const back = Object.fromEntries(Object.entries(ALM_SEVERITY).map(([common, own]) => [own, common]));
  return {
    alm: alm.admin.list("defects").map((row) => show(row, "user-04", back)),
    agm: agm.admin
      .list("backlog_items")
      .filter((row) => row["subtype"] === "defect")
      .map((row) => show(row, "user_01_d", {})),
  };
}

function show(row: Readonly<Record<string, unknown>>, marker: string, severities: Record<string, string>): Shown {
  const mapped = new Set(["id", "name", "description", "severity", marker]);
  const severity = textOf(row["severity"]);
  return {
    id: textOf(row["id"]),
    mapped: {
      name: textOf(row["name"]),
      description: textOf(row["description"])
        .replaceAll(/<[^>]*>/g, "")
        .trim(),
      severity: severities[severity] ?? severity,
    },
    marker: textOf(row[marker]),
    rest: Object.fromEntries(Object.entries(row).filter(([name]) => !mapped.has(name) && !OWN_LIFE.has(name))),
  };
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
