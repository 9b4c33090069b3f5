import { readEntityType } from "../../core/entity-type.ts";
import {
  type FieldMapping,
  type LinkConfig,
  otherSide,
  SIDES,
  type Side,
  type SideConfig,
} from "../../core/snapshot.ts";
import type { Endpoint } from "./endpoints.ts";
import type { ConnectionContext } from "./link-context.ts";
import type { TableReader } from "./read.ts";
import type { FileReport, Place } from "./report.ts";
import type { TomlTable } from "./toml.ts";

/** Where a link may make and change records. */
export interface Deeds {
  readonly create: Readonly<Record<Side, boolean>>;
  readonly update: Readonly<Record<Side, boolean>>;
  /** The side whose creations and places in the tree always cross, and never the other's (E34, E35); null: neither. */
  readonly master: Side | null;
}

/** Keys left out follow the others: records are made where they may be updated (E32), under a master only on the other side. */
export function readDeeds(reader: TableReader, { names }: ConnectionContext): Deeds {
  const named = reader.choice("master", names)?.value;
  const master = named === undefined ? null : sideOf(named, names);
  const update = readSides(reader, "update", names, { left: true, right: true });
  const makes = (side: Side) => update[side] && (master === null || side === otherSide(master));
  const create = readSides(reader, "create", names, { left: makes("left"), right: makes("right") });
  return { create, update, master };
}

function sideOf(name: string, names: readonly [string, string]): Side {
  return name === names[0] ? "left" : "right";
}

function readSides(
  reader: TableReader,
  key: string,
  names: readonly [string, string],
  fallback: Deeds["create"],
): Deeds["create"] {
  if (reader.entry(key) === null) return fallback;
  // What cannot be read does nothing, so that nothing is demanded of it either.
  const choice = reader.choice(key, ["both", ...names, "none"])?.value ?? "none";
  return { left: choice === "both" || choice === names[0], right: choice === "both" || choice === names[1] };
}

/** E34, E35: what a link says beside its master must be what the master means. */
export function checkMaster(link: LinkConfig, { master }: Deeds, table: TomlTable, report: FileReport): void {
  if (master === null) return;
  const follower = otherSide(master);
  const [ruling, ruled] = [link[master], link[follower]];
  const at = (key: string, endpoint = ""): Place => {
    const entry = table.entries.get(key);
    const inner = entry?.node.kind === "table" ? entry.node.entries.get(endpoint) : undefined;
    return inner?.node.at ?? entry?.node.at ?? table.at;
  };
  const refuse = (place: Place, what: string, hint: string) =>
    report.error("against-master", place, `The master is ${ruling.endpoint}: ${what}.`, hint);
  if (ruling.create || !ruled.create)
    refuse(
      at("create"),
      `its records get partners in ${ruled.endpoint}, and those of ${ruled.endpoint} none`,
      `Leave out "create", or write create = "${ruled.endpoint}".`,
    );
  if (ruled.update === false)
    refuse(at("update"), `its updates always cross`, `Write update = "both" or "${ruled.endpoint}".`);
  if (ruling.deleted === "recreate")
    refuse(
      at("deleted", ruling.endpoint),
      `what is deleted there is not made anew from its partner`,
      `Write deleted = { ${ruling.endpoint} = "delete" } or "nothing".`,
    );
  if (ruled.deleted === "delete")
    refuse(
      at("deleted", ruled.endpoint),
      `a deletion in ${ruled.endpoint} takes nothing with it there`,
      `Write deleted = { ${ruled.endpoint} = "recreate" } or "nothing".`,
    );
}

/** E66: the tree follows the master. A row between the two fields that hold a record's place goes from there alone. */
export function followMaster(
  rows: readonly FieldMapping[],
  { master }: Deeds,
  sides: Readonly<Record<Side, SideConfig>>,
  report: FileReport,
): readonly FieldMapping[] {
  if (master === null) return rows;
  const toward = `to-${otherSide(master)}` as const;
  const isPlace = (row: FieldMapping) => SIDES.every((side) => row[side] === sides[side].place);
  return rows.map((row) => {
    if (!isPlace(row) || row.direction === toward) return row;
    if (row.direction === "both") return { ...row, direction: toward };
    report.error(
      "against-master",
      row.origin,
      `The master is ${sides[master].endpoint}: a record's place in the tree goes from there to its partner.`,
      'Leave out "direction".',
    );
    return row;
  });
}

/** The field that holds a record's place in its tree, where its tracker has trees. */
export function placeOf({ type }: Endpoint, entity: string): Pick<SideConfig, "place"> {
  const { base } = readEntityType(entity);
  const place = type?.parents !== undefined && Object.hasOwn(type.parents, base) ? type.parents[base] : undefined;
  return place === undefined ? {} : { place };
}

/** The part of a side that the deeds decide. */
export function deedsOf({ create, update }: Deeds, side: Side): Pick<SideConfig, "create" | "update"> {
  return { create: create[side], ...(update[side] ? {} : { update: false }) };
}
