import { escapeHtml } from "../fields/html.ts";

/** Who wrote a comment and when, as the line above it says. */
export interface CommentHeader {
  readonly author: string | null;
  readonly authorName: string;
  /** UTC second or day, as in `Comment.at`. */
  readonly at: string | null;
  /** `endpoint:record`, where Syncline wrote the comment. */
  readonly origin: string | null;
}

/** A header as read: `order` is what its date proves of the writer's way to write dates; the day depends on it where nothing does. */
export interface ReadHeader extends CommentHeader {
  readonly order: DateOrder | null;
  /** The other reading of a date such as 3/2/2026. */
  readonly otherwise: string | null;
}

type DateOrder = "day first" | "month first";

const LONGEST = 300;
const ORIGIN = /\s*\[([^[\]\s:]+:[^[\]\s]+)\]\s*:?\s*$/;
const LOGIN = /<([^<>\s]+)>\s*,?\s*/;

/**
 * The text of a bold run at the start of a part of a memo as a header; null where it is none. `first`: no separator stands in front, so that a
 * bold word with a colon proves nothing.
 */
export function readHeader(text: string, first: boolean): ReadHeader | null {
  const line = text.replace(/[\s\u00a0]+/g, " ").trim();
  if (line === "" || line.length > LONGEST) return null;
  const origin = ORIGIN.exec(line);
  const said = origin === null ? line : line.slice(0, origin.index);
  const login = LOGIN.exec(said);
  const when = readWhen(login === null ? said : said.slice(login.index + login[0].length));
  const colon = line.endsWith(":");
  const named = login === null ? said.slice(0, when?.index ?? said.length) : said.slice(0, login.index);
  const comma = /,\s*$/.test(named);
  const sure = origin !== null || (when !== null && (colon || comma)) || (login !== null && colon);
  if (!sure && (first || !colon)) return null;
  const authorName = named.replace(/[\s,:]+$/, "").trim();
  return {
    author: login?.[1] ?? (isAddress(authorName) ? authorName : null),
    authorName,
    at: when?.at ?? null,
    origin: origin?.[1] ?? null,
    order: when?.order ?? null,
    otherwise: when?.otherwise ?? null,
  };
}

/** An e-mail address in place of a name is a login. */
function isAddress(name: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(name);
}

/** A date or moment in a text, whatever stands behind it being no more than a time. */
interface When {
  readonly index: number;
  readonly at: string | null;
  readonly order: DateOrder | null;
  readonly otherwise: string | null;
}

const WEEKDAY = /(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s*$/i;
/** What may stand behind a date: a time in nobody knows which zone. */
const TIME =
  /^[,\s]*(?:at\s*)?(?:\d{1,2}[:.]\d\d(?:[:.]\d\d)?)?\s*(?:[ap]\.?m\.?)?\s*(?:[A-Z]{2,5}(?:[+-]\d+)?|[+-]\d\d:?\d\d)?[\s:]*$/i;

function readWhen(text: string): When | null {
  const moment = /(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(?:UTC|Z)[\s:]*$/.exec(text);
  if (moment?.[1] !== undefined && isDay(moment[1]))
    return { index: moment.index, at: `${moment[1]}T${moment[2]}Z`, order: null, otherwise: null };
  for (const { form, read } of FORMS) {
    const found = [...text.matchAll(form)].at(-1);
    if (found === undefined || !TIME.test(text.slice(found.index + found[0].length))) continue;
    const day = read(found);
    if (day === null) continue;
    const weekday = WEEKDAY.exec(text.slice(0, found.index));
    return { index: weekday?.index ?? found.index, ...day };
  }
  return null;
}

interface Form {
  readonly form: RegExp;
  read(found: RegExpMatchArray): Omit<When, "index"> | null;
}

const FORMS: readonly Form[] = [
  { form: /\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b/g, read: ([, y, m, d]) => sure(dayOf(y, m, d)) },
  { form: /\b(\d{1,2})\/(\d{1,2})\/(\d{2,4})\b/g, read: ([, a, b, y]) => slashed(a, b, y) },
  { form: /\b(\d{1,2})[.-](\d{1,2})[.-](\d{2,4})\b/g, read: ([, d, m, y]) => sure(dayOf(y, m, d) ?? dayOf(y, d, m)) },
  { form: /\b(\d{1,2})\.?[- ]([a-z]{3,9})\.?[-, ]+(\d{4})\b/gi, read: ([, d, m, y]) => sure(dayOf(y, monthOf(m), d)) },
  { form: /\b([a-z]{3,9})\.? (\d{1,2}),? (\d{4})\b/gi, read: ([, m, d, y]) => sure(dayOf(y, monthOf(m), d)) },
];

/** 3/2/2026 is a day of March to the desktop client of an American, and of February to anybody else's. */
function slashed(a?: string, b?: string, year?: string): Omit<When, "index"> | null {
  const monthFirst = dayOf(year, a, b);
  const dayFirst = dayOf(year, b, a);
  if (monthFirst === null && dayFirst === null) return null;
  const order = monthFirst === null ? "day first" : dayFirst === null ? "month first" : null;
  return { at: monthFirst ?? dayFirst, order, otherwise: order === null && monthFirst !== dayFirst ? dayFirst : null };
}

function sure(at: string | null): Omit<When, "index"> | null {
  return at === null ? null : { at, order: null, otherwise: null };
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

function monthOf(name = ""): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

function dayOf(year = "", month = "", day = ""): string | null {
  const whole = year.length === 2 ? `20${year}` : year;
  const text = `${whole}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return isDay(text) ? text : null;
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** Dates that read two ways, settled by what the same writer's other dates prove; else month first, as the product's own client writes them. */
export function settleDates(headers: readonly (ReadHeader | null)[]): readonly (CommentHeader | null)[] {
  const proven = new Map<string, DateOrder>();
  for (const header of headers) if (header?.order) proven.set(whoOf(header), header.order);
  return headers.map((header) => {
    if (header === null) return null;
    const { author, authorName, at, origin, otherwise } = header;
    const dayFirst = otherwise !== null && proven.get(whoOf(header)) === "day first";
    return { author, authorName, at: dayFirst ? otherwise : at, origin };
  });
}

function whoOf({ author, authorName }: CommentHeader): string {
  return (author ?? authorName).toLowerCase();
}

/** A header's text as Syncline writes it: read back, it says the same. */
export function headerText({ author, authorName, at, origin }: CommentHeader): string {
  const name = plainName(authorName);
  const login = author === null || (author === name && isAddress(name)) ? "" : `<${author.replace(/[<>[\]\s]/g, "")}>`;
  const who = [name, login].filter((part) => part !== "").join(" ");
  const when = at === null ? "" : at.replace("T", " ").replace("Z", " UTC");
  const said = [who, when].filter((part) => part !== "").join(", ");
  return `${[said, origin === null ? "" : `[${origin}]`].filter((part) => part !== "").join(" ")}:`;
}

/** A name in which nothing reads as another part of the header. */
export function plainName(name: string): string {
  return name
    .replace(/[<>[\]]/g, " ")
    .replace(/[\s\u00a0]+/g, " ")
    .replace(/[\s,:]+$/, "")
    .trim()
    .slice(0, 120);
}

export function headerHtml(header: CommentHeader): string {
  return `<font color="#000080"><b>${escapeHtml(headerText(header))}</b></font>`;
}
