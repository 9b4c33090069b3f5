import fc from "fast-check";
import { escapeHtml } from "../../../daemon/fields/html.ts";

/** Words as people type them, with all the signs that mean something in one markup or the other. */
const word = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-zäß0-9]{1,8}$/) },
  fc.stringMatching(/^[*_\-+^~%@!?"|#>=[\](){}<&;:.`\\/a-zA-Z1]{1,6}$/),
  fc.constantFrom(
    ...[
      "h1.",
      "bq.",
      "*",
      "#",
      "-",
      "1.",
      "1)",
      ">",
      "---",
      "***",
      "```",
      "~~~",
      "==",
      "&amp;",
      "&#42;",
      "<b>",
      "</pre>",
    ],
    ...["<pre>", "<code>", "[[wiki]]", "{{toc}}", "!x!", '"a":http://x.example', "**b**", "*b*", "_i_", "@c@", "`c`"],
    ...[
      "[a](b)",
      "![a](b)",
      "|",
      "|a|b|",
      "ABC(def)",
      "foo[1]",
      "snake_case",
      "a*b*c",
      "5-6",
      "#12",
      "^",
      "~~x~~",
      "??",
    ],
    ...[
      "https://x.example/a_b?c=d&e=f",
      "+x+",
      "-x-",
      "日本",
      "👩‍👩‍👧",
      "<!--",
      "-->",
      "javascript:x",
      "p.",
      "[^1]",
      "\\*",
      "+",
      "=",
    ],
  ),
);

/** A line of words; single blanks, as a browser shows them. */
export const words = fc.array(word, { minLength: 1, maxLength: 6 }).map((all) => all.join(" "));

const text = words.map(escapeHtml);

const mark = fc.tuple(fc.constantFrom("b", "strong", "i", "em", "u", "s", "del", "font", "span", "sub"), text);

const inline: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: text },
      mark.map(([tag, inner]) => `<${tag}>${inner}</${tag}>`),
      fc.tuple(mark, text).map(([[tag, a], b]) => `<${tag}>${a} <i>${b}</i></${tag}>`),
      text.map((inner) => `<code>${inner}</code>`),
      text.map((inner) => `<a href="https://x.example/p?q=1&amp;r=(2)_s_">${inner}</a>`),
      fc.constant("<br>"),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .chain((pieces) => fc.constantFrom(" ", "").map((gap) => pieces.join(gap)));

const list: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom("ul", "ol"), fc.array(fc.tuple(inline, fc.option(inline)), { minLength: 1, maxLength: 3 }))
  .map(([tag, items]) => {
    const inner = items.map(([own, below]) => `<li>${own}${below === null ? "" : `<ul><li>${below}</li></ul>`}</li>`);
    return `<${tag}>${inner.join("")}</${tag}>`;
  });

const table: fc.Arbitrary<string> = fc
  .array(fc.tuple(inline, inline), { minLength: 1, maxLength: 3 })
  .map((rows) => `<table>${rows.map(([a, b]) => `<tr><td>${a}</td><td>${b}</td></tr>`).join("")}</table>`);

const block: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: inline.map((inner) => `<p>${inner}</p>`) },
  fc.tuple(fc.integer({ min: 1, max: 6 }), text).map(([level, inner]) => `<h${level}>${inner}</h${level}>`),
  fc.array(text, { minLength: 1, maxLength: 3 }).map((lines) => `<pre>${lines.join("\n")}</pre>`),
  inline.map((inner) => `<blockquote><p>${inner}</p></blockquote>`),
  inline.map((inner) => `<div>${inner}</div>`),
  list,
  table,
  fc.constant("<hr>"),
);

/** A document as one of the trackers' editors makes them. */
export const htmlDocument = fc.array(block, { minLength: 1, maxLength: 4 }).map((blocks) => blocks.join(""));

/** All that shows, without the white space between: what no conversion may lose or add to. */
export function letters(shown: string): string {
  return shown.replace(/[\s\u00a0\u200b]+/g, "");
}
