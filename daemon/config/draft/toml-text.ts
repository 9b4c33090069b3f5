/** A value as a mapping may hold it. Tables are written on one line. */
export type TomlValue = string | number | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue };

export function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : tomlText(name);
}

/** A basic string. DEL is a control character to TOML, but not to JSON. */
export function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007F");
}

export function tomlValue(value: TomlValue): string {
  if (typeof value === "string") return tomlText(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, each]) => `${tomlKey(key)} = ${tomlValue(each)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

/** A table whose keys are values of a tracker's lists: in quotes, as what they become. */
export function tomlPairs(values: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(values)
    .map(([from, to]) => `${tomlText(from)} = ${tomlText(to)}`)
    .join(", ")} }`;
}

export interface KeyLine {
  /** As it is written, quotes included. */
  readonly key: string;
  readonly value: string;
  /** Behind the value. Empty: none. */
  readonly note?: string;
  /** The whole line is a comment. */
  readonly off?: boolean;
}

/** A longer value does not push the notes of the others away. */
const NOTE_COLUMN = 60;

/** Lines of one group with their equals signs below each other; notes too, as far as values are short. */
export function alignedLines(lines: readonly KeyLine[]): readonly string[] {
  const keys = Math.max(0, ...lines.map(({ key }) => key.length));
  const counting = lines.some(({ off = false }) => !off);
  const noted = lines.filter(({ note = "", off = false }) => note !== "" && off !== counting);
  const widths = noted.map(({ value }) => value.length);
  const values = Math.max(0, ...widths.filter((width) => width <= NOTE_COLUMN));
  return lines.map(({ key, value, note = "", off = false }) => {
    const text = `${off ? "# " : ""}${key.padEnd(keys)} = ${value}`;
    return note === "" ? text : `${text}${" ".repeat(Math.max(0, values - value.length))} # ${oneLine(note)}`;
  });
}

/** Labels and values are the tracker's: a line break in one would end the comment. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
