/** Line ends as `\n`: trackers store `\r\n`, `\r` or `\n` for the same text. */
export function normalLines(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/** For fields of one line: line ends become a blank, outer white space goes (every tracker here drops it); the rest stays as typed. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").trim();
}

/**
 * What any tracker can hold: XML, and databases behind others, have no room for control characters and halves of a character. Nobody sees them;
 * vertical tabs and form feeds, which word processors paste for line ends, become line ends.
 */
export function holdable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\v\f]/g, "\n")
    .replace(NOT_HOLDABLE, "");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const NOT_HOLDABLE = /[\u0000-\u0008\u000E-\u001F\uFFFE\uFFFF]/g;

/** The same for HTML, where `&#11;` names a character by its number. */
export function holdableHtml(html: string): string {
  return holdable(html).replace(/&#(?:x([0-9a-f]+)|(\d+));?/gi, (whole, hex?: string, decimal?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code > 0xffff) return whole;
    const is = String.fromCharCode(code);
    return holdable(is) === is ? whole : holdable(is).replace("\uFFFD", "&#65533;");
  });
}

export interface MaxLength {
  readonly size: number;
  readonly unit: "bytes" | "characters";
}

/** Length in the unit the tracker counts in: UTF-8 bytes, or characters (Unicode code points). */
export function lengthIn(text: string, unit: MaxLength["unit"]): number {
  return unit === "bytes" ? Buffer.byteLength(text, "utf8") : [...text].length;
}

/** The longest beginning of `text` that fits; never ends inside what a person sees as one character (S25, T1). */
export function cut(text: string, limit: MaxLength): string {
  if (lengthIn(text, limit.unit) <= limit.size) return text;
  let kept = "";
  let length = 0;
  for (const { segment } of new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)) {
    length += lengthIn(segment, limit.unit);
    if (length > limit.size) break;
    kept += segment;
  }
  return kept;
}
