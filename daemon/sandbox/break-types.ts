/**
 * An answer whose types are wrong although its syntax is right, as after a careless upgrade of a server: in JSON, texts of digits become numbers,
 * other texts become numbers too (their length), and numbers become texts. XML has no types, so there one closing tag loses its name's first letter.
 */
export function breakTypes(body: string | Buffer | undefined): string {
  const text = body === undefined ? "" : body.toString("utf8");
  if (text.trimStart().startsWith("<")) return breakTag(text);
  try {
    return JSON.stringify(swap(JSON.parse(text)));
  } catch {
    return text;
  }
}

function swap(value: unknown): unknown {
  if (typeof value === "string") return /^-?\d{1,15}$/.test(value) ? Number(value) : value.length;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(swap);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, swap(inner)]));
}

function breakTag(text: string): string {
  return text.replace(/<\/([A-Za-z])([\w-]*)>(?![\s\S]*<\/)/, "</$2>");
}
