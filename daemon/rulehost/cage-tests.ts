// Part of the inside of the cage where tests run, see cage.ts: may use nothing but ECMAScript and must not refer to anything outside `tests`.
import type { Running } from "./cage-context.ts";
import type { Expectations, Ledger } from "./cage-expect.ts";

type Bag = Record<string, unknown>;

/** One test to be run, see `TestCall` of core/rule-tests.ts. */
export interface TestGiven {
  readonly file?: string;
  readonly test?: number;
  readonly answers?: Bag;
}

/** `stack`: of where it stands. */
export interface TestNamed {
  readonly name: string;
  readonly stack: string;
}

/** Fields that the other side has; `open`: forms of further names. */
interface Known {
  readonly endpoint: string;
  readonly names: readonly string[];
  readonly open: readonly string[];
}

/** A record on its way; `heard`: somebody waits for it. */
interface Carried {
  readonly promise: Promise<unknown>;
  heard: boolean;
}

export interface Tests {
  /** What test files import from `syncline/test`. */
  readonly api: Bag;
  /** Loads a test file; its tests, in their order. */
  load(file: string, read: () => unknown): readonly TestNamed[];
  start(given: TestGiven, running: Running): unknown;
}

export function tests({ expect }: Expectations): Tests {
  const MOST_ASKS = 200;
  /** Turns in which what a test let go of comes to its end, or to its next question. */
  const TURNS = 100;
  const known = new Map<string, (TestNamed & { readonly body: () => unknown })[]>();
  const state: { file: string | null; answers: Bag; running: Running | null; ledger: Ledger; carried: Carried[] } = {
    ...{ file: null, answers: {}, running: null },
    ...{ ledger: freshLedger(), carried: [] },
  };

  function freshLedger(): Ledger {
    return { open: new Set(), missed: new Set(), started: [] };
  }

  function load(file: string, read: () => unknown): readonly TestNamed[] {
    known.set(file, []);
    state.file = file;
    try {
      read();
    } finally {
      state.file = null;
    }
    return (known.get(file) ?? []).map(({ name, stack }) => ({ name, stack }));
  }

  function test(name: unknown, body: unknown): void {
    if (typeof body !== "function") throw new TypeError("test(name, body): the body is no function");
    if (state.file === null)
      throw new Error(`test(${JSON.stringify(String(name))}, …) stands inside of another test, where nobody runs it`);
    const stack = String(new Error().stack).slice(0, 8000);
    known.get(state.file)?.push({ name: String(name), stack, body: body as () => unknown });
  }

  async function start({ file = "", test: at = 0, answers = {} }: TestGiven, running: Running): Promise<void> {
    const found = known.get(file)?.[at];
    if (found === undefined) throw new Error("there is no such test");
    const ledger = freshLedger();
    const carried: Carried[] = [];
    Object.assign(state, { answers, running, ledger, carried });
    await found.body();
    // An expectation that nobody waited for counts all the same, and so does a record whose carrying failed.
    for (let turn = 0; turn < TURNS; turn++) await null;
    await Promise.all(ledger.started);
    for (const { promise, heard } of carried) if (!heard) await promise;
    for (const missed of ledger.missed) throw missed;
    // A question on its way may be what the expectation stands behind.
    if (running.asks.size === 0) for (const open of ledger.open) throw open;
  }

  /** The daemon answers, and runs the test again from its beginning: as a rule's look-ups are answered. */
  async function ask(kind: string, given: readonly unknown[]): Promise<unknown> {
    const { answers, running } = state;
    if (running === null) throw new Error(`${kind}(…) stands outside of a test: write it into the test's function`);
    const args = [JSON.stringify(given)];
    const key = JSON.stringify([kind, ...args]);
    if (!Object.hasOwn(answers, key)) {
      if (running.asks.size >= MOST_ASKS)
        throw new Error(`a test may carry ${MOST_ASKS} records at a time: await some of them before the others`);
      running.asks.set(key, { key, kind, args });
      return new Promise(() => undefined);
    }
    const answer = JSON.parse(String((answers[key] as Bag)["value"])) as { failed?: string; done?: unknown };
    if (answer.failed !== undefined) throw new Error(answer.failed);
    const { known, ...done } = answer.done as Bag & { known?: Known };
    return known === undefined ? done : { ...done, issue: spelled(done["issue"] as Bag, known) };
  }

  /** A field that the tracker does not have would be empty in every test. */
  function spelled(issue: Bag, { endpoint, names, open }: Known): Bag {
    const there = new Set(names);
    const asked = (name: string) => there.has(name) || name in issue || ["then", "toJSON"].includes(name);
    return new Proxy(issue, {
      get(target, name) {
        if (typeof name === "symbol" || asked(name) || open.some((form) => new RegExp(form).test(name)))
          return Reflect.get(target, name) as unknown;
        throw new Error(`${endpoint} has no field "${name}", so that issue cannot have one`);
      },
    });
  }

  /** Notes whether anybody waits for it. Without a constructor of its own even `await` asks it for `then`. */
  function carry(kind: string, ...given: unknown[]): Promise<unknown> {
    const promise = ask(kind, given);
    const noted: Carried = { promise, heard: state.running === null };
    state.carried.push(noted);
    const heard = (...steps: Parameters<typeof promise.then>) => {
      noted.heard = true;
      return Promise.prototype.then.call(promise, ...steps);
    };
    // biome-ignore lint/suspicious/noThenProperty: it is a promise, and who asks it is what counts
    const properties = { constructor: { value: undefined }, then: { value: heard } };
    return Object.defineProperties(promise, properties);
  }

  /** A JSON file that a test imports: nobody can change it under the next test. */
  function fixture(text: string): unknown {
    return JSON.parse(text, (_key, value: unknown) => Object.freeze(value));
  }

  const api = {
    fixture,
    test,
    expect: (actual: unknown) => expect(actual, state.ledger),
    run: (fixture: unknown, changes: unknown = {}) => carry("run", fixture, changes),
    sends: (fixture: unknown, part: unknown, changes: unknown = {}) => carry("sends", fixture, part, changes),
  };
  return { api: Object.freeze(api), load, start };
}
