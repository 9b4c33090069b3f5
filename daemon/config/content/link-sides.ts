import type { SideConfig } from "../../core/snapshot.ts";
import { readConstants } from "./constants.ts";
import type { Endpoint } from "./endpoints.ts";
import type { ConnectionContext, LinkContext, Written } from "./link-context.ts";
import type { TableReader } from "./read.ts";
import { asChoice, asText, readTable, wrongType } from "./read.ts";
import type { FileReport, Placed } from "./report.ts";
import { reportStrangers } from "./row-options.ts";
import type { SideFields } from "./side-fields.ts";
import { checkWritable, knownField } from "./side-fields.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry, TomlNode, TomlTable } from "./toml.ts";

/** A link's tables that have one entry per endpoint. */
export interface SideTables {
  readonly create: readonly [boolean, boolean];
  of(endpoint: string): {
    readonly marker: TomlNode | undefined;
    readonly filter: TomlNode | undefined;
    readonly reads: TomlNode | undefined;
    readonly deleted: TomlNode | undefined;
    readonly constants: TomlNode | undefined;
  };
}

const TABLES = ["marker", "filter", "reads", "deleted", "constants"] as const;

export function readSideTables(reader: TableReader, { names, report }: ConnectionContext): SideTables {
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
    create: readCreate(reader, names, report),
    of: (endpoint) => ({
      marker: node("marker", endpoint),
      filter: node("filter", endpoint),
      reads: node("reads", endpoint),
      deleted: node("deleted", endpoint),
      constants: node("constants", endpoint),
    }),
  };
}

function readCreate(
  reader: TableReader,
  names: readonly [string, string],
  report: FileReport,
): readonly [boolean, boolean] {
  const node = reader.entry("create")?.node;
  // What cannot be read creates nothing, so that nothing is demanded of it either.
  const choice =
    node === undefined ? "both" : (asChoice(node, '"create"', ["both", ...names, "none"], report)?.value ?? "none");
  return [choice === "both" || choice === names[0], choice === "both" || choice === names[1]];
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

const OTHER_KEYS: readonly string[] = ["create", "conflict", "rules", "fields", "triggers", "brakes", ...TABLES];

export interface ReadSide {
  readonly config: SideConfig;
  readonly written: readonly Written[];
}

export function readSide(
  endpoint: Endpoint,
  side: SideFields,
  create: boolean,
  tables: SideTables,
  context: LinkContext,
): ReadSide {
  const { report } = context;
  const name = endpoint.config.name;
  const { marker, filter, reads, deleted, constants } = tables.of(name);
  const markerField = asText(marker, `"${name}"`, report);
  const markerSchema = markerField === null ? null : knownField(side, markerField, report);
  if (markerField !== null)
    checkWritable(
      side,
      markerSchema,
      markerField,
      report,
      "The marker is written by Syncline: choose a field of your own.",
    );
  const fixed = readConstants(constants, side, report);
  const config: SideConfig = {
    endpoint: name,
    entity: side.entity,
    create,
    filter: readFilter(filter, endpoint, report),
    marker: markerField?.value ?? null,
    constants: fixed.fields,
    ...(Object.keys(fixed.held).length === 0 ? {} : { held: fixed.held }),
    reads: readReads(reads, side, report),
    deleted: asChoice(deleted, `"${name}"`, ["nothing", "delete", "recreate"], report)?.value ?? "nothing",
    rules: { outgoing: false, incoming: false },
  };
  const marked = markerField === null ? [] : [{ endpoint: name, field: markerField, by: "the marker" }];
  return { config, written: [...fixed.written, ...marked] };
}

function readFilter(node: TomlNode | undefined, endpoint: Endpoint, report: FileReport): string | null {
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
