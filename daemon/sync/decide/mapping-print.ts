import { createHash } from "node:crypto";
import type { LinkConfig } from "../../core/snapshot.ts";

/**
 * What of a link's mapping decides values, as a short text: two that are equal make the same of every record. Where rows stand in the file is none of it,
 * and rules are code that nobody compares (T20).
 */
export function mappingPrint({ fields, ruleFile }: LinkConfig): string {
  const text = JSON.stringify({ fields, ruleFile }, (key, value: unknown) => (key === "origin" ? undefined : value));
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
