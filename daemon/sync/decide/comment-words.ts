import { createHash } from "node:crypto";
import type { Markup } from "../../core/field.ts";
import type { Comment, CommentPort, CommentTrace } from "../../core/parts.ts";
import { canonicalHtml, htmlToText } from "../../fields/html.ts";
import { convertMarkup, cutRich } from "../../fields/rich.ts";
import { lengthIn } from "../../fields/text.ts";
import { ANONYMOUS } from "./comment-align.ts";

/** One comment that stands there now. */
export interface SeenComment {
  readonly comment: Comment;
  readonly trace: CommentTrace;
  /** What a rule of its side sends in place of its body. Absent: the body itself. */
  readonly sent?: string;
}

/** A comment as it is carried. */
export function asSent({ comment, sent }: SeenComment): Comment {
  return sent === undefined ? comment : { ...comment, body: sent };
}

export function seeComments(comments: readonly Comment[], markup: Markup): readonly SeenComment[] {
  return comments.map((comment) => ({ comment, trace: traceOf(comment, markup) }));
}

export function traceOf(comment: Comment, markup: Markup): CommentTrace {
  return { id: comment.id, head: headOf(comment), hash: hashOf(comment.body, markup) };
}

function headOf({ author, authorName, at, origin }: Comment): string {
  const said = [author, authorName, at, origin].map((part) => part ?? "");
  return said.every((part) => part === "") ? ANONYMOUS : sha256(JSON.stringify(said)).slice(0, 16);
}

/** SHA-256 of the words: what trackers and clients do to tags and blanks changes none of them. */
export function hashOf(body: string, markup: Markup): string {
  return sha256(wordsOf(body, markup));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Words in one line; pictures count, since a comment may be nothing else. */
export function wordsOf(body: string, markup: Markup): string {
  if (markup !== "html") return squeeze(body);
  const pictures = /<img\b/i.test(body) ? (canonicalHtml(body).match(/<img\b[^>]*>/g) ?? []) : [];
  return squeeze([htmlToText(body), ...pictures].join(" "));
}

/** Words as they read without any markup, to be compared with those of another tracker. */
export function plainWords(body: string, markup: Markup): string {
  return squeeze(convertMarkup(body, markup, "plain"));
}

function squeeze(text: string): string {
  return text
    .replaceAll(JOINER, "")
    .replace(/[\s\u00a0\u200b\ufeff]+/g, " ")
    .trim()
    .normalize("NFC");
}

/** Shows nothing, and parts an `@` from the login behind it. */
const JOINER = "\u2060";
const MENTION = /(?<![A-Za-z0-9_])@([A-Za-z0-9_][A-Za-z0-9_.@-]*)/g;
/** Tags have addresses in them. */
const MENTION_IN_HTML = new RegExp(`<[^>]*>|${MENTION.source}`, "g");

/** What a comment's text becomes on its way: `cut`, it did not fit whole. */
export interface CarriedBody {
  readonly body: string;
  readonly cut: boolean;
}

/**
 * A comment's text for the other tracker. `partnerOf`: whom an `@login` there means here; null: nobody, and the sign must not call a stranger who
 * happens to have that login (X15). Our own neutralised signs become plain ones on the way back.
 */
export function carryBody(
  body: string,
  from: Pick<CommentPort, "markup">,
  to: Pick<CommentPort, "markup" | "mentions" | "maxLength">,
  partnerOf: (login: string) => string | null,
): CarriedBody {
  const called = convertMentions(body.replaceAll(JOINER, ""), from.markup, to, partnerOf);
  const { maxLength: max } = to;
  if (max === null || lengthIn(called, max.unit) <= max.size) return { body: called, cut: false };
  return { body: cutRich(called, to.markup, max), cut: true };
}

/** Signs of a markup may stand in a login: people are looked for where there are none yet. */
function convertMentions(
  body: string,
  from: Markup,
  to: Pick<CommentPort, "markup" | "mentions">,
  partnerOf: (login: string) => string | null,
): string {
  if (!to.mentions) return convertMarkup(body, from, to.markup);
  const call = (text: string, sign: RegExp) =>
    text.replace(sign, (all: string, login: string | undefined) =>
      login === undefined ? all : mention(login, partnerOf),
    );
  if (from === "html") return convertMarkup(call(body, MENTION_IN_HTML), from, to.markup);
  if (from === "plain") return convertMarkup(call(body, MENTION), from, to.markup);
  return call(convertMarkup(body, from, to.markup), to.markup === "html" ? MENTION_IN_HTML : MENTION);
}

function mention(said: string, partnerOf: (login: string) => string | null): string {
  // The full stop behind a name ends the sentence.
  const login = said.replace(/[.@-]+$/, "");
  const partner = partnerOf(login);
  return `@${partner ?? JOINER + login}${said.slice(login.length)}`;
}

/** `Jane Doe, 2026-01-31 14:05:07 UTC`: a comment as the journal, the log and messages name it. Never its text. */
export function nameOfComment({ author, authorName, at }: Pick<Comment, "author" | "authorName" | "at">): string {
  const who = authorName === "" ? (author ?? "somebody") : authorName;
  return at === null ? who : `${who}, ${at.replace("T", " ").replace("Z", " UTC")}`;
}
