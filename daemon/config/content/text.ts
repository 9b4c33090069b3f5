import type { Place } from "./report.ts";
import { placeOf, START } from "./report.ts";

/** Largest file of the configuration that is read, in bytes. */
export const MAX_FILE_BYTES = 1_048_576;

const BOM = "\uFEFF";

export type Decoded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly at: Place };

/** Strict UTF-8; one byte order mark at the start is taken off. */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { ok: true, text: text.startsWith(BOM) ? text.slice(1) : text };
  } catch {
    // The decoder does not say where it stopped: the first replacement character of a lenient reading does.
    const lenient = new TextDecoder("utf-8").decode(bytes);
    const offset = lenient.indexOf("\uFFFD");
    return { ok: false, at: offset < 0 ? START : placeOf(lenient, offset) };
  }
}

/** UTF-8, else Windows-1252, as the files of older tools are. Not ok for what is neither: UTF-16, binary. */
export function decodeTable(bytes: Uint8Array): Decoded {
  const utf8 = decodeUtf8(bytes);
  const decoded = utf8.ok ? utf8 : { ok: true as const, text: new TextDecoder("windows-1252").decode(bytes) };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const odd = /[\u0000-\u0008\u000E-\u001F\u0081\u008D\u008F\u0090\u009D]/.exec(decoded.text);
  return odd === null ? decoded : { ok: false, at: placeOf(decoded.text, odd.index) };
}
