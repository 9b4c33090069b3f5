import type { FieldKind, FieldSchema } from "../../core/field.ts";
import type { Side, SideConfig } from "../../core/snapshot.ts";
import { readConstants } from "./constants.ts";
import { type Deeds, deedsOf, placeOf, readDeeds } from "./deeds.ts";
import type { Endpoint } from "./endpoints.ts";
import { nounOf } from "./kinds.ts";
import type { ConnectionContext, LinkContext, Written } from "./link-context.ts";
import { readPartnerUrl } from "./partner-url.ts";
import type { TableReader } from "./read.ts";
import { asChoice, asText, readTable, wrongType } from "./read.ts";
import type { FileReport, Placed } from "./report.ts";
import { reportStrangers } from "./row-options.ts";
import { currentOf, type Past, readOutOfScope, readPast } from "./scope.ts";
import type { SideFields } from "./side-fields.ts";
import { checkWritable, knownField } from "./side-fields.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry, TomlNode, TomlTable } from "./toml.ts";

const TABLES = ["marker", "partner_url", "filter", "out_of_scope", "reads", "deleted", "constants"] as const;

/** A link's tables that have one entry per endpoint. */
export interface SideTables {
  readonly deeds: Deeds;
  readonly past: Past;
  of(endpoint: string): Readonly<Record<(typeof TABLES)[number], TomlNode | undefined>>;
}

export function readSideTables(reader: TableReader, context: ConnectionContext): SideTables {
  const { names, report } = context;
  const tables = new Map<string, TomlTable | null>();
  for (const key of TABLES) {
    const table = reader.subtable(key);
    tables.set(key, table);
    if (table === null) continue;
    const inner = readTable(table, `"${key}"`, report);
    for (const name of names) inner.entry(name);
    reportStrangers(inner, names, report);
  }
  const node = (key: (typeof TABLES)[number], endpoint: string) => tables.get(key)?.entries.get(endpoint)?.node;
  return {
    deeds: readDeeds(reader, context),
    past: readPast(reader),
    of: (endpoint) => ({
      marker: node("marker", endpoint),
      partner_url: node("partner_url", endpoint),
      filter: node("filter", endpoint),
      out_of_scope: node("out_of_scope", endpoint),
      reads: node("reads", endpoint),
      deleted: node("deleted", endpoint),
      constants: node("constants", endpoint),
    }),
  };
}

/** Which entity type the link has at each endpoint; a key that should have been an endpoint is reported here. */
export function readEntities(
  reader: TableReader,
  entry: TomlEntry,
  { names, report }: ConnectionContext,
): readonly [Placed<string> | null, Placed<string> | null] {
  const [left, right] = names.map((name) => reader.text(name));
  const missing = names.filter((name) => !reader.table.entries.has(name));
  for (const name of missing) {
    const strange = reader.rest().find(({ key, node }) => node.kind === "text" && !OTHER_KEYS.includes(key));
    if (strange !== undefined) {
      reader.entry(strange.key);
      report.error(
        "unknown-endpoint",
        strange.keyAt,
        `The connection has no endpoint "${strange.key}".`,
        didYouMean(strange.key, missing),
      );
    } else {
      report.error(
        "missing-key",
        entry.keyAt,
        `[links.${entry.key}] does not say which entity type it has in ${name}.`,
        `Add ${name} = "<entity>", such as "defect".`,
      );
    }
  }
  return [left ?? null, right ?? null];
}

const OTHER_KEYS: readonly string[] = ["create", "conflict", "rules", "fields", "triggers", "brakes"].concat(
  ["update", "master", "match", "past"],
  TABLES,
);

export interface ReadSide {
  readonly config: SideConfig;
  readonly written: readonly Written[];
}

export function readSide(
  which: Side,
  link: string,
  endpoint: Endpoint,
  side: SideFields,
  tables: SideTables,
  context: LinkContext,
): ReadSide {
  const { report } = context;
  const name = endpoint.config.name;
  const { marker, partner_url, filter, out_of_scope, reads, deleted, constants } = tables.of(name);
  const markerField = asText(marker, `"${name}"`, report);
  const markerSchema = markerField === null ? null : knownField(side, markerField, report);
  if (markerField !== null) checkMarker(side, markerSchema, markerField, report);
  const other =
    which === "left"
      ? { endpoint: context.right, entity: context.rightFields.entity }
      : { endpoint: context.left, entity: context.leftFields.entity };
  const url = readPartnerUrl(partner_url, side, other, report);
  const fixed = readConstants(constants, side, report.about(`link ${link}/constants`));
  const selects = readFilter(filter, endpoint, report);
  const config: SideConfig = {
    endpoint: name,
    entity: side.entity,
    ...deedsOf(tables.deeds, which),
    filter: selects,
    ...(filter === undefined || selects === null ? {} : { filterOrigin: { file: report.file, ...filter.at } }),
    ...placeOf(endpoint, side.entity),
    ...currentOf(tables.past, endpoint, side.entity),
    ...readOutOfScope(out_of_scope, name, selects, report),
    marker: markerField?.value ?? null,
    ...(url.field === null ? {} : { partnerUrl: url.field }),
    constants: fixed.fields,
    ...(Object.keys(fixed.held).length === 0 ? {} : { held: fixed.held }),
    reads: readReads(reads, side, report),
    deleted: asChoice(deleted, `"${name}"`, ["nothing", "delete", "recreate"], report)?.value ?? "nothing",
    rules: { outgoing: false, incoming: false },
  };
  const marked = markerField === null ? [] : [{ endpoint: name, field: markerField, by: "the marker" }];
  return { config, written: [...fixed.written, ...marked, ...url.written] };
}

function checkMarker(side: SideFields, schema: FieldSchema | null, field: Placed<string>, report: FileReport): void {
  checkWritable(side, schema, field, report, "The marker is written by Syncline: choose a field of your own.");
  if (schema === null || schema.readOnly || (MARKS.includes(schema.kind) && !schema.multiple)) return;
  const message = `"${field.value}" of ${side.endpoint} holds ${nounOf(schema)}, and a marker holds the partner's id.`;
  report.error("invalid-value", field.at, message, "Choose a field for text or numbers, which nothing else writes.");
}

const MARKS: readonly FieldKind[] = ["string", "number", "rich"];

export function readFilter(node: TomlNode | undefined, endpoint: Endpoint, report: FileReport): string | null {
  const filter = asText(node, `"${endpoint.config.name}"`, report);
  if (filter === null) return null;
  const wrong = endpoint.type?.checkFilter(filter.value) ?? null;
  if (wrong !== null) {
    report.error(
      "bad-filter",
      filter.at,
      `The filter of ${endpoint.config.name} cannot be read: ${wrong.replace(/\.$/, "")}.`,
      `It is in ${endpoint.type?.title}'s own query language.`,
    );
  }
  return filter.value;
}

function readReads(node: TomlNode | undefined, side: SideFields, report: FileReport): readonly string[] {
  if (node === undefined) return [];
  const items = node.kind === "array" ? node.items : [];
  if (node.kind !== "array") wrongType(node, `"${side.endpoint}"`, "an array of field names", report);
  return items.flatMap((item) => {
    const field = asText(item, `A field of "${side.endpoint}"`, report);
    if (field === null) return [];
    knownField(side, field, report);
    return [field.value];
  });
}
