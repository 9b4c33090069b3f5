/**
 * Canonical decimal text of a number as trackers and people write it, or null where the text is no number. `"1.50"` → `"1.5"`, `"-0"` → `"0"`,
 * `"1e3"` → `"1000"`. Text arithmetic only, so that no digit is lost (T23).
 */
export function canonicalDecimal(text: string): string | null {
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  if (match === null) return null;
  const [, sign = "", mantissa = "", exponent = "0"] = match;
  const [whole = "", fraction = ""] = mantissa.split(".");
  const shifted = shift(whole, fraction, Number(exponent));
  const digits = shifted.whole.replace(/^0+(?=\d)/, "") || "0";
  const decimals = shifted.fraction.replace(/0+$/, "");
  const absolute = decimals === "" ? digits : `${digits}.${decimals}`;
  return sign === "-" && absolute !== "0" ? `-${absolute}` : absolute;
}

function shift(whole: string, fraction: string, by: number): { whole: string; fraction: string } {
  if (by >= 0) {
    const padded = fraction.padEnd(by, "0");
    return { whole: whole + padded.slice(0, by), fraction: padded.slice(by) };
  }
  const padded = whole.padStart(-by + 1, "0");
  return { whole: padded.slice(0, by), fraction: padded.slice(by) + fraction };
}
