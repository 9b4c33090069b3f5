// Part of the inside of the cage where tests run, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `expectations`.
import type { Words } from "./cage-words.ts";

type Bag = Record<string, unknown>;

/** What one test has expected so far. */
export interface Ledger {
  /** Of expectations that say nothing as yet: where each was begun. */
  readonly open: Set<Error>;
  /** Of those that did not hold: whoever lets go of the promise in which one was, hears of it all the same. */
  readonly missed: Set<unknown>;
  /** Those that take time. */
  readonly started: Promise<unknown>[];
}

export interface Expectations {
  expect(actual: unknown, ledger: Ledger): Bag;
}

export function expectations({ show }: Words): Expectations {
  const MOST_DIFFERENCES = 20;
  const LONGEST = 400;

  function expect(actual: unknown, ledger: Ledger): Bag {
    const begun = new Error('expect(…) alone says nothing: write what is expected behind it, such as .toBe("…")');
    ledger.open.add(begun);
    const expectation = expectationOf(actual, true, begun, ledger);
    Object.defineProperty(expectation, "not", { get: () => expectationOf(actual, false, begun, ledger) });
    return expectation;
  }

  function expectationOf(actual: unknown, wanted: boolean, begun: Error, ledger: Ledger): Bag {
    const miss = (message: string, at = new Error()): never => {
      at.message = message;
      ledger.missed.add(at);
      throw at;
    };
    const judge = (found: () => boolean | readonly string[], verb: string, expected: unknown) => {
      ledger.open.delete(begun);
      if (isThenable(actual)) miss("expected a value and got a promise: write await before what gives it");
      const result = found();
      const ok = typeof result === "boolean" ? result : result.length === 0;
      const more = typeof result === "boolean" || !wanted ? [] : result;
      if (ok !== wanted) miss(words(actual, `${wanted ? "" : "not "}${verb}`, expected, more));
    };
    return {
      toBe: (expected: unknown) => judge(() => Object.is(actual, expected), "to be", expected),
      toEqual: (expected: unknown) => judge(() => differences(actual, expected, false), "to equal", expected),
      toHave: (expected: unknown) => judge(() => differences(actual, expected, true), "to have", expected),
      toMatch: (expected: unknown) =>
        judge(() => typeof actual === "string" && fits(actual, expected), "to match", expected),
      toContain: (expected: unknown) => judge(() => contains(actual, expected), "to contain", expected),
      toFail(reason?: unknown) {
        ledger.open.delete(begun);
        const judged = judgeFailure(actual, reason, wanted, ledger, miss, new Error());
        ledger.started.push(judged);
        return judged;
      },
    };
  }

  async function judgeFailure(
    actual: unknown,
    reason: unknown,
    wanted: boolean,
    ledger: Ledger,
    miss: (message: string, at: Error) => never,
    at: Error,
  ): Promise<void> {
    const failed = await failureOf(actual, ledger);
    if (failed === null && wanted) miss("expected it to fail, and it did not", at);
    if (failed === null) return;
    if (!wanted) miss(`expected it not to fail: ${failed}`, at);
    if (reason !== undefined && !fits(failed, reason)) miss(words(failed, "to match", reason, []), at);
  }

  async function failureOf(actual: unknown, ledger: Ledger): Promise<string | null> {
    try {
      await (typeof actual === "function" ? (actual as () => unknown)() : actual);
      return null;
    } catch (error) {
      ledger.missed.delete(error);
      return error instanceof Error ? error.message : show(error);
    }
  }

  function fits(text: string, expected: unknown): boolean {
    if (!(expected instanceof RegExp)) return text.includes(String(expected));
    // Where a global expression goes on from is nobody's to remember.
    expected.lastIndex = 0;
    return expected.test(text);
  }

  function contains(actual: unknown, expected: unknown): boolean {
    if (typeof actual === "string") return typeof expected === "string" && actual.includes(expected);
    const items = Array.isArray(actual) || actual instanceof Set ? [...(actual as Iterable<unknown>)] : [];
    return items.some((item) => differences(item, expected, false).length === 0);
  }

  /** Where two values differ, as lines; `part`: what the expected one does not name may be anything. */
  function differences(actual: unknown, expected: unknown, part: boolean): readonly string[] {
    const under = new Map<unknown, Set<unknown>>();
    return compare(actual, expected, "", part);

    function compare(is: unknown, due: unknown, path: string, some: boolean): readonly string[] {
      if (Object.is(is, due)) return [];
      const here = path === "" ? "value" : path;
      const differs = [`${here}: expected ${shown(due)}, got ${shown(is)}`];
      if (!isBag(is) || !isBag(due) || tagOf(is) !== tagOf(due)) return differs;
      if (is instanceof Date || is instanceof RegExp || is instanceof Error)
        return plain(is) === plain(due) ? [] : differs;
      if (is instanceof Set) return hasSame([...is], [...(due as unknown as Set<unknown>)]) ? [] : differs;
      if (is instanceof Map) return hasSame([...is], [...(due as unknown as Map<unknown, unknown>)]) ? [] : differs;
      // Inside of themselves they have been compared already.
      if (under.get(is)?.has(due) === true) return [];
      under.set(is, (under.get(is) ?? new Set()).add(due));
      return compareParts(is, due, path, some);
    }

    function compareParts(is: Bag, due: Bag, path: string, some: boolean): readonly string[] {
      const names = some ? Object.keys(due) : [...new Set([...Object.keys(due), ...Object.keys(is)])].sort();
      const found: string[] = [];
      if (Array.isArray(is) && Array.isArray(due) && is.length !== due.length)
        found.push(`${path === "" ? "value" : path}: expected ${due.length} items, got ${is.length}`);
      for (const name of names) {
        const at = Array.isArray(due) ? `${path}[${name}]` : `${path === "" ? "" : `${path}.`}${name}`;
        found.push(...compare(is[name], due[name], at, some && !Array.isArray(due)));
      }
      return found;
    }
  }

  /** Whatever their order. */
  function hasSame(actual: readonly unknown[], expected: readonly unknown[]): boolean {
    const left = [...actual];
    for (const due of expected) {
      const at = left.findIndex((is) => differences(is, due, false).length === 0);
      if (at === -1) return false;
      left.splice(at, 1);
    }
    return left.length === 0;
  }

  function tagOf(value: unknown): string {
    return Object.prototype.toString.call(value);
  }

  function plain(value: unknown): string {
    if (value instanceof Date) return String(value.getTime());
    return value instanceof Error ? `${value.name}: ${value.message}` : String(value);
  }

  function isBag(value: unknown): value is Bag {
    return typeof value === "object" && value !== null;
  }

  function isThenable(value: unknown): boolean {
    return isBag(value) && typeof value["then"] === "function";
  }

  function words(actual: unknown, verb: string, expected: unknown, found: readonly string[]): string {
    const simple = !isBag(expected) || expected instanceof RegExp || found.length === 0;
    if (simple) return `expected ${shown(actual)}\n${verb} ${shown(expected)}`;
    const more = found.length > MOST_DIFFERENCES ? [`and ${found.length - MOST_DIFFERENCES} more`] : [];
    return [`expected it ${verb} what the test says:`, ...found.slice(0, MOST_DIFFERENCES), ...more].join("\n");
  }

  function shown(value: unknown): string {
    const text = textOf(value);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  }

  /** JSON has no word for some values. */
  function textOf(value: unknown): string {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    if (value instanceof RegExp) return String(value);
    if (value instanceof Set) return `Set ${show([...value])}`;
    return value instanceof Map ? `Map ${show([...value])}` : show(value);
  }

  return { expect };
}
