import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

/**
 * What reads Markdown, and what writes it: 250 modules. The first text that is Markdown loads them, since every command would start 0.14 s later with an
 * `import`. Node's `require` loads ES modules at once and keeps them, so that what converts need not wait.
 */
export function markdownReader() {
  const { micromark } = load("micromark") as typeof import("micromark");
  const { gfm, gfmHtml } = load("micromark-extension-gfm") as typeof import("micromark-extension-gfm");
  return { micromark, gfm, gfmHtml };
}

export function markdownWriter() {
  const { toMdast } = load("hast-util-to-mdast") as typeof import("hast-util-to-mdast");
  const { toMarkdown } = load("mdast-util-to-markdown") as typeof import("mdast-util-to-markdown");
  const { gfmTableToMarkdown } = load("mdast-util-gfm-table") as typeof import("mdast-util-gfm-table");
  const { gfmStrikethroughToMarkdown } = load(
    "mdast-util-gfm-strikethrough",
  ) as typeof import("mdast-util-gfm-strikethrough");
  return { toMdast, toMarkdown, gfmTableToMarkdown, gfmStrikethroughToMarkdown };
}
