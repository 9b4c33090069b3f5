/** Line ends as `\n`: trackers store `\r\n`, `\r` or `\n` for the same text. */
export function normalLines(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/** For fields of one line: line ends become a blank, outer white space goes (every tracker here drops it); the rest stays as typed. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").trim();
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
