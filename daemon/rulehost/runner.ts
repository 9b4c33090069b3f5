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
}

/** Exit code of a process whose next call ran out of time. */
export const OVERRUN = 124;

export function runner(): void {
  const { readSync, writeSync } = process.getBuiltinModule("node:fs");
  const { constants, createContext, runInContext, Script } = process.getBuiltinModule("node:vm");

  const COMMANDS = 3;
  const ANSWERS = 1;
  /** Calls that are over within so many milliseconds share one time limit: setting one costs a tenth of a millisecond. */
  const SLICE_MS = 5;

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
      if (typeof value.prototype === "object") Object.freeze(value.prototype);
    }
    for (const name of ["process", "fetch", "WebSocket", "EventSource", "navigator", "require", "module"])
      Reflect.deleteProperty(globalThis, name);
  }

  function build({ cage: text, code }: Start): { readonly cage: Cage; readonly drain: () => void } {
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
    return { cage: { begin, load, call, collect }, drain: () => nothing.runInContext(context) };
  }

  const UNSETTLED = JSON.stringify({
    ok: false,
    message: "The rule waits for something that never comes: there are no timers and no network",
    stack: "",
    logs: [],
  });

  function answer(line: string, cage: Cage, drain: () => void): string {
    const tab = line.indexOf("\t");
    const [command, text] = [line.slice(0, tab), line.slice(tab + 1)];
    if (command === "load") return cage.load(text);
    const direct = cage.call(text);
    if (direct === "") drain();
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
    freezeRealm();
    const todo: { lines: readonly string[]; next: number; answers: string[] } = { lines: [], next: 0, answers: [] };
    const { cage, drain } = build(start);
    const work = () => {
      for (const until = now() + SLICE_MS; todo.next < todo.lines.length && now() < until; todo.next += 1)
        todo.answers.push(answer(todo.lines[todo.next] ?? "", cage, drain));
    };
    Object.defineProperty(globalThis, "work", { value: work });
    const timed = new Script("work()", { filename: "syncline-cage.js" });
    for (let lines: readonly string[] | null = more; lines !== null; lines = read()) {
      Object.assign(todo, { lines, next: 0 });
      while (todo.next < lines.length) {
        const overran = !inTime(() => timed.runInThisContext({ timeout: start.limitMs + SLICE_MS }));
        send(todo.answers.splice(0));
        if (overran) exit.call(undefined, start.overrun);
      }
    }
    exit.call(undefined, 0);
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
