import { type LinkConfig, otherSide, SIDES } from "../../core/snapshot.ts";
import type { FileReport, Place } from "./report.ts";
import type { SideFields } from "./side-fields.ts";
import type { TomlTable } from "./toml.ts";

/** E139: of an entity type without a single field that can be written (versions of Redmine) records are neither made nor deleted. */
export function checkReadOnlyEntities(
  link: LinkConfig,
  fields: Readonly<Record<"left" | "right", SideFields>>,
  table: TomlTable,
  report: FileReport,
): void {
  for (const side of SIDES) {
    const { endpoint, entity, create } = link[side];
    const all = Object.values(fields[side].schema?.fields ?? {});
    if (all.length === 0 || !all.every(({ readOnly }) => readOnly)) continue;
    const other = link[otherSide(side)];
    const what = `${entity} of ${endpoint} is for reading only`;
    if (create)
      report.error(
        "read-only-field",
        placeIn(table, "create"),
        `${what}, but the link makes records there.`,
        `Let it make none there: create = "${other.endpoint}".`,
      );
    if (other.deleted === "delete")
      report.error(
        "read-only-field",
        placeIn(table, "deleted"),
        `${what}, but a deletion in ${other.endpoint} is to delete there.`,
        `Say deleted = { ${other.endpoint} = "nothing" }.`,
      );
  }
}

function placeIn(table: TomlTable, key: string): Place {
  return table.entries.get(key)?.keyAt ?? table.at;
}
