import { parse } from "toml";
import type { Place } from "./report.ts";

/** A text in which keys that stand twice in one table have other names, so that the rest of the file can be checked all the same (B8). */
export interface Aside {
  readonly text: string;
  /** The key as it was written, for one that was renamed; null for any other. */
  written(key: string): string | null;
  /** Where a place of `text` stands in the text as it was written. */
  placeOf(place: Place): Place;
}

/** Where text was put in: offset in the text as it was written, just behind a key. */
interface Mark {
  readonly offset: number;
  readonly text: string;
}

/** A file with more of them than this is no mapping. */
const MOST = 300;
const MARK = /__repeat_\d+__$/;

/** Null where the text is wrong in another way as well, or no key can be told to be the one too many (a table's header). */
export function setRepeatsAside(written: string): Aside | null {
  const marks: Mark[] = [];
  for (let n = 0; n <= MOST; n++) {
    const text = withMarks(written, marks);
    const found = firstRepeat(text);
    if (found === null) return asideOf(written, text, marks);
    if (found === "other trouble") return null;
    const offset = keyEnd(written, writtenOffset(offsetOf(text, found), marks));
    if (offset === null || marks.some((mark) => mark.offset === offset)) return null;
    marks.push({ offset, text: `__repeat_${n}__` });
    marks.sort((a, b) => a.offset - b.offset);
  }
  return null;
}

function firstRepeat(text: string): Place | "other trouble" | null {
  try {
    parse(text, { bigint: true });
    return null;
  } catch (error) {
    const { message, line, column } = error as Partial<Place> & { readonly message?: string };
    if (!/redefine/i.test(message ?? "") || line === undefined || column === undefined) return "other trouble";
    return { line, column };
  }
}

function asideOf(written: string, text: string, marks: readonly Mark[]): Aside {
  return {
    text,
    written: (key) => (MARK.test(key) ? key.replace(MARK, "") : null),
    placeOf: (place) => placeAt(written, writtenOffset(offsetOf(text, place), marks)),
  };
}

function withMarks(written: string, marks: readonly Mark[]): string {
  const starts = [0, ...marks.map(({ offset }) => offset)];
  return starts.map((start, i) => (marks[i - 1]?.text ?? "") + written.slice(start, marks[i]?.offset)).join("");
}

function writtenOffset(offset: number, marks: readonly Mark[]): number {
  let back = offset;
  for (const mark of marks) if (mark.offset < back) back = Math.max(mark.offset, back - mark.text.length);
  return back;
}

/** Behind the last character of a key that can be added to; null where no key begins. */
function keyEnd(text: string, start: number): number | null {
  const key = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*(?=")|'[^'\n]*(?=')/y;
  key.lastIndex = start;
  return key.test(text) ? key.lastIndex : null;
}

function offsetOf(text: string, { line, column }: Place): number {
  let start = 0;
  for (let n = 1; n < line; n++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
