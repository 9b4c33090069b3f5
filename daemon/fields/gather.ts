import type { FieldSchema } from "../core/field.ts";
import type { Passage } from "./carry.ts";
import { type Carried, type CarriedValue, fault, recordFault, value } from "./outcome.ts";
import { entryOf } from "./reference.ts";

/** Several values in one text. */
export function joined(texts: readonly string[]): string {
  return [...new Set(texts)].join("; ");
}

/** The carried values as one value of the target field (S58, T26). */
export function gather(carried: readonly CarriedValue[], passage: Passage): Carried {
  const { to } = passage;
  const notes = carried.flatMap((one) => one.notes);
  const items = [
    ...new Set(carried.flatMap((one) => (typeof one.value === "string" && one.value !== "" ? one.value : []))),
  ];
  const [first, ...more] = items;
  const [whole] = carried;
  if (first === undefined) return value(null, notes);
  if (to.multiple) return value(items.sort(), notes);
  if (more.length === 0) return carried.length === 1 && whole !== undefined ? whole : value(first, notes);
  return choose(items, notes, passage);
}

function choose(items: readonly string[], notes: readonly string[], passage: Passage): Carried {
  const { to, mapping, target } = passage;
  const ordered = inTrackersOrder(items, to);
  const shown = ordered.map((item) => `"${nameOf(item, passage)}"`);
  const list = shown.join(", ");
  if (mapping.several === "first" || mapping.several === "latest") {
    const at = mapping.several === "first" ? 0 : ordered.length - 1;
    const note = `${items.length} values (${list}) for the single-value field "${to.label}" of ${target.endpoint}: ${shown[at] ?? ""}, the ${mapping.several} one, was taken`;
    return { ...value(ordered[at] ?? null, [...notes, note]), partial: true };
  }
  const message = `${items.length} values (${list}) do not fit the single-value field "${to.label}" of ${target.endpoint}: leave one, or say which with \`several\``;
  return to.kind === "reference" ? recordFault(message) : fault(message);
}

/** Records in the order in which they were made, list values in the order of the list: a value's own order means nothing. */
function inTrackersOrder(items: readonly string[], to: FieldSchema): readonly string[] {
  const place = (item: string) => to.options?.indexOf(item) ?? -1;
  if (to.kind === "reference") return items.toSorted((a, b) => Number(a) - Number(b));
  return items.toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** A record that another link has just made may not be in the directory yet. */
function nameOf(item: string, { to, target }: Passage): string {
  if (to.kind !== "reference") return item;
  const named = entryOf(item, to.target ?? "", target)?.name;
  return named ?? (item.includes("/") ? item : `${to.target ?? "record"} ${item}`);
}
