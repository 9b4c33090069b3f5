import type { Clause } from "./query.ts";

/** The filter's clauses, or what is wrong with it. */
export type Filter = { readonly clauses: readonly Clause[] } | { readonly problem: string };

/**
 * Reads a filter as users write it, with or without the outer braces: `status[<> 'Closed'];owner["jane"]`. Checks brackets, quotes, operators and the order
 * of words; names and values are the server's to judge.
 */
export function parseFilter(text: string): Filter {
  const trimmed = text.trim();
  if (trimmed === "") return { problem: "is empty" };
  const open = trimmed.startsWith("{");
  if (open !== trimmed.endsWith("}")) return { problem: open ? "lacks the closing }" : "has a } without a {" };
  return readFilter({ text: open ? trimmed.slice(1, -1) : trimmed, at: 0 });
}

class Problem extends Error {}

const NAME = /[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*/y;
const OPERATOR = /<>|<=|>=|=|<|>|(?:EQ|LT|GT|LE|GE)(?=[\s"'])/iy;
const WORD = /[^\s()[\]{}"';=<>]+/y;

/** Recursive descent over the grammar of the reference; positions are counted in characters from 1. */
interface Cursor {
  readonly text: string;
  at: number;
}

function readFilter(cursor: Cursor): Filter {
  try {
    const clauses: Clause[] = [];
    for (blanks(cursor); cursor.at < cursor.text.length; blanks(cursor)) {
      clauses.push(clause(cursor));
      blanks(cursor);
      if (cursor.at < cursor.text.length && !take(cursor, ";")) stop(cursor, "expected ; between conditions");
    }
    return { clauses };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}

function clause(cursor: Cursor): Clause {
  const field = match(cursor, NAME) ?? stop(cursor, "expected a field name");
  blanks(cursor);
  if (!take(cursor, "[")) stop(cursor, `expected [ after ${field}`);
  const start = cursor.at;
  expression(cursor);
  blanks(cursor);
  const text = cursor.text.slice(start, cursor.at).trim();
  if (!take(cursor, "]")) stop(cursor, complaint(cursor, field));
  return { field, expression: text };
}

function complaint(cursor: Cursor, field: string): string {
  if (cursor.at >= cursor.text.length) return `${field}[ lacks its closing ]`;
  return "expected AND, OR or ]; a value with blanks needs quotes";
}

function expression(cursor: Cursor): void {
  term(cursor);
  for (;;) {
    const before = cursor.at;
    blanks(cursor);
    if (!keyword(cursor, "AND") && !keyword(cursor, "OR")) {
      cursor.at = before;
      return;
    }
    term(cursor);
  }
}

function term(cursor: Cursor): void {
  blanks(cursor);
  if (keyword(cursor, "NOT")) blanks(cursor);
  if (take(cursor, "(")) {
    expression(cursor);
    blanks(cursor);
    if (!take(cursor, ")")) stop(cursor, "expected )");
    return;
  }
  match(cursor, OPERATOR);
  blanks(cursor);
  value(cursor);
}

function value(cursor: Cursor): void {
  for (const mark of ['"', "'"]) {
    if (!take(cursor, mark)) continue;
    const end = cursor.text.indexOf(mark, cursor.at);
    if (end === -1) stop(cursor, `a ${mark} is not closed`);
    cursor.at = end + 1;
    return;
  }
  const word = match(cursor, WORD);
  if (word === null) stop(cursor, "expected a value");
  if (/^(and|or|not)$/i.test(word)) stop(cursor, `expected a value, found ${word}; quote it if it is one`);
}

function keyword(cursor: Cursor, word: string): boolean {
  const found = cursor.text.slice(cursor.at, cursor.at + word.length);
  const next = cursor.text[cursor.at + word.length] ?? "";
  if (found.toUpperCase() !== word || !/^[\s("'<>=]$/.test(next)) return false;
  cursor.at += word.length;
  return true;
}

function blanks(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? "")) cursor.at += 1;
}

function take(cursor: Cursor, mark: string): boolean {
  if (cursor.text[cursor.at] !== mark) return false;
  cursor.at += 1;
  return true;
}

function match(cursor: Cursor, pattern: RegExp): string | null {
  const sticky = new RegExp(pattern.source, pattern.flags);
  sticky.lastIndex = cursor.at;
  const found = sticky.exec(cursor.text)?.[0];
  if (found === undefined) return null;
  cursor.at += found.length;
  return found;
}

function stop(cursor: Cursor, problem: string): never {
  throw new Problem(`${problem} (at character ${cursor.at + 1})`);
}
