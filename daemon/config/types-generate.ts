import type { FieldSchema } from "../core/field.ts";
import type { ReadConnection } from "./connection.ts";
import { nounOf } from "./kinds.ts";
import type { ReadLink } from "./links.ts";
import type { SideFields } from "./side-fields.ts";

/** A connection whose mapping cannot be read: its rules are checked without its fields. */
export interface UnreadConnection {
  readonly name: string;
}

/**
 * The declarations that make rules typed: per connection, link and endpoint the fields a rule can read and those it can set. `faulty`: names of
 * connections whose mapping has errors; there every field of the schema can be read, so that one mistake is not reported twice.
 */
export function generateTypes(connections: readonly (ReadConnection | UnreadConnection)[], faulty: ReadonlySet<string> = new Set()): string {
  const body = connections.map((connection) =>
    "links" in connection
      ? block(`${property(connection.config.name)}: {`, connection.links.map((link) => linkTypes(link, faulty.has(connection.config.name))))
      : `${property(connection.name)}: Record<string, Record<string, { readonly read: ${ANY_READ}; readonly write: ${ANY_WRITE} }>>;`,
  );
  const head = '// Written by Syncline from the mappings and the committed schemas. Do not edit.\nimport type { RuleValue } from "syncline";\n\n';
  return `${head}declare module "syncline" {\n${indent(block("interface Connections {", body, "}"))}\n}\n`;
}

const ANY_READ = "{ readonly id: string; readonly [field: string]: RuleValue }";
const ANY_WRITE = "{ [field: string]: RuleValue }";

function linkTypes(link: ReadLink, faulty: boolean): string {
  const { config, left, right } = link;
  const mapped = (side: "left" | "right") => [...config.fields.map((row) => row[side]), ...config[side].reads];
  return block(`${property(config.name)}: {`, [
    sideTypes(left, [...mapped("left"), ...marker(config.left.marker)], Object.keys(config.left.constants), faulty),
    sideTypes(right, [...mapped("right"), ...marker(config.right.marker)], Object.keys(config.right.constants), faulty),
  ]);
}

function marker(field: string | null): readonly string[] {
  return field === null ? [] : [field];
}

function sideTypes(side: SideFields, readable: readonly string[], constants: readonly string[], faulty: boolean): string {
  const name = property(side.endpoint);
  if (side.schema === null) return `${name}: { readonly read: ${ANY_READ}; readonly write: ${ANY_WRITE} };`;
  const listed = Object.keys(side.schema.fields);
  const read = new Set(faulty ? [...readable, ...listed] : readable);
  const write = new Set([...readable, ...constants, ...listed]);
  read.delete("id");
  write.delete("id");
  const id = "/** The record's own id in the tracker. */\nreadonly id: string;";
  return block(`${name}: {`, [
    block("readonly read: {", [id, ...[...read].map((field) => fieldType(field, side, "read"))]),
    block("readonly write: {", [...write].map((field) => fieldType(field, side, "write"))),
  ]);
}

function fieldType(name: string, side: SideFields, use: "read" | "write"): string {
  const found = side.find(name);
  const schema = typeof found === "string" ? null : found;
  const fixed = use === "read" || schema?.readOnly === true ? "readonly " : "";
  const type = schema === null ? "RuleValue" : typeOf(schema, use);
  return `${comment(schema)}${fixed}${JSON.stringify(name)}${use === "write" ? "?" : ""}: ${type};`;
}

function typeOf(schema: FieldSchema, use: "read" | "write"): string {
  if (schema.multiple) return use === "read" ? "readonly string[]" : "readonly string[] | null";
  if (schema.kind === "number") return "number | null";
  return schema.kind === "boolean" ? "boolean | null" : "string | null";
}

function comment(schema: FieldSchema | null): string {
  if (schema === null) return "/** Nothing is known of this field: commit the tracker's schema. */\n";
  const options = schema.options === undefined || schema.options.length > 30 ? "" : ` Values: ${schema.options.join(", ")}.`;
  const text = `${schema.label}: ${nounOf(schema)}${FORMS[schema.kind] ?? ""}.${schema.readOnly ? " Read-only." : ""}${options}`;
  // A label is the tracker's: it must not end the comment.
  return `/** ${text.replaceAll("*/", "* /").replace(/\s+/g, " ")} */\n`;
}

const FORMS: Readonly<Partial<Record<FieldSchema["kind"], string>>> = {
  date: " (YYYY-MM-DD)",
  datetime: " (YYYY-MM-DDTHH:mm:ssZ)",
  user: " (a login)",
};

function property(name: string): string {
  return `readonly ${JSON.stringify(name)}`;
}

function block(head: string, lines: readonly string[], tail = "};"): string {
  return [head, ...lines.map(indent), tail].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
