import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFragment } from "parse5";
import type { Markup } from "../../../daemon/core/field.ts";
import { convertMarkup } from "../../../daemon/fields/rich.ts";
import { htmlDocument, letters, words } from "../fields/rich-arbitrary.ts";
import { type Bench, bench, field, link, row } from "./bench.ts";

const MARKUPS: readonly Markup[] = ["html", "markdown", "textile", "plain"];

function between(left: Markup, right: Markup): Bench {
  const rich = (markup: Markup) => [field("name"), field("note", { kind: "rich", markup })];
  return bench(rich(left), rich(right), link([row("name", "name"), row("note", "note")]));
}

/** What trackers do to a text on storing: other line ends and blanks at their ends, a document around HTML. */
function asStored(text: string, markup: Markup): string {
  if (markup === "html") return `<html>\r\n<body>\r\n${text.replaceAll("<br>", "<br />")}\r\n</body>\r\n</html>`;
  return `${text.replaceAll("\n", "  \r\n")}\r\n\r\n`;
}

type Tree = { readonly nodeName: string; readonly value?: string; readonly childNodes?: readonly Tree[] };

function seen(text: unknown, markup: Markup): string {
  const walk = (node: Tree): string => node.value ?? (node.childNodes ?? []).map(walk).join("");
  return letters(walk(parseFragment(convertMarkup(String(text), markup, "html")) as unknown as Tree));
}

async function quiet(b: Bench): Promise<void> {
  const before = b.writes();
  b.pass(5);
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before);
}

const noteOf = (b: Bench, side: "left" | "right", id: string) => b[side].rows.get(id)?.fields["note"];

test("X21 a round trip with no edit writes nothing, in any two markups, however the trackers store the text", async () => {
  await fc.assert(
    fc.asyncProperty(htmlDocument, fc.constantFrom(...MARKUPS), fc.constantFrom(...MARKUPS), async (html, from, to) => {
      const text = convertMarkup(html, "html", from);
      const b = between(from, to);
      b.left.add({ name: "a", note: text });
      await b.run();
      const copy = String(noteOf(b, "right", "1001") ?? "");
      b.pass(5);
      b.right.edit("1001", { note: asStored(copy, to) });
      b.left.edit("1", { note: asStored(text, from) });
      await quiet(b);
      // An edit of another field does not bring the lossy way back along.
      b.pass(5);
      b.right.edit("1001", { name: "b" });
      await b.run();
      assert.equal(noteOf(b, "left", "1"), asStored(text, from));
      await quiet(b);
    }),
    { numRuns: 80 },
  );
});

test("X21 an edit on one side shows on the other, with every word that stood around it", async () => {
  await fc.assert(
    fc.asyncProperty(htmlDocument, words, fc.constantFrom(...MARKUPS), async (html, added, to) => {
      const b = between("html", to);
      b.left.add({ name: "a", note: `<p>first</p>${html}` });
      await b.run();
      const copy = String(noteOf(b, "right", "1001"));
      b.pass(5);
      const more = convertMarkup(added, "plain", to);
      b.right.edit("1001", { note: to === "html" ? copy + more : `${copy}\n\n${more}` });
      await b.run();
      const back = seen(noteOf(b, "left", "1"), "html");
      if (to !== "plain") assert.equal(back, seen(`<p>first</p>${html}`, "html") + letters(added));
      else assert.equal(back, letters(`${copy}${added}`));
      await quiet(b);
    }),
    { numRuns: 80 },
  );
});

test("X21 what somebody changes in Markdown or Textile is what changes in the HTML", async () => {
  const html = "<p>Pay by <b>card</b>, then</p><ul><li>sign</li><li>wait</li></ul>";
  const after = "<p>Pay by <strong>card</strong>, then</p><ul><li>sign</li><li>leave</li></ul>";
  for (const to of ["markdown", "textile"] as const) {
    const b = between("html", to);
    b.left.add({ name: "a", note: html });
    await b.run();
    b.pass(5);
    b.right.edit("1001", { note: String(noteOf(b, "right", "1001")).replace("wait", "leave") });
    await b.run();
    assert.equal(String(noteOf(b, "left", "1")).replace(/\n/g, ""), after, to);
    await quiet(b);
  }
});

test("X21 nothing that could run in a browser reaches a tracker", async () => {
  const bad =
    '<p onclick="steal()">one</p><script>steal()</script><a href=" java\tscript:steal()">two</a>' +
    '<img src="x" onerror="steal()"><iframe src="https://evil.example"></iframe><svg onload="steal()"></svg>';
  for (const to of MARKUPS) {
    const b = between("html", to);
    b.left.add({ name: "a", note: bad });
    await b.run();
    const copy = String(noteOf(b, "right", "1001"));
    assert.doesNotMatch(copy, /steal|script|evil|onerror/i, to);
    assert.match(copy, /one[\s\S]*two/);
    assert.equal(noteOf(b, "left", "1"), bad, "the source stays as it is");
    await quiet(b);
  }
  for (const from of ["markdown", "textile"] as const) {
    const b = between(from, "html");
    const link = from === "markdown" ? "[k](javascript:steal())" : '"k":javascript:steal()';
    b.left.add({ name: "a", note: `<img src=x onerror=steal()> ${link} <script>steal()</script>\n\nafter` });
    await b.run();
    const copy = String(noteOf(b, "right", "1001"));
    assert.doesNotMatch(copy, /<script|<[^>]*onerror|href="javascript/i, from);
    assert.match(copy, /after/);
  }
});

test("S25 T1 X21 a text that is too long is cut in the target's unit, and what is left shows the beginning of the same words", async () => {
  await fc.assert(
    fc.asyncProperty(
      htmlDocument,
      fc.constantFrom(...MARKUPS),
      fc.constantFrom("bytes" as const, "characters" as const),
      fc.integer({ min: 30, max: 80 }),
      async (html, to, unit, size) => {
        const long = `${html}<p>${"äöü &amp; *end* ".repeat(10)}</p>`;
        const fields = (markup: Markup, more = {}) => [field("name"), field("note", { kind: "rich", markup, ...more })];
        const b = bench(
          fields("html"),
          fields(to, { maxLength: { size, unit } }),
          link([row("name", "name"), row("note", "note")]),
        );
        b.left.add({ name: "a", note: long });
        const report = await b.run();
        assert.match(report.messages.map((m) => m.message).join(), /cut from \d+ to \d+/);
        const copy = String(noteOf(b, "right", "1001"));
        const length = unit === "bytes" ? Buffer.byteLength(copy) : [...copy].length;
        assert.ok(length <= size, `${length} of ${size}: ${copy}`);
        const whole = letters(convertMarkup(convertMarkup(long, "html", to), to, "plain"));
        assert.ok(whole.startsWith(seen(copy, to)), `${copy} is not how ${whole} begins`);
        assert.equal(noteOf(b, "left", "1"), long);
        await quiet(b);
      },
    ),
    { numRuns: 60 },
  );
});
