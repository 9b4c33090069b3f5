// Part of the inside of the cage where tests run, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `tests`.
import type { Running } from "./cage-context.ts";
import type { Words } from "./cage-words.ts";

type Bag = Record<string, unknown>;

/** One test to be run, see `TestCall` of core/rule-tests.ts. */
export interface TestGiven {
  readonly file?: string;
  readonly test?: number;
  readonly answers?: Bag;
}

export interface Tests {
  /** What test files import from `syncline/test`. */
  readonly api: Bag;
  /** Loads a test file; names of its tests. */
  load(file: string, read: () => unknown): readonly string[];
  start(given: TestGiven, running: Running): unknown;
}

export function tests({ show }: Words): Tests {
  const MOST_DIFFERENCES = 20;
  const LONGEST = 400;
  const known = new Map<string, { readonly name: string; readonly body: () => unknown }[]>();
  const state: { file: string; answers: Bag; running: Running | null; started: Promise<unknown>[] } = {
    file: "",
    answers: {},
    running: null,
    started: [],
  };

  function load(file: string, read: () => unknown): readonly string[] {
    known.set(file, []);
    state.file = file;
    read();
    return (known.get(file) ?? []).map(({ name }) => name);
  }

  function test(name: unknown, body: unknown): void {
    if (typeof body !== "function") throw new TypeError("test(name, body): the body is no function");
    known.get(state.file)?.push({ name: String(name), body: body as () => unknown });
  }

  async function start({ file = "", test: at = 0, answers = {} }: TestGiven, running: Running): Promise<void> {
    const found = known.get(file)?.[at];
    if (found === undefined) throw new Error("there is no such test");
    const started: Promise<unknown>[] = [];
    Object.assign(state, { answers, running, started });
    await found.body();
    // An expectation that nobody waited for counts all the same.
    await Promise.all(started);
  }

  /** The daemon answers, and runs the test again from its beginning: as a rule's look-ups are answered. */
  async function ask(kind: string, ...given: unknown[]): Promise<unknown> {
    const args = [JSON.stringify(given)];
    const key = JSON.stringify([kind, ...args]);
    const { answers, running } = state;
    if (!Object.hasOwn(answers, key)) {
      running?.asks.set(key, { key, kind, args });
      return new Promise(() => undefined);
    }
    const answer = JSON.parse(String((answers[key] as Bag)["value"])) as { failed?: string; done?: unknown };
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer.done;
  }

  function expect(actual: unknown, wanted = true): Bag {
    const judge = (ok: boolean, verb: string, expected: unknown, more: readonly string[] = []) => {
      if (ok !== wanted) throw new Error(words(actual, `${wanted ? "" : "not "}${verb}`, expected, wanted ? more : []));
    };
    const expectation: Bag = {
      toBe: (expected: unknown) => judge(Object.is(actual, expected), "to be", expected),
      toEqual(expected: unknown) {
        const found = differences(actual, expected, "", false);
        judge(found.length === 0, "to equal", expected, found);
      },
      toHave(expected: unknown) {
        const found = differences(actual, expected, "", true);
        judge(found.length === 0, "to have", expected, found);
      },
      toMatch: (expected: unknown) => judge(typeof actual === "string" && fits(actual, expected), "to match", expected),
      toContain: (expected: unknown) => judge(contains(actual, expected), "to contain", expected),
      toFail(reason?: unknown) {
        const judged = judgeFailure(actual, reason, wanted);
        state.started.push(judged);
        return judged;
      },
    };
    if (wanted) Object.defineProperty(expectation, "not", { get: () => expect(actual, false) });
    return expectation;
  }

  async function judgeFailure(actual: unknown, reason: unknown, wanted: boolean): Promise<void> {
    const failed = await failureOf(actual);
    if (failed === null && wanted) throw new Error("expected it to fail, and it did not");
    if (failed === null) return;
    if (!wanted) throw new Error(`expected it not to fail: ${failed}`);
    if (reason !== undefined && !fits(failed, reason)) throw new Error(words(failed, "to match", reason, []));
  }

  async function failureOf(actual: unknown): Promise<string | null> {
    try {
      await (typeof actual === "function" ? (actual as () => unknown)() : actual);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : show(error);
    }
  }

  function fits(text: string, expected: unknown): boolean {
    return expected instanceof RegExp ? expected.test(text) : text.includes(String(expected));
  }

  function contains(actual: unknown, expected: unknown): boolean {
    if (Array.isArray(actual)) return actual.some((item) => differences(item, expected, "", false).length === 0);
    return typeof actual === "string" && actual.includes(String(expected));
  }

  /** Where two values differ, as lines; `part`: what the expected one does not name may be anything. */
  function differences(actual: unknown, expected: unknown, path: string, part: boolean): readonly string[] {
    if (Object.is(actual, expected)) return [];
    if (!isBag(actual) || !isBag(expected) || Array.isArray(actual) !== Array.isArray(expected))
      return [`${path === "" ? "value" : path}: expected ${shown(expected)}, got ${shown(actual)}`];
    const names = part
      ? Object.keys(expected)
      : [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    const found: string[] = [];
    if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length)
      found.push(`${path === "" ? "value" : path}: expected ${expected.length} items, got ${actual.length}`);
    for (const name of names) {
      const at = Array.isArray(expected) ? `${path}[${name}]` : `${path === "" ? "" : `${path}.`}${name}`;
      found.push(...differences(actual[name], expected[name], at, part && !Array.isArray(expected)));
    }
    return found;
  }

  function isBag(value: unknown): value is Bag {
    return typeof value === "object" && value !== null;
  }

  function words(actual: unknown, verb: string, expected: unknown, found: readonly string[]): string {
    const simple = !isBag(expected) || expected instanceof RegExp || found.length === 0;
    if (simple) return `expected ${shown(actual)}\n${verb} ${shown(expected)}`;
    const more = found.length > MOST_DIFFERENCES ? [`and ${found.length - MOST_DIFFERENCES} more`] : [];
    return [`expected it ${verb} what the test says:`, ...found.slice(0, MOST_DIFFERENCES), ...more].join("\n");
  }

  function shown(value: unknown): string {
    const text =
      value instanceof RegExp ? String(value) : typeof value === "string" ? JSON.stringify(value) : show(value);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  }

  const api = {
    test,
    expect: (actual: unknown) => expect(actual),
    run: (fixture: unknown, changes: unknown = {}) => ask("run", fixture, changes),
    sends: (fixture: unknown, part: unknown, changes: unknown = {}) => ask("sends", fixture, part, changes),
  };
  return { api: Object.freeze(api), load, start };
}
