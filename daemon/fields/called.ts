import type { DirectoryEntry } from "../core/field.ts";

/** Blanks around a name are no part of it, as long as no other one is spelt just so. */
export function called(text: string, entries: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  const exact = entries.filter((entry) => entry.name === text);
  return exact.length > 0 ? exact : entries.filter((entry) => entry.name.trim() === text.trim());
}
