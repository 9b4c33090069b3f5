import type { DiagnosticCode } from "../../core/diagnostic.ts";
import { readEntityType } from "../../core/entity-type.ts";
import { type LinkConfig, SIDES, type Side } from "../../core/snapshot.ts";
import { type Direction, readDirection, wordOf } from "./direction.ts";
import type { LinkContext } from "./link-context.ts";
import { asTable, oneOf, readTable, type TableReader } from "./read.ts";
import type { FileReport, Place } from "./report.ts";
import type { TomlEntry } from "./toml.ts";

/** A table of a link that carries one kind of parts, as messages speak of it. */
export interface PartTable {
  readonly key: "attachments" | "comments" | "entity_links";
  /** Where records have none: what is said of their type, up to the type's name, and its code. */
  readonly none: { readonly code: DiagnosticCode; readonly text: string };
}

type Ends = Pick<LinkConfig, "name" | "left" | "right">;

/** Opens `[links.<name>.<key>]`. Null without the table, and where its parts could go nowhere, which is reported. */
export function openPartTable(
  { key }: PartTable,
  entry: TomlEntry | null,
  link: Ends,
  report: FileReport,
): TableReader | null {
  const table = entry === null ? null : asTable(entry.node, `"${key}"`, report);
  if (entry === null || table === null) return null;
  if (SIDES.some((side) => link[side].update !== false)) return readTable(table, `[links.${link.name}.${key}]`, report);
  report.error(
    "row-without-effect",
    entry.keyAt,
    `${sentence(key)} would go nowhere: the link changes records on neither side (update = "none").`,
    "Take the table out, or say in update which side they may go to.",
  );
  return null;
}

/** A side whose records are never changed because their partners were (E30) gets no parts either. */
export function readPartDirection(
  { key }: PartTable,
  reader: TableReader,
  link: Ends,
  { report, names }: LinkContext,
): Direction {
  const said = readDirection(reader, names);
  const [only, another] = SIDES.filter((side) => link[side].update !== false);
  const own: Direction = only === undefined || another !== undefined ? "both" : `to-${only}`;
  if (said === null || own === "both" || own === said.value) return said?.value ?? own;
  const closed = own === "to-left" ? names[1] : names[0];
  report.error(
    "row-without-effect",
    said.at,
    `${sentence(key)} go "${wordOf(said.value, names)}", but the link never changes records of ${closed}.`,
    `Say direction = "${wordOf(own, names)}", or leave it out.`,
  );
  return own;
}

/** False, and told, where a tracker of this kind has no such parts on records of this type; `offered`: types that have them. */
export function checkOffered(
  { key, none }: PartTable,
  side: Side,
  link: Ends,
  offered: readonly string[],
  at: Place,
  { report, ...context }: LinkContext,
): boolean {
  const { type, config } = context[side];
  const { base } = readEntityType(link[side].entity);
  const fields = side === "left" ? context.leftFields : context.rightFields;
  // An unknown kind of tracker or entity type is told elsewhere.
  if (type === null || (fields.schema === null && !type.entities.includes(base))) return false;
  if (offered.includes(base)) return true;
  const has = offered.length === 0 ? "" : ` It has them for ${oneOf(offered)}.`;
  report.error(
    none.code,
    at,
    `${config.name} has no ${none.text} records of type ${base} (${type.title}).${has}`,
    `Take the table ${key} out of this link.`,
  );
  return false;
}

function sentence(key: PartTable["key"]): string {
  return `${key.charAt(0).toUpperCase()}${key.slice(1).replace("_", " ")}`;
}
