/** Shorter texts would blot out half of every line without hiding anything worth hiding. */
const SHORTEST = 4;
const MASK = "***";

/**
 * Replaces every secret in a text by `***`: as it is, URL-encoded (both with `%20` and `+`), JSON- and XML-escaped, and in base64, also as part of a
 * longer base64 text (`user:password` of Basic). `secrets` is asked each time, so that a rotated secret counts at once.
 */
export function createRedactor(secrets: () => readonly string[]): (text: string) => string {
  const spellings = new Map<string, readonly string[]>();

  return (text) => {
    const known = secrets().filter((secret) => secret.length >= SHORTEST);
    if (known.length === 0) return text;
    for (const old of spellings.keys()) if (!known.includes(old)) spellings.delete(old);
    const needles = known.flatMap((secret) => {
      const found = spellings.get(secret) ?? spell(secret);
      spellings.set(secret, found);
      return found;
    });
    // Longest first: one secret may be part of another.
    needles.sort((a, b) => b.length - a.length);
    return needles.reduce((result, needle) => result.replaceAll(needle, MASK), text);
  };
}

function spell(secret: string): readonly string[] {
  const forms = new Set([
    secret,
    encode(secret),
    encode(secret).replaceAll("%20", "+"),
    new URLSearchParams([["", secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    ...base64(secret),
  ]);
  return [...forms].filter((form) => form.length >= SHORTEST);
}

/** `encodeURIComponent` throws on lone surrogates. */
function encode(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}

/** The secret's own base64, and what is the same in every longer text that contains it at each of the three offsets. */
function base64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  const inner = [0, 1, 2].map((lead) => {
    const text = Buffer.concat([Buffer.alloc(lead), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const first = lead === 0 ? 0 : lead + 1;
    const last = (lead + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(first, last);
  });
  const forms = [
    bytes.toString("base64"),
    bytes.toString("base64").replace(/=+$/, ""),
    ...inner.filter((x) => x.length >= 6),
  ];
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
