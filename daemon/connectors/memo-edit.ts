import type { Comment, CommentEdit } from "../core/parts.ts";
import { type CommentHeader, headerHtml } from "./comment-header.ts";
import { innerOf, type MemoPart, partsOf } from "./comment-memo.ts";
import { containedHtml } from "./memo-body.ts";
import { scan, strays } from "./memo-scan.ts";

/** A memo after some edits, or the comment that is not there as it was given. Every byte of the other comments stays. */
export type Edited = { readonly ok: true; readonly memo: string } | { readonly ok: false; readonly missing: Comment };

export function editMemo(memo: string, edits: readonly CommentEdit[]): Edited {
  const parts = [...partsOf(memo)];
  const changes: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  for (const edit of edits) {
    if (edit.kind === "add") continue;
    const at = parts.findIndex((part) => isSameComment(part.comment, edit.comment));
    const part = parts[at];
    if (part === undefined) return { ok: false, missing: edit.comment };
    changes.push(edit.kind === "change" ? replacement(memo, part, edit.body) : removal(memo, part));
    parts.splice(at, 1);
  }
  const changed = changes
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), memo);
  const added = edits.flatMap((edit) => (edit.kind === "add" ? [blockOf(edit)] : []));
  return { ok: true, memo: added.reduce(append, changed) };
}

/** The same comment, as far as the texts around it go: of several that are alike in all, any will do. */
function isSameComment(a: Comment, b: Comment): boolean {
  const alike = a.author === b.author && a.authorName === b.authorName && a.at === b.at && a.origin === b.origin;
  return alike && a.body === b.body;
}

function straysIn(memo: string, start: number, end: number): string {
  return strays(scan(memo, start, end))
    .map((token) => memo.slice(token.start, token.end))
    .join("");
}

function replacement(memo: string, { bodyStart, bodyEnd }: MemoPart, body: string) {
  return { start: bodyStart, end: bodyEnd, text: containedHtml(body) + straysIn(memo, bodyStart, bodyEnd) };
}

/** The first one has no separator in front: the next one's stays as it is, which shows a line and disturbs nobody. */
function removal(memo: string, { start, end }: MemoPart) {
  return { start, end, text: straysIn(memo, start, end) };
}

const SEPARATOR = `<br /><font color="#000080"><b>${"_".repeat(40)}</b></font><br />`;

function blockOf(edit: Extract<CommentEdit, { kind: "add" }>): string {
  const { author, at, origin, body } = edit;
  const header: CommentHeader = { author: author.login, authorName: author.name, at, origin };
  return `${headerHtml(header)}<br />${containedHtml(body)}`;
}

/** New comments go last, inside the document where there is one. */
function append(memo: string, block: string): string {
  if (memo.trim() === "") return `<html><body>\n${block}\n</body></html>`;
  const { start, end } = innerOf(memo);
  const text = memo.slice(start, end).trim() === "" ? `\n${block}\n` : `${SEPARATOR}\n${block}\n`;
  return memo.slice(0, end) + text + memo.slice(end);
}
