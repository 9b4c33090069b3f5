// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `sights`.

type Bag = Record<string, unknown>;

/** Names of fields that a rule looked at; `all`: it went through them, so that any may have mattered. */
export interface Looks {
  readonly names: Set<string>;
  all: boolean;
}

/** Of a record that was sent in part: fields that it does not have, among those that the rule is known to look at. */
export type Absent = readonly string[];

export interface Sights {
  looks(): Looks;
  /**
   * The record, with a note of what is looked at; `looks`: null where nobody asks. `absent`: null where it was sent whole; else a look at what was not
   * sent calls `miss` and throws: the rule has to be run again on the whole record.
   */
  watch(fields: Bag, looks: Looks | null, absent: Absent | null, miss: () => void): Bag;
}

export function sights(): Sights {
  function watch(fields: Bag, looks: Looks | null, absent: Absent | null, miss: () => void): Bag {
    const lacking = () => {
      miss();
      return new Error("the rule is run again with the whole record");
    };
    const sent = absent === null ? [] : Object.keys(fields);
    const look = (key: string | symbol, there = Object.hasOwn(fields, key)) => {
      if (typeof key !== "string") return;
      looks?.names.add(key);
      if (absent !== null && !there && !sent.includes(key) && !absent.includes(key)) throw lacking();
    };
    const lookAtAll = () => {
      if (looks !== null) looks.all = true;
      if (absent !== null) throw lacking();
    };
    const view: Bag = new Proxy(fields, {
      get(target, key) {
        look(key);
        return Reflect.get(target, key);
      },
      has(target, key) {
        look(key);
        return Reflect.has(target, key);
      },
      getOwnPropertyDescriptor(target, key) {
        look(key);
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
      // What is kept of a property depends on what stands there.
      defineProperty(target, key, property) {
        look(key);
        return Reflect.defineProperty(target, key, property);
      },
      // Also where the rule has set it itself: then it may still be a field of the record.
      deleteProperty(target, key) {
        look(key, false);
        return Reflect.deleteProperty(target, key);
      },
      ownKeys(target) {
        lookAtAll();
        return Reflect.ownKeys(target);
      },
      preventExtensions(target) {
        lookAtAll();
        return Reflect.preventExtensions(target);
      },
      // Not by way of a look at what stands there, as it would be without a trap, unless that decides where the value goes.
      set(target, key, value, receiver) {
        const own = receiver === view;
        if (!own || (!Object.hasOwn(target, key) && key in target)) look(key);
        if (Reflect.set(target, key, value, own ? target : receiver)) return true;
        throw new TypeError(`Cannot assign to read only property "${String(key)}": this record cannot be changed here`);
      },
    });
    return view;
  }

  return { looks: () => ({ names: new Set(), all: false }), watch };
}
