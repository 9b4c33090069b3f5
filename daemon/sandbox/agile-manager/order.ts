import { type Entity, idOf, refId, type Wire } from "./entity.ts";
import type { Field } from "./field.ts";
import { type FindField, folding } from "./match.ts";
import { invalidQuery } from "./refusal.ts";
import type { AgileManagerSwitches } from "./switches.ts";

export type Comparator = (a: Entity, b: Entity) => number;

type Key = string | number | null;

/** `-severity,id` as a comparator; null where ids ascending (the order things are kept in) is asked for. Empty values come first, ties by id. */
export function compileOrder(
  parameter: string | null,
  find: FindField,
  switches: AgileManagerSwitches,
): Comparator | null {
  const names = (parameter ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0 || names.join() === "id") return null;
  const keys = names.map((name) => compileKey(name, find, switches));
  return (a, b) => {
    for (const key of keys) {
      const result = key(a, b);
      if (result !== 0) return result;
    }
    return idOf(a) - idOf(b);
  };
}

function compileKey(text: string, find: FindField, switches: AgileManagerSwitches): Comparator {
  const descending = text.startsWith("-");
  const field = find(descending ? text.slice(1).trim() : text);
  if (field.type === "mref" || field.type === "mlist") throw invalidQuery(`Field ${field.name} cannot be ordered by`);
  const sign = descending ? -1 : 1;
  const read = keyReader(field, switches);
  return (a, b) => sign * compareKeys(read(a[field.name]), read(b[field.name]));
}

function keyReader(field: Field, switches: AgileManagerSwitches): (value: Wire | undefined) => Key {
  if (field.type === "ref") return refId;
  const fold = folding(switches);
  return (value) => (typeof value === "string" ? fold(value) : typeof value === "number" ? value : null);
}

function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
