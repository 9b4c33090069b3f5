import type { FileReport, Place, Placed } from "./report.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlArray, TomlEntry, TomlNode, TomlTable } from "./toml.ts";

/**
 * Reads one table key by key. Each getter reports a wrong type at its place and then answers null, as it does for a key that is not there;
 * `finish` reports the keys that nobody asked for.
 */
export interface TableReader {
  readonly table: TomlTable;
  entry(key: string): TomlEntry | null;
  text(key: string): Placed<string> | null;
  flag(key: string): Placed<boolean> | null;
  choice<T extends string>(key: string, allowed: readonly T[]): Placed<T> | null;
  subtable(key: string): TomlTable | null;
  array(key: string): TomlArray | null;
  /** Entries whose key no getter has asked for. */
  rest(): readonly TomlEntry[];
  /** Reports what `rest` holds; `alsoKnown` are keys that would be right here though nobody asked for them. */
  finish(alsoKnown?: readonly string[]): void;
}

/** `where` names the table in messages: `[links.defects]`. */
export function readTable(table: TomlTable, where: string, report: FileReport): TableReader {
  const asked = new Set<string>();
  const entry = (key: string): TomlEntry | null => {
    asked.add(key);
    return table.entries.get(key) ?? null;
  };
  const rest = () => [...table.entries.values()].filter(({ key }) => !asked.has(key));
  return {
    table,
    entry,
    text: (key) => asText(entry(key)?.node, quote(key), report),
    flag(key) {
      const node = entry(key)?.node;
      if (node === undefined) return null;
      if (node.kind === "boolean") return node;
      return wrongType(node, quote(key), "true or false", report);
    },
    choice: (key, allowed) => asChoice(entry(key)?.node, quote(key), allowed, report),
    subtable: (key) => asTable(entry(key)?.node, quote(key), report),
    array(key) {
      const node = entry(key)?.node;
      if (node === undefined) return null;
      return node.kind === "array" ? node : wrongType(node, quote(key), "an array", report);
    },
    rest,
    finish(alsoKnown = []) {
      for (const { key, keyAt } of rest()) {
        const hint = didYouMean(key, new Set([...asked, ...alsoKnown]));
        report.error("unknown-key", keyAt, `${where} has no key "${key}".`, hint);
      }
    },
  };
}

export function asText(node: TomlNode | undefined, what: string, report: FileReport): Placed<string> | null {
  if (node === undefined) return null;
  if (node.kind !== "text") return wrongType(node, what, "a text", report);
  if (node.value.trim() === "") {
    report.error("invalid-value", node.at, `${what} is empty.`);
    return null;
  }
  return node;
}

export function asTable(node: TomlNode | undefined, what: string, report: FileReport): TomlTable | null {
  if (node === undefined) return null;
  return node.kind === "table" ? node : wrongType(node, what, "a table", report);
}

export function asChoice<T extends string>(
  node: TomlNode | undefined,
  what: string,
  allowed: readonly T[],
  report: FileReport,
): Placed<T> | null {
  if (node === undefined) return null;
  if (node.kind !== "text") return wrongType(node, what, oneOf(allowed), report);
  const value = allowed.find((one) => one === node.value);
  if (value !== undefined) return { value, at: node.at };
  report.error(
    "invalid-value",
    node.at,
    `${what} is "${node.value}", but must be ${oneOf(allowed)}.`,
    didYouMean(node.value, allowed),
  );
  return null;
}

/** Reports the mismatch; answers null so that callers can return it. */
export function wrongType(node: TomlNode, what: string, expected: string, report: FileReport): null {
  const hint = node.kind === "date" && expected.includes("text") ? `Put quotes around it: "${node.value}".` : "";
  report.error("invalid-value", node.at, `${what} is ${describe(node)}, but must be ${expected}.`, hint);
  return null;
}

export function describe(node: TomlNode): string {
  switch (node.kind) {
    case "integer":
      return "an integer";
    case "float":
      return "a decimal number";
    case "array":
      return "an array";
    case "date":
      return node.form === "local-time" ? "a TOML time" : "a TOML date";
    default:
      return `a ${node.kind}`;
  }
}

export function oneOf(allowed: readonly string[]): string {
  const quoted = allowed.map((one) => `"${one}"`);
  return quoted.length < 2 ? (quoted[0] ?? "nothing") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function quote(key: string): string {
  return `"${key}"`;
}

/** The place of `path` inside a table: of the value, or of the deepest table on the way that exists. */
export function placeAt(table: TomlTable, path: readonly string[]): Place {
  let node: TomlNode = table;
  for (const step of path) {
    const next: TomlNode | undefined =
      node.kind === "table"
        ? node.entries.get(step)?.node
        : node.kind === "array"
          ? node.items[Number(step)]
          : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node.at;
}
