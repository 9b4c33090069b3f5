import type { toMdast } from "hast-util-to-mdast";
import type { Options, toMarkdown, Unsafe } from "mdast-util-to-markdown";
import { type DefaultTreeAdapterTypes, parseFragment, serialize } from "parse5";
import { cleanTree } from "./clean-html.ts";
import { htmlBody } from "./html.ts";
import { breakLines, flattenLines, joinCode, liftCaptions, linkAddresses, pruneEmpty } from "./html-tree.ts";
import { loosenMarks } from "./loose-marks.ts";
import { markdownReader, markdownWriter } from "./markdown-libraries.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Hast = Parameters<typeof toMdast>[0];

/**
 * GitHub's Markdown as HTML. A line end shows as one: that is how trackers show them, and the lines of a log would run together otherwise.
 * HTML in the Markdown stays as far as it is harmless.
 */
export function markdownToHtml(text: string): string {
  const { micromark, gfm, gfmHtml } = markdownReader();
  const html = micromark(text, {
    allowDangerousHtml: true,
    extensions: [gfm({ singleTilde: false })],
    htmlExtensions: [gfmHtml()],
  });
  const fragment = parseFragment(html);
  cleanTree(fragment);
  breakLines(fragment);
  return serialize(fragment).trim();
}

/** HTML as GitHub's Markdown: what Markdown cannot say goes, the words stay, and none of them is taken for markup. */
export function htmlToMarkdown(html: string): string {
  const writer = markdownWriter();
  const fragment = parseFragment(htmlBody(html));
  cleanTree(fragment);
  pruneEmpty(fragment);
  liftCaptions(fragment);
  flattenLines(fragment);
  loosenMarks(fragment);
  joinCode(fragment);
  linkAddresses(fragment);
  const root = { type: "root", children: fragment.childNodes.flatMap(toHast) } as Hast;
  const tree = writer.toMdast(root, { newlines: false }) as Parameters<typeof toMarkdown>[0];
  const extensions = [writer.gfmTableToMarkdown({ tablePipeAlign: false }), writer.gfmStrikethroughToMarkdown()];
  return writer.toMarkdown(tree, { ...OPTIONS, extensions }).trim();
}

const WRITTEN_ATTRIBUTES = new Set(["href", "src", "alt", "align", "start", "type", "checked"]);

function toHast(node: Node): object[] {
  if ("value" in node) return [{ type: "text", value: node.value }];
  if (!("attrs" in node)) return [];
  if (node.nodeName === "a" && !node.attrs.some(({ name }) => name === "href")) return node.childNodes.flatMap(toHast);
  const attrs = node.attrs
    .filter(({ name }) => WRITTEN_ATTRIBUTES.has(name))
    .map(({ name, value }) => [name, name === "href" || name === "src" ? value.replaceAll("|", "%7C") : value]);
  const language = node.attrs.find(({ name }) => name === "class")?.value;
  const properties = {
    ...Object.fromEntries(attrs),
    ...(language === undefined || node.nodeName !== "code" ? {} : { className: language.split(/\s+/) }),
  };
  return [{ type: "element", tagName: node.nodeName, properties, children: node.childNodes.flatMap(toHast) }];
}

const IN_TEXT: Pick<Unsafe, "inConstruct" | "notInConstruct"> = {
  inConstruct: "phrasing",
  notInConstruct: ["autolink", "link", "image", "label"],
};

const OPTIONS: Options = {
  bullet: "*",
  bulletOther: "-",
  fences: true,
  rule: "-",
  listItemIndent: "one",
  // Redmine's older Markdown raises what stands behind the first; the others could begin an address.
  unsafe: [
    { character: "^", inConstruct: "phrasing" },
    { character: "<", inConstruct: "phrasing" },
    { character: ".", before: "[Ww]", after: "[-.\\w]", ...IN_TEXT },
    { character: ":", before: "[ps]", after: "\\/", ...IN_TEXT },
  ],
  handlers: {
    /** Two blanks: not every Markdown knows the backslash. */
    break: () => "  \n",
    /** Within a word the sign is one of its letters. A backslash at the end would make a line end its own. Not every Markdown has a cell go on behind a backslash. */
    text: (node, _parent, state, info) => {
      const safe = state
        .safe(node.value, info)
        .replace(/(?<=[\p{L}\p{N}])\\_(?=[\p{L}\p{N}])/gu, "_")
        .replace(/\\+(?= *$)/, (slashes) => (slashes.length % 2 === 0 ? slashes : `${slashes}\\`));
      return state.stack.includes("tableCell") ? safe.replace(/\\\|/g, "&#124;") : safe;
    },
  },
};
