import type { Connector } from "../../core/connector.ts";
import type { FieldSchema, Person } from "../../core/field.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { type ConnectionConfig, otherSide, SIDES, type Side } from "../../core/snapshot.ts";
import type { EndpointWorld } from "../../fields/world.ts";
import { schemasOf } from "../decide/frame.ts";
import { resolveUser, type Seen, type UserSeen, type UserWay, userWays } from "./user-ways.ts";

export interface UsersInput {
  readonly connection: ConnectionConfig;
  readonly connectors: Readonly<Record<Side, Connector>>;
  /** Most records looked at per endpoint and entity type. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Told what is being read; `total` null where the tracker does not say. */
  readonly progress: (endpoint: string, what: string, done: number, total: number | null) => void;
}

/** Users of one way, those first for whom nobody stands. */
export interface UsersOfWay {
  readonly from: string;
  readonly to: string;
  /** Whether the tracker that is written lists its users, so that it is known who exists there. */
  readonly listsThere: boolean;
  readonly rows: readonly { readonly link: string; readonly from: string; readonly to: string }[];
  readonly users: readonly UserSeen[];
}

export interface UsersReport {
  readonly ways: readonly UsersOfWay[];
  /** Where not every record was looked at. */
  readonly cut: readonly { readonly endpoint: string; readonly entity: string; readonly read: number }[];
}

type Counts = ReadonlyMap<UserWay, Map<string, { readonly login: string; records: number }>>;

/**
 * Every user whom both trackers list, or show in a mapped field of users, and who stands for them on the other side (T4: before the run). Writes
 * nothing; reads those fields alone, page by page.
 */
export async function lookAtUsers(input: UsersInput): Promise<UsersReport> {
  const { connection } = input;
  const schemas = { left: await schemasAt("left", input), right: await schemasAt("right", input) };
  const ways = userWays(connection.links, schemas);
  const writes = (side: Side) => ways.some(({ toward }) => toward === side);
  if (ways.length === 0) return { ways: [], cut: [] };
  const worlds = { left: await worldOf("left", input), right: await worldOf("right", input) };
  const counts: Counts = new Map(ways.map((way) => [way, new Map()]));
  const shown = { left: new Set<string>(), right: new Set<string>() };
  const cut = [];
  for (const side of SIDES) {
    const asEvidence = writes(side) && worlds[side].people === null;
    for (const [entity, fields] of fieldsToList(ways, side, asEvidence)) {
      const read = await readRecords(input, side, entity, fields, (record) => {
        for (const name of fields)
          for (const login of valuesOf(record, name)) shown[side].add(login.trim().toLowerCase());
        count(record, entity, side, ways, counts);
      });
      if (read !== null) cut.push({ endpoint: connection[side].name, entity, read });
    }
  }
  return { ways: ways.map((way) => usersOf(way, worlds, counts, shown[way.toward])), cut };
}

async function schemasAt(side: Side, { connection, connectors, signal, progress }: UsersInput) {
  const schemas = new Map<string, Readonly<Record<string, FieldSchema>>>();
  for (const link of connection.links) {
    const { entity, endpoint } = link[side];
    if (schemas.has(entity)) continue;
    progress(endpoint, `fields of ${entity}`, 0, null);
    const described = await connectors[side].describe(entity, signal);
    schemas.set(entity, { ...described.fields, ...schemasOf(link, side, described).schemas });
  }
  return schemas;
}

async function worldOf(side: Side, { connection, connectors, signal, progress }: UsersInput): Promise<EndpointWorld> {
  const { name: endpoint } = connection[side];
  const connector = connectors[side];
  if (connector.capabilities.listsPeople) progress(endpoint, "users", 0, null);
  const people = connector.capabilities.listsPeople ? await connector.people(signal) : null;
  return { endpoint, people, directories: new Map() };
}

/** By entity type: the fields that users come from, and where the tracker cannot list its users those that they go to. */
function fieldsToList(
  ways: readonly UserWay[],
  side: Side,
  asEvidence: boolean,
): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, Set<string>>();
  for (const { toward, rows } of ways)
    for (const { link, mapping } of toward !== side || asEvidence ? rows : []) {
      const { entity } = link[side];
      fields.set(entity, (fields.get(entity) ?? new Set()).add(mapping[side]));
    }
  return new Map([...fields].map(([entity, names]) => [entity, [...names]]));
}

/** Null where every record was read, else how many were. */
async function readRecords(
  { connectors, connection, limit, signal, progress }: UsersInput,
  side: Side,
  entity: string,
  fields: readonly string[],
  take: (record: TrackerRecord) => void,
): Promise<number | null> {
  const { name } = connection[side];
  let read = 0;
  progress(name, `records of ${entity}`, read, null);
  for await (const page of connectors[side].changes({ entity, fields, since: null }, signal)) {
    for (const record of page.records) {
      if (read === limit) return read;
      take(record);
      read++;
    }
    progress(name, `records of ${entity}`, read, page.total);
  }
  return null;
}

function count(record: TrackerRecord, entity: string, side: Side, ways: readonly UserWay[], counts: Counts): void {
  for (const way of ways) {
    if (way.toward === side) continue;
    const fields = way.rows.flatMap(({ link, mapping }) => (link[side].entity === entity ? [mapping[side]] : []));
    const logins = new Map(
      fields.flatMap((name) => valuesOf(record, name)).map((login) => [login.trim().toLowerCase(), login]),
    );
    for (const [key, login] of logins) {
      const seen = counts.get(way)?.get(key) ?? { login, records: 0 };
      seen.records++;
      counts.get(way)?.set(key, seen);
    }
  }
}

function valuesOf({ fields }: TrackerRecord, name: string): readonly string[] {
  const value = Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
  const values = typeof value === "string" ? [value] : (value ?? []);
  return values.filter((one) => one.trim() !== "");
}

function usersOf(
  way: UserWay,
  worlds: Readonly<Record<Side, EndpointWorld>>,
  counts: Counts,
  there: ReadonlySet<string>,
): UsersOfWay {
  const side = otherSide(way.toward);
  const seen = everybody(way, worlds[side].people, counts.get(way) ?? new Map());
  const users = seen.flatMap((one) => resolveUser(one, way, worlds, there) ?? []);
  return {
    from: worlds[side].endpoint,
    to: worlds[way.toward].endpoint,
    listsThere: worlds[way.toward].people !== null,
    rows: way.rows.map(({ link, mapping }) => ({ link: link.key, from: mapping[side], to: mapping[way.toward] })),
    users: users.toSorted(
      (a, b) => Number(b.unresolved) - Number(a.unresolved) || b.records - a.records || (a.login < b.login ? -1 : 1),
    ),
  };
}

/** People of the tracker's list, and who stands on records without being in it (S6, T6). A text field has no list. */
function everybody(
  { rows }: UserWay,
  people: readonly Person[] | null,
  counted: ReadonlyMap<string, { readonly login: string; readonly records: number }>,
): readonly Seen[] {
  const byLogin = new Map((people ?? []).map((person) => [person.login.trim().toLowerCase(), person] as const));
  const listed = rows[0]?.from.kind === "user" ? [...byLogin.keys()] : [];
  return [...new Set([...listed, ...counted.keys()])].map((key) => {
    const person = byLogin.get(key) ?? null;
    const { login, records } = counted.get(key) ?? { login: person?.login ?? key, records: 0 };
    return { login, person, records };
  });
}
