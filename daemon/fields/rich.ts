import type { FieldSchema, Markup } from "../core/field.ts";
import { canonicalHtml, htmlBody, htmlToText, textToHtml } from "./html.ts";
import { cut, lengthIn, type MaxLength, normalLines } from "./text.ts";

/** Normal form for comparison, by markup. */
export function canonicalRich(text: string, markup: Markup): string {
  if (markup === "html") return canonicalHtml(text);
  return normalLines(text)
    .replace(/[ \t]+$/gm, "")
    .trim();
}

/**
 * Text in one markup as text in another. Between HTML and anything else what cannot be said in the target is flattened; the pair's base keeps
 * the flattened form from flowing back (T1). Markdown and Textile are read and written as plain text with their signs left as they are.
 */
export function convertMarkup(text: string, from: Markup, to: Markup): string {
  if (from === "html") return to === "html" ? htmlBody(text) : htmlToText(text);
  const lines = normalLines(text);
  return to === "html" ? textToHtml(lines) : lines;
}

export function markupOf(schema: FieldSchema): Markup {
  return schema.markup ?? "plain";
}

/** `text` made to fit. HTML is cut as the text that it shows, since half a tag would show as text: its formatting goes. */
export function cutRich(text: string, markup: Markup, limit: MaxLength): string {
  if (markup !== "html") return cut(text, limit);
  const shown = htmlToText(text);
  for (let size = limit.size; size > 0; ) {
    const html = textToHtml(cut(shown, { ...limit, size }));
    const over = lengthIn(html, limit.unit) - limit.size;
    if (over <= 0) return html;
    size -= over;
  }
  return "";
}
