import type { EndpointFacts } from "../config/facts.ts";
import type { Check, Connector } from "../core/connector.ts";
import { readEntityType } from "../core/entity-type.ts";
import { ConnectorError, OperatorError } from "../core/errors.ts";
import type { DirectoryEntry, EntitySchema, Person } from "../core/field.ts";
import type { ConnectionConfig, Side } from "../core/snapshot.ts";
import { targetsOf } from "../fields/referred.ts";
import type { Steps } from "../status/steps.ts";

/** One endpoint as it answers now. */
export interface AskedEndpoint {
  readonly endpoint: string;
  readonly connector: Connector;
  /** The connector's own checks, by name. */
  readonly checks: readonly Check[];
  /** Null where a check failed: there is then nothing that the mapping could be held against. */
  readonly facts: EndpointFacts | null;
}

/**
 * Tries what the connector tries, and reads what the connection's links are to be checked against. Writes nothing. `probed`: what came of reaching it
 * and signing in; where that failed, nobody waits for it again.
 */
export async function askEndpoint(
  connection: ConnectionConfig,
  side: Side,
  probed: readonly Check[],
  { connector, steps, signal }: Asking,
): Promise<AskedEndpoint> {
  const { name: endpoint } = connection[side];
  const entities = [...new Set(connection.links.map((link) => link[side].entity))];
  if (probed.some(({ verdict }) => verdict === "fail")) return { endpoint, connector, checks: probed, facts: null };
  steps.say(`${endpoint}: trying what its links need`);
  const checks = await connector.test(entities, signal);
  if (checks.some(({ verdict }) => verdict === "fail")) return { endpoint, connector, checks, facts: null };
  try {
    const facts = await readFacts(connection, side, entities, { connector, steps, signal });
    return { endpoint, connector, checks, facts };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ConnectorError || error instanceof OperatorError)) throw error;
    const failed: Check = { name: "fields, users and lists", verdict: "fail", message: error.message };
    return { endpoint, connector, checks: [...checks, failed], facts: null };
  }
}

interface Asking {
  readonly connector: Connector;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

async function readFacts(
  connection: ConnectionConfig,
  side: Side,
  entities: readonly string[],
  { connector, steps, signal }: Asking,
): Promise<EndpointFacts> {
  const { name } = connection[side];
  const schemas: Record<string, EntitySchema> = {};
  for (const entity of entities) {
    steps.say(`${name}: reading the fields of ${entity}`);
    schemas[entity] = await connector.describe(entity, signal);
  }
  let people: readonly Person[] | null = null;
  if (connector.capabilities.listsPeople) {
    steps.say(`${name}: reading the users`);
    people = await connector.people(signal);
  }
  const directories = new Map<string, readonly DirectoryEntry[]>();
  for (const target of namedTargets(connection, side, schemas)) {
    steps.say(`${name}: reading the names of every ${target}`);
    directories.set(target, await connector.directory(target, signal));
  }
  return { schemas, people, directories };
}

/** What references are carried to by name. Records that a link of the connection pairs are carried by pair, and may be many. */
function namedTargets(
  { links }: ConnectionConfig,
  side: Side,
  schemas: Readonly<Record<string, EntitySchema>>,
): ReadonlySet<string> {
  const paired = new Set(links.map((link) => readEntityType(link[side].entity).base));
  const targets = links.flatMap((link) => {
    const fields: EntitySchema["fields"] = schemas[link[side].entity]?.fields ?? {};
    return link.fields.flatMap((row) => {
      const field = Object.hasOwn(fields, row[side]) ? fields[row[side]] : undefined;
      return field?.kind === "reference" ? targetsOf(field.target) : [];
    });
  });
  return new Set(targets.filter((target) => !paired.has(target)));
}
