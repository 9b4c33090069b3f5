// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `realm`.

/** Takes away what a rule may not have, makes what differs from run to run an error, and freezes everything that is built in. */
export function realm(): void {
  prepareGlobals();
  freezeIntrinsics();

  function prepareGlobals(): void {
    const global = globalThis as unknown as Record<string, unknown>;
    // Threads and shared memory; clocks of the collector and of the calendar; buffers, which no heap limit counts.
    const removed =
      "console WebAssembly SharedArrayBuffer Atomics FinalizationRegistry WeakRef ArrayBuffer DataView Float16Array Float32Array Float64Array Int8Array Int16Array Int32Array BigInt64Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array BigUint64Array Temporal";
    for (const name of removed.split(" ")) delete global[name];
    Math.random = () => {
      throw new Error(
        "Math.random() is not available: a rule gives the same answer for the same record. `newId()` of the context makes ids",
      );
    };
    const RealDate = Date;
    const refuse = () =>
      new Error(
        "The current time is not available: a rule gives the same answer for the same record. `changedAt` of the context says when it was changed",
      );
    const FixedDate = new Proxy(RealDate, {
      apply() {
        throw refuse();
      },
      construct(target, args, newTarget) {
        if (args.length === 0) throw refuse();
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
    RealDate.now = () => {
      throw refuse();
    };
    Object.defineProperty(RealDate.prototype, "constructor", { value: FixedDate });
    refuseNowInFormats(refuse);
    global["Date"] = FixedDate;
    // Whoever sets it is handed the frames of the stack as objects.
    Object.defineProperty(Error, "prepareStackTrace", { value: undefined, writable: false, configurable: false });
  }

  /** A format that is given no date takes the current one. */
  function refuseNowInFormats(refuse: () => Error): void {
    const { prototype } = Intl.DateTimeFormat;
    const bound = Object.getOwnPropertyDescriptor(prototype, "format")?.get as () => Intl.DateTimeFormat["format"];
    const { formatToParts } = prototype;
    const given = <D>(date: D | undefined): D => {
      if (date === undefined) throw refuse();
      return date;
    };
    Object.defineProperty(prototype, "format", {
      get(this: Intl.DateTimeFormat) {
        const format = bound.call(this);
        return (date?: Date | number) => format(given(date));
      },
    });
    prototype.formatToParts = function (date) {
      return formatToParts.call(this, given(date));
    };
  }

  function freezeIntrinsics(): void {
    const errors = [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
    for (const prototype of [Object.prototype, ...errors.map((one) => one.prototype)]) allowOverride(prototype);
    const seen = new Set<unknown>();
    // Older type libraries do not know of it.
    type Iterators = { from(given: object): { map(step: () => void): object } };
    const { Iterator: iterators } = globalThis as unknown as { Iterator: Iterators };
    const wrapped = iterators.from({ next: () => ({ done: true, value: undefined }) });
    const hidden = [
      async () => undefined,
      function* () {
        yield 0;
      },
      async function* () {
        yield 0;
      },
      [][Symbol.iterator](),
      new Map()[Symbol.iterator](),
      new Set()[Symbol.iterator](),
      ""[Symbol.iterator](),
      "".matchAll(/x/g),
      wrapped,
      wrapped.map(() => undefined),
      new Intl.Segmenter("en").segment(""),
      new Intl.Segmenter("en").segment("")[Symbol.iterator](),
    ];
    const queue: unknown[] = [globalThis, ...hidden];
    while (queue.length > 0) {
      const one = queue.pop();
      if ((typeof one !== "object" && typeof one !== "function") || one === null || seen.has(one)) continue;
      seen.add(one);
      Object.freeze(one);
      queue.push(Object.getPrototypeOf(one));
      for (const key of Reflect.ownKeys(one)) {
        const property = Reflect.getOwnPropertyDescriptor(one, key);
        queue.push(property?.value, property?.get, property?.set);
      }
    }
  }

  /** Without this, `error.name = "x"` would fail because the frozen prototype has a `name`. */
  function allowOverride(prototype: object): void {
    for (const key of Reflect.ownKeys(prototype)) {
      const property = Reflect.getOwnPropertyDescriptor(prototype, key);
      if (property === undefined || !("value" in property) || property.configurable !== true) continue;
      const { value, enumerable } = property;
      Object.defineProperty(prototype, key, {
        enumerable: enumerable === true,
        configurable: false,
        get: () => value as unknown,
        set(this: unknown, given: unknown) {
          if (this === prototype || typeof this !== "object" || this === null)
            throw new TypeError(`${String(key)} cannot be changed for everyone`);
          Object.defineProperty(this, key, { value: given, writable: true, enumerable: true, configurable: true });
        },
      });
    }
  }
}
