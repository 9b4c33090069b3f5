import { CsvError, parse } from "csv-parse/sync";
import type { PairRow } from "../core/deeds.ts";
import { OperatorError } from "../core/errors.ts";

/** Reads a CSV with a column per endpoint, named by its header, in either order. Throws `OperatorError` with the line. */
export function readPairFile(text: string, file: string, ends: readonly [string, string]): readonly PairRow[] {
  const rows = parsed(text.replace(/^\uFEFF/, ""), file);
  const [head, ...body] = rows;
  const columns = ends.map((end) => head?.cells.indexOf(end) ?? -1);
  const [left = -1, right = -1] = columns;
  if (head === undefined || left < 0 || right < 0)
    throw new OperatorError(
      `${file}:1: the first line must name the endpoints: ${ends.join(",")}.`,
      "`syncline pair export` writes such a file.",
    );
  return body.map(({ cells, line }) => {
    const row = { left: cells[left]?.trim() ?? "", right: cells[right]?.trim() ?? "", line };
    if (row.left !== "" && row.right !== "") return row;
    throw new OperatorError(`${file}:${line}: a pair needs two record ids.`, "Complete the line, or remove it.");
  });
}

/** CSV as `readPairFile` reads it. Ids of trackers hold no commas or quotes; what would, is quoted. */
export function pairLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
}

function parsed(text: string, file: string): readonly { readonly cells: readonly string[]; readonly line: number }[] {
  try {
    const rows = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as readonly {
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }[];
    return rows.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new OperatorError(`${file}: this is no CSV: ${error.message}`, "Quotes inside of quotes are doubled.");
  }
}
