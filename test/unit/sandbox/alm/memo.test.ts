import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normaliseMemo } from "../../../../daemon/sandbox/alm/memo.ts";

const body = (inner: string) => `<html><body>\n${inner}\n</body></html>`;

test("plain text is wrapped, newlines collapse to blanks, stray signs become entities", () => {
  assert.equal(normaliseMemo("first\nsecond\r\n  third"), body("first second third"));
  assert.equal(normaliseMemo("a < b & c > d"), body("a &lt; b &amp; c &gt; d"));
  assert.equal(normaliseMemo(""), "");
  assert.equal(normaliseMemo(" \n"), "");
});

test("tags are written anew, scripts, handlers and script addresses go", () => {
  assert.equal(normaliseMemo("a<br>b<BR/>c"), body("a<br />b<br />c"));
  assert.equal(normaliseMemo("<p>one<p>two"), body("<p>one</p>\n<p>two</p>"));
  assert.equal(normaliseMemo('<p onclick="x()">t</p><script>alert(1)</script>'), body("<p>t</p>"));
  assert.equal(
    normaliseMemo('<a href="javascript:x()">t</a><a href="https://example.com/?a=1&amp;b=2">u</a>'),
    body('<a>t</a><a href="https://example.com/?a=1&amp;b=2">u</a>'),
  );
  assert.equal(normaliseMemo("<pre>a\n  b</pre>"), body("<pre>a\n  b</pre>"));
  assert.equal(normaliseMemo("caf&eacute; &euro; &nbsp;x"), body("café € &nbsp;x"));
});

test("markdown is kept as text", () => {
  assert.equal(normaliseMemo("# head\n* item"), body("# head * item"));
});

test("a second pass changes nothing", () => {
  const piece = fc.constantFrom(
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<br>",
    "<ul><li>",
    "</li></ul>",
    " ",
    "\n",
    "text",
    "&amp;",
    "&lt;",
    "<pre>",
    "</pre>",
    "<div>",
    "</div>",
    "ä",
    "\u00a0",
    "<td>",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const once = normaliseMemo(pieces.join(""));
      assert.equal(normaliseMemo(once), once);
    }),
    { numRuns: 400 },
  );
});
