import type { ReadConnection } from "../content/connection.ts";
import type { SideFields } from "../content/side-fields.ts";

/**
 * What rules get to know of the configuration besides their records, by link and endpoint: field names by label (X4), and the value maps as that
 * endpoint's rules use them, outgoing toward the other side, incoming toward their own (X6).
 */
export type RuleTables = Readonly<Record<string, Readonly<Record<string, EndpointTables>>>>;

interface EndpointTables {
  readonly labels: Readonly<Record<string, string>>;
  readonly outgoing: ValueTables;
  readonly incoming: ValueTables;
}

type ValueTables = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function ruleTables(connections: Iterable<ReadConnection | null>): RuleTables {
  const tables: Record<string, Record<string, EndpointTables>> = {};
  for (const connection of connections) {
    if (connection === null) continue;
    const maps = [...connection.values].map(([, { map }]) => map);
    const toRight = Object.fromEntries(maps.map((map) => [map.name, map.toRight]));
    const toLeft = Object.fromEntries(maps.map((map) => [map.name, map.toLeft]));
    for (const { config, left, right } of connection.links) {
      tables[config.key] = {
        [config.left.endpoint]: { labels: labelsOf(left), outgoing: toRight, incoming: toLeft },
        [config.right.endpoint]: { labels: labelsOf(right), outgoing: toLeft, incoming: toRight },
      };
    }
  }
  return tables;
}

/** Labels that two fields share name neither. */
export function labelsOf({ schema }: SideFields): Readonly<Record<string, string>> {
  const fields = Object.values(schema?.fields ?? {});
  const count = Map.groupBy(fields, ({ label }) => label);
  const single = fields.filter(({ label }) => count.get(label)?.length === 1);
  return Object.fromEntries(single.map(({ label, name }) => [label, name]));
}
