import type { DraftSide, MarkerFindings } from "../../config/draft/input.ts";
import { findMarkers, type Looked, markerCandidates } from "../../config/draft/markers.ts";
import type { EntityPair } from "../../config/draft/pairing.ts";
import { wantedTargets } from "../../config/draft/targets.ts";
import type { Check, Connector } from "../../core/connector.ts";
import { readEntityType } from "../../core/entity-type.ts";
import { ConnectorError, OperatorError } from "../../core/errors.ts";
import type { DirectoryEntry, EntitySchema, Person } from "../../core/field.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { type EndpointConfig, SIDES, type Side } from "../../core/snapshot.ts";
import { openPool, type Patience } from "../../main.ts";
import type { Steps } from "../../status/steps.ts";
import type { Host } from "../host.ts";
import { PATIENCE, probe } from "../probe.ts";
import type { Answers, EndpointAnswer } from "./answers.ts";
import type { LinksAnswer } from "./links.ts";
import { loginOf, type SecretPlan } from "./secret-files.ts";

/** Records looked at per entity type: enough to see what a field is used for. */
const MOST_RECORDS = 2000;
export interface Looking {
  readonly host: Host;
  readonly answers: Answers;
  readonly plan: SecretPlan;
  readonly steps: Steps;
  /** Told once of what a person should know. */
  readonly note: (text: string) => void;
}

/** Both trackers as found; nothing was written to them. */
export interface Found {
  readonly checks: Readonly<Record<Side, readonly Check[]>>;
  readonly sides: Readonly<Record<Side, DraftSide>>;
  readonly links: readonly (EntityPair & { readonly markers: Readonly<Record<Side, MarkerFindings>> })[];
}

/** Two trackers that let the account in (X10). */
export interface Reached {
  readonly checks: Readonly<Record<Side, readonly Check[]>>;
  readonly connectors: Readonly<Record<Side, Connector>>;
  close(): Promise<void>;
}

/** Reaches and signs in at both, at once; throws `OperatorError` with every check that failed. */
export async function reach({ host, answers, plan, steps }: Looking, patience: Patience = PATIENCE): Promise<Reached> {
  const test = (side: Side) => {
    steps.say(`${answers[side].name}: reaching it, signing in`);
    return probe(host, answers.connection, endpointOf(answers[side]), plan.secrets, patience);
  };
  const [left, right] = await Promise.all([test("left"), test("right")]);
  const checks = { left, right };
  const failed = SIDES.flatMap((side) =>
    checks[side].flatMap(({ verdict, name, message }) =>
      verdict === "fail" ? [`  ${answers[side].name}: ${name}: ${message}`] : [],
    ),
  );
  if (failed.length > 0)
    throw new OperatorError(
      `The trackers do not let Syncline in; nothing was written.\n${failed.join("\n")}`,
      "Mend it and start again.",
    );
  const { now, random } = host;
  const pool = openPool({ address: () => null }, { emit: () => undefined, now, random, secrets: plan.secrets });
  const open = async (side: Side) => (await pool.open(answers.connection, endpointOf(answers[side]))).connector;
  return { checks, connectors: { left: await open("left"), right: await open("right") }, close: () => pool.close() };
}

function endpointOf({ name, type, parsed, secret }: EndpointAnswer): EndpointConfig {
  const origin = { file: "", line: 1, column: 1 };
  return { name, type: type.type, settings: parsed, secret, origin, schemas: {} };
}

/** Reads fields, people, names and a sample of records, as far as a draft needs them. */
export async function look(looking: Looking, { checks, connectors }: Reached, wanted: LinksAnswer): Promise<Found> {
  const { answers, steps, host } = looking;
  const { pairs, schemas } = await describeAll(looking, connectors, wanted);
  const seen = { left: new Set<string>(), right: new Set<string>() };
  const links = [];
  for (const pair of pairs) {
    const sample = async (side: Side) => {
      steps.say(`${answers[side].name}: looking at records of ${pair[side]}`);
      return sampleRecords(
        answers[side],
        pair[side],
        schemas[side][pair[side]],
        connectors[side],
        seen[side],
        host.signal,
      );
    };
    links.push({ ...pair, markers: findMarkers(await sample("left"), await sample("right")) });
  }
  const pulled = await learnKinds(looking, connectors, schemas, links);
  const sides = {
    left: { ...(await sideOf("left", looking, connectors.left, pairs, schemas, seen.left)), pulled: pulled.left },
    right: { ...(await sideOf("right", looking, connectors.right, pairs, schemas, seen.right)), pulled: pulled.right },
  };
  return { checks, sides, links };
}

/**
 * Where kinds are guessed from values, the sample has shown more of them. What a pull will say is kept beside: it looks at fewer records, and knows no
 * more than what the mapping then declares, the markers.
 */
async function learnKinds(
  { answers, host }: Looking,
  connectors: Reached["connectors"],
  schemas: Schemas,
  links: Found["links"],
): Promise<Schemas> {
  const pulled: Schemas = { left: { ...schemas.left }, right: { ...schemas.right } };
  for (const side of SIDES) {
    if (answers[side].type.declares === undefined) continue;
    for (const [entity, before] of Object.entries(schemas[side])) {
      const { fields } = await connectors[side].describe(entity, host.signal);
      schemas[side][entity] = { ...before, fields };
      const declared = links.flatMap((link) => (link[side] === entity ? (link.markers[side].naming ?? []) : []));
      const known = Object.entries(fields).filter(([name]) => declared.includes(name));
      pulled[side][entity] = { ...before, fields: { ...before.fields, ...Object.fromEntries(known) } };
    }
  }
  return pulled;
}

type Schemas = Readonly<Record<Side, Record<string, EntitySchema>>>;

/** Pairs that nobody asked for are left out where a tracker has no such records; that is told. */
async function describeAll(
  { answers, steps, host, note }: Looking,
  connectors: Reached["connectors"],
  { pairs, usual }: LinksAnswer,
): Promise<{ readonly pairs: readonly EntityPair[]; readonly schemas: Schemas }> {
  const schemas: Schemas = { left: {}, right: {} };
  const kept: EntityPair[] = [];
  for (const pair of pairs) {
    try {
      for (const side of SIDES) {
        steps.say(`${answers[side].name}: reading the fields of ${pair[side]}`);
        schemas[side][pair[side]] ??= await connectors[side].describe(pair[side], host.signal);
      }
      kept.push(pair);
    } catch (error) {
      if (!(error instanceof ConnectorError && error.kind === "notFound")) throw error;
      if (!usual)
        throw new OperatorError(
          error.message,
          `Choose with --entities: ${offered(answers.left)}; ${offered(answers.right)}.`,
        );
      note(`${pair.left} with ${pair.right} is left out: ${error.message}`);
    }
  }
  if (kept.length === 0)
    throw new OperatorError("There is nothing to link.", "Name entity types with --entities left=right.");
  const used = new Set(kept.flatMap((pair) => SIDES.map((side) => `${side} ${pair[side]}`)));
  for (const side of SIDES)
    for (const entity of Object.keys(schemas[side])) if (!used.has(`${side} ${entity}`)) delete schemas[side][entity];
  return { pairs: kept, schemas };
}

function offered({ name, type }: EndpointAnswer): string {
  return `${name} has ${type.entities.join(", ")}`;
}

/** Values of the fields that may hold partners' ids, and who stands in user fields, of the first records. */
async function sampleRecords(
  { type, parsed }: EndpointAnswer,
  entity: string,
  schema: EntitySchema | undefined,
  connector: Connector,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<Looked> {
  if (schema === undefined) return { candidates: [], records: [] };
  const candidates = markerCandidates(schema, type.stock(entity, parsed));
  const users = connector.capabilities.listsPeople
    ? []
    : userFields(schema, Object.values(type.meanings?.[readEntityType(entity).base]?.fields ?? {}));
  const records: TrackerRecord[] = [];
  for await (const page of connector.changes({ entity, fields: [...candidates, ...users], since: null }, signal)) {
    records.push(...page.records);
    if (records.length >= MOST_RECORDS) break;
  }
  for (const { fields } of records)
    for (const name of users) for (const login of [fields[name] ?? []].flat()) if (login.trim() !== "") seen.add(login);
  return { candidates, records };
}

function userFields({ fields }: EntitySchema, names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => fields[name]?.kind === "user");
}

async function sideOf(
  side: Side,
  { answers, steps, host, plan }: Looking,
  connector: Connector,
  pairs: readonly EntityPair[],
  schemas: Schemas,
  seen: ReadonlySet<string>,
): Promise<DraftSide> {
  const { name, type, settings, parsed, secret } = answers[side];
  const other: Side = side === "left" ? "right" : "left";
  if (connector.capabilities.listsPeople) steps.say(`${name}: reading the users`);
  const listed = connector.capabilities.listsPeople ? await connector.people(host.signal) : null;
  const own = { type, schemas: schemas[side] };
  const theirs = { type: answers[other].type, schemas: schemas[other] };
  const targets = new Set(pairs.flatMap((pair) => [...wantedTargets(own, pair[side], theirs, pair[other])]));
  const directories = new Map<string, readonly DirectoryEntry[]>();
  for (const target of targets) {
    steps.say(`${name}: reading the names of every ${target}`);
    directories.set(target, await connector.directory(target, host.signal));
  }
  const people =
    listed?.filter(({ active }) => active) ?? [...seen].sort().map((login) => ({ login, name: login, emails: [] }));
  const account = loginOf(await plan.secrets.read(secret, type.secretKeys));
  return {
    name,
    type,
    settings,
    parsed,
    secret,
    schemas: schemas[side],
    people,
    directories,
    login: knownLogin(account, listed),
  };
}

/** As the tracker spells it: a sign-in does not mind capitals. */
function knownLogin(account: string | null, listed: readonly Person[] | null): string | null {
  if (account === null || listed === null) return account;
  return listed.find(({ login }) => login.toLowerCase() === account.toLowerCase())?.login ?? null;
}
