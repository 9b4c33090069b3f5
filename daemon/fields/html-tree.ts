import { type DefaultTreeAdapterTypes, defaultTreeAdapter, html as names } from "parse5";
import { isBlockName } from "./html.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Parent = DefaultTreeAdapterTypes.ParentNode;
type Element = DefaultTreeAdapterTypes.Element;

export function isElement(node: Node | Parent): node is Element {
  return "tagName" in node;
}

/** Line ends within a paragraph become breaks, in place; those between blocks show nothing. */
export function breakLines(parent: Parent): void {
  if (parent.nodeName === "pre") return;
  const children: Node[] = [];
  for (const [at, node] of parent.childNodes.entries()) {
    if (isElement(node)) breakLines(node);
    if (!("value" in node) || !node.value.includes("\n") || !holdsText(parent)) {
      children.push(node);
      continue;
    }
    const before = parent.childNodes[at - 1];
    children.push(...brokenText(node.value, before, parent.childNodes[at + 1], parent));
  }
  parent.childNodes = children;
}

/** White space right within these shows nothing. */
function holdsText(parent: Parent): boolean {
  return !["ul", "ol", "table", "thead", "tbody", "tr", "dl", "#document-fragment", "blockquote"].includes(
    parent.nodeName,
  );
}

function brokenText(text: string, before: Node | undefined, after: Node | undefined, parent: Parent): Node[] {
  const edge = (node: Node | undefined) => node === undefined || node.nodeName === "br" || isBlockName(node.nodeName);
  const lines = text.split("\n");
  const nodes: Node[] = [];
  for (const [i, line] of lines.entries()) {
    const atStart = i === 1 && lines[0] === "" && edge(before);
    const atEnd = i === lines.length - 1 && line.trim() === "" && edge(after);
    if (i > 0 && !atStart && !atEnd) nodes.push(inParent(make("br"), parent));
    if (line !== "") nodes.push(inParent(textNode(line), parent));
  }
  return nodes;
}

const SHOWS = new Set(["img", "hr", "input"]);
/** Gone where nothing shows in them: a bullet alone would be read as something else. */
const HOLDERS = /^(?:p|div|ul|ol|li|table|h[1-6]|pre|blockquote|dl|dt|dd)$/;

/** Takes away, in place, what shows nothing; true where something of `parent` shows. */
export function pruneEmpty(parent: Parent): boolean {
  const shows = parent.childNodes.map((node) => {
    if ("value" in node) return node.value.trim() !== "";
    return SHOWS.has(node.nodeName) || (isElement(node) && pruneEmpty(node));
  });
  parent.childNodes = parent.childNodes.filter((node, at) => shows[at] === true || !HOLDERS.test(node.nodeName));
  return shows.includes(true);
}

/** A table's title becomes a paragraph before it, in place: not every markup has one. */
export function liftCaptions(parent: Parent): void {
  const children: Node[] = [];
  for (const node of parent.childNodes) {
    if (isElement(node)) liftCaptions(node);
    if (isElement(node) && node.nodeName === "table") {
      const isCaption = (child: Node): child is Element => isElement(child) && child.nodeName === "caption";
      for (const caption of node.childNodes.filter(isCaption)) {
        const paragraph = make("p");
        paragraph.childNodes = caption.childNodes;
        children.push(inParent(paragraph, parent));
      }
      node.childNodes = node.childNodes.filter((child) => !isCaption(child));
    }
    children.push(node);
  }
  parent.childNodes = children;
}

/** What stands in a table's cell or a heading becomes one line, in place: no plain-text markup has more there. */
export function flattenLines(parent: Parent): void {
  for (const node of parent.childNodes) {
    if (!isElement(node)) continue;
    if (/^(?:td|th|h[1-6])$/.test(node.nodeName)) node.childNodes = inLine(node, node);
    else flattenLines(node);
  }
}

function inLine(parent: Parent, cell: Element): Node[] {
  return parent.childNodes.flatMap((node) => {
    if (!isElement(node)) return [inParent(node, cell)];
    // A cell ends at this sign, in code as well.
    if (node.nodeName === "code" && node.childNodes.some((child) => "value" in child && child.value.includes("|")))
      return node.childNodes.map((child) => inParent(child, cell));
    if (!isBlockName(node.nodeName) && node.nodeName !== "td" && node.nodeName !== "th") {
      node.childNodes = inLine(node, node);
      return [inParent(node, cell)];
    }
    return [inParent(textNode(" "), cell), ...inLine(node, cell), inParent(textNode(" "), cell)];
  });
}

/** Pieces of code that touch become one, in place: the signs between them would run together. */
export function joinCode(parent: Parent): void {
  const children: Node[] = [];
  for (const node of parent.childNodes) {
    const last = children.at(-1);
    if (isElement(node) && node.nodeName !== "code") joinCode(node);
    if (node.nodeName === "code" && isElement(node) && last?.nodeName === "code" && isElement(last))
      last.childNodes.push(...node.childNodes);
    else children.push(node);
  }
  parent.childNodes = children;
}

const ADDRESS = /(?<![\p{L}\p{N}])https?:\/\/[^\s<>|\\]*[^\s<>|\\.,:;!?'")\]}*_~`]/giu;

/** Addresses that stand in the text become links, in place: their signs are then left alone. */
export function linkAddresses(parent: Parent): void {
  if (parent.nodeName === "a" || parent.nodeName === "pre" || parent.nodeName === "code") return;
  parent.childNodes = parent.childNodes.flatMap((node) => {
    if (isElement(node)) linkAddresses(node);
    if (!("value" in node) || !/https?:/i.test(node.value)) return [node];
    const nodes: Node[] = [];
    let done = 0;
    for (const { 0: address, index } of node.value.matchAll(ADDRESS)) {
      const link = make("a", [{ name: "href", value: address }]);
      link.childNodes = [inParent(textNode(address), link)];
      nodes.push(textNode(node.value.slice(done, index)), link);
      done = index + address.length;
    }
    nodes.push(textNode(node.value.slice(done)));
    return nodes.map((one) => inParent(one, parent));
  });
}

function make(name: string, attrs: Element["attrs"] = []): Element {
  return defaultTreeAdapter.createElement(name, names.NS.HTML, attrs);
}

export function textNode(value: string): Node {
  return defaultTreeAdapter.createTextNode(value);
}

function inParent<T extends Node>(node: T, parent: Parent): T {
  node.parentNode = parent;
  return node;
}
