import { XMLParser, XMLValidator } from "fast-xml-parser";
import { generalError } from "./errors.ts";

export const XML_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

/** Text of an element or attribute. Characters that XML cannot hold are left out. */
export function escapeXml(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (char) => ESCAPES[char] ?? "") : text;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

// Beside the signs of XML itself, the characters that XML 1.0 forbids.
const SPECIAL = /[&<>"\p{Cc}\ufffe\uffff]/u;
const SPECIALS = /[&<>"\ufffe\uffff]|(?![\t\n\r\x7f-\x9f])\p{Cc}/gu;

/** `children` are XML already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | boolean>>,
  ...children: readonly string[]
): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) open += ` ${key}="${escapeXml(String(value))}"`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join("")}</${name}>`;
}

/** An element that holds text only. */
export function textElement(name: string, text: string | number | boolean): string {
  return element(name, {}, escapeXml(String(text)));
}

/** An element as parsed: attributes under `@name`, its own text under `#`, children as lists under their names; an element of text alone is that text. */
export type XmlNode = string | { readonly [name: string]: string | readonly XmlNode[] };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
  // The parser's own bound of 1,000 entities is soon reached by an honest memo in HTML; without a DOCTYPE nothing can grow.
  processEntities: {
    enabled: true,
    maxTotalExpansions: Number.POSITIVE_INFINITY,
    maxExpandedLength: Number.POSITIVE_INFINITY,
  },
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
});

/** The root element's name and content. Throws 400 for what is not one well-formed element. */
export function parseXml(text: string): { readonly name: string; readonly node: XmlNode } {
  if (text.includes("<!DOCTYPE")) throw generalError(400, "A document type is not allowed");
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw generalError(400, `Malformed XML: ${verdict.err.msg} (line ${verdict.err.line})`);
  const document = parser.parse(text) as Record<string, readonly XmlNode[] | string>;
  for (const [name, nodes] of Object.entries(document)) {
    const node = typeof nodes === "string" ? undefined : nodes[0];
    if (node !== undefined && name !== "#") return { name, node };
  }
  throw generalError(400, "Malformed XML: no element");
}

export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  if (typeof node === "string") return [];
  const found = node[name];
  return found === undefined ? [] : typeof found === "string" ? [found] : found;
}

export function attributeOf(node: XmlNode, name: string): string | null {
  const found = typeof node === "string" ? undefined : node[`@${name}`];
  return typeof found === "string" ? found : null;
}

/** The text right inside an element. */
export function textIn(node: XmlNode): string {
  if (typeof node === "string") return node;
  const own = node["#"];
  return typeof own === "string" ? own : (own ?? []).map((piece) => (typeof piece === "string" ? piece : "")).join("");
}
