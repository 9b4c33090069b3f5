import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { HttpAnswer } from "../../core/connector.ts";

/** An answer's body by what it really is: ALM answers HTML from proxies and sign-in pages, XML and JSON from itself, whatever was asked for. */
export type Body =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "xml"; readonly value: XmlNode }
  | { readonly kind: "html" }
  | { readonly kind: "empty" }
  | { readonly kind: "broken"; readonly why: string };

/** Elements by name, attributes by `@name`, text by `#text`; elements that may repeat are always lists. */
export interface XmlNode {
  readonly [name: string]: unknown;
}

const REPEATED = new Set([
  ...[
    "Entity",
    "Field",
    "Value",
    "List",
    "Item",
    "User",
    "type",
    "RelationReference",
    "BulkEntry",
    "ExceptionProperty",
  ],
]);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  parseAttributeValue: false,
  htmlEntities: true,
  trimValues: false,
  isArray: (name) => REPEATED.has(name),
});

export function readBody(answer: HttpAnswer): Body {
  const text = answer.text().replace(/^\uFEFF/, "");
  const start = text.trimStart().slice(0, 200);
  if (start === "") return { kind: "empty" };
  if (start.startsWith("{") || start.startsWith("[")) return readJson(text);
  if (/^<(!doctype html|html)\b/i.test(start)) return { kind: "html" };
  if (start.startsWith("<")) return readXml(text);
  return { kind: "broken", why: "is neither JSON nor XML" };
}

function readJson(text: string): Body {
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "broken", why: "is not whole JSON" };
  }
}

function readXml(text: string): Body {
  // The parser alone makes something of anything: unclosed tags, pages, plain text.
  const valid = XMLValidator.validate(text);
  if (valid !== true) return { kind: "broken", why: `is not whole XML (line ${valid.err.line}: ${valid.err.msg})` };
  try {
    return { kind: "xml", value: parser.parse(text) };
  } catch (error) {
    return { kind: "broken", why: `is XML that is not read (${(error as Error).message})` };
  }
}

export function isNode(value: unknown): value is XmlNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The child element; undefined for one that is absent or only text. */
export function child(node: unknown, name: string): XmlNode | undefined {
  const found = isNode(node) ? node[name] : undefined;
  const one = Array.isArray(found) ? found[0] : found;
  return isNode(one) ? one : undefined;
}

/** All children of that name, whatever they hold. */
export function children(node: unknown, name: string): readonly unknown[] {
  const found = isNode(node) ? node[name] : undefined;
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found];
}

/** Text of an element (or of its named child); undefined where there is none. */
export function textOf(node: unknown, name?: string): string | undefined {
  const found = name === undefined ? node : isNode(node) ? node[name] : undefined;
  const one: unknown = Array.isArray(found) ? found[0] : found;
  if (typeof one === "string") return one;
  if (!isNode(one)) return undefined;
  const text = one["#text"];
  return typeof text === "string" ? text : "";
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** For text and attributes. What XML 1.0 cannot hold at all is left out; reading back then shows the difference. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "")
      .replace(/[&<>"\r]/g, (c) => ESCAPES[c] ?? c)
  );
}
