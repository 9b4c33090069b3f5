import type { FieldMapping } from "../../core/snapshot.ts";
import type { TableReader } from "./read.ts";
import type { Placed } from "./report.ts";

export type Direction = FieldMapping["direction"];

/** The key `direction`, said with endpoint names. Null where it is not said, or wrong and thereby reported. */
export function readDirection(reader: TableReader, names: readonly [string, string]): Placed<Direction> | null {
  const ways = (["both", "to-left", "to-right"] as const).map((way) => [wordOf(way, names), way] as const);
  const said = reader.choice(
    "direction",
    ways.map(([word]) => word),
  );
  const way = ways.find(([word]) => word === said?.value)?.[1];
  return said === null || way === undefined ? null : { value: way, at: said.at };
}

/** How the configuration says it: `to-` and the endpoint's name. */
export function wordOf(direction: Direction, [left, right]: readonly [string, string]): string {
  if (direction === "both") return "both";
  return direction === "to-left" ? `to-${left}` : `to-${right}`;
}
