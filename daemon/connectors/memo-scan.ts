/** One piece of a memo's markup: pieces follow one another without a gap, so that whatever is not touched stays as it was, byte by byte. */
export interface Token {
  readonly kind: "text" | "open" | "close" | "void" | "comment";
  /** Tag name in lower case; the empty text for texts and comments. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]);

/** Pieces of `html` from `start` to `end`, in one pass. A tag that never ends is text. */
export function scan(html: string, start = 0, end = html.length): readonly Token[] {
  const tokens: Token[] = [];
  let text = start;
  for (let at = start; at < end; ) {
    if (html[at] !== "<") {
      const next = html.indexOf("<", at);
      at = next === -1 || next > end ? end : next;
      continue;
    }
    const token = tagAt(html, at, end);
    if (token === "endless") break;
    if (token === null) {
      at++;
      continue;
    }
    if (text < at) tokens.push({ kind: "text", name: "", start: text, end: at });
    tokens.push(token);
    at = token.end;
    text = at;
  }
  if (text < end) tokens.push({ kind: "text", name: "", start: text, end });
  return tokens;
}

function tagAt(html: string, start: number, limit: number): Token | "endless" | null {
  if (html.startsWith("<!--", start)) {
    const close = html.indexOf("-->", start + 4);
    return close === -1 || close + 3 > limit ? "endless" : { kind: "comment", name: "", start, end: close + 3 };
  }
  const [head, slash = "", name = ""] = /^<([/!?]?)([A-Za-z][^\s/>]*)?/.exec(html.slice(start, start + 64)) ?? [];
  if (head === undefined || (name === "" && (slash === "" || slash === "/"))) return null;
  const end = tagEnd(html, start + 1, limit);
  if (end === -1) return "endless";
  if (slash === "!" || slash === "?") return { kind: "comment", name: "", start, end };
  const lower = name.toLowerCase();
  if (slash === "/") return { kind: "close", name: lower, start, end };
  return { kind: VOID.has(lower) ? "void" : "open", name: lower, start, end };
}

/** Where the tag ends: a `>` inside a quoted attribute does not end it. */
function tagEnd(html: string, from: number, limit: number): number {
  let quote = "";
  for (let at = from; at < limit; at++) {
    const char = html[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === ">") return at + 1;
    // Only a value is quoted: an apostrophe in a name is none.
    else if ((char === '"' || char === "'") && /=\s*$/.test(html.slice(Math.max(from, at - 8), at))) quote = char;
  }
  return -1;
}

export function isBlank(html: string, token: Token): boolean {
  if (token.kind === "comment") return true;
  return token.kind === "text" && /^(?:\s|&nbsp;|&#160;|\u00a0)*$/.test(html.slice(token.start, token.end));
}

export function isBreak(token: Token): boolean {
  return token.kind === "void" && token.name === "br";
}

/** Elements that end by themselves where the next one begins. */
const SELF_ENDING = new Set(["p", "li", "dt", "dd", "tr", "td", "th", "option"]);

/** Tags whose counterpart is not among `tokens`: they must stay when the rest goes, or the texts around would change. */
export function strays(tokens: readonly Token[]): readonly Token[] {
  const open = new Map<string, Token[]>();
  const found: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== "open" && token.kind !== "close") continue;
    const same = open.get(token.name) ?? [];
    open.set(token.name, same);
    if (token.kind === "open") same.push(token);
    else if (same.pop() === undefined) found.push(token);
  }
  const left = [...open.values()].flat().filter((token) => !SELF_ENDING.has(token.name));
  return [...found, ...left.sort((a, b) => a.start - b.start)];
}
