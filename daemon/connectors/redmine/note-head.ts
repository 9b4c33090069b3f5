import type { Markup } from "../../core/field.ts";
import { plainName } from "../comment-header.ts";

/** The line above a comment that says what its journal cannot: who wrote it, when, and where. */
export interface NoteHead {
  /** Name; the empty text where the journal's own author is the writer. */
  readonly name: string;
  /** UTC second or day; null where the journal's own time is about right. */
  readonly at: string | null;
  /** `endpoint:record`. */
  readonly origin: string;
}

const LINE = /^_?(?:([^\n[\]]*) )?\[([^[\]\s:]+:[^[\]\s]+)\]:_?[ \t]*(?:\n|$)\s*/;
const WHEN = /(?:^|, )(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d UTC)?)$/;

export function withHead(head: NoteHead, body: string, markup: Markup): string {
  const when = head.at === null ? "" : head.at.replace("T", " ").replace("Z", " UTC");
  const said = [plainName(head.name), when].filter((part) => part !== "").join(", ");
  const line = `${said === "" ? "" : `${said} `}[${head.origin}]:`;
  return `${markup === "plain" ? line : `_${line}_`}\n\n${body}`;
}

/** The head of a note with `\n` as line ends, and the text below it; null for a note without one. */
export function readHead(note: string): { readonly head: NoteHead; readonly body: string } | null {
  const found = LINE.exec(note.slice(0, 500));
  if (found === null) return null;
  const [line, said = "", origin = ""] = found;
  const when = WHEN.exec(said)?.[1] ?? "";
  const name = said.replace(WHEN, "");
  const at = when === "" ? null : when.length === 10 ? when : `${when.slice(0, 10)}T${when.slice(11, 19)}Z`;
  return { head: { name: name.trim(), at, origin }, body: note.slice(line.length) };
}
