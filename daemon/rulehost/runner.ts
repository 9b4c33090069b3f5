// The child process around the cage. Its text is handed to Node on standard input, so that no file has to be readable there; `runner` must therefore
// refer to nothing outside itself. It reads commands from descriptor 3 and answers on standard output, a line each, all of it synchronously: nothing
// runs here but what the daemon asked for. Answers are written some at a time, since a write to the pipe costs as much as a rule; whatever was
// answered before a call that overruns its time is written all the same.
import type { Cage } from "./cage.ts";

/** First line from the daemon. */
export interface Start {
  /** See `cageText`. */
  readonly cage: string;
  readonly code: string;
  readonly uid: number | null;
  /** How long one call may take before the process gives the answers it has and ends itself with `OVERRUN`, in milliseconds. */
  readonly limitMs: number;
  readonly overrun: number;
  /** Megabytes of memory in all, whoever counts them, from which on it gives the answers it has and ends itself with `WORN`. */
  readonly mostMb: number;
  readonly worn: number;
}

/** Exit code of a process whose next call ran out of time. */
export const OVERRUN = 124;
/** Exit code of a process that has to be started anew, whoever's call is next. */
export const WORN = 125;

export function runner(): void {
  const { readSync, writeSync } = process.getBuiltinModule("node:fs");
  const { constants, createContext, runInContext, Script } = process.getBuiltinModule("node:vm");

  const COMMANDS = 3;
  const ANSWERS = 1;
  /** Calls that are over within so many milliseconds share one time limit: setting one costs a tenth of a millisecond. */
  const SLICE_MS = 5;
  /** How often the process looks at its own memory: that costs as much as a call. */
  const LOOK_MS = 100;
  /** See cage.ts. */
  const MISSED = JSON.stringify({ ok: "missed" });

  function reader(): () => readonly string[] | null {
    const buffer = Buffer.alloc(1_048_576);
    const decoder = new TextDecoder();
    let rest = "";
    return () => {
      for (;;) {
        const size = readSync(COMMANDS, buffer);
        if (size === 0) return null;
        rest += decoder.decode(buffer.subarray(0, size), { stream: true });
        const lines = rest.split("\n");
        rest = lines.pop() ?? "";
        if (lines.length > 0) return lines;
      }
    };
  }

  function send(lines: readonly string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(ANSWERS, bytes, sent);
  }

  function dropRights(uid: number | null): void {
    if (uid === null || process.getuid?.() !== 0) return;
    process.setgroups?.([]);
    process.setgid?.(uid);
    process.setuid?.(uid);
  }

  /** Second wall: should an object of this realm ever be reached, it leads nowhere. */
  function freezeRealm(): void {
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      const property = Object.getOwnPropertyDescriptor(globalThis, name);
      const value: unknown = property?.value;
      if (typeof value !== "function") continue;
      Object.freeze(value);
      // That of `Function` is a function.
      Object.freeze(value.prototype);
    }
    for (const made of [[], "", new Map(), new Set()]) Object.freeze(Object.getPrototypeOf(made[Symbol.iterator]()));
    Object.freeze(Object.getPrototypeOf(async () => undefined));
    for (const name of ["process", "fetch", "WebSocket", "EventSource", "navigator", "require", "module"])
      Reflect.deleteProperty(globalThis, name);
  }

  interface Built {
    readonly cage: Cage;
    readonly drain: () => void;
    readonly turns: boolean;
  }

  function build({ cage: text, code }: Start): Built {
    const context = createContext(constants.DONT_CONTEXTIFY, {
      name: "rules",
      codeGeneration: { strings: false, wasm: false },
      microtaskMode: "afterEvaluate",
    });
    const inside = runInContext(text, context, { filename: "syncline-cage.js" }) as Cage;
    const { begin, load, call, collect } = inside;
    // On the first line, so that the lines of the source map stay right.
    const define = new Script(`(function (module) {${code}\n})`, { filename: "syncline-rules.js" }).runInContext(
      context,
    ) as Parameters<typeof begin>[0];
    const nothing = new Script("0", { filename: "syncline-cage.js" });
    send([begin(define)]);
    const turns = /async|\bthen\b|promise/i.test(code);
    return { cage: { begin, load, call, collect }, drain: () => nothing.runInContext(context), turns };
  }

  const UNSETTLED = JSON.stringify({
    ok: false,
    message: "The rule waits for something that never comes: there are no timers and no network",
    stack: "",
    logs: [],
  });

  function commandOf(line: string): string {
    return line.slice(0, line.indexOf("\t"));
  }

  /** `turns`: whether a rule may leave something behind that is done after its answer: in its own time, not in the next record's. */
  function answer(line: string, { cage, drain, turns }: Built): string {
    const command = commandOf(line);
    const text = line.slice(command.length + 1);
    if (command === "load") return cage.load(text);
    const direct = cage.call(text);
    if (direct === "" || turns) drain();
    const result = direct === "" ? cage.collect() : direct;
    return `${command}\t${result === "" ? UNSETTLED : result}`;
  }

  function run(): void {
    const read = reader();
    const [first = "{}", ...more] = read() ?? [];
    const start = JSON.parse(first) as Start;
    dropRights(start.uid);
    const { exit } = process;
    const now = performance.now.bind(performance);
    const { rss } = process.memoryUsage;
    freezeRealm();
    const todo: { lines: readonly string[]; next: number; answers: string[] } = { lines: [], next: 0, answers: [] };
    const built = build(start);
    const work = () => {
      for (const until = now() + SLICE_MS; todo.next < todo.lines.length && now() < until; todo.next += 1)
        todo.answers.push(answer(todo.lines[todo.next] ?? "", built));
    };
    Object.defineProperty(globalThis, "work", { value: work });
    const timed = new Script("work()", { filename: "syncline-cage.js" });
    const look = { next: 0 };
    for (let lines: readonly string[] | null = more; lines !== null; lines = read()) {
      Object.assign(todo, { lines, next: 0 });
      while (todo.next < lines.length) {
        const overran = !inTime(() => timed.runInThisContext({ timeout: start.limitMs + SLICE_MS }));
        // It goes on in vain because it was not sent what it looked for: it is asked again, and may still be done in time.
        const missed = overran && built.cage.collect() === MISSED;
        if (missed) todo.answers.push(`${commandOf(lines[todo.next] ?? "")}\t${MISSED}`);
        if (missed) todo.next += 1;
        send(todo.answers.splice(0));
        if (overran && !missed) exit(start.overrun);
        if (now() < look.next) continue;
        look.next = now() + LOOK_MS;
        if (rss() > start.mostMb * 1_048_576) exit(start.worn);
      }
    }
    exit(0);
  }

  function inTime(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
      throw error;
    }
  }

  run();
}
