import { isSafeAddress } from "./clean-html.ts";

/** Finished HTML, behind a character that no text has, taken out of the text so that nothing in it is read again. */
export interface Shelf {
  /** What stands in the text for it; `kind` is a letter of it. */
  keep(html: string, kind: "p" | "c"): string;
  restore(text: string): string;
}

export function createShelf(): Shelf {
  const kept: string[] = [];
  const restore = (text: string): string =>
    text.replace(/\ufffe[pc](\d+)\ufffe/g, (_, at: string) => restore(kept[Number(at)] ?? ""));
  return {
    keep: (html, kind) => `\ufffe${kind}${kept.push(html) - 1}\ufffe`,
    restore,
  };
}

const SPANS: readonly (readonly [string, string])[] = [
  ...([
    ["**", "b"],
    ["*", "strong"],
    ["??", "cite"],
    ["-", "del"],
    ["__", "i"],
  ] as const),
  ...([
    ["_", "em"],
    ["%", "span"],
    ["+", "ins"],
    ["^", "sup"],
    ["~", "sub"],
  ] as const),
];

const RULES = SPANS.map(([sign, tag]) => {
  const quoted = sign.replace(/[*?^+]/g, "\\$&");
  const pattern = `(^|[>\\s(\ufffe])((?:[*_+^~%-]|\\?\\?)?)(?!--)${quoted}([\\p{L}\\p{N}_]|\\S[\\s\\S]*?\\S)(?!--)${quoted}(?=[\\p{P}\\p{S}<\\s)\ufffe]|$)`;
  return { pattern: new RegExp(pattern, "gu"), tag };
});

/** What stands within a line: signs, links, pictures, code. Line ends stay. */
export function textileInline(text: string, shelf: Shelf): string {
  const keep = (html: string) => shelf.keep(html, "c");
  const escaped = text
    .replace(/&(?![#a-z0-9]+;)/gi, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
  const coded = escaped
    .replace(IMAGE, (all, before: string, src: string, title: string | undefined, href: string | undefined) =>
      isSafeAddress(src) && isSafeAddress(href ?? "") ? before + keep(image(src, title, href)) : all,
    )
    .replace(
      /(^|\W)@(?:\|\w+\|)?([^@\n]+)@(?=\W|$)/g,
      (_, before: string, code: string) => before + keep(`<code>${code}</code>`),
    )
    .replace(LINK, (all, words: string, title: string | undefined, address: string, rest: string) =>
      isSafeAddress(address) ? keep(link(address, spans(words), title)) + rest : all,
    );
  return spans(coded).replace(
    BARE,
    (_, before: string, address: string, rest: string) => `${before}${link(address, address)}${rest}`,
  );
}

const IMAGE =
  /(^|\s)!(?:[<>=]|&lt;|&gt;)?(?:\([^)\n]*\)|\{[^}\n]*\})*(?:\. )?([^\s(!]+?)\s?(?:\(([^)\n]*)\))?!(?::(\S+?)(?=[.,;:]?(?:\s|$)))?/g;
const LINK =
  /"(?:\([^)\n]*\)|\{[^}\n]*\})?([^"\n]+?)\s?(?:\(([^)\n]+)\)(?="))?":((?:\/|[a-z]+:\/\/|www\.|mailto:)[\p{L}\p{N}_/]\S*?)([^\p{L}\p{N}_=/;()\s\ufffe-]*)(?=&lt;|\s|$)/giu;
const BARE = /(^|[\s(,>])((?:https?|ftp):\/\/[^\s"<\ufffe]+?)([^\p{L}\p{N}_=/;<\s-]*)(?=&lt;|<|\s|$)/giu;

function spans(text: string): string {
  return RULES.reduce(
    (done, { pattern, tag }) =>
      done.replace(pattern, (_, before: string, outer: string, inside: string) => {
        const words = inside.replace(/^(?:\([^)\s]+\)|\{[^}]+\}|\[[a-z_-]+\])+(?=\S)/, "");
        return `${before}${outer}<${tag}>${words}</${tag}>`;
      }),
    text,
  );
}

function link(address: string, words: string, title?: string): string {
  const target = /^www\./i.test(address) ? `http://${address}` : address;
  const said = title === undefined ? "" : ` title="${quoted(title)}"`;
  return `<a href="${quoted(target)}"${said}>${words}</a>`;
}

function image(src: string, title: string | undefined, href: string | undefined): string {
  const picture = `<img src="${quoted(src)}" alt="${quoted(title ?? "")}">`;
  return href === undefined ? picture : `<a href="${quoted(href)}">${picture}</a>`;
}

/** Its entities and brackets were seen to. */
function quoted(text: string): string {
  return text.replaceAll('"', "&quot;");
}
