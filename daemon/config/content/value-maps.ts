import type { ValueMap } from "../../core/snapshot.ts";
import { asTable, wrongType } from "./read.ts";
import type { FileReport, Place, Placed } from "./report.ts";
import { didYouMean } from "./suggest.ts";
import type { TomlEntry } from "./toml.ts";

/** One value carried to the other side, and where each end of it stands. */
export interface ValueRow {
  readonly from: Placed<string>;
  readonly to: Placed<string>;
  /** Of `both`. */
  readonly twoWay: boolean;
}

/** A value map with its places, so that rows can check it against the lists of their fields. */
export interface ReadValueMap {
  readonly map: ValueMap;
  readonly at: Place;
  readonly toRight: readonly ValueRow[];
  readonly toLeft: readonly ValueRow[];
}

/** `names`: left and right endpoint. */
export function readValueMaps(
  entry: TomlEntry | null,
  names: readonly [string, string],
  report: FileReport,
): ReadonlyMap<string, ReadValueMap> {
  const maps = new Map<string, ReadValueMap>();
  if (entry === null) return maps;
  const table = asTable(entry.node, '"values"', report);
  for (const one of table?.entries.values() ?? [])
    maps.set(one.key, readValueMap(one, names, report.about(`values ${one.key}`)));
  return maps;
}

function readValueMap(
  { key: name, keyAt, node }: TomlEntry,
  names: readonly [string, string],
  report: FileReport,
): ReadValueMap {
  const [left, right] = names;
  const parts = new Map<string, readonly ValueRow[]>();
  const known = ["both", `to-${left}`, `to-${right}`];
  for (const entry of asTable(node, `"${name}"`, report)?.entries.values() ?? []) {
    if (known.includes(entry.key)) parts.set(entry.key, readRows(entry, report));
    else
      report.error(
        "unknown-key",
        entry.keyAt,
        `[values.${name}] has no key "${entry.key}".`,
        didYouMean(entry.key, known),
      );
  }
  const both = parts.get("both") ?? [];
  // S73: a row for just this direction comes before the inverse of a two-way one, and so may say which of several comes back.
  const onlyLeft = parts.get(`to-${left}`) ?? [];
  const said = new Set(onlyLeft.map(({ from }) => from.value));
  const back = both.map((row) => ({ ...row, from: row.to, to: row.from })).filter(({ from }) => !said.has(from.value));
  checkTwoWay(name, back, names, report);
  const toRight = [...both, ...(parts.get(`to-${right}`) ?? [])];
  const toLeft = [...onlyLeft, ...back];
  // What is added for one way must not contradict what was said of the same value.
  checkTwice(name, toRight, both.length, right, report);
  const origin = { file: report.file, ...keyAt };
  return { map: { name, toRight: lookup(toRight), toLeft: lookup(toLeft), origin }, at: keyAt, toRight, toLeft };
}

function readRows({ key, node }: TomlEntry, report: FileReport): readonly ValueRow[] {
  const table = asTable(node, `"${key}"`, report);
  return [...(table?.entries.values() ?? [])].flatMap((entry) => {
    if (entry.node.kind !== "text") {
      wrongType(entry.node, `"${entry.key}"`, "a text", report);
      return [];
    }
    if (entry.key.trim() === "") {
      const message = `"" in ${key} is never looked up: an empty field is carried as empty.`;
      const hint = "Take the row out. Where a new record needs a value all the same, give it a constant.";
      report.warn("never-counts", entry.keyAt, message, hint);
    }
    return [{ from: { value: entry.key, at: entry.keyAt }, to: entry.node, twoWay: key === "both" }];
  });
}

function checkTwoWay(
  name: string,
  back: readonly ValueRow[],
  names: readonly [string, string],
  report: FileReport,
): void {
  const firsts = new Map<string, Placed<string>>();
  for (const row of back) {
    const earlier = firsts.get(row.from.value);
    if (earlier === undefined) {
      firsts.set(row.from.value, row.to);
      continue;
    }
    const message = `In the value map "${name}" "${row.to.value}" becomes "${row.from.value}", as "${earlier.value}" in line ${earlier.at.line} does: which one comes back is not said.`;
    report.error(
      "value-map-inverse",
      row.to.at,
      message,
      `Keep one in "both" and move the other to [values.${name}], to-${names[1]}; or say in to-${names[0]} which one comes back.`,
    );
  }
}

function checkTwice(
  name: string,
  rows: readonly ValueRow[],
  fromBoth: number,
  endpoint: string,
  report: FileReport,
): void {
  const twoWay = new Map(rows.slice(0, fromBoth).map(({ from }) => [from.value, from.at.line]));
  for (const { from } of rows.slice(fromBoth)) {
    const first = twoWay.get(from.value);
    if (first === undefined) continue;
    const message = `The value map "${name}" carries "${from.value}" to ${endpoint} twice: by "both" in line ${first} and by "to-${endpoint}".`;
    report.error("value-map-inverse", from.at, message, "Keep one of the two.");
  }
}

/** Without a prototype, so that a value called `constructor` finds nothing. */
function lookup(rows: readonly ValueRow[]): Readonly<Record<string, string>> {
  const table: Record<string, string> = Object.create(null);
  for (const { from, to } of rows) table[from.value] ??= to.value;
  return table;
}
