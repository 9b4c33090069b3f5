import type { FieldSchema, Person } from "../../core/field.ts";
import { type FieldMapping, type LinkConfig, otherSide, type Side } from "../../core/snapshot.ts";
import { whoStandsFor } from "../../fields/carry.ts";
import { listedLine, type Standing } from "../../fields/user.ts";
import type { EndpointWorld } from "../../fields/world.ts";

/** Two fields between which users travel one way. */
export interface UserRow {
  readonly link: LinkConfig;
  readonly mapping: FieldMapping;
  readonly toward: Side;
  readonly from: FieldSchema;
  readonly to: FieldSchema;
}

/** Rows that carry a user the same way: whoever stands for somebody in one of them does so in all. */
export interface UserWay {
  readonly toward: Side;
  readonly rows: readonly UserRow[];
}

/** A user as records or a list of people show them. */
export interface Seen {
  readonly login: string;
  readonly person: Person | null;
  /** Records in which the user stands in a field of the way. */
  readonly records: number;
}

export interface UserSeen {
  readonly login: string;
  readonly name: string | null;
  readonly emails: readonly string[];
  /** Null where the tracker cannot list its users. */
  readonly listed: boolean | null;
  readonly active: boolean | null;
  readonly records: number;
  readonly standing: Standing;
  /** `file:line` of what says so; null for an e-mail address, and where nothing does. */
  readonly where: string | null;
  /** Whether the other tracker has the one who stands for them; null: it cannot list its users, and no record shows that login. */
  readonly known: boolean | null;
  /** Nobody can be written: no step answers, several people fit, or the other tracker does not have the one that is named. */
  readonly unresolved: boolean;
}

/** The first endpoint's people come first. */
const TOWARD = ["right", "left"] as const;

/** Every row of the links that writes a field of users, once per direction, gathered by what decides. `schemas`: by side, then entity type. */
export function userWays(
  links: readonly LinkConfig[],
  schemas: Readonly<Record<Side, ReadonlyMap<string, Readonly<Record<string, FieldSchema>>>>>,
): readonly UserWay[] {
  const rows = links.flatMap((link) =>
    link.fields.flatMap((mapping) =>
      TOWARD.flatMap((toward): UserRow[] => {
        if (mapping.direction !== "both" && mapping.direction !== `to-${toward}`) return [];
        const fieldOf = (side: Side) => schemas[side].get(link[side].entity)?.[mapping[side]];
        const [from, to] = [fieldOf(otherSide(toward)), fieldOf(toward)];
        return from === undefined || to?.kind !== "user" ? [] : [{ link, mapping, toward, from, to }];
      }),
    ),
  );
  return [...Map.groupBy(rows, decidedBy).values()].flatMap((group) =>
    group[0] === undefined ? [] : [{ toward: group[0].toward, rows: group }],
  );
}

function decidedBy({ toward, from, to, mapping }: UserRow): string {
  const { values, unmapped, users, defaultUser, defaultFor, emails } = mapping;
  const policy = [values?.name, unmapped, users?.name, defaultUser[toward], defaultFor, emails];
  return JSON.stringify([toward, from.kind, to.verified, ...policy.map((one) => one ?? null)]);
}

/** Who stands for a user on this way, by the same chain as in a run. `there`: logins that records of the other tracker show, in lower case. */
export function resolveUser(
  { login, person, records }: Seen,
  { toward, rows }: UserWay,
  worlds: Readonly<Record<Side, EndpointWorld>>,
  there: ReadonlySet<string>,
): UserSeen | null {
  const [row] = rows;
  if (row === undefined) return null;
  const [source, target] = [worlds[otherSide(toward)], worlds[toward]];
  const { mapping, from, to } = row;
  const standing = whoStandsFor(login, { from, to, mapping, toward, source, target });
  const known = standing.kind === "found" ? isKnown(standing.login, target.people, there) : null;
  return {
    login: person?.login ?? login,
    name: person?.name ?? null,
    emails: person?.emails ?? [],
    listed: source.people === null ? null : person !== null,
    active: person?.active ?? null,
    records,
    standing,
    where: placeOf(standing, login, row, source),
    known,
    unresolved: isUnresolved(standing, known, to),
  };
}

function isKnown(login: string, people: readonly Person[] | null, there: ReadonlySet<string>): boolean | null {
  const key = login.trim().toLowerCase();
  if (people !== null) return people.some((person) => person.login.toLowerCase() === key);
  return there.has(key) ? true : null;
}

function isUnresolved(standing: Standing, known: boolean | null, to: FieldSchema): boolean {
  if (standing.kind === "found") return known === false && to.verified !== false && standing.login.trim() !== "";
  return standing.kind !== "left alone";
}

function placeOf(standing: Standing, login: string, { mapping, toward }: UserRow, from: EndpointWorld): string | null {
  if (standing.kind !== "found") return null;
  const { values, users, origin } = mapping;
  if (standing.step === "value map" && values !== null) return `${values.origin.file}:${values.origin.line}`;
  if (standing.step === "default user") return `${origin.file}:${origin.line}`;
  if (standing.step !== "users file" || users === null) return null;
  const line = listedLine({ login, mapping, toward, from });
  return line === null ? users.origin.file : `${users.origin.file}:${line}`;
}
