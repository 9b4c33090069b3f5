import { diff3Merge } from "node-diff3";
import type { FieldSchema } from "../../core/field.ts";
import type { Value } from "../../core/record.ts";
import { canonical } from "../../fields/equal.ts";

/**
 * Both sides' changes of a set at once (`conflict = "union"`): what either added is there, what either took away is gone. All three in one
 * side's vocabulary. Pure.
 */
export function combineSets(base: Value, mine: Value, theirs: Value): Value {
  const [old, a, b] = [itemsOf(base), itemsOf(mine), itemsOf(theirs)];
  const kept = [...new Set([...a, ...b])].filter(
    (item) => !old.includes(item) || (a.includes(item) && b.includes(item)),
  );
  return kept.length === 0 ? null : kept.sort();
}

/** What one side wants of the other now and wanted before, as changes of what stands there. Pure. */
export function addChanges(now: Value, before: Value, after: Value): Value {
  const [old, wanted] = [itemsOf(before), itemsOf(after)];
  const kept = itemsOf(now).filter((item) => !old.includes(item) || wanted.includes(item));
  const items = [...new Set([...kept, ...wanted.filter((item) => !old.includes(item))])];
  return items.length === 0 ? null : items.sort();
}

/**
 * Both sides' changes of a text (`conflict = "merge"`): a three-way merge by words and tags. Null where both changed the same place: then a
 * person decides. Pure.
 */
export function combineTexts(schema: FieldSchema, base: Value, mine: Value, theirs: Value): string | null {
  if (typeof base !== "string" || typeof mine !== "string" || typeof theirs !== "string") return null;
  const [old, a, b] = [base, mine, theirs].map((text) => tokensOf(canonical(schema, text)));
  if (old === undefined || a === undefined || b === undefined) return null;
  const regions = diff3Merge(a, old, b, { excludeFalseConflicts: true });
  const merged: string[] = [];
  for (const region of regions) {
    if (region.ok === undefined) return null;
    merged.push(...region.ok);
  }
  return merged.join("");
}

function itemsOf(value: Value): readonly string[] {
  return value === null ? [] : typeof value === "string" ? [value] : value;
}

/** Tags, words and the white space between them. */
function tokensOf(text: string): string[] {
  return text.match(/<[^>]*>|[^\s<]+|\s+|</g) ?? [];
}
