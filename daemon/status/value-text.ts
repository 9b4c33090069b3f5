import type { Value } from "../core/record.ts";
import { plain } from "./words.ts";

const LONGEST = 120;

/** A field's value on a terminal: one line, long texts cut, several values in brackets. */
export function shortValue(value: Value): string {
  if (value === null) return "(empty)";
  if (typeof value === "string") return quoted(value);
  return `[${value.map(quoted).join(", ")}]`;
}

function quoted(text: string): string {
  if (text.length <= LONGEST) return `"${plain(text)}"`;
  return `"${plain(text.slice(0, LONGEST))}…" (${text.length} characters)`;
}
