import { AFTER, BULK, type Line, RANDOM, RANDOM_TWICE, TWICE } from "./matrix.ts";
import { STEPS } from "./steps.ts";

export interface Totals {
  readonly kills: number;
  /** Cases whose first kill struck before the run was over. */
  readonly struck: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly surprise: number;
  readonly failed: number;
}

export function totalsOf(lines: readonly Line[]): Totals {
  const sum = (of: (line: Line) => number) => lines.reduce((n, line) => n + of(line), 0);
  return {
    kills: sum((l) => l.kills),
    struck: sum((l) => (l.struck ? 1 : 0)),
    duplicates: sum((l) => l.duplicates.length),
    lost: sum((l) => l.lost.length),
    surprise: sum((l) => l.surprise.length),
    failed: sum((l) => l.failed.length),
  };
}

export function isClean(totals: Totals): boolean {
  return totals.duplicates + totals.lost + totals.surprise + totals.failed === 0;
}

const SENT = STEPS.indexOf("a write sent, not answered") + 1;
const PLACES: readonly string[] = [
  ...STEPS.slice(0, SENT),
  BULK,
  ...STEPS.slice(SENT),
  AFTER,
  TWICE,
  RANDOM,
  RANDOM_TWICE,
];

/** Kill points down, operations across; a cell holds the kills, and after `!` what was wrong. Below: the totals of each operation. */
export function tableOf(lines: readonly Line[], known: readonly string[]): string {
  const operations = known.filter((name) => lines.some((line) => line.operation === name));
  const head = ["killed", ...operations, "kills", "duplicates", "lost", "surprise"];
  const rows = PLACES.flatMap((place) => {
    const here = lines.filter((line) => line.where === place);
    if (here.length === 0) return [];
    const cells = operations.map((name) => cell(here.filter((line) => line.operation === name)));
    const { kills, duplicates, lost, surprise } = totalsOf(here);
    return [[place, ...cells, ...[kills, duplicates, lost, surprise].map(String)]];
  });
  const foot = (["kills", "duplicates", "lost", "surprise"] as const).map((what) => [
    what,
    ...operations.map((name) => String(totalsOf(lines.filter((line) => line.operation === name))[what])),
    ...["kills", "duplicates", "lost", "surprise"].map((column) =>
      column === what ? String(totalsOf(lines)[what]) : "",
    ),
  ]);
  return aligned([head, null, ...rows, null, ...foot]);
}

function cell(lines: readonly Line[]): string {
  const totals = totalsOf(lines);
  if (totals.kills === 0) return "";
  const wrong = totals.duplicates + totals.lost + totals.surprise + totals.failed;
  return wrong === 0 ? String(totals.kills) : `${totals.kills} !${wrong}`;
}

/** Null is a ruled line. */
function aligned(rows: readonly (readonly string[] | null)[]): string {
  const columns = Math.max(...rows.map((row) => row?.length ?? 0));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row?.[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row === null
        ? widths.map((width) => "-".repeat(width)).join("  ")
        : row
            .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
            .join("  ")
            .trimEnd(),
    )
    .join("\n");
}

/** What was found, a line each, with where: enough to look for it again with the same seed. */
export function troubleOf(lines: readonly Line[]): string {
  return lines
    .flatMap((line, i) =>
      [
        ...line.duplicates.map((text) => `duplicate: ${text}`),
        ...line.lost.map((text) => `lost: ${text}`),
        ...line.surprise.map((text) => `surprise: ${text}`),
        ...line.failed.map((text) => `run failed: ${text}`),
      ].map((text) => `case ${i + 1}, ${line.operation}, killed ${line.where}: ${text}`),
    )
    .join("\n");
}

export function lastLine({ duplicates, lost, surprise }: Totals): string {
  return `duplicates ${duplicates}, lost edits ${lost}, surprise writes ${surprise}`;
}
