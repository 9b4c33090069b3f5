import { parse } from "toml";
import type { AST } from "toml-eslint-parser";
import { parseTOML } from "toml-eslint-parser";
import type { FileReport, Place } from "./report.ts";
import { type Aside, setRepeatsAside } from "./toml-repeats.ts";

/**
 * A TOML document as a tree that knows where everything stands. `toml` decides what is valid; the tree comes from toml-eslint-parser, because
 * only that one has positions and tells a date from a text.
 */
export type TomlNode = TomlScalar | TomlArray | TomlTable;

export type TomlScalar =
  | { readonly kind: "text"; readonly value: string; readonly at: Place }
  | { readonly kind: "integer"; readonly value: bigint; readonly at: Place }
  | { readonly kind: "float"; readonly value: number; readonly at: Place }
  | { readonly kind: "boolean"; readonly value: boolean; readonly at: Place }
  /** `form` as in TOML's own words; `value` is the text as written. */
  | { readonly kind: "date"; readonly form: DateForm; readonly value: string; readonly at: Place };

export type DateForm = "offset-date-time" | "local-date-time" | "local-date" | "local-time";

export interface TomlArray {
  readonly kind: "array";
  readonly items: readonly TomlNode[];
  readonly at: Place;
}

export interface TomlTable {
  readonly kind: "table";
  /** In the order of the file. */
  readonly entries: ReadonlyMap<string, TomlEntry>;
  readonly at: Place;
}

export interface TomlEntry {
  readonly key: string;
  readonly keyAt: Place;
  readonly node: TomlNode;
}

interface Growing {
  readonly kind: "table";
  readonly entries: Map<string, TomlEntry>;
  readonly at: Place;
}

/** Null where the text is not valid TOML; the report then says where. */
export function parseToml(text: string, report: FileReport): TomlTable | null {
  try {
    // Integers as BigInt: one over 2^53 is then a wrong value at its place and not the end of the file.
    parse(text, { bigint: true });
  } catch (error) {
    const aside = /redefine/i.test(messageOf(error)) ? setRepeatsAside(text) : null;
    if (aside !== null) return withoutRepeats(treeOf(parseTOML(aside.text, { tomlVersion: "1.1" })), aside, report);
    report.error("toml-syntax", syntaxPlace(error), syntaxMessage(error), syntaxHint(error));
    return null;
  }
  try {
    return treeOf(parseTOML(text, { tomlVersion: "1.1" }));
  } catch (error) {
    // The second reader is stricter in a few rare spots; without it nothing could be placed.
    const { lineNumber = 1, column = 0 } = error as { lineNumber?: number; column?: number };
    report.error(
      "toml-syntax",
      { line: lineNumber, column: column + 1 },
      `This is not valid TOML: ${messageOf(error)}.`,
    );
    return null;
  }
}

/** The tree as it was written: of a key that stands twice the first counts, each further one is reported. */
function withoutRepeats(table: TomlTable, aside: Aside, report: FileReport): TomlTable {
  const entries = new Map<string, TomlEntry>();
  for (const { key, keyAt, node } of table.entries.values()) {
    const at = aside.placeOf(keyAt);
    const twice = aside.written(key);
    if (twice === null) entries.set(key, { key, keyAt: at, node: placed(node, aside, report) });
    else {
      const first = entries.get(twice);
      const where = first === undefined ? "" : ` The first stands in line ${first.keyAt.line}.`;
      report.error("duplicate-key", at, `"${twice}" stands twice in one table.${where}`, "Keep one of the two.");
    }
  }
  return { kind: "table", entries, at: aside.placeOf(table.at) };
}

function placed(node: TomlNode, aside: Aside, report: FileReport): TomlNode {
  if (node.kind === "table") return withoutRepeats(node, aside, report);
  const at = aside.placeOf(node.at);
  if (node.kind !== "array") return { ...node, at };
  return { ...node, at, items: node.items.map((item) => placed(item, aside, report)) };
}

interface TomlSyntaxError {
  readonly line?: number;
  readonly column?: number;
  readonly found?: string | null;
  readonly expected?: unknown;
  readonly location?: { readonly start: Place };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

function syntaxPlace(error: unknown): Place {
  const { line, column, location } = error as TomlSyntaxError;
  return { line: line ?? location?.start.line ?? 1, column: column ?? location?.start.column ?? 1 };
}

// The parser's own message lists up to nineteen expected tokens.
function syntaxMessage(error: unknown): string {
  const { expected, found } = error as TomlSyntaxError;
  if (expected === undefined) return `This is not valid TOML: ${messageOf(error)}.`;
  if (found === null || found === undefined) return "This is not valid TOML: the file ends too early.";
  if (found === "\n" || found === "\r") return "This is not valid TOML: the line ends too early.";
  const printable = /^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(found);
  const shown = printable
    ? JSON.stringify(found)
    : `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return `This is not valid TOML: unexpected ${shown}.`;
}

const LOOK_THERE =
  "Look at this place and just before it: a quote or bracket that is not closed shows only where the text goes on.";

function syntaxHint(error: unknown): string {
  const { expected, found } = error as TomlSyntaxError;
  const message = messageOf(error);
  if (/redefine/i.test(message)) return "Each key and table may stand once; merge the two.";
  if (/signed integer range/i.test(message)) return "Write a number this large as a text, in quotes.";
  if (!Array.isArray(expected)) return LOOK_THERE;
  const tokens = new Set(expected.map((one: { readonly text?: string }) => one.text ?? ""));
  if (tokens.has("true") && tokens.has("[")) return 'A value is due here; texts stand in quotes: key = "value".';
  if (tokens.has("=")) return "A key with spaces or special characters stands in quotes; after the key comes =.";
  if (found === "\n" && (tokens.has('"') || tokens.has("'"))) return "Close the quotes on the same line.";
  if (tokens.has("]")) return "Close the bracket.";
  return LOOK_THERE;
}

function treeOf(program: AST.TOMLProgram): TomlTable {
  const root: Growing = { kind: "table", entries: new Map(), at: { line: 1, column: 1 } };
  for (const item of program.body[0].body) {
    if (item.type === "TOMLKeyValue") addPair(root, item);
    else addTable(root, item);
  }
  return root;
}

function addTable(root: Growing, table: AST.TOMLTable): void {
  const keys = table.key.keys;
  let at = root;
  keys.forEach((key, index) => {
    const last = index === keys.length - 1;
    at = last && table.kind === "array" ? appendTable(at, key) : stepInto(at, key);
  });
  for (const pair of table.body) addPair(at, pair);
}

function appendTable(table: Growing, key: AST.TOMLBare | AST.TOMLQuoted): Growing {
  const fresh: Growing = { kind: "table", entries: new Map(), at: startOf(key) };
  const existing = table.entries.get(keyText(key));
  const items = existing?.node.kind === "array" ? existing.node.items : [];
  const keyAt = existing?.keyAt ?? startOf(key);
  table.entries.set(keyText(key), {
    key: keyText(key),
    keyAt,
    node: { kind: "array", items: [...items, fresh], at: keyAt },
  });
  return fresh;
}

function stepInto(table: Growing, key: AST.TOMLBare | AST.TOMLQuoted): Growing {
  const existing = table.entries.get(keyText(key))?.node;
  if (existing?.kind === "table") return existing as Growing;
  // In `[[a]]` … `[a.b]` the second means the last element of the first.
  if (existing?.kind === "array") return existing.items.at(-1) as Growing;
  const fresh: Growing = { kind: "table", entries: new Map(), at: startOf(key) };
  table.entries.set(keyText(key), { key: keyText(key), keyAt: startOf(key), node: fresh });
  return fresh;
}

function addPair(table: Growing, pair: AST.TOMLKeyValue): void {
  const keys = pair.key.keys;
  let at = table;
  for (const key of keys.slice(0, -1)) at = stepInto(at, key);
  const last = keys.at(-1);
  if (last === undefined) return;
  at.entries.set(keyText(last), { key: keyText(last), keyAt: startOf(last), node: nodeOf(pair.value) });
}

function nodeOf(value: AST.TOMLContentNode): TomlNode {
  const at = startOf(value);
  if (value.type === "TOMLArray") return { kind: "array", items: value.elements.map(nodeOf), at };
  if (value.type === "TOMLInlineTable") {
    const table: Growing = { kind: "table", entries: new Map(), at };
    for (const pair of value.body) addPair(table, pair);
    return table;
  }
  if (value.kind === "string") return { kind: "text", value: value.value, at };
  if (value.kind === "integer") return { kind: "integer", value: value.bigint, at };
  if (value.kind === "float") return { kind: "float", value: value.value, at };
  if (value.kind === "boolean") return { kind: "boolean", value: value.value, at };
  return { kind: "date", form: value.kind, value: value.datetime, at };
}

function keyText(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function startOf(node: { readonly loc: AST.SourceLocation }): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}
