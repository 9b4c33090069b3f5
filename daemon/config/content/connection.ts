import type { ConnectionConfig, EndpointConfig, UserMap } from "../../core/snapshot.ts";
import { checkPartners } from "./effects.ts";
import type { Endpoint, EndpointSource } from "./endpoints.ts";
import { NAME, readEndpoints } from "./endpoints.ts";
import type { ReadLink } from "./links.ts";
import { readLinks } from "./links.ts";
import type { TableReader } from "./read.ts";
import { readTable, wrongType } from "./read.ts";
import type { FileReport } from "./report.ts";
import { START } from "./report.ts";
import { decodeUtf8 } from "./text.ts";
import { parseToml } from "./toml.ts";
import { readTransitions } from "./transitions.ts";
import { type ReadValueMap, readValueMaps } from "./value-maps.ts";

export interface ReadConnection {
  readonly config: ConnectionConfig;
  readonly endpoints: readonly [Endpoint, Endpoint];
  readonly links: readonly ReadLink[];
  readonly values: ReadonlyMap<string, ReadValueMap>;
}

/** What a mapping is read against: the rest of the commit. */
export interface MappingSource extends EndpointSource {
  /** The users file of that name, oriented for two endpoints; null where the commit has none. */
  users(name: string, endpoints: readonly [EndpointConfig, EndpointConfig]): UserMap | null;
  readonly userFiles: readonly string[];
  readonly ruleFiles: ReadonlySet<string>;
}

/** One mapping file: one connection. Null where there is too little to go on with; the report has the reasons. */
export function readConnection(
  name: string,
  bytes: Uint8Array,
  source: MappingSource,
  report: FileReport,
): ReadConnection | null {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) {
    report.error("text-encoding", decoded.at, "The file is not UTF-8.", "Save it as UTF-8.");
    return null;
  }
  if (!NAME.test(name))
    report.error(
      "invalid-value",
      START,
      `"${name}" is no name for a connection.`,
      "Name the file with letters, digits, - and _.",
    );
  const root = parseToml(decoded.text, report);
  if (root === null) return null;
  const reader = readTable(root, "A mapping", report);
  const endpoints = readEndpoints(reader.entry("endpoints"), source, report);
  const connection = endpoints === null ? null : readBody(name, reader, endpoints, source, report);
  if (connection === null)
    for (const key of ["description", "links", "values", "transitions", "emails"]) reader.entry(key);
  reader.finish();
  return connection;
}

function readBody(
  name: string,
  reader: TableReader,
  endpoints: readonly [Endpoint, Endpoint],
  source: MappingSource,
  report: FileReport,
): ReadConnection {
  const [left, right] = endpoints;
  const names = [left.config.name, right.config.name] as const;
  const description = readDescription(reader, report);
  const emails = reader.choice("emails", ["all", "first"])?.value ?? "all";
  const values = readValueMaps(reader.entry("values"), names, report);
  const transitions = readTransitions(reader.entry("transitions"), report);
  const links = readLinks(reader.entry("links"), {
    connection: name,
    report,
    left,
    right,
    names,
    values,
    transitions,
    emails,
    users: (file) => source.users(file, [left.config, right.config]),
    userFiles: source.userFiles,
    ruleFiles: source.ruleFiles,
  });
  for (const endpoint of endpoints) warnOfStock(endpoint, links, name, report);
  const config: ConnectionConfig = {
    name,
    description,
    left: left.config,
    right: right.config,
    links: links.map((link) => link.config),
    origin: { file: report.file, ...START },
  };
  const connection = { config, endpoints, links, values };
  checkPartners(connection, report);
  return connection;
}

function readDescription(reader: TableReader, report: FileReport): string {
  const node = reader.entry("description")?.node;
  if (node === undefined) return "";
  return node.kind === "text" ? node.value : (wrongType(node, '"description"', "a text", report) ?? "");
}

/**
 * Only where the stock schema leaves fields open: else it is all there is to know. Once per endpoint; where some of its entity types are committed,
 * once for each link that has another one.
 */
function warnOfStock(endpoint: Endpoint, links: readonly ReadLink[], name: string, report: FileReport): void {
  const own = links.flatMap((link) =>
    [link.left, link.right].flatMap((side) => (side.endpoint === endpoint.config.name ? [{ link, side }] : [])),
  );
  const open = own.filter(({ side }) => side.source === "stock" && (side.schema?.open.length ?? 0) > 0);
  if (open.length === 0) return;
  const hint = `Commit what the tracker says: syncline schema pull ${name}.`;
  const rest = "is committed: its user-defined fields are not checked.";
  if (own.every(({ side }) => side.source !== "committed")) {
    const message = `No schema of ${endpoint.config.name} ${rest}`;
    report.about(`endpoint ${endpoint.config.name}`).warn("schema-missing", endpoint.at, message, hint);
    return;
  }
  for (const { link, side } of open) {
    const message = `No schema of ${side.entity} of ${side.endpoint} ${rest}`;
    report.about(`link ${link.config.name}`).warn("schema-missing", link.config.origin, message, hint);
  }
}
