// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `records`.
import type { Words } from "./cage-words.ts";

type Bag = Record<string, unknown>;

export interface Records {
  /** Own properties only, so that a field called `__proto__` stays a field. */
  copy(fields: Bag): Bag;
  /**
   * With `byLabel`: the same fields under the names that people see. Not among the record's own keys: it is never sent. `viewOf`: what the rule gets to
   * see of the record.
   */
  labelled(fields: Bag, labels: () => Bag, frozen: boolean, viewOf: (fields: Bag) => Bag): Bag;
}

export function records({ set }: Words): Records {
  function copy(fields: Bag): Bag {
    const result: Bag = {};
    for (const key of Object.keys(fields)) {
      const given = fields[key];
      set(result, key, Array.isArray(given) ? [...(given as unknown[])] : given);
    }
    return result;
  }

  function labelled(fields: Bag, labels: () => Bag, frozen: boolean, viewOf: (fields: Bag) => Bag): Bag {
    const view = viewOf(fields);
    const made: { byLabel?: Bag } = {};
    const get = () => {
      made.byLabel ??= byLabelOf(fields, view, labels(), frozen);
      return made.byLabel;
    };
    if (!Object.hasOwn(fields, "byLabel")) Object.defineProperty(fields, "byLabel", { get });
    if (!frozen) return view;
    for (const value of Object.values(fields)) Object.freeze(value);
    Object.freeze(fields);
    return view;
  }

  function byLabelOf(fields: Bag, view: Bag, labels: Bag, frozen: boolean): Bag {
    const nameOf = (label: string | symbol): string => {
      if (typeof label === "string" && Object.hasOwn(labels, label)) return String(labels[label]);
      throw new TypeError(`there is no field labelled "${String(label)}"`);
    };
    return new Proxy(
      {},
      {
        get: (_target, label) => view[nameOf(label)],
        has: (_target, label) => typeof label === "string" && Object.hasOwn(labels, label),
        ownKeys: () => Object.keys(labels).filter((label) => nameOf(label) in view),
        getOwnPropertyDescriptor(_target, label) {
          if (typeof label !== "string" || !Object.hasOwn(labels, label) || !(nameOf(label) in view)) return undefined;
          return { value: view[nameOf(label)], writable: !frozen, enumerable: true, configurable: true };
        },
        set(_target, label, value) {
          if (frozen) throw new TypeError("Cannot assign to a read only property: this record cannot be changed here");
          set(fields, nameOf(label), value);
          return true;
        },
      },
    );
  }

  return { copy, labelled };
}
