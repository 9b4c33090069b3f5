import { isSafeAddress } from "./clean-html.ts";
import { ADDRESS_END, LITERAL, literal } from "./textile-escape.ts";

/** What Redmine takes for an address behind `"words":`. */
const ADDRESS = /^(?:\/|[a-z]+:\/\/|www\.|mailto:)[A-Za-z0-9_/]/i;

/** `words` as they read, `inside` with their markup: for where no link can be written. */
export function textileLink(address: string, words: string, inside: string): string {
  const target = encoded(address);
  const shown = words.trim();
  if (!ADDRESS.test(target) || !isSafeAddress(target)) return inside;
  if (shown === "") return inside;
  if (shown === address || shown === target) return inside;
  const text = literal(shown)
    .replaceAll(`${LITERAL}"`, "&quot;")
    .replace(/^[([{]/, (bracket) => `&#${bracket.charCodeAt(0)};`)
    .replace(/\)$/, "&#41;");
  return `"${text}":${target}${ADDRESS_END}`;
}

/** Signs in an address would be markup, and those at its end not part of it. */
function encoded(address: string): string {
  const bare = address
    .trim()
    .replace(/[\s"<>()|*^~%]/g, (sign) => (sign === "%" ? sign : percent(sign)))
    .replace(/_(?=_)|(?<=_)_/g, "%5F");
  return bare.replace(/[^A-Za-z0-9_=/;-]$/, percent);
}

function percent(sign: string): string {
  return encodeURIComponent(sign) === sign
    ? `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
    : encodeURIComponent(sign);
}

/** Words that stand for a picture in brackets; none where its address cannot be written. */
export function textileImage(address: string, words: string): string {
  const target = encoded(address);
  if (target === "" || !isSafeAddress(target) || /^data:/i.test(target) || target.includes("!")) return literal(words);
  const title = words.replace(/[()!\s]+/g, " ").trim();
  return ` !${target}${title === "" ? "" : `(${title})`}! `;
}
