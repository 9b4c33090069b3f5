import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalHtml, escapeHtml, htmlToText, textToHtml } from "../../../daemon/fields/html.ts";

const words = fc.string({
  unit: fc.constantFrom("a", "b", "&", "<", ">", '"', "ü", "€", " ", "\u00a0", "👍"),
  minLength: 1,
  maxLength: 8,
});
const inline: fc.Arbitrary<string> = fc.oneof(
  words.map(escapeHtml),
  words.map((w) => `<b>${escapeHtml(w)}</b>`),
  words.map((w) => `<a href="https://x.example/?a=1&amp;b=2" title="t">${escapeHtml(w)}</a>`),
  fc.constantFrom("<br>", "<br />", "<!-- note -->", "&nbsp;", "&euro;", "&#8364;"),
);
const block: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom("p", "div", "li", "h2", "blockquote", "pre", "td"), fc.array(inline, { maxLength: 5 }))
  .map(([name, parts]) => {
    const inside = parts.join("");
    if (name === "li") return `<ul><li>${inside}</li><li>x</li></ul>`;
    if (name === "td") return `<table><tr><td>${inside}</td><td>1</td></tr></table>`;
    return `<${name}>${inside}</${name}>`;
  });
const blocks = fc.array(fc.oneof(block, inline), { maxLength: 6 });
const html = blocks.map((parts) => parts.join(""));

test("the canonical form of HTML is its own", () => {
  fc.assert(fc.property(html, (given) => assert.equal(canonicalHtml(canonicalHtml(given)), canonicalHtml(given))));
  for (const given of [
    "<pre>\n\nx</pre>",
    "<pre>\n\n\nx\n</pre>",
    "a <!-- c --> b",
    "<textarea>\n\nx</textarea>",
    "<p>a<p>b",
    "x<br><!-- --><br> ",
  ])
    assert.equal(canonicalHtml(canonicalHtml(given)), canonicalHtml(given), given);
});

test("what trackers do to HTML on storing changes nothing", () => {
  fc.assert(
    fc.property(html, (given) => {
      const wanted = canonicalHtml(given);
      for (const stored of [
        `<html><body>${given}</body></html>`,
        `<!DOCTYPE html>\r\n<html>\r\n<head><title>t</title></head>\r\n<body bgcolor="white">\r\n${given}\r\n</body>\r\n</html>`,
        given.replaceAll("<br>", "<br />"),
        given.replaceAll("€", "&euro;").replaceAll("ü", "&#252;"),
        given.replaceAll("<b>", "<B>").replaceAll("</b>", "</B>"),
        given.replaceAll(
          'href="https://x.example/?a=1&amp;b=2" title="t"',
          "title='t' href='https://x.example/?a=1&amp;b=2'",
        ),
        `${given}<br><br />`,
      ])
        assert.equal(canonicalHtml(stored), wanted, stored);
    }),
  );
});

test("blank text between and around blocks is nothing", () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), (parts) => {
      assert.equal(canonicalHtml(parts.join("\n  ")), canonicalHtml(parts.join("")));
    }),
  );
  assert.equal(
    canonicalHtml("<table>\n<tr> <td> a </td>\n<td>b</td> </tr>\n</table>"),
    canonicalHtml("<table><tr><td>a</td><td>b</td></tr></table>"),
  );
  assert.equal(canonicalHtml("<dl> <dt>a</dt> <dd>b</dd> </dl>"), canonicalHtml("<dl><dt>a</dt><dd>b</dd></dl>"));
});

test("content is never nothing", () => {
  const different = [
    ["<p>a</p>", "<p>b</p>"],
    ["<p>a b</p>", "<p>ab</p>"],
    ["<b>a</b> <i>b</i>", "<b>a</b><i>b</i>"],
    ["<p>a</p>", "<div>a</div>"],
    ["<b>a</b>", "a"],
    ["a<br>b", "a b"],
    ["<p>a<br><br>b</p>", "<p>a<br>b</p>"],
    ["<p>&lt;b&gt;</p>", "<p><b></b></p>"],
    ['<a href="x">a</a>', '<a href="y">a</a>'],
    ["<pre>a  b</pre>", "<pre>a b</pre>"],
    ["<pre>\n\na</pre>", "<pre>a</pre>"],
    ['<img src="1.png">', ""],
    ["<ol><li>a</li></ol>", "<ul><li>a</li></ul>"],
  ] as const;
  for (const [a, b] of different) assert.notEqual(canonicalHtml(a), canonicalHtml(b), `${a} and ${b}`);
});

test("text survives its way through HTML", () => {
  const line = fc.string({
    unit: fc.constantFrom("a", "&", "<", ">", '"', "&lt;", "<b>", "ü", "👍", "*"),
    minLength: 1,
    maxLength: 6,
  });
  const text = fc
    .array(line, { minLength: 1, maxLength: 6 })
    .chain((lines) =>
      fc
        .array(fc.constantFrom("\n", "\n\n"), { minLength: lines.length, maxLength: lines.length })
        .map((ends) => lines.map((one, i) => (i === 0 ? one : `${ends[i]}${one}`)).join("")),
    );
  fc.assert(fc.property(text, (given) => assert.equal(htmlToText(textToHtml(given)), given)));
});

test("nothing of a text becomes a tag", () => {
  fc.assert(
    fc.property(fc.string(), (given) => {
      assert.equal(
        textToHtml(given)
          .replace(/<\/?p>|<br>/g, "")
          .match(/[<>]/),
        null,
      );
    }),
  );
  assert.equal(textToHtml('<script>"&"</script>'), "<p>&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;</p>");
});

test("HTML as text keeps paragraphs, breaks, lists, tables and addresses", () => {
  const given =
    "<html><body><h1>Title</h1>\n<p>One <b> two</b> &amp; three<br>next</p><ul><li>a</li><li><p>b</p></li></ul>" +
    '<ol><li>x</li><li>y</li></ol><a href="https://x.example/1">see</a><table><tr><td>1</td><td>2</td></tr></table>' +
    "<script>bad()</script><style>p{}</style><pre>  keep\n   this</pre></body></html>";
  assert.equal(
    htmlToText(given),
    "Title\n\nOne two & three\nnext\n\n* a\n* b\n\n1. x\n2. y\n\nsee (https://x.example/1)\n1\t2\n\n  keep\n   this",
  );
});
