// The inside of the cage: this text is evaluated in a bare vm context of the child process, before any rule, with the parts it is made of
// (`realm`, `words`, `contexts`). It may use nothing but ECMAScript itself, must not refer to anything outside `cage`, and hands out functions that
// take and give text only.
import { type Call, type Contexts, contexts, type Running, type Tables } from "./cage-context.ts";
import { realm } from "./cage-realm.ts";
import { type Words, words } from "./cage-words.ts";

/** What the runner calls; every function takes and gives text. */
export interface Cage {
  /** Takes the bundle: a function of this same context. */
  begin(define: (module: { exports: Record<string, unknown> }) => void): string;
  /** Loads one rule file; `{ ok: true, shape, problems }` or `{ ok: false, message, stack }`. */
  load(file: string): string;
  /** Runs one `RuleCall`; the empty text where the rule is asynchronous and not yet done. */
  call(text: string): string;
  /** What became of an asynchronous rule once its microtasks have run; the empty text where it waits for nothing that can come. */
  collect(): string;
}

type Bag = Record<string, unknown>;

/** The source text of an expression that makes a `Cage` in whatever context it is evaluated in. */
export function cageText(): string {
  return `(() => { (${realm.toString()})(); const w = (${words.toString()})(); return (${cage.toString()})(w, (${contexts.toString()})(w)); })()`;
}

function cage({ failure, clean }: Words, { begin: beginCall, contextOf }: Contexts): Cage {
  const MAX_ANSWER = 8_000_000;
  const KINDS = ["outgoing", "incoming", "attachment", "comment"];
  const state: { modules: Bag; done: string; running: Running | null } = { modules: {}, done: "", running: null };

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
        if (!KINDS.includes(key))
          problems.push(`"${endpoint}" has "${key}", but rules are called ${KINDS.join(", ")}.`);
        else if (typeof (sides as Bag)[key] !== "function") problems.push(`"${key}" of "${endpoint}" is no function.`);
      }
      shape[endpoint] = Object.fromEntries(KINDS.map((key) => [key, typeof (sides as Bag)[key] === "function"]));
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
      if (!isThenable(pending)) return answer(running, pending);
      pending.then(
        (value) => {
          state.done = answer(running, value);
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
    const tables = (state.modules["$tables"] ?? {}) as Tables;
    const context = contextOf(given, running, tables);
    return (rule as (this: unknown, context: unknown) => unknown).call(sides, context);
  }

  function isThenable(value: unknown): value is Promise<unknown> {
    return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
  }

  /** `returned`: false from a rule for parts keeps the part back. */
  function answer(running: Running, returned: unknown): string {
    try {
      // A question that the rule did not wait for is one all the same: its answer may matter to nobody, or be forgotten by mistake.
      if (running.asks.size > 0) return waiting(running);
      const { target, original, logs, fieldErrors, orders } = running;
      if (returned === false) target["send"] = false;
      const fields = clean(target, original, fieldErrors);
      const text = JSON.stringify({ ok: true, fields, logs, fieldErrors, ...orders });
      if (text.length > MAX_ANSWER) throw new Error("The rule's answer is larger than 8 million characters");
      return text;
    } catch (error) {
      return refusal(error, running);
    }
  }

  function waiting({ asks }: Running): string {
    return JSON.stringify({ ok: null, asks: [...asks.values()] });
  }

  function refusal(error: unknown, { logs }: Running): string {
    return JSON.stringify({ ok: false, ...failure(error), logs });
  }

  function collect(): string {
    const { done, running } = state;
    if (done !== "" || running === null) return done;
    return running.asks.size > 0 ? waiting(running) : "";
  }

  return { begin, load, call, collect };
}
