import type { FieldSchema, Markup } from "../core/field.ts";
import { cleanHtml } from "./clean-html.ts";
import { canonicalHtml, htmlBody, htmlToText, textToHtml } from "./html.ts";
import { htmlToTextile } from "./html-to-textile.ts";
import { htmlToMarkdown, markdownToHtml } from "./markdown.ts";
import { cut, holdable, holdableHtml, lengthIn, type MaxLength, normalLines } from "./text.ts";
import { textileToHtml } from "./textile-to-html.ts";

/** Normal form for comparison, by markup. */
export function canonicalRich(text: string, markup: Markup): string {
  if (markup === "html") return canonicalHtml(text);
  return normalLines(text)
    .replace(/[ \t]+$/gm, "")
    .trim();
}

/**
 * Text in one markup as text in another (X21): by way of HTML, without what could run in a browser. What the target cannot say goes, no word does, and
 * none is taken for markup. The pair's memory keeps what was lost from flowing back (T1).
 */
export function convertMarkup(given: string, from: Markup, to: Markup): string {
  const text = from === "html" ? holdableHtml(given) : holdable(given);
  if (from === to) return from === "html" ? cleanHtml(htmlBody(text)) : normalLines(text);
  // Two texts that count as equal must become the same: else what a tracker does to line ends on storing would pass for an edit.
  return fromHtml(toHtml(from === "html" ? text : canonicalRich(text, from), from), to);
}

function toHtml(text: string, from: Markup): string {
  if (text.trim() === "") return "";
  switch (from) {
    case "html":
      return cleanHtml(htmlBody(text));
    case "markdown":
      return markdownToHtml(text);
    case "textile":
      return textileToHtml(text);
    case "plain":
      return textToHtml(text);
  }
}

function fromHtml(html: string, to: Markup): string {
  switch (to) {
    case "html":
      return html;
    case "markdown":
      return htmlToMarkdown(html);
    case "textile":
      return htmlToTextile(html);
    case "plain":
      return htmlToText(html);
  }
}

export function markupOf(schema: FieldSchema): Markup {
  return schema.markup ?? "plain";
}

/** `text` made to fit. It is cut as the text that it shows, since half a sign or tag would show as text: its formatting goes. */
export function cutRich(text: string, markup: Markup, limit: MaxLength): string {
  if (markup === "plain") return cut(text, limit);
  const shown = convertMarkup(text, markup, "plain");
  for (let size = limit.size; size > 0; ) {
    const written = convertMarkup(cut(shown, { ...limit, size }), "plain", markup);
    const over = lengthIn(written, limit.unit) - limit.size;
    if (over <= 0) return written;
    size -= over;
  }
  return "";
}
