import type { DirectoryEntry } from "../core/field.ts";

/** Whether a part and the whole that it goes with belong together, in the words of the tracker that is written. */
export type Belonging =
  | { readonly kind: "fits" }
  /** No whole was given: the part says which it is. */
  | { readonly kind: "derived"; readonly owner: string; readonly note: string }
  | { readonly kind: "fault"; readonly message: string };

/**
 * A tracker refuses a part outside of its whole (a feature of another theme), and every part has one (S48). `owner`: id of the whole that the record
 * is to have, null for none: it is then the part's own, unless `derive` is false (S50, T27).
 */
export function belonging(
  part: DirectoryEntry,
  owner: string | null,
  what: { readonly part: string; readonly whole: string; readonly endpoint: string; readonly derive?: false },
  wholes: readonly DirectoryEntry[],
): Belonging {
  const nameOf = (id: string) => wholes.find((entry) => entry.id === id)?.name ?? id;
  const named = `${what.part} "${part.name}" of ${what.endpoint}`;
  if (part.parent === null && owner === null)
    return { kind: "fault", message: `${named} has no ${what.whole}: give it one there, or fill in the ${what.whole}` };
  if (owner === null && what.derive === false)
    return { kind: "fault", message: `${named} goes with its ${what.whole}, and the record has none: fill it in` };
  if (owner === null && part.parent !== null) {
    const note = `the ${what.whole} is that of the ${what.part} "${part.name}": the record has none`;
    return { kind: "derived", owner: part.parent, note };
  }
  if (part.parent === owner) return { kind: "fits" };
  const whose = part.parent === null ? `has no ${what.whole}` : `belongs to ${what.whole} "${nameOf(part.parent)}"`;
  const message = `${named} ${whose}, and the record has "${nameOf(owner ?? "")}": change one of the two`;
  return { kind: "fault", message };
}
