import { type DefaultTreeAdapterTypes, parseFragment, serialize } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Parent = DefaultTreeAdapterTypes.ParentNode;
type Element = DefaultTreeAdapterTypes.Element;

/** Elements that run, load or restyle what stands around them: they go with what they hold. */
const ACTIVE = new Set([
  ...["script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "template"],
  ...["base", "meta", "link", "title", "svg", "math", "noscript", "noembed", "noframes"],
]);

/** Attributes that hold an address. */
const ADDRESSES = new Set([
  ...["href", "src", "action", "formaction", "background", "poster", "data", "cite", "longdesc", "lowsrc", "dynsrc"],
  ...["xlink:href", "ping", "manifest", "usemap", "srcset"],
]);

/** Nothing can run without one of these: most texts have none and are not parsed. */
const SUSPECT = new RegExp(
  `on[a-z]+\\s*=|srcdoc|style|<[^a-z]*(?:${[...ACTIVE].join("|")})|(?:${[...ADDRESSES].join("|")})\\s*=`,
  "i",
);

/**
 * HTML without what could run in the reader's browser: active elements, `on…` attributes, addresses such as `javascript:`. The very same text
 * where it has none of them.
 */
export function cleanHtml(html: string): string {
  if (!SUSPECT.test(html)) return html;
  const fragment = parseFragment(html);
  return cleanTree(fragment) ? serialize(fragment) : html;
}

/** Cleans in place; true where something had to go. */
export function cleanTree(parent: Parent): boolean {
  const stays = (node: Node) => !ACTIVE.has(node.nodeName.toLowerCase());
  const kept = parent.childNodes.filter(stays);
  const dropped = kept.length < parent.childNodes.length;
  if (dropped) parent.childNodes = kept;
  const changed = kept.map((node) => ("childNodes" in node ? cleanElement(node as Element) : false));
  return dropped || changed.includes(true);
}

function cleanElement(node: Element): boolean {
  const attrs = node.attrs.filter(({ name, value, prefix }) =>
    isHarmless((prefix ? `${prefix}:${name}` : name).toLowerCase(), value),
  );
  const dropped = attrs.length < node.attrs.length;
  if (dropped) node.attrs = attrs;
  const inside = cleanTree(node);
  return dropped || inside;
}

function isHarmless(name: string, value: string): boolean {
  if (name.startsWith("on") || name === "srcdoc") return false;
  if (name === "style") return !/expression\s*\(|url\s*\(|behaviou?r\s*:|-moz-binding|@import|\\/i.test(value);
  return !ADDRESSES.has(name) || isSafeAddress(value);
}

const SCHEMES = new Set(["http", "https", "ftp", "ftps", "mailto", "tel", "file", "td", "cid"]);

/** An address without a scheme, or with one that only leads somewhere; embedded pictures as well. `td:` is ALM's own. */
export function isSafeAddress(address: string): boolean {
  // Browsers pass over control characters and blanks when they look for the scheme.
  const bare = [...address].filter((char) => char > " " && char !== "\u007f").join("");
  const scheme = /^([^/?#:]*):/.exec(bare)?.[1]?.toLowerCase();
  if (scheme === undefined || SCHEMES.has(scheme)) return true;
  return /^data:image\/(?:png|gif|jpe?g|webp|bmp);base64,/i.test(bare);
}
