import type { Referred } from "../../core/record.ts";

/** A record that lies below one that is about to be deleted, right in it or deeper. */
export interface Lower extends Referred {
  readonly name: string;
  /** What it lies in. */
  readonly parent: Referred;
  /** Null: it goes as well, since its own partner was deleted and its link says so. Else why it stays, as half a sentence about it. */
  readonly stays: string | null;
}

/** What becomes of a record whose partner was deleted. */
export type Fall =
  | { readonly kind: "goes" }
  /** First what lies below must be gone, by the links that pair it. */
  | { readonly kind: "waits"; readonly on: readonly Lower[] }
  | { readonly kind: "stays"; readonly because: readonly Lower[] };

export function keyOf({ entity, id }: Referred): string {
  return `${entity}/${id}`;
}

/** All that lies below a record, however deep. Nothing is met twice, should a tracker tell of a circle. Pure. */
export function belowOf(record: Referred, lower: readonly Lower[]): readonly Lower[] {
  const byParent = Map.groupBy(lower, ({ parent }) => keyOf(parent));
  const found = new Map<string, Lower>();
  const open = [keyOf(record)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const one of byParent.get(at) ?? []) {
      if (found.has(keyOf(one)) || keyOf(one) === keyOf(record)) continue;
      found.set(keyOf(one), one);
      open.push(keyOf(one));
    }
  }
  return [...found.values()];
}

/**
 * A record goes once nothing lies below it any more: a tracker may delete whatever does along with it, or take the rest for somebody's edit (E67,
 * T17). `gone`: records that were deleted meanwhile. Pure.
 */
export function fallOf(below: readonly Lower[], gone: ReadonlySet<string>): Fall {
  const open = below.filter((one) => !gone.has(keyOf(one)));
  const because = open.filter(({ stays }) => stays !== null);
  if (because.length > 0) return { kind: "stays", because };
  return open.length > 0 ? { kind: "waits", on: open } : { kind: "goes" };
}
