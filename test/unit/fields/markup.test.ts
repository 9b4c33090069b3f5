import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFragment } from "parse5";
import type { Markup } from "../../../daemon/core/field.ts";
import { convertMarkup } from "../../../daemon/fields/rich.ts";
import { htmlDocument, letters, words } from "./rich-arbitrary.ts";

const MARKUPS: readonly Markup[] = ["html", "markdown", "textile", "plain"];

type Tree = { readonly nodeName: string; readonly value?: string; readonly childNodes?: readonly Tree[] };

/** What a reader sees of HTML, apart from white space, numbers of lists and addresses of links. */
function seen(html: string): string {
  const walk = (node: Tree): string => node.value ?? (node.childNodes ?? []).map(walk).join("");
  return letters(walk(parseFragment(html) as unknown as Tree));
}

const shown = (text: string, markup: Markup): string => seen(convertMarkup(text, markup, "html"));

test("X21 no word of a document is lost or added on its way to Markdown or Textile", () => {
  for (const markup of ["markdown", "textile"] as const)
    fc.assert(
      fc.property(htmlDocument, (html) => {
        const there = convertMarkup(html, "html", markup);
        assert.equal(shown(there, markup), seen(html), `${markup}: ${there}`);
      }),
      { numRuns: 400 },
    );
});

test("X21 a text that looks like markup shows the same words in every markup", () => {
  for (const markup of MARKUPS)
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 4 }), (lines) => {
        const there = convertMarkup(lines.join("\n"), "plain", markup);
        assert.equal(shown(there, markup), letters(lines.join("")), there);
      }),
      { numRuns: 400 },
    );
});
