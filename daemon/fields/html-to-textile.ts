import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { cleanTree } from "./clean-html.ts";
import { htmlBody, isBlockName } from "./html.ts";
import { flattenLines, isElement, liftCaptions, pruneEmpty } from "./html-tree.ts";
import { loosenMarks } from "./loose-marks.ts";
import { textileImage, textileLink } from "./textile-address.ts";
import { KEPT_LINE, LITERAL, literal, resolved } from "./textile-escape.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const SIGNS: Readonly<Record<string, string>> = {
  ...{ b: "*", strong: "*", i: "_", em: "_", cite: "??" },
  ...{ u: "+", ins: "+", s: "-", strike: "-", del: "-", sub: "~", sup: "^" },
};

const CODE = new Set(["code", "tt", "kbd", "samp"]);

/** HTML as Redmine's Textile: what it cannot say goes, the words stay, and none of them is taken for markup. */
export function htmlToTextile(html: string): string {
  const fragment = parseFragment(htmlBody(html));
  cleanTree(fragment);
  pruneEmpty(fragment);
  liftCaptions(fragment);
  flattenLines(fragment);
  loosenMarks(fragment);
  return blocksOf(fragment.childNodes).join("\n\n").replaceAll(KEPT_LINE, "\n").trim();
}

/** Each without a line end around it; a blank line belongs between two. */
function blocksOf(nodes: readonly Node[]): string[] {
  const blocks: string[] = [];
  let run: Node[] = [];
  const flush = () => {
    blocks.push(...paragraphs(run));
    run = [];
  };
  for (const node of nodes) {
    if (!isElement(node) || node.nodeName === "br" || !holdsBlocks(node)) {
      run.push(node);
      continue;
    }
    flush();
    blocks.push(...blockOf(node));
  }
  flush();
  return blocks;
}

function holdsBlocks(node: Element): boolean {
  if (node.nodeName === "br") return false;
  return isBlockName(node.nodeName) || node.childNodes.some((child) => isElement(child) && holdsBlocks(child));
}

function blockOf(node: Element): string[] {
  const name = node.nodeName;
  const heading = /^h([1-6])$/.exec(name)?.[1];
  if (heading !== undefined) return paragraphs(node.childNodes).map((text) => `h${heading}. ${oneLine(text)}`);
  if (name === "hr") return ["---"];
  if (name === "pre") return [preformatted(node)];
  if (name === "ul" || name === "ol") return listLines(node, "").length === 0 ? [] : [listLines(node, "").join("\n")];
  if (name === "table") return table(node);
  if (name === "blockquote") {
    const quoted = blocksOf(node.childNodes).join("\n\n");
    return quoted === ""
      ? []
      : [quoted.replace(/^(?=(.?))/gm, (_, first: string) => (first === ">" ? ">" : first === "" ? ">" : "> "))];
  }
  return blocksOf(node.childNodes);
}

/** Text with its line ends; a blank line parts two paragraphs. */
function paragraphs(nodes: readonly Node[]): string[] {
  return inline(nodes)
    .split(/\n[ \n]*\n/)
    .map((text) => tidy(resolved(text)))
    .filter((text) => text !== "");
}

function tidy(text: string): string {
  return text
    .replace(/ *\n */g, "\n")
    .replace(/ {2,}/g, " ")
    .trim();
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

function inline(nodes: readonly Node[]): string {
  return nodes.map(inlineNode).join("");
}

function inlineNode(node: Node): string {
  if ("value" in node) return literal(node.value.replace(/\p{Cc}/gu, " ").replace(/[\s\u00a0]+/g, " "));
  if (!isElement(node)) return "";
  const name = node.nodeName;
  if (name === "br") return "\n";
  if (name === "img") return textileImage(attribute(node, "src"), attribute(node, "alt"));
  if (CODE.has(name)) return code(node);
  const inside = inline(node.childNodes);
  if (name === "a") return textileLink(attribute(node, "href"), oneLine(plain(node)), inside);
  const sign = SIGNS[name];
  if (sign === undefined || TOO_SHORT.test(inside.replaceAll(LITERAL, ""))) return inside;
  // A bracket or the like right behind the sign would be read as a class or a style, the same sign within it as its end.
  const ends = new RegExp(`${LITERAL}\\${sign.charAt(0)}(?![A-Za-z0-9])`, "g");
  const words = inside.replace(ends, entity(sign)).replace(ATTRIBUTE, (_, first: string) => entity(first));
  return `${sign}${words}${sign}`;
}

function entity(sign: string): string {
  return `&#${sign.charCodeAt(0)};`;
}

function attribute(node: Element, name: string): string {
  return node.attrs.find((attr) => attr.name === name)?.value ?? "";
}

/** The words of a node as they stand in the tree. */
function plain(node: Node): string {
  if ("value" in node) return node.value;
  if (!isElement(node)) return "";
  return node.nodeName === "br" ? "\n" : node.childNodes.map(plain).join("");
}

/** Between two signs a single character must be a letter. */
const TOO_SHORT = /^\s*[^\p{L}\p{N}_]?\s*$/u;

const ATTRIBUTE = new RegExp(`^${LITERAL}?([([{<>=~^*#)-])`);

const OFF_TAGS = /<\/?(?:redpre|pre|code|kbd|notextile)\b/i;

function code(node: Element): string {
  const text = plain(node).replace(/\s+/g, " ");
  if (text.trim() === "") return text;
  return OFF_TAGS.test(text) ? literal(text) : `<code>${text}</code>`;
}

function preformatted(node: Element): string {
  const text = plain(node)
    .replace(/\r\n?/g, "\n")
    .replace(/^\n|\s+$/g, "");
  if (text === "") return "";
  if (OFF_TAGS.test(text)) return tidy(resolved(literal(text)));
  const language = /(?:^|\s)(?:language-)?([\w+-]+)/.exec(languageOf(node))?.[1];
  const lines = text.replaceAll("\n", KEPT_LINE);
  if (language === undefined) return `<pre>${KEPT_LINE}${lines}${KEPT_LINE}</pre>`;
  return `<pre><code class="${language}">${KEPT_LINE}${lines}${KEPT_LINE}</code></pre>`;
}

function languageOf(node: Element): string {
  const inner = node.childNodes.find((child) => isElement(child) && child.nodeName === "code");
  return inner !== undefined && isElement(inner) ? attribute(inner, "class") : "";
}

function listLines(list: Element, above: string): string[] {
  const prefix = `${above}${list.nodeName === "ol" ? "#" : "*"}`;
  return list.childNodes.flatMap((child) => {
    if (!isElement(child)) return paragraphs([child]).map((text) => `${prefix} ${text}`);
    if (child.nodeName === "ul" || child.nodeName === "ol") return listLines(child, prefix);
    return itemLines(child, prefix);
  });
}

function itemLines(item: Element, prefix: string): string[] {
  const isList = (node: Node): node is Element => isElement(node) && /^[uo]l$/.test(node.nodeName);
  const lists = item.childNodes.filter(isList);
  const own = blocksOf(item.childNodes.filter((node) => !isList(node)));
  const below = lists.flatMap((list) => listLines(list, prefix));
  return own.length === 0 && below.length > 0 ? below : [`${prefix} ${own.join("\n")}`, ...below];
}

function table(node: Element): string[] {
  const rows = rowsOf(node).map((row) => {
    const cells = row.childNodes.filter((cell) => isElement(cell)).filter(({ nodeName }) => /^t[dh]$/.test(nodeName));
    return cells.map((cell) => {
      const text = oneLine(paragraphs(cell.childNodes).join(" "));
      return `|${cell.nodeName === "th" ? "_." : ""} ${text}${text === "" ? "" : " "}`;
    });
  });
  const lines = rows.filter((cells) => cells.length > 0).map((cells) => `${cells.join("")}|`);
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function rowsOf(node: Element): Element[] {
  return node.childNodes
    .filter((child) => isElement(child))
    .flatMap((child) => (child.nodeName === "tr" ? [child] : rowsOf(child)));
}
