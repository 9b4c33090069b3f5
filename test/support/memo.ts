import { parseMemo } from "../../daemon/connectors/comment-memo.ts";
import { escapeHtml, htmlToText } from "../../daemon/fields/html.ts";

const LINE = `<br><font color="#000080"><b>________________________________________</b></font><br>`;

/** A memo after a person has added a comment with the desktop client of Quality Center, on the given day (`M/d/yyyy`). */
export function sayInMemo(memo: string, name: string, login: string, day: string, text: string): string {
  const head = `<font color="#000080"><b>${escapeHtml(name)} &lt;${escapeHtml(login)}&gt;, ${day}:</b></font><br>`;
  const block = `${memo === "" ? "" : LINE}${head}${escapeHtml(text)}`;
  const at = memo.lastIndexOf("</body>");
  return at === -1 ? `<html><body>${memo}${block}</body></html>` : memo.slice(0, at) + block + memo.slice(at);
}

/** `Jane Doe <jane>, 2026-01-31: text`, one line for each comment of a memo. */
export function readMemo(memo: unknown): readonly string[] {
  return parseMemo(typeof memo === "string" ? memo : "").map(({ author, authorName, at, body }) => {
    const login = author === null || author === authorName ? "" : ` <${author}>`;
    return `${authorName}${login}, ${at}: ${htmlToText(body)}`;
  });
}
