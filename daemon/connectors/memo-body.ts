import { type DefaultTreeAdapterTypes, parseFragment, serialize } from "parse5";
import { htmlBody } from "../fields/html.ts";

type Parent = DefaultTreeAdapterTypes.ParentNode;

/** Elements that run, load or swallow what follows them. */
const REMOVED = new Set(["script", "style", "iframe", "object", "embed", "noscript", "plaintext", "xmp", "template"]);
const DOCUMENT = new Set(["base", "meta", "link", "title", "#comment", "#documentType"]);

/**
 * A comment's text that cannot leave its place in a memo: every tag closed where it was opened, no scripts, and no line of its own that reads as
 * the separator between comments.
 */
export function containedHtml(html: string): string {
  const fragment = parseFragment(htmlBody(html));
  contain(fragment);
  return serialize(fragment).trim();
}

function contain(parent: Parent): void {
  parent.childNodes = parent.childNodes.filter((node) => !REMOVED.has(node.nodeName) && !DOCUMENT.has(node.nodeName));
  for (const node of parent.childNodes) {
    if (!("childNodes" in node)) continue;
    contain(node);
    if ((node.nodeName === "b" || node.nodeName === "strong") && /_{20,}/.test(textOf(node))) {
      node.nodeName = "span";
      node.tagName = "span";
    }
  }
}

function textOf(parent: Parent): string {
  return parent.childNodes
    .map((node) => ("value" in node ? node.value : "childNodes" in node ? textOf(node) : ""))
    .join("");
}
