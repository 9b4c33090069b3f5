import type { Check } from "../core/connector.ts";
import { readEntityType } from "../core/entity-type.ts";
import { ConnectorError } from "../core/errors.ts";
import type { EntityLinkPort } from "../core/parts.ts";

/** Adds a line for each entity type that has links to checks of which none failed: after a failed one the rest would only repeat its message. */
export async function withEntityLinks(
  checks: readonly Check[],
  port: EntityLinkPort,
  entities: readonly string[],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (checks.some((check) => check.verdict === "fail")) return checks;
  return [...checks, ...(await checkEntityLinks(port, entities, signal))];
}

/** One line of `connection test` for each of these entity types that has links: whether this server can be asked for them (S30, S31). */
async function checkEntityLinks(
  port: EntityLinkPort,
  entities: readonly string[],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const entity of entities.filter((each) => port.ends(each).length > 0)) {
    const name = `${entity}: entity links`;
    const missing = await port.missing(entity, signal).catch((error: unknown) => {
      if (error instanceof ConnectorError) return error.message;
      throw error;
    });
    checks.push(
      missing === null
        ? { name, verdict: "pass", message: "links between records can be read" }
        : { name, verdict: "warning", message: `${missing}. Links that carry entity_links leave them alone here` },
    );
  }
  return checks;
}

/** `EntityLinkPort.ends` of a table by entity type. */
export function endsIn(table: Readonly<Record<string, readonly string[]>>): (entity: string) => readonly string[] {
  return (entity) => {
    const { base } = readEntityType(entity);
    return Object.hasOwn(table, base) ? (table[base] ?? []) : [];
  };
}
