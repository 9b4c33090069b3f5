// The inside of the cage: this text is evaluated in a bare vm context of the child process, before any rule. It may use nothing but ECMAScript
// itself, must not refer to anything outside `cage`, and hands out functions that take and give text only.

/** What the runner calls; every function takes and gives text. */
export interface Cage {
  /** Takes the bundle: a function of this same context. */
  begin(define: (module: { exports: Record<string, unknown> }) => void): string;
  /** Loads one rule file; `{ ok: true, shape, problems }` or `{ ok: false, message, stack }`. */
  load(file: string): string;
  /** Runs one `RuleCall`; the empty text where the rule is asynchronous and not yet done. */
  call(text: string): string;
  /** What became of an asynchronous rule once its microtasks have run. */
  collect(): string;
}

type Bag = Record<string, unknown>;

interface Call {
  readonly kind: "outgoing" | "incoming";
  readonly link: string;
  readonly endpoint: string;
  readonly issue: Bag;
  readonly replica?: Bag;
  readonly current?: Bag | null;
  readonly creating: boolean;
}

interface Running {
  readonly target: Bag;
  readonly original: Bag;
  readonly logs: string[];
  readonly fieldErrors: Bag;
}

export function cage(): Cage {
  const MAX_LOGS = 100;
  const MAX_LOG = 2000;
  const MAX_ANSWER = 8_000_000;
  const state: { modules: Bag; done: string } = { modules: {}, done: "" };

  prepareGlobals();
  freezeIntrinsics();

  function prepareGlobals(): void {
    const global = globalThis as unknown as Bag;
    // Threads and shared memory; clocks of the collector; buffers, which no heap limit counts.
    const removed =
      "console WebAssembly SharedArrayBuffer Atomics FinalizationRegistry WeakRef ArrayBuffer DataView Float16Array Float32Array Float64Array Int8Array Int16Array Int32Array BigInt64Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array BigUint64Array";
    for (const name of removed.split(" ")) delete global[name];
    Math.random = () => {
      throw new Error("Math.random() is not available: a rule gives the same answer for the same record");
    };
    const RealDate = Date;
    const refuse = () =>
      new Error("The current time is not available: a rule gives the same answer for the same record");
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
    global["Date"] = FixedDate;
    // Whoever sets it is handed the frames of the stack as objects.
    Object.defineProperty(Error, "prepareStackTrace", { value: undefined, writable: false, configurable: false });
  }

  function freezeIntrinsics(): void {
    const errors = [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
    for (const prototype of [Object.prototype, ...errors.map((one) => one.prototype)]) allowOverride(prototype);
    const seen = new Set<unknown>();
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

  function failure(error: unknown): { readonly message: string; readonly stack: string } {
    try {
      if (!(error instanceof Error)) return { message: `The rule threw ${show(error)}`.slice(0, MAX_LOG), stack: "" };
      const name = String(error.name);
      const message = `${name === "Error" ? "" : `${name}: `}${String(error.message)}`;
      return {
        message: (message === "" ? "The rule threw an error without a message" : message).slice(0, MAX_LOG),
        stack: String(error.stack).slice(0, 8000),
      };
    } catch {
      return { message: "The rule threw something that cannot be shown", stack: "" };
    }
  }

  function show(value: unknown): string {
    try {
      if (typeof value === "string") return value;
      if (value instanceof Error) return `${value.name}: ${value.message}`;
      return JSON.stringify(value) ?? String(value);
    } catch {
      return `[${typeof value}]`;
    }
  }

  /** Own properties only, so that a field called `__proto__` stays a field. */
  function copy(fields: Bag, frozen: boolean): Bag {
    const result: Bag = {};
    for (const key of Object.keys(fields)) {
      const given = fields[key];
      const value = Array.isArray(given)
        ? frozen
          ? Object.freeze([...(given as unknown[])])
          : [...(given as unknown[])]
        : given;
      Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return frozen ? Object.freeze(result) : result;
  }

  function begin(define: (module: { exports: Bag }) => void): string {
    const module = { exports: {} as Bag };
    try {
      define(module);
      state.modules = module.exports;
      return JSON.stringify({ ok: true });
    } catch (error) {
      return JSON.stringify({ ok: false, ...failure(error) });
    }
  }

  function load(file: string): string {
    try {
      return JSON.stringify({ ok: true, ...shapeOf(state.modules[file]) });
    } catch (error) {
      return JSON.stringify({ ok: false, ...failure(error) });
    }
  }

  function shapeOf(rules: unknown): { readonly shape: Bag; readonly problems: readonly string[] } {
    if (rules === undefined) return { shape: {}, problems: ["The file has no default export."] };
    if (typeof rules !== "object" || rules === null || Array.isArray(rules)) {
      return { shape: {}, problems: ["The default export is no object with rules by endpoint name."] };
    }
    const shape: Bag = {};
    const problems: string[] = [];
    for (const endpoint of Object.keys(rules)) {
      const sides = (rules as Bag)[endpoint];
      if (typeof sides !== "object" || sides === null || Array.isArray(sides)) {
        problems.push(`"${endpoint}" is no object with outgoing or incoming.`);
        continue;
      }
      for (const key of Object.keys(sides)) {
        if (key !== "outgoing" && key !== "incoming")
          problems.push(`"${endpoint}" has "${key}", but rules are called outgoing and incoming.`);
        else if (typeof (sides as Bag)[key] !== "function") problems.push(`"${key}" of "${endpoint}" is no function.`);
      }
      const has = (key: string) => typeof (sides as Bag)[key] === "function";
      shape[endpoint] = { outgoing: has("outgoing"), incoming: has("incoming") };
    }
    return { shape, problems };
  }

  function call(text: string): string {
    const given = JSON.parse(text) as Call;
    const original = given.issue;
    const running: Running = { target: copy(original, false), original, logs: [], fieldErrors: {} };
    state.done = "";
    try {
      const pending = start(given, running);
      if (!isThenable(pending)) return answer(running);
      pending.then(
        () => {
          state.done = answer(running);
        },
        (error: unknown) => {
          state.done = refusal(error, running);
        },
      );
      return "";
    } catch (error) {
      return refusal(error, running);
    }
  }

  function start(given: Call, running: Running): unknown {
    const sides = (state.modules[given.link] as Bag | undefined)?.[given.endpoint] as Bag | undefined;
    const rule = sides?.[given.kind];
    if (typeof rule !== "function") return undefined;
    const tools = { creating: given.creating, log: logger(running), fail: failer(running) };
    const { target } = running;
    const context =
      given.kind === "outgoing"
        ? { issue: copy(given.issue, true), replica: target, ...tools }
        : {
            replica: copy(given.replica ?? {}, true),
            issue: target,
            current: given.current ? copy(given.current, true) : null,
            ...tools,
          };
    return (rule as (this: unknown, context: unknown) => unknown).call(sides, context);
  }

  function isThenable(value: unknown): value is Promise<unknown> {
    return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
  }

  function logger({ logs }: Running) {
    return (...values: unknown[]): void => {
      if (logs.length < MAX_LOGS) logs.push(values.map(show).join(" ").slice(0, MAX_LOG));
      else if (logs.length === MAX_LOGS) logs.push("(further lines of this rule are left out)");
    };
  }

  function failer({ fieldErrors }: Running) {
    return (message: unknown, where?: { readonly field?: unknown }): void => {
      if (where?.field === undefined) throw new Error(show(message));
      Object.defineProperty(fieldErrors, String(where.field), {
        value: show(message).slice(0, MAX_LOG),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    };
  }

  function answer(running: Running): string {
    try {
      const { target, original, logs, fieldErrors } = running;
      const fields: Bag = {};
      for (const key of Object.keys(target)) {
        const clean = cleanValue(target[key]);
        if (clean.ok)
          Object.defineProperty(fields, key, {
            value: clean.value,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        else {
          Object.defineProperty(fieldErrors, key, {
            value: clean.message,
            enumerable: true,
            configurable: true,
            writable: true,
          });
          if (Object.hasOwn(original, key)) fields[key] = original[key];
        }
      }
      const text = JSON.stringify({ ok: true, fields, logs, fieldErrors });
      if (text.length > MAX_ANSWER) throw new Error("The rule's answer is larger than 8 million characters");
      return text;
    } catch (error) {
      return refusal(error, running);
    }
  }

  function refusal(error: unknown, { logs }: Running): string {
    return JSON.stringify({ ok: false, ...failure(error), logs });
  }

  type Clean = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

  function cleanValue(value: unknown): Clean {
    if (value === undefined || value === null) return { ok: true, value: null };
    if (typeof value === "string" || typeof value === "boolean") return { ok: true, value };
    if (typeof value === "number")
      return Number.isFinite(value)
        ? { ok: true, value }
        : { ok: false, message: `The rule gave ${value}, which is no number a field can hold` };
    if (typeof value === "bigint") return { ok: true, value: String(value) };
    if (value instanceof Date)
      return { ok: false, message: "The rule gave a Date: give its text, such as date.toISOString().slice(0, 10)" };
    if (!Array.isArray(value))
      return {
        ok: false,
        message: `The rule gave ${typeof value === "object" ? "an object" : `a ${typeof value}`}, which no field can hold`,
      };
    const items: string[] = [];
    for (const item of value as unknown[]) {
      if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean")
        return { ok: false, message: "The rule gave an array of something other than texts" };
      items.push(String(item));
    }
    return { ok: true, value: items };
  }

  return { begin, load, call, collect: () => state.done };
}
