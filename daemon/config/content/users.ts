import { CsvError, parse } from "csv-parse/sync";
import type { UserMap } from "../../core/snapshot.ts";
import type { FileReport, Place } from "./report.ts";
import { didYouMean } from "./suggest.ts";
import { decodeTable } from "./text.ts";

type Direction = "<" | ">" | "<>";

interface Row {
  readonly cells: readonly string[];
  readonly at: Place;
}

/** Older files have no header: ALM's people stand first in them, whatever a mapping names first (E101). */
export function headlessOrder(
  left: { readonly name: string; readonly type: string },
  right: { readonly name: string; readonly type: string },
): readonly [string, string] {
  return right.type === "alm" && left.type !== "alm" ? [right.name, left.name] : [left.name, right.name];
}

/** The rows of a users file; which column belongs to which endpoint is known only together with a connection. */
export interface UsersFile {
  readonly name: string;
  readonly file: string;
  readonly rows: readonly Row[];
  readonly lines: readonly string[];
}

/** Reads `users/<name>.csv`: UTF-8 or Windows-1252; comma, semicolon or tab. Every line that cannot be read is reported. */
export function readUsersFile(name: string, bytes: Uint8Array, report: FileReport): UsersFile {
  const decoded = decodeTable(bytes);
  const empty = { name, file: report.file, rows: [], lines: [] };
  if (!decoded.ok) {
    report.error("text-encoding", decoded.at, "The file is neither UTF-8 nor Windows-1252.", "Save it as UTF-8.");
    return empty;
  }
  const lines = decoded.text.split(/\r\n|\n|\r/);
  const rows = readRows(decoded.text, lines, delimiterOf(lines), report);
  return { ...empty, rows: rows.filter((row) => hasThreeCells(row, report)), lines };
}

// Names may hold the other delimiters: the one beside a direction is the file's own.
function delimiterOf(lines: readonly string[]): readonly string[] {
  for (const line of lines) {
    if (line.startsWith("#")) continue;
    const beside = /([,;\t])[\s"]*(?:<>|<|>)[\s"]*\1/.exec(line)?.[1];
    if (beside !== undefined) return [beside];
  }
  return [",", ";", "\t"];
}

const CSV = {
  comment: "#",
  comment_no_infix: true,
  info: true,
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
  max_record_size: 65_536,
} as const;

function readRows(
  text: string,
  lines: readonly string[],
  delimiter: readonly string[],
  report: FileReport,
): readonly Row[] {
  try {
    const rows = rowsOf(text, delimiter, 0);
    if (!rows.some(({ cells }) => cells.some((cell) => /[\r\n]/.test(cell)))) return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  // One bad quote can swallow what is below it: line by line each fault gets its own place. No user needs a cell of several lines.
  return lines.flatMap((line, index) => {
    try {
      return rowsOf(line, delimiter, index);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const message = `This line is not valid CSV: ${plain(error)}.`;
      report.error(
        "csv-syntax",
        { line: index + 1, column: 1 },
        message,
        "Quotes stand around a whole cell, and are doubled inside it.",
      );
      return [];
    }
  });
}

function rowsOf(text: string, delimiter: readonly string[], above: number): readonly Row[] {
  const records = parse(text, { ...CSV, delimiter: [...delimiter] }) as unknown as readonly {
    readonly record: string[];
    readonly info: { readonly lines: number };
  }[];
  return records
    .filter(({ record }) => record.some((cell) => cell !== ""))
    .map(({ record, info }) => ({ cells: record, at: { line: info.lines + above, column: 1 } }));
}

function plain(error: CsvError): string {
  if (error.code === "CSV_QUOTE_NOT_CLOSED") return "a quote is not closed";
  if (error.code === "INVALID_OPENING_QUOTE") return "a quote stands inside a cell";
  if (error.code === "CSV_INVALID_CLOSING_QUOTE") return "text follows a closing quote";
  return error.message.replace(/\.$/, "");
}

function hasThreeCells({ cells, at }: Row, report: FileReport): boolean {
  if (cells.length === 3) return true;
  report.error(
    "csv-syntax",
    at,
    `This line has ${cells.length === 1 ? "one cell" : `${cells.length} cells`} instead of three.`,
    "A line is: user, direction (<, > or <>), user.",
  );
  return false;
}

/**
 * The file as one connection sees it. `others`: names of all endpoints, to tell a wrong header from a first user. `headless`: whose the columns are
 * where there is no header.
 */
export function orientUsers(
  users: UsersFile,
  names: readonly [string, string],
  others: ReadonlySet<string>,
  report: FileReport,
  headless: readonly [string, string],
): UserMap {
  const { rows, swapped } = takeHeader(users.rows, names, others, report, headless);
  const toRight = createTable(report, users, names[1]);
  const toLeft = createTable(report, users, names[0]);
  for (const row of rows) {
    const [first = "", direction = "", third = ""] = row.cells;
    if (!isDirection(direction)) {
      report.error("csv-direction", cellPlace(users, row, 1), `"${direction}" is no direction.`, "Write <, > or <>.");
      continue;
    }
    if (first === "" || third === "") {
      report.error(
        "csv-syntax",
        row.at,
        "This line names a user on one side only.",
        "Leave the line out: a user without a line is found by e-mail address.",
      );
      continue;
    }
    const [forward, back] = swapped ? [toLeft, toRight] : [toRight, toLeft];
    if (direction !== "<") forward.add(first, third, row);
    if (direction !== ">") back.add(third, first, row);
  }
  return {
    name: users.name,
    toRight: toRight.table,
    toLeft: toLeft.table,
    lines: { toRight: toRight.lines, toLeft: toLeft.lines },
    origin: { file: users.file, line: 1, column: 1 },
  };
}

function createTable(report: FileReport, users: UsersFile, toward: string) {
  const table: Record<string, string> = Object.create(null);
  const lines: Record<string, number> = Object.create(null);
  return {
    table,
    lines,
    add(from: string, to: string, row: Row): void {
      const key = from.toLowerCase();
      const earlier = lines[key];
      if (earlier === undefined) {
        lines[key] = row.at.line;
        table[key] = to;
        return;
      }
      const at = cellPlace(users, row, row.cells.indexOf(from));
      report.error(
        "duplicate-user",
        at,
        `"${from}" is mapped to ${toward} already in line ${earlier}.`,
        "Keep one of the two, or make one of them one-way.",
      );
    },
  };
}

function takeHeader(
  rows: readonly Row[],
  names: readonly [string, string],
  others: ReadonlySet<string>,
  report: FileReport,
  headless: readonly [string, string],
): { readonly rows: readonly Row[]; readonly swapped: boolean } {
  const [first, ...rest] = rows;
  if (first === undefined) return { rows, swapped: false };
  const [left, right] = names.map((name) => name.toLowerCase());
  const [a = "", direction = "", b = ""] = first.cells;
  const [one, two] = [a.toLowerCase(), b.toLowerCase()];
  if (one === left && two === right) return { rows: rest, swapped: false };
  if (one === right && two === left) return { rows: rest, swapped: true };
  const named = [one, two].filter((cell) => others.has(cell)).length;
  if (named === 0 && isDirection(direction)) return { rows, swapped: headless[0] !== names[0] };
  const wrong = one === left || one === right ? b : a;
  const message = `The header "${first.cells.join(",")}" does not name the endpoints "${names[0]}" and "${names[1]}".`;
  report.error(
    "csv-header",
    first.at,
    message,
    named === 1
      ? didYouMean(wrong, names)
      : `Write ${names[0]},<>,${names[1]}; where the line is no header but names two users, the direction between them is <, > or <>.`,
  );
  return { rows: rest, swapped: false };
}

function isDirection(text: string): text is Direction {
  return text === "<" || text === ">" || text === "<>";
}

/** Columns are told from the line's text; a cell that spans lines counts from the line's start. */
function cellPlace(users: UsersFile, row: Row, index: number): Place {
  const line = users.lines[row.at.line - 1] ?? "";
  let from = 0;
  for (const cell of row.cells.slice(0, index)) from = Math.max(from, line.indexOf(cell, from) + cell.length);
  const found = line.indexOf(row.cells[index] ?? "", index === 0 ? 0 : from);
  return { line: row.at.line, column: Math.max(0, found) + 1 };
}
