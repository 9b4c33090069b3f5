import type { DirectoryEntry, FieldSchema } from "../../core/field.ts";
import { SIDES, type Side } from "../../core/snapshot.ts";
import { ROOT_FOLDER } from "../../fields/reference.ts";
import { targetsOf } from "../../fields/referred.ts";
import type { LinkContext } from "./link-context.ts";
import type { ValueRow } from "./value-maps.ts";
import type { RowSeen } from "./ways.ts";

/**
 * S45, S57: names by which references are carried and that several records bear; only the tracker itself can tell. Cycles and teams are looked for
 * within their release, so that there only equal names of one release count.
 */
export function checkUniqueNames(row: RowSeen, context: LinkContext): void {
  for (const side of SIDES) {
    const field = side === "left" ? row.leftSchema : row.rightSchema;
    const { facts, config } = side === "left" ? context.left : context.right;
    if (field?.kind !== "reference" || facts === null || !counts(row, side)) continue;
    for (const target of targetsOf(field.target))
      for (const same of namesakes(facts.directories.get(target) ?? [])) {
        if (areMapped(same, side, row, context)) continue;
        const paths = same.map(({ path, id }) => `${path} (${id})`).join(", ");
        const what =
          row.mapping.onError === "field"
            ? "the field of such a record is left alone"
            : "records that have it are not synchronised";
        context.report.warn(
          "name-not-unique",
          row[side].at,
          `"${same[0]?.name ?? ""}" is not unique among the ${target}s of ${config.name}: ${paths}; ${what}.`,
          "Rename all but one, or map each full path to its partner with a value map.",
        );
      }
  }
}

/** Where a text becomes a reference, only the names on the reference's side are looked for. */
function counts({ leftSchema, rightSchema, mapping }: RowSeen, side: Side): boolean {
  const other: FieldSchema | null = side === "left" ? rightSchema : leftSchema;
  return other?.kind === "reference" || mapping.direction === "both" || mapping.direction === `to-${side}`;
}

function namesakes(entries: readonly DirectoryEntry[]): readonly (readonly DirectoryEntry[])[] {
  // Teams of different kinds may well have one name (S62).
  const single = entries.filter(({ releases }) => releases === undefined);
  const groups = Map.groupBy(single, ({ name, parent }) => JSON.stringify([name, parent]));
  return [...groups.values()].filter((group) => group.length > 1);
}

/** A value map that has the full path of each tells them apart. */
function areMapped(
  same: readonly DirectoryEntry[],
  side: Side,
  { mapping }: RowSeen,
  { values }: LinkContext,
): boolean {
  const map = mapping.values === null ? undefined : values.get(mapping.values.name);
  if (map === undefined) return false;
  const ends = (rows: readonly ValueRow[], end: "from" | "to") => rows.map((row) => row[end].value);
  const [out, back] = side === "left" ? [map.toRight, map.toLeft] : [map.toLeft, map.toRight];
  const named = new Set([...ends(out, "from"), ...ends(back, "to")]);
  return same.every(({ path }) => named.has(path) || named.has(`${ROOT_FOLDER}${path}`));
}
