import type { HttpAnswer } from "../../core/connector.ts";
import { arrayOf, type Fail, isObject, objectOf } from "../json-answer.ts";
import { type Body, child, children, escapeXml, isNode, readBody, textOf } from "./body.ts";

/** One entity as ALM sends it: every value a text, no matter the type. Fields without a value are there with an empty list. */
export interface WireEntity {
  readonly type: string;
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** What newer servers say of each entity of a bulk answer; null where they say nothing or that it went well. */
  readonly error: string | null;
}

export interface WirePage {
  readonly entities: readonly WireEntity[];
  /** Matches of the whole query; null where the server does not say. */
  readonly total: number | null;
}

/** A collection, or a single entity as a collection of one. `fail` is called for anything else. */
export function readEntities(answer: HttpAnswer, fail: Fail): WirePage {
  const body = readBody(answer);
  if (body.kind === "json") return jsonPage(body.value, fail);
  if (body.kind === "xml") return xmlPage(body.value, fail);
  return fail(whyNot(body));
}

export function whyNot(body: Body): string {
  if (body.kind === "broken") return body.why;
  if (body.kind === "html") return "is a web page, not data";
  return body.kind === "empty" ? "is empty" : "is not what was asked for";
}

function jsonPage(value: unknown, fail: Fail): WirePage {
  const root = objectOf(value, "the whole", fail);
  if (root["entities"] === undefined) return { entities: [jsonEntity(root, fail)], total: 1 };
  const entities = arrayOf(root["entities"], "entities", fail).map((entity) => jsonEntity(entity, fail));
  return { entities, total: totalOf(root["TotalResults"], fail) };
}

export function jsonEntity(value: unknown, fail: Fail): WireEntity {
  const entity = objectOf(value, "an entity", fail);
  const fields = new Map<string, readonly string[]>();
  for (const item of arrayOf(entity["Fields"], "Fields", fail)) {
    const field = objectOf(item, "a field", fail);
    const name = field["Name"];
    if (typeof name !== "string") return fail("has a field without a name");
    const values = field["values"] ?? [];
    const texts = arrayOf(values, `values of ${name}`, fail).map((one) => jsonValue(one, name, fail));
    fields.set(
      name,
      texts.filter((text) => text !== ""),
    );
  }
  const status = entity["EntityStatus"];
  const failed = typeof status === "string" && status !== "" && status !== "Success";
  const message = entity["ErrorMessage"];
  return {
    type: typeof entity["Type"] === "string" ? entity["Type"] : "",
    fields,
    error: failed ? (typeof message === "string" && message !== "" ? message : status) : null,
  };
}

function jsonValue(value: unknown, field: string, fail: Fail): string {
  if (!isObject(value)) return fail(`has no object as a value of ${field}`);
  const text = value["value"] ?? "";
  return typeof text === "string" ? text : fail(`has no text as a value of ${field}`);
}

function xmlPage(root: unknown, fail: Fail): WirePage {
  const single = children(root, "Entity");
  if (single.length > 0) return { entities: [xmlEntity(single[0], fail)], total: 1 };
  if (!isNode(root) || root["Entities"] === undefined) return fail("holds neither Entity nor Entities");
  const list = child(root, "Entities");
  const entities = children(list, "Entity").map((entity) => xmlEntity(entity, fail));
  return { entities, total: totalOf(list?.["@TotalResults"], fail) };
}

export function xmlEntity(node: unknown, fail: Fail): WireEntity {
  if (!isNode(node)) return fail("has an entity without fields");
  const fields = new Map<string, readonly string[]>();
  for (const field of children(child(node, "Fields"), "Field")) {
    const name = isNode(field) ? field["@Name"] : undefined;
    if (typeof name !== "string") return fail("has a field without a name");
    const texts = children(field, "Value").map((value) => textOf(value) ?? "");
    fields.set(
      name,
      texts.filter((text) => text !== ""),
    );
  }
  const status = node["@EntityStatus"];
  const failed = typeof status === "string" && status !== "" && status !== "Success";
  const message = node["@ErrorMessage"];
  const error = typeof message === "string" && message !== "" ? message : String(status);
  return { type: typeof node["@Type"] === "string" ? node["@Type"] : "", fields, error: failed ? error : null };
}

function totalOf(value: unknown, fail: Fail): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0
    ? number
    : fail("has no number as TotalResults");
}

/** Values of each field to be written; an empty list clears it. */
export type WireFields = ReadonlyMap<string, readonly string[]>;

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

export function entityXml(type: string, fields: WireFields): string {
  return PROLOGUE + bareEntity(type, fields);
}

export function entitiesXml(type: string, entities: readonly WireFields[]): string {
  return `${PROLOGUE}<Entities>\n${entities.map((fields) => bareEntity(type, fields)).join("\n")}\n</Entities>`;
}

function bareEntity(type: string, fields: WireFields): string {
  const lines = [...fields].map(([name, values]) => {
    const texts = values.length === 0 ? [""] : values;
    return `<Field Name="${escapeXml(name)}">${texts.map((text) => `<Value>${escapeXml(text)}</Value>`).join("")}</Field>`;
  });
  return `<Entity Type="${escapeXml(type)}"><Fields>${lines.join("")}</Fields></Entity>`;
}
