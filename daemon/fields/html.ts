import { type DefaultTreeAdapterTypes, parseFragment, serialize } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Parent = DefaultTreeAdapterTypes.ParentNode;

/** Elements that begin and end a line of text. */
const BLOCKS = new Set(
  [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "hr",
    "br",
  ].concat([
    "dl",
    "dt",
    "dd",
    "section",
    "article",
    "header",
    "footer",
    "address",
    "center",
    "form",
    "fieldset",
    "figure",
  ]),
);

/** Elements around which white space shows nothing: blocks and the parts of a table. */
const SPACELESS = new Set([...BLOCKS, "thead", "tbody", "tfoot", "caption", "colgroup", "col", "td", "th"]);

/** The inside of a document: Quality Center stores memos as whole HTML documents, other trackers as fragments. */
export function htmlBody(html: string): string {
  const inside = /<body[^>]*>([\s\S]*?)(?:<\/body>|$)/i.exec(html);
  return (inside?.[1] ?? html.replace(/<\/?html[^>]*>/gi, "")).trim();
}

/**
 * A normal form for comparison only: the same for two texts that a browser shows alike and that trackers turn into one another on storing
 * (document wrapper, `<br>`/`<br />`, entities, attribute order and quotes, white space between and around blocks, trailing breaks).
 */
export function canonicalHtml(html: string): string {
  const fragment = parseFragment(htmlBody(html));
  tidy(fragment, false);
  return serialize(fragment)
    .replace(/(<br>|\s)+$/, "")
    .trim();
}

function tidy(parent: Parent, keepSpace: boolean): void {
  joinTexts(parent);
  for (const node of [...parent.childNodes]) {
    if ("value" in node) tidyText(parent, node, keepSpace);
    else if ("childNodes" in node) tidyElement(node, keepSpace);
  }
}

/** Without its comments, a text is one node: as it will be when it is read again. */
function joinTexts(parent: Parent): void {
  const joined: Node[] = [];
  for (const node of parent.childNodes) {
    const last = joined.at(-1);
    if (node.nodeName === "#comment") continue;
    if ("value" in node && last !== undefined && "value" in last) last.value += node.value;
    else joined.push(node);
  }
  parent.childNodes = joined;
}

function tidyElement(node: DefaultTreeAdapterTypes.Element, keepSpace: boolean): void {
  node.attrs.sort((a, b) => (a.name < b.name ? -1 : 1));
  tidy(node, keepSpace || node.nodeName === "pre");
  const [first] = node.childNodes;
  // The parser drops a line end right after these tags: a second one keeps it.
  if (EATS_LINE_END.has(node.nodeName) && first !== undefined && "value" in first && first.value.startsWith("\n"))
    first.value = `\n${first.value}`;
}

const EATS_LINE_END = new Set(["pre", "listing", "textarea"]);

function tidyText(parent: Parent, node: DefaultTreeAdapterTypes.TextNode, keepSpace: boolean): void {
  if (keepSpace) return;
  const at = parent.childNodes.indexOf(node);
  const atStart = isBlock(parent.childNodes[at - 1]) || (at === 0 && isBlock(parent));
  const atEnd = isBlock(parent.childNodes[at + 1]) || (at === parent.childNodes.length - 1 && isBlock(parent));
  let text = node.value.replace(/[\s\u00a0]+/g, " ");
  if (atStart) text = text.trimStart();
  if (atEnd) text = text.trimEnd();
  if (text === "") drop(parent, node);
  else node.value = text;
}

/** Of an element that begins and ends a line, or of a part of a table. */
export function isBlockName(name: string): boolean {
  return SPACELESS.has(name);
}

function isBlock(node: Node | Parent | undefined): boolean {
  return node !== undefined && (SPACELESS.has(node.nodeName) || node.nodeName === "#document-fragment");
}

function drop(parent: Parent, node: Node): void {
  parent.childNodes.splice(parent.childNodes.indexOf(node), 1);
}

/** HTML as plain text: paragraphs and breaks become line ends, list items lines with `* ` or `1. `, links keep their address. */
export function htmlToText(html: string): string {
  const out: string[] = [];
  for (const node of parseFragment(htmlBody(html)).childNodes) write(node, out, false);
  return out
    .join("")
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function write(node: Node, out: string[], keepSpace: boolean): void {
  if ("value" in node) {
    const text = keepSpace ? node.value : node.value.replace(/[\s\u00a0]+/g, " ");
    out.push(!keepSpace && (atLineStart(out) || endsInSpace(out)) ? text.trimStart() : text);
    return;
  }
  if (!("childNodes" in node)) return;
  if (node.nodeName === "script" || node.nodeName === "style") return;
  if (node.nodeName === "br" || node.nodeName === "hr") {
    out.push("\n");
    return;
  }
  writeElement(node, out, keepSpace);
}

function writeElement(node: DefaultTreeAdapterTypes.Element, out: string[], keepSpace: boolean): void {
  const block = BLOCKS.has(node.nodeName);
  if (block && !atLineStart(out)) out.push("\n");
  if (node.nodeName === "li") out.push(bullet(node));
  for (const child of node.childNodes) write(child, out, keepSpace || node.nodeName === "pre");
  if (node.nodeName === "a") writeAddress(node, out);
  if (node.nodeName === "td" || node.nodeName === "th") out.push("\t");
  if (block) out.push(node.nodeName === "li" || node.nodeName === "tr" || node.nodeName === "div" ? "\n" : "\n\n");
}

function writeAddress(node: DefaultTreeAdapterTypes.Element, out: string[]): void {
  const address = node.attrs.find((a) => a.name === "href")?.value ?? "";
  const shown = out.at(-1) ?? "";
  const said = shown !== "" && shown.includes(address.replace(/^https?:\/\/(?=www\.)|\/$/gi, ""));
  if (/^https?:/i.test(address) && !said) out.push(` (${address})`);
}

function bullet(node: DefaultTreeAdapterTypes.Element): string {
  const list = node.parentNode;
  if (list === null || list.nodeName !== "ol") return "* ";
  const items = list.childNodes.filter((n) => n.nodeName === "li");
  return `${items.indexOf(node) + 1}. `;
}

/** Nothing but a list's bullet stands on the line yet. */
function atLineStart(out: readonly string[]): boolean {
  const last = out.findLast((piece) => piece !== "");
  return last === undefined || last.endsWith("\n") || /^(?:\*|\d+\.) $/.test(last);
}

function endsInSpace(out: readonly string[]): boolean {
  return out.findLast((piece) => piece !== "")?.endsWith(" ") ?? false;
}

/** Plain text as HTML: nothing of it can become a tag; blank lines separate paragraphs, line ends are kept. */
export function textToHtml(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${escapeHtml(paragraph).replace(/\n/g, "<br>")}</p>`)
    .join("");
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
