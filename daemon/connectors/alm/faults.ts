import type { FieldFault } from "../../core/connector.ts";
import type { FieldKind } from "../../core/field.ts";
import type { Fields, Value } from "../../core/record.ts";
import { type EntityMeta, kindOf } from "./schema.ts";

/** Written fields that did not come back as they were sent, beyond what ALM does to every value of their kind. */
export function faultsOf(sent: Fields, stored: Fields, meta: EntityMeta): readonly FieldFault[] {
  return Object.entries(sent).flatMap(([name, value]) => {
    const field = meta.fields.get(name);
    const kept = stored[name] ?? null;
    if (same(value, kept, field === undefined ? "string" : kindOf(field))) return [];
    return [{ field: name, message: `sent ${show(value)}, stored ${show(kept)}` }];
  });
}

function same(sent: Value, stored: Value, kind: FieldKind): boolean {
  if (kind === "rich") return sameMemo(sent === null ? "" : String(sent), stored === null ? "" : String(stored));
  const a = normal(sent, kind);
  const b = normal(stored, kind);
  return a.size === b.size && [...a].every((text) => b.has(text));
}

function normal(value: Value, kind: FieldKind): ReadonlySet<string> {
  const texts = value === null ? [] : typeof value === "string" ? [value] : value;
  return new Set(
    texts
      .map((text) => {
        const line = text.replace(/\s+/g, " ").trim();
        return kind === "user" ? line.toLowerCase() : line;
      })
      .filter((text) => text !== ""),
  );
}

/**
 * Memos come back wrapped, re-serialised and cleaned of scripts, so that only their words can be compared. Two readings are tried, since what looks like a
 * tag may be text that the server escaped (`a <b and c> d`).
 */
export function sameMemo(sent: string, stored: string): boolean {
  const words = (html: string) => letters(decode(withoutTags(html)));
  const raw = (html: string) => letters(decode(decode(withoutWrapper(html))));
  return words(sent) === words(stored) || raw(sent) === raw(stored);
}

function withoutWrapper(html: string): string {
  return html.replace(/<\/?(html|body|head)\b[^>]*>/gi, "").replace(/<!doctype[^>]*>/gi, "");
}

function withoutTags(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<\/?[a-z!][^>]*>/gi, "");
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };

function decode(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** Everything but blanks: servers re-flow them. Characters that XML cannot hold were never sent. */
function letters(text: string): string {
  return text.replace(/[\s\u00A0]+/g, "");
}

function show(value: Value): string {
  if (value === null) return "nothing";
  const text = typeof value === "string" ? value : value.join(", ");
  return text.length <= 60 ? `"${text}"` : `"${text.slice(0, 60)}…" (${text.length} characters)`;
}
