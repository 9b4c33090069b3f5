// The inside of the cage: this text is evaluated in a bare vm context of the child process, before any rule, with the parts it is made of
// (`realm`, `words`, `records`, `tools`, `contexts`, `expectations`). It may use nothing but ECMAScript itself, must not refer to anything outside
// `cage`, and hands out functions that take and give text only.
import { type Call, type Contexts, contexts, type Running, type Tables } from "./cage-context.ts";
import { expectations } from "./cage-expect.ts";
import { realm } from "./cage-realm.ts";
import { records } from "./cage-records.ts";
import { sights } from "./cage-sight.ts";
import { type TestGiven, type Tests, tests } from "./cage-tests.ts";
import { tools } from "./cage-tools.ts";
import { type Words, words } from "./cage-words.ts";

/** What the runner calls; every function takes and gives text. */
export interface Cage {
  /** Takes the bundle: a function of this same context. */
  begin(define: (module: Module) => void): string;
  /** Loads one rule file; `{ ok: true, shape, problems }` or `{ ok: false, message, stack }`. */
  load(file: string): string;
  /** Runs one `RuleCall`; the empty text where the rule is asynchronous and not yet done. */
  call(text: string): string;
  /** What became of an asynchronous rule once its microtasks have run; the empty text where it waits for nothing that can come. */
  collect(): string;
}

type Bag = Record<string, unknown>;

/** `tests`: what test files import, where tests run. */
interface Module {
  exports: Bag;
  readonly tests?: Bag;
}

/** The source text of an expression that makes a `Cage` in whatever context it is evaluated in. */
export function cageText(withTests: boolean): string {
  const more = withTests ? `(${tests.toString()})((${expectations.toString()})(w))` : "null";
  return `(() => { (${realm.toString()})(); const w = (${words.toString()})(); const c = (${contexts.toString()})((${sights.toString()})(), (${records.toString()})(w), (${tools.toString()})(w)); return (${cage.toString()})(w, c, ${more}); })()`;
}

function cage({ failure, changes }: Words, { begin: beginCall, contextOf }: Contexts, tested: Tests | null): Cage {
  const MAX_ANSWER = 8_000_000;
  const KINDS = ["outgoing", "incoming", "attachment", "comment"];
  const MISSED = JSON.stringify({ ok: "missed" });
  const loaded = new Map<string, Bag | undefined>();
  const state: { modules: Bag; done: string; running: Running | null } = { modules: {}, done: "", running: null };

  function begin(define: (module: Module) => void): string {
    const module: Module = { exports: {}, ...(tested === null ? {} : { tests: tested.api }) };
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
      if (tested !== null && file.endsWith(".test.ts")) {
        const names = tested.load(file, () => state.modules[file]);
        return JSON.stringify({ ok: true, shape: {}, problems: [], tests: names });
      }
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
    if (typeof (rules as Bag)["then"] === "function") {
      return { shape: {}, problems: ["The default export is a promise: rules must be there once the file is loaded."] };
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
        if (!KINDS.includes(key))
          problems.push(`"${endpoint}" has "${key}", but rules are called ${KINDS.join(", ")}.`);
        else if (typeof (sides as Bag)[key] !== "function") problems.push(`"${key}" of "${endpoint}" is no function.`);
      }
      const kinds = Object.fromEntries(KINDS.map((key) => [key, typeof (sides as Bag)[key] === "function"]));
      shape[endpoint] = { ...kinds, lean: KINDS.filter((key) => isLean((sides as Bag)[key])) };
    }
    return { shape, problems };
  }

  function call(text: string): string {
    const given = JSON.parse(text) as Call;
    const running = beginCall(given);
    state.done = "";
    state.running = running;
    try {
      const pending = start(given, running);
      if (!isThenable(pending)) return answer(given, running, pending);
      // What comes when the next record has its turn is no answer to that one.
      const finish = (text: () => string) => {
        if (state.running === running) state.done = text();
      };
      pending.then(
        (value) => finish(() => answer(given, running, value)),
        (error: unknown) => finish(() => refusal(error, running)),
      );
      return "";
    } catch (error) {
      return refusal(error, running);
    }
  }

  function start(given: Call & TestGiven, running: Running): unknown {
    if (tested !== null && given.test !== undefined) return tested.start(given, running);
    const rule = ruleOf(given);
    if (typeof rule !== "function") return undefined;
    const tables = (moduleOf("$tables") ?? {}) as Tables;
    const context = contextOf(given, running, tables);
    return (rule as (this: unknown, context: unknown) => unknown).call(sidesOf(given), context);
  }

  function sidesOf({ link, endpoint }: Call): Bag | undefined {
    return moduleOf(link)?.[endpoint] as Bag | undefined;
  }

  /** The bundle makes an object of a module each time that it is asked for it. */
  function moduleOf(name: string): Bag | undefined {
    if (!loaded.has(name)) loaded.set(name, state.modules[name] as Bag | undefined);
    return loaded.get(name);
  }

  function ruleOf(call: Call): unknown {
    return sidesOf(call)?.[call.kind];
  }

  /**
   * Whether a rule takes its context apart in its parameter list and names none of `current`, `base`, `previous` and what is reckoned from them:
   * then these need not be sent. A rule that takes the context whole may hand it on to anybody.
   */
  function isLean(rule: unknown): boolean {
    if (typeof rule !== "function") return false;
    const text = String(rule);
    const names = /^(?:async\s+)?(?:function\b\s*)?[\w$]*\s*\(\s*\{([\w$\s,:]*)\}\s*\)/.exec(text)?.[1];
    const past = /\b(?:current|base|previous|changed|added|removed)\b/;
    return names !== undefined && !past.test(names) && !/\b(?:arguments|eval)\b/.test(text);
  }

  function isThenable(value: unknown): value is Promise<unknown> {
    return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
  }

  /** `returned`: false from a rule for parts keeps the part back. */
  function answer(given: Call, running: Running, returned: unknown): string {
    try {
      if (running.missed) return MISSED;
      // A question that the rule did not wait for is one all the same: its answer may matter to nobody, or be forgotten by mistake.
      if (running.asks.size > 0) return waiting(running);
      const { target, original, logs, fieldErrors, orders } = running;
      if (returned === false && given.part !== undefined) target["send"] = false;
      const changed = changes(target, original, fieldErrors);
      const text = JSON.stringify({
        ok: true,
        ...changed,
        logs,
        fieldErrors,
        ...orders,
        ...looked(given, running),
        ...passed(),
      });
      if (text.length > MAX_ANSWER) throw new Error("The rule's answer is larger than 8 million characters");
      return text;
    } catch (error) {
      return refusal(error, running);
    }
  }

  function waiting({ asks }: Running): string {
    return JSON.stringify({ ok: null, asks: [...asks.values()] });
  }

  /** Where the record was whole: what there was to look at is known, and the next one need not be. */
  function looked({ thin }: Call, { looks }: Running): Bag {
    if (looks === null || thin !== undefined) return {};
    const told = Object.entries(looks).map(([name, { names, all }]) => [name, all ? null : [...names]]);
    return { looks: Object.fromEntries(told) };
  }

  function refusal(error: unknown, { logs, missed }: Running): string {
    if (missed) return MISSED;
    return JSON.stringify({ ok: false, ...failure(error), logs, ...passed() });
  }

  /** The branches that were gone through since the last answer, where the bundle counts them. */
  function passed(): { readonly passed?: unknown } {
    const take = state.modules["$passed"];
    return tested !== null && typeof take === "function" ? { passed: (take as () => unknown)() } : {};
  }

  function collect(): string {
    const { done, running } = state;
    if (done !== "" || running === null) return done;
    if (running.missed) return MISSED;
    return running.asks.size > 0 ? waiting(running) : "";
  }

  return { begin, load, call, collect };
}
