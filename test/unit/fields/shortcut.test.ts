import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeShortcut,
  formatShortcut,
  isEncoding,
  isShortcut,
  shortcutAddress,
} from "../../../daemon/fields/shortcut.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const BUERO = "[InternetShortcut]\r\nURL=https://büro.example/\r\n";

test("S14 a shortcut is ASCII with CRLF, and opens the address that it was made of", () => {
  assert.equal(
    text(formatShortcut("https://a.example/x?y=1&z=2")),
    "[InternetShortcut]\r\nURL=https://a.example/x?y=1&z=2\r\n",
  );
  assert.equal(
    text(formatShortcut("https://a.example/a b\r\nURL=evil")),
    "[InternetShortcut]\r\nURL=https://a.example/a%20b%0D%0AURL=evil\r\n",
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (address) => {
      const made = text(formatShortcut(`https://a.example/${address}`));
      assert.match(made, /^\[InternetShortcut\]\r\nURL=[!-~]+\r\n$/);
      assert.equal(shortcutAddress(made), made.slice(24, -2));
    }),
  );
});

test("S15 the address of a shortcut that somebody else made: sections, blanks and letter case vary; other sections do not count", () => {
  assert.equal(
    shortcutAddress("[DEFAULT]\nBASEURL=https://no/\n[internetshortcut]\nIconIndex=0\n url = https://yes/ \n"),
    "https://yes/",
  );
  assert.equal(shortcutAddress("[InternetShortcut.W]\nURL=+AGg-\n[Other]\nURL=https://no/\n"), null);
  assert.equal(shortcutAddress("[InternetShortcut]\nURL=\n[Other]\nURL=https://no/\n"), null);
  assert.equal(shortcutAddress("URL=https://no/"), null);
  assert.deepEqual(["a.url", "A.URL", "url", "a.url.txt"].map(isShortcut), [true, true, false, false]);
});

test("S22 T12 byte order mark, then strict UTF-8, then the configured encodings; else it is not guessed", () => {
  const utf16 = (mark: readonly number[], bytes: Buffer) => Buffer.concat([Buffer.from(mark), bytes]);
  const big = Buffer.from(BUERO, "utf16le").swap16();
  assert.equal(decodeShortcut(Buffer.from(BUERO), []), BUERO);
  assert.equal(decodeShortcut(Buffer.from(`\ufeff${BUERO}`), []), BUERO);
  assert.equal(decodeShortcut(utf16([0xff, 0xfe], Buffer.from(BUERO, "utf16le")), []), BUERO);
  assert.equal(decodeShortcut(utf16([0xfe, 0xff], big), []), BUERO);
  const ansi = Buffer.from(BUERO, "latin1");
  assert.equal(decodeShortcut(ansi, []), null);
  assert.equal(decodeShortcut(ansi, ["windows-1252"]), BUERO);
  assert.equal(decodeShortcut(ansi, ["utf-16le", "windows-1252"]), BUERO, "letters of another world are no shortcut");
  const bare = Buffer.from("[InternetShortcut]\r\nURL=https://a.example/\r\n", "utf16le");
  assert.equal(decodeShortcut(bare, []), null, "UTF-16 without its mark reads as UTF-8 full of NULs");
  assert.match(decodeShortcut(bare, ["utf-16le"]) ?? "", /a\.example/);
  assert.deepEqual(["utf-8", "windows-1252", "shift_jis", "utf-61", ""].map(isEncoding), [
    true,
    true,
    true,
    false,
    false,
  ]);
});
