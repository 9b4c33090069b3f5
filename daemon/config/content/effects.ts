import { overlap } from "../../core/entity-type.ts";
import {
  type FieldMapping,
  type LinkConfig,
  otherSide,
  SIDES,
  type Side,
  type SideConfig,
} from "../../core/snapshot.ts";
import type { ReadConnection } from "./connection.ts";
import type { FileReport, Place } from "./report.ts";
import type { TomlTable } from "./toml.ts";

/** E133, E134: what creations, updates and deletions cause must go together, and each row needs a way on which it counts. */
export function checkEffects(link: LinkConfig, table: TomlTable, report: FileReport): void {
  for (const side of SIDES) {
    const config = link[side];
    checkRecreate(config, placeIn(table, "deleted", config.endpoint), report);
    checkUpdate(config, placeIn(table, "update", config.endpoint), report);
    checkRows(link, side, report);
  }
  if (SIDES.every((side) => isIdle(link[side])) && link.fields.length > 0) checkIdle(table, report);
  for (const row of link.fields) checkRow(row, link, report);
}

function checkRecreate({ endpoint, deleted, create }: SideConfig, at: Place, report: FileReport): void {
  if (deleted !== "recreate" || create) return;
  report.error(
    "recreate-without-create",
    at,
    `Records deleted in ${endpoint} are to be made anew there, but the link makes no records in ${endpoint}.`,
    `Let it: create = "both" or "${endpoint}"; or say deleted = { ${endpoint} = "nothing" }.`,
  );
}

function checkUpdate({ endpoint, create, update }: SideConfig, at: Place, report: FileReport): void {
  if (!create || update !== false) return;
  report.warn(
    "create-without-update",
    at,
    `The link makes records in ${endpoint} and never updates them: later edits of their partners do not arrive.`,
    `Let it update there, or make no records there with create.`,
  );
}

function checkRows({ fields, ruleFile, origin, ...sides }: LinkConfig, side: Side, report: FileReport): void {
  const { endpoint, create } = sides[side];
  if (!create || ruleFile !== null || fields.length === 0) return;
  if (fields.some(({ direction }) => direction === "both" || direction === `to-${side}`)) return;
  report.warn(
    "no-row",
    origin,
    `The link makes records in ${endpoint}, but no row goes there: they would be empty.`,
    `Map fields to ${endpoint}, or make no records there with create.`,
  );
}

function isIdle({ create, update }: SideConfig): boolean {
  return !create && update === false;
}

/** E134: may be meant, to have pairs before anything is written. Each one-way row is told by itself. */
function checkIdle(table: TomlTable, report: FileReport): void {
  const at = (table.entries.get("update") ?? table.entries.get("create"))?.keyAt ?? table.at;
  report.warn(
    "row-without-effect",
    at,
    "The link neither makes nor updates records on either side: records that match are paired, and no row is ever written.",
    'Say where records are updated: update = "both", or one endpoint.',
  );
}

/** A two-way row counts on the other way; one that goes nowhere else was meant to do something. */
function checkRow({ direction, origin, left, right }: FieldMapping, link: LinkConfig, report: FileReport): void {
  if (direction === "both") return;
  const side: Side = direction === "to-left" ? "left" : "right";
  const { endpoint, create, update } = link[side];
  if (create || update !== false) return;
  const field = side === "left" ? left : right;
  report.error(
    "row-without-effect",
    origin,
    `The row writes "${field}" of ${endpoint}, where the link neither makes nor updates records.`,
    `Let the link update there, or map the row the other way: direction = "to-${link[otherSide(side)].endpoint}".`,
  );
}

/** Where a link's table says something of an endpoint; its beginning where it does not. */
function placeIn(table: TomlTable, key: string, endpoint: string): Place {
  const entry = table.entries.get(key);
  const inner = entry?.node.kind === "table" ? entry.node.entries.get(endpoint) : undefined;
  return inner?.node.at ?? entry?.node.at ?? table.at;
}

/**
 * E133: of two links that both make partners for the same records a record gets one, since a run leaves alone what another link of its connection
 * pairs: but chance says from which. Filters may keep them apart: only where one of the two takes every record it is certain.
 */
export function checkPartners({ config }: ReadConnection, report: FileReport): void {
  for (const side of SIDES) {
    config.links.forEach((link, index) => {
      const earlier = config.links.slice(0, index).find((other) => bothMake(other, link, side));
      if (earlier === undefined) return;
      const { endpoint, entity } = link[side];
      report
        .about(`link ${link.name}`)
        .warn(
          "two-partners",
          link.origin,
          `${earlier.key} and ${link.key} both make partners for every ${entity} of ${endpoint}: a record gets one, from whichever runs first.`,
          "Keep their records apart with filter, or let one of the two make none (create).",
        );
    });
  }
}

function bothMake(one: LinkConfig, other: LinkConfig, side: Side): boolean {
  const far = otherSide(side);
  if (!one[far].create || !other[far].create || !overlap(one[side].entity, other[side].entity)) return false;
  return one[side].filter === null || other[side].filter === null;
}
