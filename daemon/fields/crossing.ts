import type { Referred } from "../core/record.ts";
import type { Passage } from "./carry.ts";
import { type CarriedValue, type Fault, type Matched, value } from "./outcome.ts";
import { entriesIn, entryOf } from "./reference.ts";
import { readReferred, writeReferred } from "./referred.ts";

/**
 * How a reference gets to the other side where links of the connection pair the records it names:
 * - `paired`: it becomes the partner;
 * - `top`: what it names is nobody's partner and lies in no record that is (a folder under the root): no reference;
 * - `waits`: `on` must be paired first; with `named` its name counts meanwhile, where it says which record that is without doubt;
 * - `by name`: no link pairs such records.
 */
export type Crossing =
  | { readonly kind: "paired"; readonly partner: Referred }
  | { readonly kind: "top" }
  | { readonly kind: "by name" }
  | { readonly kind: "waits"; readonly on: Referred; readonly not?: string; readonly named: boolean };

/** What is known of references of one field beyond their names. Looked up without I/O. */
export interface Crossings {
  crossing(referred: Referred): Crossing;
  /** Whether a record of the side that is written has a partner. */
  isTaken(referred: Referred): boolean;
  /** The entry of the side that is written that a name once matched with this one (T24). */
  joined(referred: Referred): Referred | null;
}

/** A reference's way by pair; null where its name counts. */
export function cross(item: string, passage: Passage): CarriedValue | Fault | null {
  const { from, to, source, crossings } = passage;
  if (from.kind !== "reference" || to.kind !== "reference" || crossings === undefined) return null;
  const referred = readReferred(item, from.target);
  if (referred === null) return null;
  const crossing = crossings.crossing(referred);
  if (crossing.kind === "by name" || (crossing.kind === "waits" && crossing.named && isNamed(item, passage, crossings)))
    return null;
  if (crossing.kind === "top") return { ...value(null), crossed: true };
  if (crossing.kind === "paired") return { ...value(writeReferred(crossing.partner, to.target)), crossed: true };
  const { on, not } = crossing;
  const again = not === undefined ? "" : " again: its partner was deleted";
  const message = `waits for ${on.entity} ${on.id} of ${source.endpoint} to be paired${again}`;
  return { kind: "fault", message, awaits: { ...on, ...(not === undefined ? {} : { not }) } };
}

/** A single record of the other side has the name, and is nobody's partner. */
function isNamed(item: string, { from, to, source, target }: Passage, crossings: Crossings): boolean {
  const entry = entryOf(item, from.target ?? "", source);
  const same = entriesIn(to.target ?? "", target).filter(({ name }) => name === entry?.name);
  const only = same.length === 1 ? readReferred(same[0]?.id ?? "", to.target) : null;
  return only !== null && !crossings.isTaken(only);
}

/** The entry that a name once matched, as long as it is there: what it is called now means nothing (T24). */
export function remembered(item: string, { from, to, target, crossings }: Passage): CarriedValue | null {
  const referred = to.kind === "reference" ? readReferred(item, from.target) : null;
  const joined = referred === null ? null : (crossings?.joined(referred) ?? null);
  if (joined === null) return null;
  const found = writeReferred(joined, to.target);
  return entryOf(found, to.target ?? "", target) === null ? null : value(found);
}

/** What the names of both sides say of each other just now. */
export function matched(item: string, found: string, { from, to }: Passage): readonly Matched[] {
  const [source, target] = [readReferred(item, from.target), readReferred(found, to.target)];
  return source === null || target === null ? [] : [{ from: source, to: target }];
}
