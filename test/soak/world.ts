import { startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { type Findings, findingsOf, joined } from "./check.ts";
import { findingsOfParts } from "./check-parts.ts";
import { type Gate, openGate } from "./gate.ts";
import { handsIn } from "./hands.ts";
import type { Trackers } from "./part-pictures.ts";
import { createParts, type PartsWorld } from "./parts.ts";
import { partsOf } from "./parts-shown.ts";
import { createTree, findingsOfTree, type TreeWorld } from "./tree.ts";

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
  /** What belongs to the records. */
  readonly parts: PartsWorld;
  /** Requirements and stories with what they lie in. */
  readonly tree: TreeWorld;
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

export async function openWorld(): Promise<World> {
  const gates = {
    alm: await openGate(/\/(defects|requirements|defect-links|req-traces|used-lists)\b/),
    agm: await openGate(/\/(backlog_items|features|entity_links|applications)\b/),
  };
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const state = {
    ...{ trackers: await start(), wanted: new Map<string, Wanted>(), before: empty(), next: 1 },
    // Keys of which a record was deleted: what belonged to it went with it.
    left: new Set<string>(),
  };

  async function start(): Promise<Trackers> {
    // A server that can add to its lists, and links that Agile Manager may have.
    const alm = await startAlmSimulator({
      ...{ content: "empty", version: "24.1", clock, switches: { internalUrl: gates.alm.url } },
    });
    const agm = await startAgileManagerSimulator({ content: "empty", clock, switches: { entityLinks: "assumed" } });
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

  const own = (): PeopleState => ({
    parts: createParts(handsIn(() => state.trackers, idOf)),
    tree: createTree(
      () => state.trackers,
      (key) => idOf("alm", key),
    ),
  });
  const people = own();
  const { alm, agm } = state.trackers;
  return {
    gates,
    get parts() {
      return people.parts;
    },
    get tree() {
      return people.tree;
    },
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
      state.left.add(key);
      people.parts.forget(key);
    },
    mark() {
      state.before = picture();
    },
    check() {
      const now = picture();
      const findings = joined([
        findingsOf(state.before, now, state.wanted),
        findingsOfParts(partsOf(state.trackers, now), people.parts, state.left),
        findingsOfTree(state.trackers, people.tree),
      ]);
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
      Object.assign(state, { trackers: await start(), wanted: new Map(), before: empty(), left: new Set() });
      Object.assign(people, own());
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

interface PeopleState {
  parts: PartsWorld;
  tree: TreeWorld;
}

/** Fields that move by themselves with every write, and those that are looked at as parts. */
const OWN_LIFE = new Set([
  ...["ver-stamp", "last-modified", "last_modified"],
  ...["dev-comments", "dev_comments", "attachment", "has-linkage", "detection-version", "application_id"],
]);

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
