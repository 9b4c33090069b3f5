import type { FieldSchema } from "../../core/field.ts";
import { SIDES, type ValueMap } from "../../core/snapshot.ts";
import type { ReadConnection } from "../content/connection.ts";
import { nounOf } from "../content/kinds.ts";
import type { ReadLink } from "../content/links.ts";
import type { SideFields } from "../content/side-fields.ts";
import type { RuleEnd } from "./field-words.ts";
import { labelsOf } from "./rule-tables.ts";

/** A connection whose mapping cannot be read: its rules are checked without its fields. */
export interface UnreadConnection {
  readonly name: string;
}

/**
 * The declarations that make rules typed: per connection, link and endpoint the fields a rule can read and those it can set. `faulty`: names of
 * connections whose mapping has errors; there every field of the schema can be read, so that one mistake is not reported twice.
 */
export function generateTypes(
  connections: readonly (ReadConnection | UnreadConnection)[],
  faulty: ReadonlySet<string> = new Set(),
): RuleTypes {
  const head =
    '// Written by Syncline from the mappings and the committed schemas. Do not edit.\nimport type { RuleValue } from "syncline";\n\n';
  const { text, ends } = connectionTypes(connections, faulty);
  return { text: `${head}declare module "syncline" {\n${text}\n}\n`, ends };
}

export interface RuleTypes {
  readonly text: string;
  /** Whose fields they are, by the names of the types that TypeScript's messages show. */
  readonly ends: ReadonlyMap<string, RuleEnd>;
}

/** The same, as it stands inside of `declare module "syncline"`. */
export function connectionTypes(
  connections: readonly (ReadConnection | UnreadConnection)[],
  faulty: ReadonlySet<string> = new Set(),
): RuleTypes {
  const interfaces: string[] = [];
  const ends = new Map<string, RuleEnd>();
  const name = createNamer();
  const body = connections.map((connection) => {
    if (!("links" in connection)) return `${property(connection.name)}: Record<string, Record<string, ${ANY}>>;`;
    const { config, links } = connection;
    const maps = [...connection.values.values()].map(({ map }) => map);
    const types = links.map((link) => linkTypes(link, maps, faulty.has(config.name), name, interfaces, ends));
    return block(`${property(config.name)}: {`, types);
  });
  return { text: [...interfaces, block("interface Connections {", body, "}")].map(indent).join("\n\n"), ends };
}

const ANY =
  "{ readonly read: { readonly id: string; readonly [field: string]: any }; readonly write: { [field: string]: any } }";

/** TypeScript's messages name types: `PaymentsDefectsAlm` says more than a list of fifty fields. */
function createNamer(): (...parts: readonly string[]) => string {
  const taken = new Set<string>();
  return (...parts) => {
    const words = parts.flatMap((part) => part.split(/[^A-Za-z0-9]+/)).filter((word) => word !== "");
    const base = words
      .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
      .join("")
      .replace(/^(?=\d)/, "C");
    let name = base;
    for (let n = 2; taken.has(name); n += 1) name = `${base}${n}`;
    taken.add(name);
    return name;
  };
}

function linkTypes(
  link: ReadLink,
  maps: readonly ValueMap[],
  faulty: boolean,
  name: (...parts: readonly string[]) => string,
  interfaces: string[],
  ends: Map<string, RuleEnd>,
): string {
  const { config } = link;
  const both = SIDES.map((end) => {
    const side = link[end];
    const readable = readableOf(link, end);
    if (side.schema === null) return `${property(side.endpoint)}: ${ANY};`;
    const parts = [config.connection, config.name, side.endpoint];
    const [read, write, fields] = [name(...parts), name(...parts, "Write"), name(...parts, "Fields")];
    interfaces.push(block(`interface ${read} {`, readFields(side, readable, faulty), "}"));
    interfaces.push(
      block(`interface ${write} {`, writeFields(side, [...readable, ...Object.keys(config[end].constants)]), "}"),
    );
    const more = [
      `readonly read: ${read};`,
      `readonly write: ${write};`,
      block("readonly labels: {", labelTypes(side, readable)),
      `readonly references: ${union(referencesOf(side))};`,
      block("readonly valueMaps: {", mapTypes(maps, end)),
    ];
    // With a name of its own: a message about a field then says whose it is instead of all that belongs to it.
    interfaces.push(block(`interface ${fields} {`, more, "}"));
    ends.set(fields, { link: config.key, side, readable: new Set(["id", ...readable]) });
    return `${property(side.endpoint)}: ${fields};`;
  });
  return block(`${property(config.name)}: {`, both);
}

/** What a rule of one end can read: mapped fields, those under `reads`, the marker. */
function readableOf({ config }: ReadLink, end: "left" | "right"): readonly string[] {
  const { marker, reads } = config[end];
  return [...config.fields.map((row) => row[end]), ...reads, ...(marker === null ? [] : [marker])];
}

/** Of the fields that a rule can name: by the label that people see. */
function labelTypes(side: SideFields, readable: readonly string[]): readonly string[] {
  const written = Object.keys(side.schema?.fields ?? {});
  const names = new Set([...readable, ...written]);
  return Object.entries(labelsOf(side))
    .filter(([, name]) => names.has(name) && name !== "id")
    .map(([label, name]) => `${property(label)}: ${quoted(name)};`);
}

function referencesOf({ schema }: SideFields): readonly string[] {
  return Object.values(schema?.fields ?? {}).flatMap(({ name, kind }) => (kind === "reference" ? [name] : []));
}

/** What each value map can give, as rules of this end use it. */
function mapTypes(maps: readonly ValueMap[], end: "left" | "right"): readonly string[] {
  return maps.map(({ name, toLeft, toRight }) => {
    const [outgoing, incoming] = end === "left" ? [toRight, toLeft] : [toLeft, toRight];
    const given = (table: Readonly<Record<string, string>>) => union([...new Set(Object.values(table))]);
    return `${property(name)}: { readonly outgoing: ${given(outgoing)}; readonly incoming: ${given(incoming)} };`;
  });
}

function union(texts: readonly string[]): string {
  return texts.length === 0 ? "never" : texts.map(quoted).join(" | ");
}

function readFields(side: SideFields, readable: readonly string[], faulty: boolean): readonly string[] {
  const names = new Set([...readable, ...(faulty ? Object.keys(side.schema?.fields ?? {}) : [])]);
  names.delete("id");
  return [
    "/** The record's own id in the tracker. */\nreadonly id: string;",
    ...[...names].map((field) => fieldType(field, side, "read")),
  ];
}

function writeFields(side: SideFields, mapped: readonly string[]): readonly string[] {
  const names = new Set([...mapped, ...Object.keys(side.schema?.fields ?? {})]);
  names.delete("id");
  return [...names].map((field) => fieldType(field, side, "write"));
}

function fieldType(name: string, side: SideFields, use: "read" | "write"): string {
  const found = side.find(name);
  const schema = typeof found === "string" ? null : found;
  const fixed = use === "read" || schema?.readOnly === true ? "readonly " : "";
  const type = schema === null ? "RuleValue" : typeOf(schema, use, side.source === "committed");
  return `${comment(schema)}${fixed}${quoted(name)}${use === "write" ? "?" : ""}: ${type};`;
}

function typeOf(schema: FieldSchema, use: "read" | "write", committed: boolean): string {
  const text = committed ? textType(schema) : "string";
  if (schema.multiple) {
    const items = `readonly ${text.includes("|") ? `(${text})` : text}[]`;
    return use === "read" ? items : `${items} | null`;
  }
  if (schema.kind === "number") return "number | null";
  return schema.kind === "boolean" ? "boolean | null" : `${text} | null`;
}

/** Values of a list that are written out in the types: the file for editors is not to drown in one field. */
const MOST_VALUES = 2000;

/** A list that the tracker holds its users to: what is not in it is an error of the rule. */
function textType({ kind, verified, options }: FieldSchema): string {
  const fixed = kind === "option" && verified === true && options !== undefined && options.length > 0;
  return fixed && options.length <= MOST_VALUES ? union(options) : "string";
}

function comment(schema: FieldSchema | null): string {
  if (schema === null) return "/** Nothing is known of this field: commit the tracker's schema. */\n";
  const options =
    schema.options === undefined || schema.options.length > 30 ? "" : ` Values: ${schema.options.join(", ")}.`;
  const { maxLength } = schema;
  const size = maxLength === undefined ? "" : `, ${maxLength.size} ${maxLength.unit} at most`;
  const may = `${schema.required ? " Required." : ""}${schema.readOnly ? " Read-only." : ""}`;
  const text = `${schema.label}: ${nounOf(schema)}${FORMS[schema.kind] ?? ""}${size}.${may}${options}`;
  // A label is the tracker's: it must not end the comment.
  return `/** ${text.replaceAll("*/", "* /").replace(/\s+/g, " ")} */\n`;
}

const FORMS: Readonly<Partial<Record<FieldSchema["kind"], string>>> = {
  date: " (YYYY-MM-DD)",
  datetime: " (YYYY-MM-DDTHH:mm:ssZ)",
  user: " (a login)",
};

function property(name: string): string {
  return `readonly ${quoted(name)}`;
}

/** Line separators, which JSON leaves as they are, would be taken for ends of lines and indented. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function block(head: string, lines: readonly string[], tail = "};"): string {
  return [head, ...lines.map(indent), tail].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
