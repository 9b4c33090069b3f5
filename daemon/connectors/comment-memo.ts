import type { Comment } from "../core/parts.ts";
import { htmlToText } from "../fields/html.ts";
import { type ReadHeader, readHeader, settleDates } from "./comment-header.ts";
import { isBlank, isBreak, scan, strays, type Token } from "./memo-scan.ts";

/**
 * One comment of a memo and where it stands: `[start, end)` is all of it with the separator in front, `[bodyStart, bodyEnd)` its text alone.
 * Everything is told by place, so that a change leaves all other bytes as they are.
 */
export interface MemoPart {
  readonly comment: Comment;
  readonly start: number;
  readonly end: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** Where the texts of a memo begin and end, the document around them left out. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The comments of a memo as clients of Quality Center write them, oldest first. What cannot be told apart is one comment without an author. */
export function parseMemo(memo: string): readonly Comment[] {
  return partsOf(memo).map((part) => part.comment);
}

export function partsOf(memo: string): readonly MemoPart[] {
  const inner = innerOf(memo);
  const tokens = scan(memo, inner.start, inner.end);
  const raw = slices(memo, tokens, inner).map((slice) => ({ ...slice, ...headOf(memo, slice.tokens, slice.first) }));
  const headers = settleDates(raw.map((part) => part.header));
  return raw.flatMap(({ start, end, rest }, i): MemoPart[] => {
    const { bodyStart, bodyEnd } = bodyOf(memo, rest);
    const body = memo.slice(bodyStart, bodyEnd);
    // A header without a text, or a separator without either, says nothing.
    if (isEmptyHtml(body)) return [];
    const header = headers[i] ?? { author: null, authorName: "", at: null, origin: null };
    return [{ comment: { id: null, ...header, body, private: false }, start, end, bodyStart, bodyEnd }];
  });
}

function isEmptyHtml(html: string): boolean {
  return !/<(?:img|table|hr)\b/i.test(html) && htmlToText(html).replace(/[\s\u00a0\u200b]+/g, "") === "";
}

/** What stands inside the document; a memo without one is all text. */
export function innerOf(memo: string): Span {
  const open = /^(?:\s|<!doctype[^>]*>|<html[^>]*>|<head[^>]*>[\s\S]{0,20000}?<\/head>)*<body[^>]*>/i.exec(memo);
  const bare = /^\s*<html[^>]*>/i.exec(memo);
  const start = (open ?? bare)?.[0].length ?? 0;
  const close = /<\/body\s*>\s*(?:<\/html\s*>)?\s*$/i.exec(memo.slice(-200));
  const end = close === null ? (/<\/html\s*>\s*$/i.exec(memo.slice(-200))?.index ?? null) : close.index;
  return { start, end: end === null ? memo.length : Math.max(start, Math.max(0, memo.length - 200) + end) };
}

interface Slice extends Span {
  /** Without the separator in front. */
  readonly tokens: readonly Token[];
  readonly first: boolean;
}

/** The memo cut at its separators. */
function slices(memo: string, tokens: readonly Token[], inner: Span): readonly Slice[] {
  const cuts = separators(memo, tokens);
  const bounds = [{ from: 0, to: 0 }, ...cuts];
  return bounds.map(({ from, to }, i) => {
    const next = cuts[i]?.from ?? tokens.length;
    return {
      start: i === 0 ? inner.start : (tokens[from]?.start ?? inner.end),
      end: tokens[next]?.start ?? inner.end,
      tokens: tokens.slice(to, next),
      first: i === 0,
    };
  });
}

/** Token ranges `[from, to)` of separators: a bold line of underscores with the breaks and wrappers of its own. */
function separators(memo: string, tokens: readonly Token[]): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  tokens.forEach((token, i) => {
    if (token.kind !== "text" || !isLine(memo.slice(token.start, token.end))) return;
    if (!isBoldened(tokens, i)) return;
    found.push({ from: widen(memo, tokens, i, -1, "open"), to: widen(memo, tokens, i, 1, "close") + 1 });
  });
  return found;
}

function isLine(text: string): boolean {
  return /^(?:\s|&nbsp;)*_{20,}(?:\s|&nbsp;)*$/.test(text);
}

/** One of the tags right in front makes it bold. */
function isBoldened(tokens: readonly Token[], at: number): boolean {
  for (let i = at - 1; tokens[i]?.kind === "open"; i--) if (isBold(tokens[i] as Token)) return true;
  return false;
}

/** The index of the last token, going `step` by `step` from `at`, that is a blank, a break or a wrapper's tag. */
function widen(memo: string, tokens: readonly Token[], at: number, step: 1 | -1, wrapper: "open" | "close"): number {
  let i = at;
  for (;;) {
    const next = tokens[i + step];
    if (next === undefined || !(isBlank(memo, next) || isBreak(next) || next.kind === wrapper)) return i;
    i += step;
  }
}

/** Of the markup of one bold run that may be a header, in characters. */
const LONGEST_RUN = 4_000;

interface Head {
  readonly header: ReadHeader | null;
  /** What follows the header. */
  readonly rest: readonly Token[];
}

/** The header is the first bold run, with nothing but breaks and wrappers in front of it. */
function headOf(memo: string, tokens: readonly Token[], first: boolean): Head {
  const none = { header: null, rest: tokens };
  const at = tokens.findIndex((token) => !(isBlank(memo, token) || isBreak(token) || isWrapper(token)));
  const bold = tokens[at];
  if (bold === undefined || bold.kind !== "open" || !isBold(bold)) return none;
  const length = boldLength(tokens.slice(at));
  const [opened, closed] = length === 0 ? [] : [tokens[at], tokens[at + length - 1]];
  if (opened === undefined || closed === undefined || closed.end - opened.start > LONGEST_RUN) return none;
  const header = readHeader(htmlToText(memo.slice(opened.start, closed.end)), first);
  return header === null ? none : { header, rest: tokens.slice(at + length) };
}

function isWrapper(token: Token): boolean {
  return token.kind === "close" || (token.kind === "open" && !isBold(token));
}

function isBold(token: Token): boolean {
  return token.name === "b" || token.name === "strong";
}

/** Tokens of the bold run that `tokens` begins with; 0 where it never ends. */
function boldLength(tokens: readonly Token[]): number {
  const name = tokens[0]?.name;
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.name !== name) continue;
    depth += token.kind === "open" ? 1 : token.kind === "close" ? -1 : 0;
    if (depth === 0) return i + 1;
  }
  return 0;
}

/** The text of a part: without breaks around it, nor tags around it that belong to something outside. */
function bodyOf(memo: string, tokens: readonly Token[]): { readonly bodyStart: number; readonly bodyEnd: number } {
  const stray = new Set(strays(tokens));
  const isEdge = (token: Token) => isBlank(memo, token) || isBreak(token) || stray.has(token);
  const from = tokens.findIndex((token) => !isEdge(token));
  const first = tokens[from];
  if (first === undefined) {
    const at = tokens[0]?.start ?? 0;
    return { bodyStart: at, bodyEnd: at };
  }
  const last = tokens.findLast((token) => !isEdge(token)) ?? first;
  return { bodyStart: first.start + leading(memo, first), bodyEnd: last.end - trailing(memo, last) };
}

function leading(memo: string, token: Token): number {
  return token.kind === "text" ? (/^\s*/.exec(memo.slice(token.start, token.end))?.[0].length ?? 0) : 0;
}

function trailing(memo: string, token: Token): number {
  const text = token.kind === "text" ? memo.slice(token.start, token.end) : "";
  return text.length - text.trimEnd().length;
}
