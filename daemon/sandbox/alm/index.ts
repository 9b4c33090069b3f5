import { join } from "node:path";
import { createFaults } from "../faults.ts";
import { openJournal } from "../journal.ts";
import { serve } from "../server.ts";
import { people, type SharedPerson } from "../shared-content.ts";
import type { Simulator, SimulatorClock } from "../simulator.ts";
import { createTraffic } from "../traffic.ts";
import { type AlmAdmin, createAdmin, type Given } from "./admin.ts";
import { seedLifelike, seedRoot } from "./content.ts";
import { createLocks } from "./locks.ts";
import { type AlmVersion, profileOf } from "./profile.ts";
import type { Project } from "./project.ts";
import { answer } from "./route.ts";
import type { FieldDef } from "./schema.ts";
import type { AlmServer } from "./server-state.ts";
import { type Account, type ApiKey, createSessions } from "./session.ts";
import { stockSchema } from "./stock-schema.ts";
import { createStore, type StoreEntry } from "./store.ts";
import { type AlmSwitches, defaultSwitches } from "./switches.ts";
import { createWallClock } from "./time.ts";

export type { AlmAdmin } from "./admin.ts";
export type { AlmVersion } from "./profile.ts";
export { type FieldDef, fieldTable } from "./schema.ts";
export type { AlmSwitches } from "./switches.ts";

/** A project made to measure: on top of the stock fields and lists. */
export interface AlmContent {
  /** Default: the shared people. Accounts are always users of the project too. */
  readonly people?: readonly SharedPerson[];
  /** Fields to add or replace, by entity name; made with `fieldTable`. */
  readonly fields?: Readonly<Record<string, readonly FieldDef[]>>;
  /** Lists to add or replace, by name. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  /** Made in this order, as `admin.create` does. */
  readonly records?: readonly { readonly collection: string; readonly fields: Given }[];
}

export interface AlmOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 1. */
  readonly seed?: number;
  /** IANA name, or a function that is asked each time. Default `Europe/Berlin`. */
  readonly zone?: string | (() => string);
  /** Default `17`: the one that most clients, old and new, get along with. */
  readonly version?: AlmVersion;
  readonly clock?: SimulatorClock;
  /** Folder in which changes are kept over a restart. Default null: nothing is kept. */
  readonly data?: string | null;
  readonly switches?: Partial<AlmSwitches>;
  /** Default `lifelike`. */
  readonly content?: AlmContent | "empty" | "lifelike";
  readonly domain?: string;
  readonly project?: string;
  /** Who can sign in. Default `sync` (`sync-secret`) and `viewer` (`viewer-secret`, may only read). */
  readonly users?: readonly Account[];
  readonly keys?: readonly ApiKey[];
  /** Projects that exist but may not be entered. */
  readonly foreign?: readonly { readonly domain: string; readonly project: string }[];
  readonly signal?: AbortSignal;
  /** Told of what a person should know, such as a torn line in `data`. */
  readonly note?: (message: string) => void;
}

export interface AlmSimulator extends Simulator {
  readonly admin: AlmAdmin;
  readonly switches: AlmSwitches;
}

const ACCOUNTS: readonly Account[] = [
  { login: "sync", password: "sync-secret" },
  { login: "viewer", password: "viewer-secret", readOnly: true },
];

const KEYS: readonly ApiKey[] = [
  { id: "apikey-abcdefghijklmnop", secret: "qrstuvwxyz", login: "sync", active: true },
  { id: "apikey-switchedoff", secret: "switched-off", login: "sync", active: false },
];

/** Starts a simulated Quality Center on 127.0.0.1. Throws where the port is taken or the data folder cannot be read. */
export async function startAlmSimulator(options: AlmOptions = {}): Promise<AlmSimulator> {
  const server = { url: "" };
  const alm = buildServer(options, () => alm.switches.internalUrl ?? server.url);
  const { project, sessions, clock } = alm;
  const admin = createAdmin(project, sessions, [...alm.accounts.keys()][0] ?? "sync");
  seed(project, admin, options);
  const journal = openJournal<StoreEntry>(options.data == null ? null : join(options.data, "alm.jsonl"), options.note);
  project.store.keep(journal);
  const faults = createFaults();
  const traffic = createTraffic();
  const http = await serve({
    port: options.port ?? 0,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    faults,
    traffic,
    now: clock.now,
    handle: (request) => answer(alm, request),
    onUnauthorized: () => sessions.expire("all"),
  });
  server.url = http.url;
  return {
    url: `${http.url}/qcbin`,
    port: http.port,
    access: accessOf(alm, `${http.url}/qcbin`),
    faults,
    traffic,
    admin,
    switches: alm.switches,
    async close() {
      await http.close();
      journal.close();
    },
  };
}

function buildServer(options: AlmOptions, origin: () => string): AlmServer {
  const profile = profileOf(options.version ?? "17");
  const switches: AlmSwitches = { ...defaultSwitches(profile), ...options.switches };
  const { zone = "Europe/Berlin", clock: given = { now: () => Date.now() } } = options;
  const clock = createWallClock(() => given.now(), typeof zone === "string" ? () => zone : zone);
  const seedNumber = options.seed ?? 1;
  const sessions = createSessions(clock.now, switches, seedNumber);
  const accounts = options.users ?? ACCOUNTS;
  const made = typeof options.content === "object" ? options.content : {};
  const project: Project = {
    domain: options.domain ?? "DEMO",
    name: options.project ?? "PAYMENTS",
    profile,
    switches,
    clock,
    locks: createLocks(sessions.alive),
    store: createStore(),
    schema: stockSchema({
      profile,
      switches,
      seed: seedNumber,
      users: [...(made.people ?? people), ...accounts.map(asPerson)],
      ...(made.fields === undefined ? {} : { fields: made.fields }),
      ...(made.lists === undefined ? {} : { lists: made.lists }),
    }),
  };
  return {
    profile,
    switches,
    clock,
    sessions,
    project,
    accounts: new Map(accounts.map((account) => [account.login, account])),
    keys: new Map((options.keys ?? KEYS).map((key) => [key.id, key])),
    foreign: options.foreign ?? [{ domain: "DEMO", project: "VAULT" }],
    base: () => `${origin()}/qcbin`,
  };
}

function asPerson(account: Account): SharedPerson {
  return {
    login: account.login,
    name: `${account.login} (service)`,
    emails: [`${account.login}@example.com`],
    active: true,
  };
}

function seed(project: Project, admin: AlmAdmin, options: AlmOptions): void {
  seedRoot(project);
  const { content = "lifelike" } = options;
  if (content === "lifelike") seedLifelike(project, options.seed ?? 1);
  if (typeof content !== "object") return;
  for (const { collection, fields } of content.records ?? []) admin.create(collection, fields);
}

function accessOf(alm: AlmServer, url: string): Readonly<Record<string, string>> {
  const [account] = alm.accounts.values();
  const [key] = alm.keys.values();
  return {
    url,
    domain: alm.project.domain,
    project: alm.project.name,
    user: account?.login ?? "",
    password: account?.password ?? "",
    "client-id": key?.id ?? "",
    "client-secret": key?.secret ?? "",
  };
}
