import { escapeHtml } from "./html.ts";
import { createShelf, type Shelf, textileInline } from "./textile-inline.ts";

/** Attributes behind a block's name: class, style, language, alignment. What they say is dropped. */
const ATTRIBUTES = String.raw`(?:\([^)\n]*\)|\{[^}\n]*\}|\[[a-z_-]+\]|[<>=()]+)*`;
const NAMED = new RegExp(`^(h[1-6]|bq|p|fn\\d+)${ATTRIBUTES}\\.(?::\\S+)? +(.*)$`);
const ITEM = new RegExp(`^([#*]+)${ATTRIBUTES} (.*)$`);
const PRE = /^\ufffep\d+\ufffe$/;

/**
 * Redmine's Textile as HTML: what its toolbar makes (bold, italic, underline, strike, code, headings, lists, quotes, preformatted text, tables,
 * links, pictures). Everything else stays as it reads, HTML tags as well: Redmine shows those as text.
 */
export function textileToHtml(text: string): string {
  const shelf = createShelf();
  const clean = text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]|\ufffe/gu, "");
  return shelf.restore(blocks(ripOff(clean, shelf).split("\n"), shelf));
}

/** What is not read: preformatted text and code. */
function ripOff(text: string, shelf: Shelf): string {
  return text
    .replace(/<pre\b[^>]*>([\s\S]*?)<\/pre>/gi, (_, inside: string) => shelf.keep(preformatted(inside), "p"))
    .replace(/<(code|kbd)\b[^>]*>([\s\S]*?)<\/\1>/gi, (_, _tag, inside: string) =>
      shelf.keep(`<code>${escapeHtml(inside)}</code>`, "c"),
    )
    .replace(/<notextile>([\s\S]*?)<\/notextile>/gi, (_, inside: string) => shelf.keep(escapeHtml(inside), "c"));
}

function preformatted(inside: string): string {
  const code = /^\s*<code(?:\s+class=["']?([\w+-]+)["']?)?[^>]*>([\s\S]*?)(?:<\/code>\s*)?$/i.exec(inside);
  const lines = (code?.[2] ?? inside).replace(/^\n|\s+$/g, "");
  // The parser drops a line end right behind the tag.
  const shown = escapeHtml(lines.startsWith("\n") ? `\n${lines}` : lines);
  if (code === null) return `<pre>${shown}</pre>`;
  return code[1] === undefined
    ? `<pre><code>${shown}</code></pre>`
    : `<pre><code class="language-${code[1]}">${shown}</code></pre>`;
}

type Part = { readonly html: string; readonly next: number };

function blocks(lines: readonly string[], shelf: Shelf): string {
  const out: string[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) out.push(`<p>${shown(paragraph, shelf)}</p>`);
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const part = blockAt(lines, at, shelf);
    if (part === null && (lines[at] ?? "").trim() !== "") {
      paragraph.push(lines[at] ?? "");
      at++;
      continue;
    }
    flush();
    if (part !== null) out.push(part.html);
    at = part?.next ?? at + 1;
  }
  flush();
  return out.join("");
}

function blockAt(lines: readonly string[], at: number, shelf: Shelf): Part | null {
  const line = lines[at] ?? "";
  if (PRE.test(line.trim())) return { html: line.trim(), next: at + 1 };
  if (/^ ?(?:[*_-] ?){3,} *$/.test(line) && /(\S) ?\1 ?\1/.test(line)) return { html: "<hr>", next: at + 1 };
  if (line.startsWith(">")) return quote(lines, at, shelf);
  if (ITEM.test(line)) return list(lines, at, shelf);
  if (/^\|.*\|\s*$/.test(line)) return table(lines, at, shelf);
  return named(lines, at, shelf);
}

function named(lines: readonly string[], at: number, shelf: Shelf): Part | null {
  const match = NAMED.exec(lines[at] ?? "");
  if (match === null) return null;
  const [, name = "", first = ""] = match;
  const next = endOf(lines, at + 1, (line) => line.trim() !== "" && !ITEM.test(line));
  const text = shown([first, ...lines.slice(at + 1, next)], shelf);
  if (name.startsWith("h")) return { html: `<${name}>${text}</${name}>`, next };
  return { html: name === "bq" ? `<blockquote><p>${text}</p></blockquote>` : `<p>${text}</p>`, next };
}

function quote(lines: readonly string[], at: number, shelf: Shelf): Part {
  const next = endOf(lines, at, (line) => line.startsWith(">"));
  const inside = lines.slice(at, next).map((line) => line.replace(/^> ?/, ""));
  return { html: `<blockquote>${blocks(inside, shelf)}</blockquote>`, next };
}

function endOf(lines: readonly string[], from: number, goesOn: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && goesOn(lines[at] ?? "")) at++;
  return at;
}

interface Item {
  readonly prefix: string;
  readonly lines: readonly string[];
}

/** A list ends with its block: lines without a bullet belong to the item above them. */
function list(lines: readonly string[], at: number, shelf: Shelf): Part {
  const next = endOf(lines, at, (line) => line.trim() !== "");
  const items: Item[] = [];
  for (const line of lines.slice(at, next)) {
    const [, prefix, text] = ITEM.exec(line) ?? (/^[#*]+ *$/.test(line) ? [line, line.trim(), ""] : []);
    const last = items.at(-1);
    if (prefix !== undefined && text !== undefined) items.push({ prefix, lines: [text] });
    else if (last !== undefined) items[items.length - 1] = { ...last, lines: [...last.lines, line] };
  }
  return { html: listed(items, 1, shelf), next };
}

/** Items no shallower than `depth`. */
function listed(items: readonly Item[], depth: number, shelf: Shelf): string {
  const out: string[] = [];
  let open: string | null = null;
  for (let at = 0; at < items.length; ) {
    const { prefix, lines } = items[at] as Item;
    const tag = prefix[depth - 1] === "#" ? "ol" : "ul";
    if (open !== tag) out.push(`${open === null ? "" : `</${open}>`}<${tag}>`);
    open = tag;
    const own = prefix.length === depth;
    const from = own ? at + 1 : at;
    let next = from;
    while ((items[next]?.prefix.length ?? 0) > depth) next++;
    const below = items.slice(from, next);
    out.push(`<li>${own ? shown(lines, shelf) : ""}${below.length === 0 ? "" : listed(below, depth + 1, shelf)}</li>`);
    at = next;
  }
  return `${out.join("")}${open === null ? "" : `</${open}>`}`;
}

const CELL =
  /\|(?:(_)?(?:[\\/]\d+|[<>=~^-]+|\([^)|]*\)|\{[^}|]*\})*\.(?: |(?=\|)))?((?:\[\[[^\]|]*\|[^\]|]*\]\]|[^|])*)(?=\|)/g;

function table(lines: readonly string[], at: number, shelf: Shelf): Part {
  const next = endOf(lines, at, (line) => /^\|.*\|\s*$/.test(line));
  const rows = lines.slice(at, next).map((line) => {
    const cells = [...line.matchAll(CELL)].map(([, head, text = ""]) => {
      const tag = head === undefined ? "td" : "th";
      return `<${tag}>${shown([text.trim()], shelf)}</${tag}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return { html: `<table><tbody>${rows.join("")}</tbody></table>`, next };
}

function shown(lines: readonly string[], shelf: Shelf): string {
  return textileInline(lines.map((line) => line.trim()).join("\n"), shelf).replaceAll("\n", "<br>");
}
