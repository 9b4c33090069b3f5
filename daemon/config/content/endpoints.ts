import type { ConnectorType } from "../../core/connector.ts";
import type { EntitySchema } from "../../core/field.ts";
import type { EndpointConfig } from "../../core/snapshot.ts";
import type { EndpointFacts } from "../facts.ts";
import { plainValue } from "./plain.ts";
import { asTable, placeAt, readTable } from "./read.ts";
import type { FileReport, Place, Placed } from "./report.ts";
import { findSecrets } from "./secrets.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry, TomlTable } from "./toml.ts";

/** An endpoint as read, with what its links are checked against. */
export interface Endpoint {
  readonly config: EndpointConfig;
  readonly at: Place;
  /** Null where the type is unknown: what stands behind the endpoint is then not checked. */
  readonly type: ConnectorType | null;
  /** False where the settings are wrong: what the stock schema says is then only a guess. */
  readonly settled: boolean;
  /** What the tracker itself was asked; null offline. */
  readonly facts: EndpointFacts | null;
}

/** Words that keys and values of a link use beside endpoint names. */
const RESERVED = new Set(
  [
    "both",
    "none",
    "newest",
    "hold",
    "create",
    "conflict",
    "marker",
    "filter",
    "reads",
    "rules",
    "deleted",
    "triggers",
    "fields",
  ].concat(
    ["update", "master", "match", "past", "out_of_scope", "brakes", "attachments", "comments"],
    ["constants", "direction", "values", "users", "default_user", "overflow", "unmapped", "description"],
    [
      "applies_to",
      "emails",
      "several",
      "on_error",
      "create_missing",
      "derive",
      "transitions",
      "partner_url",
      "error",
      "field",
      "record",
    ],
  ),
);

export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Of a secret, as a mapping may have it. */
export const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Whether the word means something else where an endpoint's name stands. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

export interface EndpointSource {
  readonly connectorTypes: readonly ConnectorType[];
  /** Committed schemas of an endpoint, by entity type. */
  schemas(endpoint: string): Readonly<Record<string, EntitySchema>>;
  facts(endpoint: string): EndpointFacts | null;
}

/** The two endpoints, left first; null where there are not two to go on with. */
export function readEndpoints(
  entry: TomlEntry | null,
  source: EndpointSource,
  report: FileReport,
): readonly [Endpoint, Endpoint] | null {
  if (entry === null) {
    report.error(
      "missing-key",
      { line: 1, column: 1 },
      "The mapping has no endpoints.",
      "Write two tables, [endpoints.<name>].",
    );
    return null;
  }
  const table = asTable(entry.node, '"endpoints"', report);
  if (table === null) return null;
  const entries = [...table.entries.values()];
  if (entries.length < 2) {
    const message = `A connection has two endpoints, but this one has ${entries.length === 0 ? "none" : "one"}.`;
    report.error("missing-key", entries[0]?.keyAt ?? entry.keyAt, message, "Write a second table, [endpoints.<name>].");
  }
  for (const extra of entries.slice(2)) {
    report.error(
      "invalid-value",
      extra.keyAt,
      `A connection has two endpoints; "${extra.key}" is one too many.`,
      "Put it into a mapping file of its own.",
    );
  }
  checkNames(entries, report);
  const [left, right] = entries.map((one) => readEndpoint(one, source, report.about(`endpoint ${one.key}`)));
  return left && right ? [left, right] : null;
}

function checkNames(entries: readonly TomlEntry[], report: FileReport): void {
  const seen = new Set<string>();
  for (const { key, keyAt } of entries) {
    if (!NAME.test(key))
      report.error("invalid-value", keyAt, `"${key}" is no name for an endpoint.`, "Use letters, digits, - and _.");
    else if (isReserved(key))
      report.error("invalid-value", keyAt, `"${key}" has a meaning of its own and cannot name an endpoint.`);
    if (seen.has(key.toLowerCase()))
      report.error(
        "invalid-value",
        keyAt,
        `Two endpoints are called "${key}".`,
        "Letter case does not tell names apart.",
      );
    seen.add(key.toLowerCase());
  }
}

function readEndpoint(entry: TomlEntry, source: EndpointSource, report: FileReport): Endpoint {
  const { key: name, keyAt } = entry;
  const table: TomlTable = asTable(entry.node, `"${name}"`, report) ?? {
    kind: "table",
    entries: new Map(),
    at: entry.node.at,
  };
  const reader = readTable(table, `[endpoints.${name}]`, report);
  const typeName = reader.text("type");
  if (typeName === null && !table.entries.has("type") && entry.node.kind === "table") {
    report.error(
      "missing-key",
      keyAt,
      `[endpoints.${name}] has no "type".`,
      `Known: ${source.connectorTypes.map((one) => one.type).join(", ")}.`,
    );
  }
  const type = findType(typeName, source.connectorTypes, report);
  const secret = readSecretName(reader.text("secret"), report);
  const literal = findSecrets(reader.rest(), type?.secretKeys ?? [], `[endpoints.${name}]`, report);
  const settings = readSettings(name, reader.rest(), literal, type, table, report);
  const origin = { file: report.file, ...keyAt };
  const config = {
    name,
    type: typeName?.value ?? "",
    settings: settings.value,
    secret,
    origin,
    schemas: source.schemas(name),
  };
  return { config, at: keyAt, type, settled: settings.ok, facts: source.facts(name) };
}

function findType(
  name: Placed<string> | null,
  types: readonly ConnectorType[],
  report: FileReport,
): ConnectorType | null {
  if (name === null) return null;
  const type = types.find((one) => one.type === name.value);
  if (type !== undefined) return type;
  const known = types.map((one) => one.type);
  report.error(
    "unknown-connector",
    name.at,
    `There is no connector of type "${name.value}".`,
    didYouMean(name.value, known, `Known: ${known.join(", ")}.`),
  );
  return null;
}

function readSecretName(secret: Placed<string> | null, report: FileReport): string | null {
  if (secret === null) return null;
  if (SECRET_NAME.test(secret.value)) return secret.value;
  // What does not look like a name may be the secret itself: it is not repeated.
  report.error(
    "literal-secret",
    secret.at,
    '"secret" is the name of a secret, and this is no name.',
    "Name it with letters, digits, dots and dashes; the host holds the value.",
  );
  return null;
}

function readSettings(
  name: string,
  entries: readonly TomlEntry[],
  literal: ReadonlySet<string>,
  type: ConnectorType | null,
  table: TomlTable,
  report: FileReport,
): { readonly ok: boolean; readonly value: unknown } {
  const before = report.errors();
  const plain: Record<string, unknown> = {};
  for (const { key, node } of entries) {
    if (literal.has(key)) continue;
    const value = plainValue(node, `"${key}"`, report);
    Object.defineProperty(plain, key, { value, enumerable: true, configurable: true, writable: true });
  }
  if (type === null || report.errors() > before) return { ok: false, value: plain };
  const parsed = type.settings(plain);
  if (parsed.ok) return { ok: true, value: parsed.value };
  const unknown = new Set(
    entries.map(({ key }) => key).filter((key) => !parsed.known.includes(key) && !literal.has(key)),
  );
  for (const { key, keyAt } of entries) {
    if (!unknown.has(key)) continue;
    report.error(
      "unknown-key",
      keyAt,
      `[endpoints.${name}] has no key "${key}".`,
      didYouMean(key, ["type", "secret", ...parsed.known]),
    );
  }
  for (const { path, message } of parsed.issues) {
    const [first] = path;
    if (first === undefined && unknown.size > 0) continue;
    if (first !== undefined && unknown.has(first)) continue;
    const missing = first !== undefined && !table.entries.has(first);
    if (missing)
      report.error(
        "missing-key",
        table.at,
        `[endpoints.${name}] has no "${first}".`,
        message === "is missing" ? "" : sentence(message),
      );
    else
      report.error(
        "invalid-value",
        placeAt(table, path),
        `${path.length === 0 ? "" : `${path.join(".")}: `}${sentence(message)}`,
      );
  }
  return { ok: false, value: plain };
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
