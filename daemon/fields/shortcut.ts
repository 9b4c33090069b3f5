/**
 * Internet shortcuts: small `.url` files that open an address (S14, S15). INI text as Windows writes it:
 *
 *     [InternetShortcut]
 *     URL=https://alm.example.com/…
 */

/** A longer file is no shortcut, whatever it is called; in bytes. */
export const MOST_SHORTCUT_BYTES = 65_536;

export function isShortcut(name: string): boolean {
  return /\.url$/i.test(name);
}

/** The shortcut to an address: ASCII, lines end in CRLF. */
export function formatShortcut(address: string): Uint8Array {
  // Readers split at line ends and take the bytes for their machine's own encoding: nothing of both may stand in an address.
  const plain = address.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return new TextEncoder().encode(`[InternetShortcut]\r\nURL=${plain}\r\n`);
}

/** The address that a shortcut's text opens; null where it has none. */
export function shortcutAddress(text: string): string | null {
  const section = /^[ \t]*\[InternetShortcut\][ \t]*$([^[]*(?:\n(?![ \t]*\[)[^\n]*)*)/im.exec(text)?.[1] ?? "";
  return /^[ \t]*URL[ \t]*=[ \t]*(\S.*?)[ \t]*$/im.exec(section)?.[1] ?? null;
}

/**
 * The text of a `.url` file (S22, T12): by its byte order mark, else as strict UTF-8, else in the first of `encodings` in which it reads as a
 * shortcut. Null where none of them does: it is not guessed. No tracker declares what a file's text is encoded in.
 */
export function decodeShortcut(bytes: Uint8Array, encodings: readonly string[]): string | null {
  const sure = decode(bytes, markOf(bytes) ?? "utf-8");
  if (sure !== null) return sure;
  // Any bytes are some text in most encodings: only one in which they make a shortcut is the right one.
  for (const label of encodings) {
    const text = decode(bytes, label);
    if (text !== null && shortcutAddress(text) !== null) return text;
  }
  return null;
}

function markOf([a, b]: Uint8Array): string | null {
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : null;
}

/** UTF-16 without a mark is valid UTF-8 with a NUL beside every letter: no text has these. */
function decode(bytes: Uint8Array, label: string): string | null {
  try {
    const text = new TextDecoder(label, { fatal: true }).decode(bytes);
    return text.includes("\u0000") ? null : text;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Whether there is an encoding of this name, as the Encoding Standard names them: `utf-16le`, `windows-1252`, `shift_jis`. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
