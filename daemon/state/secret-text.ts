import { parse as parseToml } from "toml";

/** What a secret file holds. `fault` never quotes the content. */
export type SecretText =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly fault: string };

/** `key = "…"`, the beginning of a TOML secret; a password alone hardly looks like it. */
const TOML_LINE = /^[A-Za-z][\w-]*\s*=\s*["']/;
const UNQUOTED_LINE = /^[A-Za-z][\w-]*\s+=\s+\S/;

/**
 * Reads a secret: TOML lines `key = "value"`, a JSON object, or one line of raw text, which becomes the value `value`. `form` is told by the
 * file's ending, or `any`.
 */
export function parseSecret(text: string, form: "toml" | "json" | "any"): SecretText {
  const content = text.replace(/^\uFEFF/, "").trim();
  if (content === "") return { ok: false, fault: "is empty" };
  if (form === "json" || (form === "any" && content.startsWith("{"))) return fromJson(content);
  const lines = content.split(/\r\n|\n|\r/).map((line) => line.trim());
  const first = lines.find((line) => line !== "" && !line.startsWith("#")) ?? "";
  if (form === "toml" || TOML_LINE.test(first)) return fromToml(content);
  if (UNQUOTED_LINE.test(first)) return { ok: false, fault: 'has values without quotes: write key = "value"' };
  if (lines.length > 1) return { ok: false, fault: 'has several lines that are not of the form key = "value"' };
  return { ok: true, values: { value: content } };
}

function fromJson(content: string): SecretText {
  try {
    return flat(JSON.parse(content));
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, fault: "is not valid JSON" };
    throw error;
  }
}

function fromToml(content: string): SecretText {
  try {
    return flat(parseToml(content));
  } catch (error) {
    return { ok: false, fault: `is not valid TOML${tomlLine(error)}` };
  }
}

/** Syntax errors of `toml` have no `line` of their own, though its readme shows one. */
function tomlLine(error: unknown): string {
  const at = error as { line?: unknown; location?: { start?: { line?: unknown } } };
  const line = at.line ?? at.location?.start?.line;
  return typeof line === "number" ? ` (line ${line})` : "";
}

function flat(document: unknown): SecretText {
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return { ok: false, fault: "is not a list of keys and values" };
  }
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(document)) {
    const text = scalarText(value);
    if (text === null) return { ok: false, fault: `has a value at "${key}" that is not text` };
    Object.defineProperty(values, key, { value: text, enumerable: true, configurable: true, writable: true });
  }
  return { ok: true, values };
}

function scalarText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return null;
}
