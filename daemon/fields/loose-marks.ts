import type { DefaultTreeAdapterTypes } from "parse5";
import { isBlockName } from "./html.ts";
import { isElement, textNode } from "./html-tree.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Parent = DefaultTreeAdapterTypes.ParentNode;
type Element = DefaultTreeAdapterTypes.Element;

/** What Markdown and Textile write by a sign on both sides of the words. */
export const MARKS = new Set(["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "sub", "sup", "cite"]);

interface Found {
  readonly element: Element;
  readonly parent: Parent;
  readonly start: number;
  readonly end: number;
  readonly blocks: boolean;
}

/**
 * Takes away, in place, formatting that signs could not say: within a word, over several paragraphs, of nothing. White space at its edges moves
 * outside. Trackers would show the signs themselves.
 */
export function loosenMarks(root: Parent): void {
  hoistSpaces(root);
  const seen = { text: "" };
  const found: Found[] = [];
  walk(root, seen, found);
  for (const one of found) if (!canBeMarked(one, seen.text)) unwrap(one.element);
}

function canBeMarked({ start, end, blocks }: Found, text: string): boolean {
  if (blocks || text.slice(start, end).trim() === "") return false;
  const before = text[start - 1] ?? "\n";
  const after = text[end] ?? "\n";
  return /[\s(]/.test(before) && /[\s)\].,;:!?]/.test(after);
}

/** Notes where in the text as it reads each mark begins and ends; true where there are blocks. */
function walk(parent: Parent, seen: { text: string }, found: Found[]): boolean {
  let blocks = false;
  for (const node of parent.childNodes) {
    if ("value" in node) seen.text += node.value.replace(/[\s\u00a0]+/g, " ");
    if (!isElement(node)) continue;
    const own = isBlockName(node.nodeName);
    if (own) seen.text += "\n";
    const start = seen.text.length;
    if (node.nodeName === "code") seen.text += "\ufffc";
    const inner = walk(node, seen, found);
    // A picture or code beside a sign is no white space.
    if (node.nodeName === "img" || node.nodeName === "code") seen.text += "\ufffc";
    if (MARKS.has(node.nodeName))
      found.push({ element: node, parent, start, end: seen.text.length, blocks: inner || twice(node) });
    if (own) seen.text += "\n";
    blocks ||= inner || (own && node.nodeName !== "br");
  }
  return blocks;
}

/** Bold in bold is bold. */
function twice(node: Element): boolean {
  for (let above = node.parentNode; above !== null && isElement(above); above = above.parentNode)
    if (meaningOf(above.nodeName) === meaningOf(node.nodeName)) return true;
  return false;
}

function meaningOf(name: string): string {
  return { strong: "b", em: "i", ins: "u", strike: "s", del: "s" }[name] ?? name;
}

function hoistSpaces(parent: Parent): void {
  for (const node of [...parent.childNodes]) {
    if (!isElement(node)) continue;
    hoistSpaces(node);
    if (!MARKS.has(node.nodeName) && node.nodeName !== "a") continue;
    const first = node.childNodes[0];
    const last = node.childNodes.at(-1);
    if (last !== undefined && isSpaced(last, /[\s\u00a0]+$/)) insert(parent, node, textNode(" "), 1);
    if (first !== undefined && isSpaced(first, /^[\s\u00a0]+/)) insert(parent, node, textNode(" "), 0);
  }
}

/** Whether white space stands there; it is taken away. */
function isSpaced(node: Node, space: RegExp): boolean {
  if (!("value" in node) || !space.test(node.value)) return false;
  node.value = node.value.replace(space, "");
  return true;
}

function insert(parent: Parent, beside: Node, node: Node, after: 0 | 1): void {
  node.parentNode = parent;
  parent.childNodes.splice(parent.childNodes.indexOf(beside) + after, 0, node);
}

function unwrap(element: Element): void {
  const parent = element.parentNode;
  if (parent === null) return;
  for (const child of element.childNodes) child.parentNode = parent;
  parent.childNodes.splice(parent.childNodes.indexOf(element), 1, ...element.childNodes);
}
