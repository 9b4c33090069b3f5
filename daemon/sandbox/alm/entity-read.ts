import { generalError } from "./errors.ts";
import type { Format } from "./negotiate.ts";
import type { EntityDef } from "./schema.ts";
import type { Incoming } from "./validate.ts";
import { attributeOf, childrenOf, parseXml, textIn, type XmlNode } from "./xml.ts";

export interface SentEntity {
  /** Null where the body does not say. */
  readonly type: string | null;
  readonly fields: Incoming;
  /** JSON only: `Type` stood before `Fields`. */
  readonly typeFirst: boolean;
}

/** One entity. Throws 400 for anything else, a collection included. */
export function readEntity(format: Format, body: Buffer): SentEntity {
  const text = body.toString("utf8");
  if (format === "json") return jsonEntity(parseJson(text));
  const { name, node } = parseXml(text);
  if (name !== "Entity") throw generalError(400, `Expected an Entity, found '${name}'`);
  return xmlEntity(node);
}

/** A collection. Throws 400 for anything else. */
export function readEntities(format: Format, body: Buffer): readonly SentEntity[] {
  const text = body.toString("utf8");
  if (format === "json") {
    const list = member(parseJson(text), "entities");
    if (!Array.isArray(list)) throw generalError(400, "Expected a collection of entities");
    return list.map(jsonEntity);
  }
  const { name, node } = parseXml(text);
  if (name !== "Entities") throw generalError(400, `Expected Entities, found '${name}'`);
  return childrenOf(node, "Entity").map(xmlEntity);
}

/** Throws 400 where the body names another type than the collection's. */
export function checkType(entity: EntityDef, sent: SentEntity): void {
  if (sent.type === null || sent.type === entity.name) return;
  throw generalError(400, `An entity of type '${sent.type}' does not belong into '${entity.collection}'`);
}

function xmlEntity(node: XmlNode): SentEntity {
  const fields = new Map<string, readonly string[]>();
  for (const group of childrenOf(node, "Fields")) {
    for (const field of childrenOf(group, "Field")) {
      const name = attributeOf(field, "Name");
      if (name === null) throw generalError(400, "A Field has no Name");
      fields.set(name, childrenOf(field, "Value").map(textIn));
    }
  }
  return { type: attributeOf(node, "Type"), fields, typeFirst: false };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw generalError(400, `Malformed JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

export function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function jsonEntity(value: unknown): SentEntity {
  const list = member(value, "Fields");
  if (!Array.isArray(list)) throw generalError(400, "An entity has no Fields");
  const type = member(value, "Type");
  const keys = Object.keys(value as object);
  return {
    type: typeof type === "string" ? type : null,
    fields: new Map(list.map(jsonField)),
    typeFirst: keys.indexOf("Type") !== -1 && keys.indexOf("Type") < keys.indexOf("Fields"),
  };
}

function jsonField(value: unknown): readonly [string, readonly string[]] {
  const name = member(value, "Name");
  if (typeof name !== "string") throw generalError(400, "A field has no Name");
  const values = member(value, "values");
  if (values === undefined || values === null) return [name, []];
  if (!Array.isArray(values)) throw generalError(400, `The values of field '${name}' are no list`);
  return [name, values.map((entry) => jsonValue(name, member(entry, "value")))];
}

function jsonValue(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw generalError(400, `A value of field '${name}' is no text`);
}
