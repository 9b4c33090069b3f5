/**
 * The query language (help page "API specification"): phrases `field operator value`, `;` for AND, `||` for OR, parentheses, `!`; texts in single
 * quotes with a backslash before a quote, numbers and ids bare, `null`. The double quotes around the whole may be left out in a mapping.
 */
export function checkFilter(filter: string): string | null {
  const text = bareFilter(filter);
  if (text.trim() === "") return "the filter is empty";
  const reader = { text, at: 0 };
  try {
    readOr(reader);
    return reader.at === text.length ? null : complaint(reader, "expected ; or || or the end");
  } catch (error) {
    if (error instanceof FilterSyntax) return error.message;
    throw error;
  }
}

/** Without the double quotes around the whole. */
export function bareFilter(filter: string): string {
  const trimmed = filter.trim();
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"')
    ? trimmed.slice(1, -1).trim()
    : trimmed;
}

class FilterSyntax extends Error {
  override readonly name = "FilterSyntax";
}

interface Reader {
  readonly text: string;
  at: number;
}

const FIELD = /[A-Za-z_][A-Za-z0-9_-]*/y;
const OPERATOR = />=|<=|=|<|>/y;
const VALUE = /'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?(?![\w.-])|null\b/y;

function readOr(reader: Reader): void {
  do readAnd(reader);
  while (took(reader, /\|\|/y));
}

function readAnd(reader: Reader): void {
  do readTerm(reader);
  while (took(reader, /;/y));
}

function readTerm(reader: Reader): void {
  took(reader, /!/y);
  if (took(reader, /\(/y)) {
    readOr(reader);
    need(reader, /\)/y, "expected )");
    return;
  }
  need(reader, FIELD, "expected the name of a field");
  need(reader, OPERATOR, "expected =, <, >, <= or >=");
  need(reader, VALUE, "expected a text in single quotes, a number or null");
}

function need(reader: Reader, pattern: RegExp, what: string): void {
  if (!took(reader, pattern)) throw new FilterSyntax(complaint(reader, what));
}

function took(reader: Reader, pattern: RegExp): boolean {
  skip(reader);
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (match === null) return false;
  reader.at = pattern.lastIndex;
  skip(reader);
  return true;
}

function skip(reader: Reader): void {
  while (/\s/.test(reader.text.charAt(reader.at))) reader.at++;
}

function complaint(reader: Reader, what: string): string {
  const rest = reader.text.slice(reader.at, reader.at + 20);
  return `${what} at character ${reader.at + 1}, found ${rest === "" ? "the end" : JSON.stringify(rest)}`;
}

/** A text as the language writes it. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** Terms joined by AND, in the double quotes that the wire wants; null terms are left out. */
export function queryOf(terms: readonly (string | null)[]): string {
  return `"${terms.filter((term) => term !== null).join(";")}"`;
}

/** One field, several values: OR. */
export function anyOf(field: string, values: readonly string[]): string {
  return values.length === 1 ? `${field}=${values[0]}` : `(${values.map((value) => `${field}=${value}`).join("||")})`;
}
