/**
 * ALM's query language: clauses `field[expression]`, joined by `;` in braces. A value with blanks or one that is a keyword must be quoted, else the server
 * answers other rows without a word, so all text is quoted.
 */
export interface Clause {
  /** With alias, e.g. `defect-to-target-release-mirror.name`. */
  readonly field: string;
  readonly expression: string;
}

/** A field stands once in a query: what several clauses say of it is joined. */
function queryText(clauses: readonly Clause[]): string {
  const byField = Map.groupBy(clauses, (clause) => clause.field);
  return `{${[...byField].map(([field, same]) => `${field}[${joined(same.map((one) => one.expression))}]`).join(";")}}`;
}

function joined(expressions: readonly string[]): string {
  return expressions.length === 1 ? (expressions[0] ?? "") : expressions.map((text) => `(${text})`).join(" AND ");
}

/**
 * There is no escape for a quote. A value with both kinds gets `*` for each double quote, and a `*` in the value is a wildcard too: the rows must be
 * filtered again by whoever asked.
 */
export function quote(text: string): string {
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replaceAll('"', "*")}"`;
}

/** Servlet containers take about 8 KB of request line; the rest of the address has its share. */
const LONGEST_LIST = 6_000;

/** Splits terms so that each list, joined by `OR` and percent-encoded, fits an address beside `others`; at most `most` to a list. */
export function chunkTerms(terms: readonly string[], most: number, others: string): readonly (readonly string[])[] {
  const room = Math.max(LONGEST_LIST / 4, LONGEST_LIST - encodeURIComponent(others.toWellFormed()).length);
  const chunks: string[][] = [];
  let current: string[] = [];
  let length = 0;
  for (const term of terms) {
    const size = encodeURIComponent(term.toWellFormed()).length + "%20OR%20".length;
    if (current.length > 0 && (current.length >= most || length + size > room)) {
      chunks.push(current);
      current = [];
      length = 0;
    }
    current.push(term);
    length += size;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

export function anyOf(terms: readonly string[]): string {
  return terms.join(" OR ");
}

export interface ListAddress {
  readonly collection: string;
  readonly clauses: readonly Clause[];
  readonly fields: readonly string[];
  /** A number, or `max` for what the server allows. */
  readonly pageSize: number | "max";
}

/** Always in id order: the keyset `id[>last]` stands on it. */
export function listPath(address: ListAddress): string {
  const parameters = [
    ["fields", address.fields.join(",")],
    ["query", queryText(address.clauses)],
    ["order-by", "{id[ASC]}"],
    ["page-size", String(address.pageSize)],
  ] as const;
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join("&");
  return `/${address.collection}?${query}`;
}
