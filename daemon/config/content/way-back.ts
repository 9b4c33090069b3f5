import { equalValues } from "../../fields/equal.ts";
import type { FileReport } from "./report.ts";
import { asHeld, type Carrier, carrierOf } from "./value-carrier.ts";
import type { ValueRow } from "./value-maps.ts";
import type { Way } from "./ways.ts";

/**
 * T2, B8: values that become one, in a row that goes both ways, and nothing says what the one becomes on its way back. Every row that loses its value
 * is told by itself.
 */
export function checkWayBack(
  { mapping, values, back, says, to, toward, target, source }: Way,
  report: FileReport,
): void {
  if (mapping.direction !== "both" || mapping.unmapped !== "copy" || says("unmapped")) return;
  const declared = new Set(back.map(({ from }) => from.value));
  const name = mapping.values?.name ?? "";
  for (const [value, rows] of Map.groupBy(values, (row: ValueRow) => row.to.value)) {
    // What is copied back as it is needs no row.
    const returns = declared.has(value) || rows.some(({ from }) => from.value === value);
    if (returns || value.trim() === "") continue;
    const say = rows.length > 1 ? report.error : report.warn;
    const one = rows[0]?.from.value ?? "";
    const pair = toward === "right" ? `"${one}" = "${value}"` : `"${value}" = "${one}"`;
    const first =
      rows.length > 1
        ? `Move the one that comes back to both, such as both = { ${pair} }, and leave the others`
        : `Move the row to both = { ${pair} }`;
    const hint = `${first}; or say in to-${source.endpoint} what "${value}" becomes, or map the field one way.`;
    for (const { from } of rows) {
      const others = rows.flatMap((row) =>
        row.from === from ? [] : [`"${row.from.value}" (line ${row.from.at.line})`],
      );
      const too =
        others.length === 0
          ? ""
          : `, as ${others.slice(0, 5).join(", ")}${others.length > 5 ? " …" : ""} do${others.length > 1 ? "" : "es"}`;
      const message = `"${from.value}" becomes "${value}" in "${to.name}" of ${target.endpoint}${too}, but the value map "${name}" does not say what "${value}" becomes in ${source.endpoint}.`;
      say("value-map-inverse", from.at, message, hint);
    }
  }
}

/** B8: rows of a field that goes both ways whose value comes back as another one, though the map has a way back. */
export function checkReturns(ways: readonly Way[], report: FileReport): void {
  const [first, second] = ways;
  if (first === undefined || second === undefined || first.mapping.values === null) return;
  const carriers = new Map(ways.map((way) => [way, carrierOf(way)] as const));
  const carrier = (way: Way): Carrier => carriers.get(way) ?? (() => null);
  for (const [over, back] of [
    [first, second],
    [second, first],
  ] as const) {
    const paired = new Set(over.values.flatMap((row) => (row.twoWay ? [row.to.value] : [])));
    for (const row of over.values)
      checkReturn(row, over, back, { over: carrier(over), back: carrier(back), paired }, report);
  }
}

/** `paired`: values of the other side that a row of `both` brings back. */
interface Returning {
  readonly over: Carrier;
  readonly back: Carrier;
  readonly paired: ReadonlySet<string>;
}

function checkReturn(row: ValueRow, over: Way, back: Way, { paired, ...carry }: Returning, report: FileReport): void {
  const value = row.from.value;
  // A spelling that records never have is never looked up.
  if (asHeld(value, over.from) !== value) return;
  const there = carry.over(value);
  const home = there === null ? null : carry.back(there);
  // What never comes back overwrites nothing.
  if (there === null || home === null || equalValues(over.from, value, home)) return;
  if (over.from.kind !== "rich" && home.trim() === value.trim()) return;
  const said = back.rowOf(row.to.value)?.to.value;
  const target = `"${over.to.name}" of ${over.target.endpoint}`;
  if (said === value) {
    const message = `"${value}" becomes "${row.to.value}", but ${target} holds that as "${there}", which comes back as "${home}".`;
    report.error(
      "value-map-inverse",
      row.from.at,
      message,
      `Write the value as ${over.target.endpoint} holds it: "${there}".`,
    );
    return;
  }
  // Told as a way that does not settle, or as one that nothing brings back.
  const again = carry.over(home);
  if (said === undefined || again === null || !equalValues(over.to, there, again)) return;
  // Beside a row of `both` it is one that goes one way, and so meant (S71).
  if (row.twoWay || paired.has(row.to.value)) return;
  const line = back.rowOf(there)?.from.at.line;
  const message = `"${value}" becomes "${there}" in ${target}, and comes back as "${home}"${line === undefined ? "" : ` (line ${line})`}.`;
  const pair = over.toward === "right" ? [home, there] : [there, home];
  const hint = `If this is meant, write the two that stand for each other in both = { "${pair[0]}" = "${pair[1]}" }, and the others one way. Else correct one of the two rows.`;
  report.warn("value-map-inverse", row.from.at, message, hint);
}
