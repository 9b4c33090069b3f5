/** A query as text is `{field[expression];alias.field[expression]}`; this is what it says, nothing looked up yet. */
export interface Clause {
  /** Alias of a relation; null for a field of the entity itself. */
  readonly alias: string | null;
  readonly field: string;
  readonly test: Test;
}

export type Operator = "=" | "<" | ">" | "<=" | ">=" | "<>";

export type Test =
  | { readonly kind: "compare"; readonly operator: Operator; readonly value: string }
  | { readonly kind: "not"; readonly test: Test }
  | { readonly kind: "and" | "or"; readonly tests: readonly Test[] };

/** Where and why a query cannot be read. */
export class QuerySyntaxError extends Error {
  override readonly name = "QuerySyntaxError";
}

type Token =
  | { readonly kind: "value"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "operator"; readonly operator: Operator }
  | { readonly kind: "and" | "or" | "not" | "(" | ")" };

const WORD_OPERATORS: Readonly<Record<string, Operator>> = { EQ: "=", LT: "<", GT: ">", LE: "<=", GE: ">=" };

/** `wordOperators`: `EQ`, `LT`, … count as operators (24.1 on). Throws `QuerySyntaxError`. */
export function parseQuery(text: string, wordOperators: boolean): readonly Clause[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) throw new QuerySyntaxError("a query stands in braces");
  return splitClauses(trimmed.slice(1, -1)).map(({ name, expression }) => {
    const dot = name.indexOf(".");
    return {
      alias: dot === -1 ? null : name.slice(0, dot),
      field: dot === -1 ? name : name.slice(dot + 1),
      test: parseExpression(expression, wordOperators),
    };
  });
}

/** Brackets and semicolons inside quotes are text. */
function splitClauses(text: string): readonly { readonly name: string; readonly expression: string }[] {
  const clauses: { name: string; expression: string }[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[\s;]/.test(text[at] ?? "")) {
      at += 1;
      continue;
    }
    const open = text.indexOf("[", at);
    if (open === -1) throw new QuerySyntaxError(`expected '[' after '${text.slice(at)}'`);
    const name = text.slice(at, open).trim();
    if (!/^[\w.-]+$/.test(name)) throw new QuerySyntaxError(`'${name}' is no field`);
    const close = closingBracket(text, open + 1);
    clauses.push({ name, expression: text.slice(open + 1, close) });
    at = close + 1;
    if (/^\s*[^;\s]/.test(text.slice(at))) throw new QuerySyntaxError(`expected ';' before '${text.slice(at).trim()}'`);
  }
  return clauses;
}

function closingBracket(text: string, from: number): number {
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "]") return at;
  }
  throw new QuerySyntaxError("']' is missing");
}

function parseExpression(text: string, wordOperators: boolean): Test {
  const tokens = tokenize(text, wordOperators);
  if (tokens.length === 0) throw new QuerySyntaxError("an expression is empty");
  let at = 0;
  const peek = (): Token | undefined => tokens[at];

  function chain(kind: "or" | "and", next: () => Test): Test {
    const tests = [next()];
    while (peek()?.kind === kind) {
      at += 1;
      tests.push(next());
    }
    return tests.length === 1 && tests[0] !== undefined ? tests[0] : { kind, tests };
  }

  const or = (): Test => chain("or", and);
  const and = (): Test => chain("and", term);

  function term(): Test {
    const token = tokens[at];
    at += 1;
    if (token?.kind === "not") return { kind: "not", test: term() };
    if (token?.kind === "(") {
      const inner = or();
      if (peek()?.kind !== ")") throw new QuerySyntaxError("')' is missing");
      at += 1;
      return inner;
    }
    if (token?.kind === "value") return { kind: "compare", operator: "=", value: token.text };
    if (token?.kind !== "operator") throw new QuerySyntaxError(`a value is missing in '${text}'`);
    const value = tokens[at];
    at += 1;
    if (value?.kind !== "value") throw new QuerySyntaxError(`a value is missing after '${token.operator}'`);
    return { kind: "compare", operator: token.operator, value: value.text };
  }

  const test = or();
  if (at < tokens.length)
    throw new QuerySyntaxError(`unexpected text in '${text}': values with blanks stand in quotes`);
  return test;
}

const TOKEN = /\s*(?:(<=|>=|<>|=|<|>)|([()])|"([^"]*)"|'([^']*)'|([^\s()"'<>=]+))/y;

function tokenize(text: string, wordOperators: boolean): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new QuerySyntaxError(`cannot read '${text.slice(from)}'`);
    tokens.push(readToken(match, wordOperators));
  }
  return tokens;
}

function readToken(match: RegExpExecArray, wordOperators: boolean): Token {
  const [, operator, paren, double, single, word = ""] = match;
  if (operator !== undefined) return { kind: "operator", operator: operator as Operator };
  if (paren !== undefined) return { kind: paren as "(" | ")" };
  const quoted = double ?? single;
  if (quoted !== undefined) return { kind: "value", text: quoted, quoted: true };
  const upper = word.toUpperCase();
  if (upper === "AND") return { kind: "and" };
  if (upper === "OR") return { kind: "or" };
  if (upper === "NOT") return { kind: "not" };
  const named = wordOperators ? WORD_OPERATORS[upper] : undefined;
  return named === undefined ? { kind: "value", text: word, quoted: false } : { kind: "operator", operator: named };
}
