import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cut, holdable, holdableHtml, lengthIn, normalLines, oneLine } from "../../../daemon/fields/text.ts";

const text = fc.string({
  unit: fc.constantFrom("a", " ", "ä", "e\u0301", "€", "👍🏽", "👨‍👩‍👧", "🇩🇪", "각", "\r\n", "ก็"),
  maxLength: 40,
});
const limit = fc.record({
  size: fc.integer({ min: 0, max: 60 }),
  unit: fc.constantFrom("bytes" as const, "characters" as const),
});

function graphemes(of: string): readonly string[] {
  return [...new Intl.Segmenter("und", { granularity: "grapheme" }).segment(of)].map(({ segment }) => segment);
}

test("S25 T1 cut never exceeds the limit, in bytes or characters, and takes as much as fits", () => {
  fc.assert(
    fc.property(text, limit, (given, max) => {
      const kept = cut(given, max);
      assert.ok(lengthIn(kept, max.unit) <= max.size);
      assert.ok(given.startsWith(kept));
      const next = graphemes(given)[graphemes(kept).length];
      if (next !== undefined) assert.ok(lengthIn(kept + next, max.unit) > max.size);
    }),
  );
});

test("S25 T1 cut never ends inside what a person sees as one character", () => {
  fc.assert(
    fc.property(text, limit, (given, max) => {
      const kept = graphemes(cut(given, max));
      assert.deepEqual(kept, graphemes(given).slice(0, kept.length));
    }),
  );
  assert.equal(cut("👨‍👩‍👧", { size: 17, unit: "bytes" }), "");
  assert.equal(cut("ab👍🏽", { size: 3, unit: "characters" }), "ab");
  assert.equal(cut("Grüße", { size: 4, unit: "bytes" }), "Grü");
});

test("cut leaves alone what fits, and cutting twice is cutting once", () => {
  fc.assert(
    fc.property(text, limit, (given, max) => {
      if (lengthIn(given, max.unit) <= max.size) assert.equal(cut(given, max), given);
      assert.equal(cut(cut(given, max), max), cut(given, max));
    }),
  );
});

test("characters are code points, bytes are UTF-8", () => {
  assert.equal(lengthIn("ä€👍", "characters"), 3);
  assert.equal(lengthIn("ä€👍", "bytes"), 9);
});

test("line ends are one kind, and a field of one line has none", () => {
  assert.equal(normalLines("a\r\nb\rc\nd"), "a\nb\nc\nd");
  assert.equal(oneLine("  a \r\n\r\n b\tc "), "a b\tc");
  fc.assert(fc.property(text, (given) => assert.doesNotMatch(oneLine(given), /[\r\n]/)));
});

test("T33 what no tracker can hold goes, whatever it stands for; everything else stays", () => {
  assert.equal(holdable("a\u0000b\u0001c\u000bd\fe\u001f\uffff"), "abc\nd\ne");
  assert.equal(holdable("\t\r\n \u0085\u00a0\u2028\ufeff👍🏽\ue000"), "\t\r\n \u0085\u00a0\u2028\ufeff👍🏽\ue000");
  assert.equal(holdable("a\ud800b"), "a\ufffdb");
  assert.equal(holdableHtml("&#1;a&#x0B;b&#65;&#128077;&amp;#1;&#0;&#xD800;"), "a\nb&#65;&#128077;&amp;#1;&#65533;");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (given) => {
      const kept = holdable(given);
      assert.equal(holdable(kept), kept);
      assert.equal(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(kept)), kept);
    }),
  );
});
