import type { FieldSchema, Markup } from "../core/field.ts";
import { canonicalHtml, htmlBody, htmlToText, textToHtml } from "./html.ts";
import { normalLines } from "./text.ts";

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
