import { generalError } from "./errors.ts";

export interface Part {
  readonly name: string;
  readonly filename: string | null;
  readonly content: Buffer;
}

/** Parts of a multipart/form-data body in their order. Throws 500, as the product does, where it cannot be read. */
export function readParts(body: Buffer, boundary: string): readonly Part[] {
  const mark = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(mark);
  while (at !== -1) {
    const from = at + mark.length;
    if (body.subarray(from, from + 2).toString() === "--") return parts;
    const next = body.indexOf(mark, from);
    if (next === -1) break;
    parts.push(readPart(body.subarray(from + 2, next - 2)));
    at = next;
  }
  throw generalError(500, "begin 0, end -1, length 1");
}

function readPart(bytes: Buffer): Part {
  const gap = bytes.indexOf("\r\n\r\n");
  if (gap === -1) throw generalError(500, "begin 0, end -1, length 1");
  const head = bytes.subarray(0, gap).toString("utf8");
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
  return {
    name: /[;\s]name="?([^";]*)"?/i.exec(disposition)?.[1] ?? "",
    filename: /filename="?([^";]*)"?/i.exec(disposition)?.[1] ?? null,
    content: bytes.subarray(gap + 4),
  };
}
