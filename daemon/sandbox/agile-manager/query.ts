import { invalidQuery } from "./refusal.ts";

export type Operator = "=" | "<" | ">" | "<=" | ">=";

export type Literal =
  | { readonly kind: "null" }
  | { readonly kind: "number"; readonly value: number }
  /** `parts` are the pieces between unescaped `*`; one piece means no wildcard. */
  | { readonly kind: "text"; readonly parts: readonly string[] };

export type Filter =
  | { readonly kind: "and" | "or"; readonly terms: readonly Filter[] }
  | { readonly kind: "not"; readonly term: Filter }
  | { readonly kind: "phrase"; readonly field: string; readonly operator: Operator; readonly literal: Literal };

export interface Dialect {
  /** Are `null`, `!`, `*` and backslash escapes understood. */
  readonly extras: boolean;
}

/** Groups and negations within each other. */
const MAX_DEPTH = 200;

/**
 * Reads the value of the `query` parameter, outer double quotes included: `"subtype='defect';(id>5||id=3)"`. Null for an empty filter.
 * Throws `Refusal` 400 `invalid_query` with the position for anything else that is not in the grammar.
 */
export function parseQuery(parameter: string, dialect: Dialect): Filter | null {
  const trimmed = parameter.trim();
  if (trimmed === "") return null;
  if (trimmed.length < 2 || !trimmed.startsWith('"') || !trimmed.endsWith('"')) {
    throw invalidQuery("The query must stand in double quotes");
  }
  const text = trimmed.slice(1, -1);
  return text.trim() === "" ? null : createParser(text, dialect).parse();
}

function createParser(text: string, dialect: Dialect): { parse(): Filter } {
  let at = 0;

  function fail(what: string): never {
    throw invalidQuery(`Syntax error in query at position ${at + 1}: ${what}`);
  }

  function take(token: string): boolean {
    while (/\s/.test(text.charAt(at))) at += 1;
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  }

  function match(pattern: RegExp): string | null {
    take("");
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    at += found?.length ?? 0;
    return found;
  }

  function series(kind: "and" | "or", token: string, next: () => Filter): Filter {
    const first = next();
    const terms = [first];
    while (take(token)) terms.push(next());
    return terms.length === 1 ? first : { kind, terms };
  }

  function either(depth: number): Filter {
    if (depth > MAX_DEPTH) fail("too deep");
    return series("or", "||", () => series("and", ";", () => term(depth)));
  }

  function term(depth: number): Filter {
    if (take("!")) {
      if (!dialect.extras) fail("unexpected '!'");
      if (depth > MAX_DEPTH) fail("too deep");
      return { kind: "not", term: term(depth + 1) };
    }
    if (!take("(")) return phrase();
    const inner = either(depth + 1);
    if (!take(")")) fail("')' expected");
    return inner;
  }

  function phrase(): Filter {
    const name = match(/[A-Za-z][\w-]*/y) ?? fail("field name expected");
    const operator = match(/<=|>=|=|<|>/y) ?? fail("one of =, <, >, <=, >= expected");
    return { kind: "phrase", field: name, operator: operator as Operator, literal: literal() };
  }

  function literal(): Literal {
    if (take("'")) return { kind: "text", parts: quoted() };
    const number = match(/[+-]?\d+(\.\d+)?(?![\w.])/y);
    if (number !== null) return { kind: "number", value: Number(number) };
    if (dialect.extras && match(/null(?!\w)/iy) !== null) return { kind: "null" };
    return fail("a number, or a text in single quotes, expected");
  }

  function quoted(): readonly string[] {
    const parts: string[] = [];
    let part = "";
    for (; at < text.length; at += 1) {
      const char = text.charAt(at);
      if (char === "'") {
        at += 1;
        return [...parts, part];
      }
      if (char === "*" && dialect.extras) {
        parts.push(part);
        part = "";
      } else if (char === "\\" && dialect.extras && at + 1 < text.length) {
        at += 1;
        part += text.charAt(at);
      } else part += char;
    }
    return fail("closing single quote expected");
  }

  function parse(): Filter {
    const filter = either(0);
    take("");
    if (at < text.length) fail(`unexpected '${text.charAt(at)}'`);
    return filter;
  }

  return { parse };
}
