import type { MissingValue } from "../core/field.ts";
import type { Passage } from "./carry.ts";
import type { Carried, Fault } from "./outcome.ts";
import { entriesIn } from "./reference.ts";

/**
 * What would have to be made for `text` to be written, where the row wants that (`create_missing`). Not for a path, and not for a name that differs in
 * capitals only from one that is there: that is a slip of somebody's, and two records of one name make a mess of every reference.
 */
export function orMissing(text: string, carried: Carried, passage: Passage): Carried {
  const { to, mapping } = passage;
  if (carried.kind !== "fault" || carried.holds !== undefined || mapping.createMissing !== true) return carried;
  const name = text.trim();
  if (name === "" || text.startsWith("\\") || namesOf(passage).some((other) => isSame(other, name))) return carried;
  const missing: MissingValue =
    to.kind === "option"
      ? { kind: "option", field: to.name, name }
      : { kind: "entry", target: to.target ?? "", name, parent: null };
  const fault: Fault = { ...carried, missing };
  return fault;
}

function namesOf({ to, target }: Passage): readonly string[] {
  if (to.kind === "option") return to.options ?? [];
  return entriesIn(to.target ?? "", target).map((entry) => entry.name);
}

function isSame(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.toLowerCase();
}
