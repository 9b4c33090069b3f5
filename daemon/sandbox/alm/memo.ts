import { type DefaultTreeAdapterTypes, parse } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const VOID = new Set(["area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]);
const BLOCK = new Set(["p", "div", "ul", "ol", "li", "table", "tr", "h1", "h2", "h3", "h4", "pre", "blockquote"]);
const REMOVED = new Set(["script", "style", "iframe", "object", "embed", "base", "meta", "link"]);
const ADDRESSES = new Set(["href", "src", "action", "background"]);

/**
 * What the server makes of a memo: one HTML document, tags written anew, newlines turned to blanks, scripts and event handlers taken out. Doing it
 * twice changes nothing more. The empty text stays empty.
 */
export function normaliseMemo(text: string): string {
  if (text.trim() === "") return "";
  return wrapMemo(text.includes("<") || text.includes("&") ? bodyOf(text) : escapeText(collapse(text)));
}

/** `inner` is taken as it is. */
function wrapMemo(inner: string): string {
  return `<html><body>\n${inner.trim()}\n</body></html>`;
}

function bodyOf(text: string): string {
  const root = parse(text).childNodes.find((node): node is Element => node.nodeName === "html");
  const body = root?.childNodes.find((node): node is Element => node.nodeName === "body");
  return body === undefined ? "" : writeNodes(body.childNodes, false);
}

function writeNodes(nodes: readonly Node[], verbatim: boolean): string {
  const pieces: string[] = [];
  let broken = false;
  for (const node of nodes) {
    // The line break after a block must not become a blank of its own when the text is read again.
    const written: string = writeNode(node, verbatim);
    const piece: string = broken && !verbatim ? written.replace(/^ +/, "") : written;
    if (piece === "") continue;
    pieces.push(piece);
    broken = piece.endsWith("\n");
  }
  return pieces.join("");
}

function writeNode(node: Node, verbatim: boolean): string {
  if ("value" in node) return escapeText(verbatim ? node.value : collapse(node.value));
  if (!("tagName" in node) || REMOVED.has(node.tagName)) return "";
  const open = `<${node.tagName}${node.attrs.map(writeAttribute).join("")}`;
  if (VOID.has(node.tagName)) return `${open} />`;
  const inner = writeNodes(node.childNodes, verbatim || node.tagName === "pre");
  const end = BLOCK.has(node.tagName) && !verbatim ? "\n" : "";
  const trimmed = end !== "" || node.tagName === "pre";
  return `${open}>${!trimmed ? inner : inner.replace(/^\s+|\s+$/g, "")}</${node.tagName}>${end}`;
}

function writeAttribute(attribute: { readonly name: string; readonly value: string }): string {
  const { name, value } = attribute;
  if (name.startsWith("on")) return "";
  const address = ADDRESSES.has(name);
  if (address && /^\s*(javascript|vbscript):/i.test(value)) return "";
  return ` ${name}="${value.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;")}"`;
}

function collapse(text: string): string {
  return text.replace(/[ \t\r\n\f]+/g, " ");
}

function escapeText(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/\u00a0/g, "&nbsp;");
}
