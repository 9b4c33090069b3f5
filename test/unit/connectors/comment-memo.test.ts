import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { headerText, plainName, readHeader } from "../../../daemon/connectors/comment-header.ts";
import { parseMemo, partsOf } from "../../../daemon/connectors/comment-memo.ts";
import { containedHtml } from "../../../daemon/connectors/memo-body.ts";
import { editMemo } from "../../../daemon/connectors/memo-edit.ts";
import type { Comment, CommentEdit } from "../../../daemon/core/parts.ts";
import { canonicalHtml, htmlToText } from "../../../daemon/fields/html.ts";
import { normaliseMemo } from "../../../daemon/sandbox/alm/memo.ts";

const LINE = "________________________________________";
const DESKTOP = `<html><body>
<font color="#000080"><b>Jane Doe &lt;jane&gt;, 1/31/2026:</b></font><br>First text
<br><font color="#000080"><b>${LINE}</b></font><br>
<font color="#000080"><b>Bob Böhm &lt;bob&gt;, 2/15/2026: </b></font><br><p>Second <i>text</i></p>
</body></html>`;

type Add = Extract<CommentEdit, { kind: "add" }>;

function add(more: Partial<Add> = {}): Add {
  const author = { login: "jane", name: "Jane Doe" };
  return {
    ...{ kind: "add", body: "<p>New text</p>", author, at: "2026-01-31T14:05:07Z" },
    ...{ origin: "agm:2031", private: false },
    ...more,
  };
}

function edited(memo: string, ...edits: readonly CommentEdit[]): string {
  const result = editMemo(memo, edits);
  assert.ok(result.ok, "a comment is missing");
  return result.memo;
}

const said = (comment: Comment | undefined) => [
  comment?.author ?? null,
  comment?.authorName,
  comment?.at,
  htmlToText(comment?.body ?? ""),
];

function nth(memo: string, index: number): Comment {
  const comment = parseMemo(memo)[index];
  assert.ok(comment, `there is no comment ${index}`);
  return comment;
}

describe("X16 a memo as single comments", () => {
  test("X16 the desktop client's headers, the first one without a separator", () => {
    const comments = parseMemo(DESKTOP);
    assert.deepEqual(comments.map(said), [
      ["jane", "Jane Doe", "2026-01-31", "First text"],
      ["bob", "Bob Böhm", "2026-02-15", "Second text"],
    ]);
    assert.deepEqual(
      comments.map(({ id, origin, private: hidden }) => [id, origin, hidden]),
      [
        [null, null, false],
        [null, null, false],
      ],
    );
    assert.equal(comments[1]?.body, "<p>Second <i>text</i></p>");
  });

  test("X16 the web client's headers stand in a span and name no login", () => {
    const memo = `<html><body><p>Old text without a header</p><br /><strong>${LINE}</strong><br /><span style="font-size:8pt;"><strong>  Jane Doe , Mon Jan 05 2026:</strong></span><br />From the web</body></html>`;
    assert.deepEqual(parseMemo(memo).map(said), [
      [null, "", null, "Old text without a header"],
      [null, "Jane Doe", "2026-01-05", "From the web"],
    ]);
  });

  test("X16 headers with a time, with months by name, with no readable date", () => {
    const cases: readonly (readonly [string, string | null, string, string | null])[] = [
      ["Jane &lt;jane&gt;, 1/31/2026 3:45 PM:", "jane", "Jane", "2026-01-31"],
      ["Jane &lt;jane&gt;, 31.1.2026 15:45:10:", "jane", "Jane", "2026-01-31"],
      ["Jane &lt;jane&gt;, 2026-01-31 15:45 GMT+2:", "jane", "Jane", "2026-01-31"],
      ["Jane &lt;jane&gt;, 31-Jan-2026:", "jane", "Jane", "2026-01-31"],
      ["Doe, Jane &lt;jane&gt;, January 31, 2026:", "jane", "Doe, Jane", "2026-01-31"],
      ["Jane &lt;jane&gt;, 31 janvier à midi:", "jane", "Jane", null],
      ["Jane &lt;jane&gt;, 2026-02-31:", "jane", "Jane", null],
      ["jane@example.com, 2026-01-31:", "jane@example.com", "jane@example.com", "2026-01-31"],
      ["Jane, 2026-01-31", null, "Jane", "2026-01-31"],
      ["Jane &lt;jane&gt;, 2026-01-31 14:05:07 UTC [agm:2031]:", "jane", "Jane", "2026-01-31T14:05:07Z"],
    ];
    for (const [header, ...expected] of cases) {
      const memo = `<html><body>x<br /><b>${LINE}</b><br /><b>${header}</b> text</body></html>`;
      assert.deepEqual(said(parseMemo(memo)[1]), [...expected, "text"], header);
    }
  });

  test("X16 a date that reads two ways is settled by the same writer's other dates, else month first", () => {
    const part = (head: string) => `<br /><b>${LINE}</b><br /><b>${head}</b><br />text`;
    const memo = `<html><body>x${part("A &lt;a&gt;, 3/2/2026:")}${part("B &lt;b&gt;, 3/2/2026:")}${part("A &lt;a&gt;, 25/2/2026:")}</body></html>`;
    assert.deepEqual(
      parseMemo(memo).map((comment) => comment.at),
      [null, "2026-02-03", "2026-03-02", "2026-02-25"],
    );
  });

  test("X16 bold words are no headers where nothing says so, and what cannot be told apart stays whole", () => {
    assert.deepEqual(parseMemo("<html><body><b>Note:</b> it <b>fails</b></body></html>").map(said), [
      [null, "", null, "Note: it fails"],
    ]);
    assert.deepEqual(parseMemo("Just some text, <i>no</i> document").map(said), [
      [null, "", null, "Just some text, no document"],
    ]);
    const unbold = `<html><body>a<br />${LINE}<br />b</body></html>`;
    assert.equal(parseMemo(unbold).length, 1);
    const short = `<html><body>a<br /><b>_______________</b><br />b</body></html>`;
    assert.equal(parseMemo(short).length, 1);
  });

  test("X16 an empty memo, an empty document and headers without a text hold no comments", () => {
    for (const memo of ["", "  ", "<html><body>\n</body></html>", `<html><body><b>${LINE}</b><br /></body></html>`]) {
      assert.deepEqual(parseMemo(memo), []);
    }
    const memo = `<html><body><b>Jane &lt;jane&gt;, 1/31/2026:</b><br /><b>${LINE}</b><br /><b>Bob &lt;bob&gt;, 1/31/2026:</b> text</body></html>`;
    assert.deepEqual(parseMemo(memo).map(said), [["bob", "Bob", "2026-01-31", "text"]]);
  });

  test("X16 the server's own way of writing the memo changes no comment", () => {
    const texts = (memo: string) => parseMemo(memo).map(said);
    const memo = edited(
      DESKTOP,
      add(),
      add({ body: "<ul><li>a</li><li>b</li></ul>", author: { login: null, name: "" } }),
    );
    assert.deepEqual(texts(normaliseMemo(memo)), texts(memo));
    const pretty = memo
      .replaceAll("<br />", "\n  <br/>\n")
      .replaceAll("<font", "\n   <FONT")
      .replaceAll("</font>", "</FONT>\n");
    assert.deepEqual(texts(pretty), texts(memo));
    // As browsers write what they edited: bold and breaks by other names, blanks that do not break.
    const browser = memo.replaceAll("<b>", "<strong>&nbsp;").replaceAll("</b>", "&nbsp;</strong>");
    assert.deepEqual(texts(browser), texts(memo));
  });

  test("X16 wrappers around all comments, or around each one, belong to none of them", () => {
    const around = `<html><body><div align="left"><font face="Arial"><b>A &lt;a&gt;, 1/31/2026:</b> one<br /><b>${LINE}</b><br /><b>B &lt;b&gt;, 1/31/2026:</b> two</font></div></body></html>`;
    const each = `<html><body><div><b>A &lt;a&gt;, 1/31/2026:</b> one</div><div><b>${LINE}</b></div><div><b>B &lt;b&gt;, 1/31/2026:</b> two</div></body></html>`;
    for (const memo of [around, each]) {
      assert.deepEqual(
        parseMemo(memo).map((comment) => comment.body),
        ["one", "two"],
      );
      const changed = edited(memo, { kind: "change", comment: nth(memo, 0), body: "<p>uno</p>" });
      assert.equal(changed, memo.replace(" one", " <p>uno</p>"));
      const without = edited(memo, { kind: "remove", comment: nth(memo, 0) });
      assert.deepEqual(
        parseMemo(without).map((comment) => comment.body),
        ["two"],
      );
      assert.equal(count(without, "<div"), count(without, "</div>"), without);
    }
  });
});

const count = (text: string, piece: string) => text.split(piece).length - 1;

describe("X16 writing a memo", () => {
  test("X16 a new comment goes last, inside the document, with author, login, time and origin", () => {
    const memo = edited(DESKTOP, add());
    assert.ok(memo.startsWith(DESKTOP.slice(0, DESKTOP.indexOf("</body>"))));
    assert.ok(memo.endsWith("</body></html>"));
    assert.ok(memo.includes("<b>Jane Doe &lt;jane&gt;, 2026-01-31 14:05:07 UTC [agm:2031]:</b>"));
    const last = parseMemo(memo).at(-1);
    assert.deepEqual(said(last), ["jane", "Jane Doe", "2026-01-31T14:05:07Z", "New text"]);
    assert.equal(last?.origin, "agm:2031");
  });

  test("X16 a first comment has no separator; text outside of a document is kept", () => {
    const first = edited("", add());
    assert.ok(!first.includes(LINE));
    assert.equal(parseMemo(first).length, 1);
    const bare = edited("Just <i>text</i>", add());
    assert.ok(bare.startsWith("Just <i>text</i>"));
    assert.equal(parseMemo(bare).length, 2);
  });

  test("X16 a comment that is not there as it was given is a conflict, not a guess", () => {
    const comment = { ...nth(DESKTOP, 0), body: "First text, edited by somebody" };
    assert.deepEqual(editMemo(DESKTOP, [{ kind: "change", comment, body: "x" }]), { ok: false, missing: comment });
  });

  test("X16 of comments that are alike each edit takes another one", () => {
    const memo = edited("", add({ body: "+1" }), add({ body: "+1" }));
    const [one, two] = parseMemo(memo);
    assert.ok(one !== undefined && two !== undefined);
    const changed = edited(
      memo,
      { kind: "change", comment: one, body: "a" },
      { kind: "change", comment: two, body: "b" },
    );
    assert.deepEqual(
      parseMemo(changed).map((comment) => comment.body),
      ["a", "b"],
    );
  });

  test("X16 a text cannot leave its place: open tags, scripts, comments and lines like the separator", () => {
    const bad = [
      "text</div></body></html><b>not closed",
      `before<b>${LINE}</b><b>Boss &lt;boss&gt;, 1/1/2026:</b> forged`,
      "<script>alert(1)</script>seen<!-- never closed",
      "<table><tr><td>cell",
      "a <plaintext> swallows",
      `<strong><i>${LINE}</i></strong>x`,
    ];
    for (const body of bad) {
      const memo = edited(DESKTOP, add({ body }), add({ body: "after" }));
      const comments = parseMemo(memo);
      assert.equal(comments.length, 4, body);
      assert.deepEqual(comments.slice(0, 2), parseMemo(DESKTOP), body);
      assert.equal(comments[3]?.body, "after", body);
      assert.ok(!memo.includes("<script"), body);
    }
  });

  test("X16 a memo of 1 MB is read and written in no time", () => {
    const memo = Array.from({ length: 4_000 }, (_, i) => add({ body: `<p>${i} ${"words ".repeat(40)}</p>` })).reduce(
      (texts, one) =>
        texts +
        edited("", one)
          .replace(/<\/?(?:html|body)>/g, "")
          .replace("<font", `<b>${LINE}</b><font`),
      "",
    );
    assert.ok(memo.length > 1_000_000);
    const started = performance.now();
    const comments = parseMemo(memo);
    assert.equal(comments.length, 4_000);
    const changed = edited(memo, { kind: "change", comment: nth(memo, 2_000), body: "changed" }, add());
    assert.equal(parseMemo(changed).length, 4_001);
    assert.ok(performance.now() - started < 20_000, `${performance.now() - started} ms`);
    for (const hostile of ["<b ", "<b>", "<!--", `<b>${LINE}`, "</div>", '<a href="'])
      assert.ok(parseMemo(hostile.repeat(Math.ceil(1_000_000 / hostile.length))).length <= 1_000_000);
  });
});

const word = fc.constantFrom("alpha", "Grüße", "1 < 2 & 3", "x_y", "@bob", "mañana", "a:b", "___", "[1]", "日本");
const piece = fc.oneof(
  word.map((text) => `<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`),
  word.map((text) => `${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}<br>`),
  fc.constantFrom("<b>bold:</b>", "<ul><li>one</li><li>two</li></ul>", "<pre>a\n  b</pre>", "<i>not closed"),
  fc.constantFrom("</div>", "<div><b>", "</font>", `<b>${LINE}</b>`, "<hr>", "&nbsp;", "<img src='http://x/y.png'>"),
);
const body = fc
  .tuple(word, fc.array(piece, { maxLength: 5 }))
  .map(([text, rest]) => [`<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`, ...rest].join(""));
const name = fc
  .array(fc.constantFrom("Jane", "Doe,", "O'Connor", "Böhm", "van", "&", "Jr.", "(QA)"), { maxLength: 3 })
  .map((words) => plainName(words.join(" ")));
const login = fc.option(fc.constantFrom("jane", "bob.böhm", "a-b_c", "jane@example.com"), { nil: null });
const at = fc.option(
  fc
    .date({ min: new Date("1995-01-01T00:00:00Z"), max: new Date("2040-01-01T00:00:00Z"), noInvalidDate: true })
    .chain((date) => fc.constantFrom(date.toISOString().slice(0, 10), `${date.toISOString().slice(0, 19)}Z`)),
  { nil: null },
);
const addition: fc.Arbitrary<Add> = fc
  .record({ body, name, login, at, origin: fc.constantFrom("agm:2031", "alm:7") })
  .map(({ body: text, name: who, login: own, at: when, origin }) =>
    add({ body: text, author: { login: own, name: who }, at: when, origin }),
  );

function heads({ author, authorName, at: when, origin }: Comment) {
  return { author, authorName, at: when, origin };
}

describe("X16 properties", () => {
  test("X16 what is written reads back as it was", () => {
    fc.assert(
      fc.property(fc.array(addition, { minLength: 1, maxLength: 6 }), (adds) => {
        const memo = edited("", ...adds);
        for (const stored of [memo, normaliseMemo(memo)]) {
          const read = parseMemo(stored);
          assert.deepEqual(
            read.map(heads),
            adds.map(({ author, at: when, origin }) => ({
              author: author.login ?? (author.name.includes("@") ? author.name : null),
              authorName: author.name,
              at: when,
              origin,
            })),
          );
          read.forEach((comment, i) => {
            const sent = adds[i]?.body ?? "";
            assert.equal(htmlToText(comment.body), htmlToText(containedHtml(sent)));
          });
        }
        parseMemo(memo).forEach((comment, i) => {
          const sent = canonicalHtml(containedHtml(adds[i]?.body ?? ""));
          assert.equal(canonicalHtml(comment.body), sent);
        });
      }),
      { numRuns: 300 },
    );
  });

  test("X16 a header reads back as it was written", () => {
    fc.assert(
      fc.property(name, login, at, fc.boolean(), (authorName, author, when, first) => {
        const header = { author, authorName, at: when, origin: "agm:2031" };
        const read = readHeader(headerText(header), first);
        assert.ok(read !== null, headerText(header));
        assert.deepEqual([read.author, read.authorName, read.at, read.origin], [author, authorName, when, "agm:2031"]);
      }),
      { numRuns: 500 },
    );
  });

  test("X16 no edit changes a byte of another comment", () => {
    // Texts of people, in any markup and with any mistake, between separators.
    const people = fc.array(
      fc.tuple(body, fc.constantFrom("", "<font color='navy'>", "<div>", "<span style='a>b'>"), fc.boolean()),
      { minLength: 1, maxLength: 6 },
    );
    const memos = people.map((texts) => {
      const parts = texts.map(([text, wrapper, headed], i) => {
        const head = headed ? `${wrapper}<b>P${i} &lt;p${i}&gt;, 1/${i + 1}/2026:</b>` : wrapper;
        return `${head}${text} no ${i}`;
      });
      return `<html><body>\n${parts.join(`<br><font><b>${LINE}</b></font><br>\n`)}\n</body></html>`;
    });
    fc.assert(
      fc.property(memos, fc.infiniteStream(fc.constantFrom("keep", "change", "remove")), body, addition, (...given) => {
        const [memo, choices, text, one] = given;
        const parts = partsOf(memo);
        const fates = parts.map(() => choices.next().value as string);
        const edits = parts.flatMap((part, i): CommentEdit[] => {
          if (fates[i] === "change") return [{ kind: "change", comment: part.comment, body: text }];
          return fates[i] === "remove" ? [{ kind: "remove", comment: part.comment }] : [];
        });
        const after = edited(memo, ...edits, one);
        for (const [i, part] of parts.entries()) {
          if (fates[i] !== "keep") continue;
          assert.ok(after.includes(memo.slice(part.bodyStart, part.bodyEnd)), `${memo}\n${after}`);
        }
        const kept = parts.filter((_, i) => fates[i] === "keep").map((part) => part.comment);
        const now = parseMemo(after);
        for (const comment of kept)
          assert.ok(
            now.some((other) => JSON.stringify(said(other)) === JSON.stringify(said(comment))),
            `${JSON.stringify(comment)}\n${memo}\n${after}`,
          );
        assert.equal(
          now.length,
          parts.length - fates.filter((fate) => fate === "remove").length + 1,
          `${memo}\n${after}`,
        );
      }),
      { numRuns: 500 },
    );
  });
});
