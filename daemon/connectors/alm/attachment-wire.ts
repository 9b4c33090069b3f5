import type { Attachment } from "../../core/parts.ts";
import { escapeHtml, htmlToText } from "../../fields/html.ts";
import type { Fail } from "../json-answer.ts";
import { idOf } from "./map.ts";
import type { WireEntity } from "./wire.ts";

/** What the server says of one file; its address depends on what the server understands. */
export type ListedFile = Omit<Attachment, "url">;

/** `fail` is called for a row without id or name. */
export function toFile(row: WireEntity, fail: Fail): ListedFile {
  const value = (name: string) => row.fields.get(name)?.[0] ?? "";
  const name = value("name");
  const size = value("file-size");
  const type = value("ref-type");
  const link = type !== "" && !/^file$/i.test(type) ? (true as const) : undefined;
  return {
    id: idOf(row, fail),
    name: name === "" ? fail("has an attachment without a name") : name,
    description: htmlToText(value("description")),
    // Of an address nobody knows what the server counts.
    size: link === undefined && /^\d{1,15}$/.test(size) ? Number(size) : null,
    // A second is the grain of the server's time: what was replaced within one shows by its size at most.
    stamp: `${value("last-modified")} ${size}`,
    ...(link === undefined ? {} : { link }),
  };
}

/** The description is a memo: HTML, in which line ends would become blanks. */
export function toMemo(text: string): string {
  return escapeHtml(text).replace(/\r\n?|\n/g, "<br>");
}
