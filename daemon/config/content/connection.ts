import type { ConnectionConfig, UserMap } from "../../core/snapshot.ts";
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
  users(name: string, endpoints: readonly [string, string]): UserMap | null;
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
    users: (file) => source.users(file, names),
    userFiles: source.userFiles,
    ruleFiles: source.ruleFiles,
  });
  for (const endpoint of endpoints) warnOfStock(endpoint, links, report);
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

/** Once per endpoint, and only where the stock schema leaves fields open: else it is all there is to know. */
function warnOfStock(endpoint: Endpoint, links: readonly ReadLink[], report: FileReport): void {
  const { name } = endpoint.config;
  const sides = links.flatMap(({ left, right }) => [left, right]).filter((side) => side.endpoint === name);
  if (!sides.some((side) => side.source === "stock" && (side.schema?.open.length ?? 0) > 0)) return;
  const message = `No schema of ${name} is committed: its user-defined fields are not checked.`;
  report
    .about(`endpoint ${name}`)
    .warn("schema-missing", endpoint.at, message, "Commit what the tracker says: syncline schema pull <connection>.");
}
