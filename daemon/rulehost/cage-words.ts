// Part of the inside of the cage, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `words`.

type Bag = Record<string, unknown>;

export interface Changes {
  readonly fields: Bag;
  readonly dropped: readonly string[];
}

/** What a rule's values and errors are as text and JSON. */
export interface Words {
  show(value: unknown): string;
  failure(error: unknown): { readonly message: string; readonly stack: string };
  /**
   * Where the own enumerable properties of `target` differ from `original`: new values as a field can hold them, and names that are gone. What no
   * field can hold is named in `faults` and counts as untouched.
   */
  changes(target: Bag, original: Bag, faults: Bag): Changes;
  set(bag: Bag, key: string, value: unknown): void;
}

export function words(): Words {
  const MAX_LOG = 2000;

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

  /** So that a field called `__proto__` stays a field; every other name is free, see `allowOverride`. */
  function set(bag: Bag, key: string, value: unknown): void {
    if (key === "__proto__")
      Object.defineProperty(bag, key, { value, writable: true, enumerable: true, configurable: true });
    else bag[key] = value;
  }

  function changes(target: Bag, original: Bag, faults: Bag): Changes {
    const fields: Bag = {};
    for (const key of Object.keys(target)) {
      const before = Object.hasOwn(original, key) ? original[key] : undefined;
      const now = target[key];
      if (now === before && now !== undefined) continue;
      const cleaned = cleanValue(now);
      if (!cleaned.ok) set(faults, key, cleaned.message);
      else if (!isSame(cleaned.value, before)) set(fields, key, cleaned.value);
    }
    return { fields, dropped: Object.keys(original).filter((key) => !Object.hasOwn(target, key)) };
  }

  function isSame(a: unknown, b: unknown): boolean {
    if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
    return a.length === b.length && a.every((item, i) => item === b[i]);
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
    return Array.isArray(value) ? cleanItems(value as unknown[]) : { ok: false, message: unheld(value) };
  }

  function unheld(value: unknown): string {
    if (isThenable(value)) return "The rule gave a promise: write `await` before the look-up";
    return `The rule gave ${typeof value === "object" ? "an object" : `a ${typeof value}`}, which no field can hold`;
  }

  function isThenable(value: unknown): boolean {
    return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
  }

  function cleanItems(values: readonly unknown[]): Clean {
    const items: string[] = [];
    for (const item of values) {
      if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean")
        return { ok: false, message: "The rule gave an array of something other than texts" };
      items.push(String(item));
    }
    return { ok: true, value: items };
  }

  return { show, failure, changes, set };
}
