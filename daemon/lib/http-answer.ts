import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";
import type { HttpAnswer } from "../core/connector.ts";

type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const unzip = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
  zlib: promisify(inflate),
  raw: promisify(inflateRaw),
};

/** The codings that `buildAnswer` undoes, for `Accept-Encoding`. */
export const ACCEPTED_CODINGS = "gzip, deflate, br";

/** undici's `request()` does not decompress. `maxBytes` bounds the result too: a small answer may hold a huge one. */
export async function buildAnswer(
  status: number,
  raw: RawHeaders,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<HttpAnswer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined && name.toLowerCase() !== "set-cookie")
      headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  const cookies = raw["set-cookie"];
  const body = await decompress(bytes, headers["content-encoding"] ?? "", maxBytes);
  return {
    status,
    headers,
    setCookie: cookies === undefined ? [] : typeof cookies === "string" ? [cookies] : cookies,
    body,
    text: () => new TextDecoder("utf-8").decode(body),
  };
}

/** Codings are listed in the order in which they were applied. Unknown ones are left: the text will then not parse, and the caller says so. */
async function decompress(bytes: Uint8Array, coding: string, maxBytes: number): Promise<Uint8Array> {
  const codings = coding
    .toLowerCase()
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== "identity");
  let body = bytes;
  for (const name of codings.reverse()) {
    if (body.length > 0) body = await decompressOne(body, name, { maxOutputLength: maxBytes });
  }
  return body;
}

async function decompressOne(
  body: Uint8Array,
  coding: string,
  bound: { readonly maxOutputLength: number },
): Promise<Uint8Array> {
  if (coding === "gzip" || coding === "x-gzip") return unzip.gzip(body, bound);
  if (coding === "br") return unzip.br(body, bound);
  if (coding !== "deflate") return body;
  // "deflate" should be zlib's format; some servers send the bare stream. The low four bits tell.
  return ((body[0] ?? 0) & 0x0f) === 8 ? unzip.zlib(body, bound) : unzip.raw(body, bound);
}
