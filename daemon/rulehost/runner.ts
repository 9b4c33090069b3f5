// The child process around the cage. Its text is handed to Node on standard input, so that no file has to be readable there; `runner` must therefore
// refer to nothing outside itself. It reads commands from descriptor 3 and answers on standard output, a line each, all of it synchronously: nothing
// runs here but what the daemon asked for.
import type { Cage } from "./cage.ts";

/** First line from the daemon. */
export interface Start {
  /** See `cageText`. */
  readonly cage: string;
  readonly code: string;
  readonly uid: number | null;
  /** How long one slice of calls may take before the process ends itself, in milliseconds: for a daemon that is no longer there to do it. */
  readonly limitMs: number;
}

export function runner(): void {
  const { readSync, writeSync } = process.getBuiltinModule("node:fs");
  const { constants, createContext, runInContext, Script } = process.getBuiltinModule("node:vm");

  const COMMANDS = 3;
  const ANSWERS = 1;
  /** Calls that share one time limit: setting one costs a tenth of a millisecond. */
  const SLICE = 20;

  function reader(): () => readonly string[] | null {
    const buffer = Buffer.alloc(65_536);
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

  function send(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
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
    send(begin(define));
    return { cage: { begin, load, call, collect }, drain: () => nothing.runInContext(context) };
  }

  const UNSETTLED = JSON.stringify({
    ok: false,
    message: "The rule waits for something that never comes: there are no timers and no network",
    stack: "",
    logs: [],
  });

  function handle(line: string, cage: Cage, drain: () => void): void {
    const tab = line.indexOf("\t");
    const [command, text] = [line.slice(0, tab), line.slice(tab + 1)];
    if (command === "load") {
      send(cage.load(text));
      return;
    }
    const direct = cage.call(text);
    if (direct === "") drain();
    const result = direct === "" ? cage.collect() : direct;
    send(`${command}\t${result === "" ? UNSETTLED : result}`);
  }

  function run(): void {
    const read = reader();
    const [first = "{}", ...more] = read() ?? [];
    const start = JSON.parse(first) as Start;
    dropRights(start.uid);
    const { exit } = process;
    freezeRealm();
    const slices: { lines: readonly string[] } = { lines: [] };
    const { cage, drain } = build(start);
    const work = () => {
      for (const line of slices.lines) handle(line, cage, drain);
    };
    Object.defineProperty(globalThis, "work", { value: work });
    const timed = new Script("work()", { filename: "syncline-cage.js" });
    let lines: readonly string[] | null = more;
    while (lines !== null) {
      for (let from = 0; from < lines.length; from += SLICE) {
        slices.lines = lines.slice(from, from + SLICE);
        timed.runInThisContext({ timeout: start.limitMs });
      }
      lines = read();
    }
    exit.call(undefined, 0);
  }

  run();
}
