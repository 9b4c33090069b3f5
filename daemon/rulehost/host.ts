import type { TestCall, TestHost } from "../core/rule-tests.ts";
import type { RuleAsks, RuleCall, RuleFailure, RuleResult } from "../core/rules.ts";
import { parseResult } from "./answers.ts";
import type { PlaceFinder } from "./positions.ts";
import type { CageProcess, Death } from "./process.ts";

export interface HostOptions {
  /** For each call, in milliseconds. */
  readonly deadlineMs: number;
  readonly heapMb: number;
  readonly findPlace: PlaceFinder;
  /** A fresh process with all rules loaded; rejects where it cannot be had. */
  restart(signal: AbortSignal): Promise<CageProcess>;
}

interface Pending {
  readonly line: string;
  readonly done: (result: RuleResult | RuleAsks, lean?: boolean) => void;
  readonly lost: (error: unknown) => void;
}

/** Calls written ahead of the answers. More would only sit in the pipe. */
const WINDOW = 100;
/** Answers kept: those of a chunk of records, whose calls are no longer than this many characters. */
const MOST_ANSWERS = 1000;
const MOST_TEXT = 20_000;

/**
 * Runs calls one after the other in the child process. The call that overruns its deadline, or takes the process down, fails alone: the process is
 * started anew and the calls behind it go on there.
 */
export function createHost(first: CageProcess, options: HostOptions): TestHost {
  const queue: Pending[] = [];
  const sent: Pending[] = [];
  /** Rules that have no use for the past, as their first answer said: nothing of it is sent to them. */
  const lean = new Set<string>();
  /** A rule gives the same answer for the same call: a run asks for some of them again, after it has read or written. */
  const answered = new Map<string, RuleResult>();
  const closing = new AbortController();
  const state: { child: CageProcess | null; timer: NodeJS.Timeout | null; starting: boolean; seq: number } = {
    child: null,
    timer: null,
    starting: false,
    seq: 0,
  };

  function adopt(child: CageProcess): void {
    state.child = child;
    child.onLine = (line) => settle(child, line);
    child.onDeath = (death, detail) => bury(child, death, detail);
    child.hold(false);
  }

  function settle(child: CageProcess, line: string): void {
    const pending = sent.shift();
    if (pending === undefined) return;
    arm();
    try {
      const { result, lean } = toResult(line.slice(line.indexOf("\t") + 1), options.findPlace);
      pending.done(result, lean);
    } catch {
      // Whatever spoke there was not our runner.
      pending.done(failed("memory", "The rules' process gave an answer that cannot be read"));
      child.kill();
    }
    pump();
  }

  function bury(child: CageProcess, death: Death, detail: string): void {
    if (state.child !== child) return;
    state.child = null;
    disarm();
    const culprit = sent.shift();
    queue.unshift(...sent.splice(0));
    culprit?.done(deathOf(death, detail, options));
    pump();
  }

  function pump(): void {
    if (closing.signal.aborted) return;
    const { child } = state;
    if (child === null) {
      if (queue.length > 0) void revive();
      return;
    }
    const idle = sent.length === 0;
    // A write to the pipe costs as much as a rule: lines go together, refilled once half of them are answered.
    const due = sent.length > WINDOW / 2 ? [] : queue.splice(0, WINDOW - sent.length);
    if (due.length > 0) {
      sent.push(...due);
      child.send(due.map(({ line }) => line).join("\n"));
    }
    child.hold(sent.length > 0);
    if (idle) arm();
  }

  async function revive(): Promise<void> {
    if (state.starting) return;
    state.starting = true;
    try {
      adopt(await options.restart(closing.signal));
    } catch (error) {
      for (const pending of queue.splice(0)) pending.lost(error);
    } finally {
      state.starting = false;
    }
    if (closing.signal.aborted) state.child?.kill();
    pump();
  }

  function arm(): void {
    if (sent.length === 0) disarm();
    else if (state.timer === null) state.timer = setTimeout(() => state.child?.kill(), options.deadlineMs);
    else state.timer.refresh();
  }

  function disarm(): void {
    if (state.timer !== null) clearTimeout(state.timer);
    state.timer = null;
  }

  function remember(text: string, result: RuleResult): void {
    answered.set(text, result);
    if (answered.size <= MOST_ANSWERS) return;
    for (const oldest of answered.keys()) {
      answered.delete(oldest);
      return;
    }
  }

  function submit(call: RuleCall | TestCall): {
    readonly pending: Pending;
    readonly result: Promise<RuleResult | RuleAsks>;
  } {
    const { promise, resolve, reject } = Promise.withResolvers<RuleResult | RuleAsks>();
    state.seq += 1;
    const key = JSON.stringify([call.link, call.endpoint, call.kind]);
    const sent = lean.has(key) ? { ...call, current: undefined, base: undefined, previous: undefined } : call;
    const text = JSON.stringify(sent);
    const done = (result: RuleResult | RuleAsks, isLean = false) => {
      if (isLean) lean.add(key);
      if (result.ok === true && call.kind !== "test" && text.length <= MOST_TEXT) remember(text, result);
      resolve(result);
    };
    const pending = { line: `${state.seq}\t${text}`, done, lost: reject };
    const known = answered.get(text);
    if (known !== undefined) {
      resolve(known);
      return { pending, result: promise };
    }
    queue.push(pending);
    return { pending, result: promise };
  }

  adopt(first);
  return {
    async run(calls, signal) {
      signal.throwIfAborted();
      if (closing.signal.aborted) throw closed();
      const own = calls.map(submit);
      const leave = () => {
        const mine = new Set(own.map(({ pending }) => pending));
        const others = queue.filter((pending) => !mine.has(pending));
        queue.splice(0, queue.length, ...others);
        for (const { pending } of own) pending.lost(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      pump();
      try {
        return await Promise.all(own.map(({ result }) => result));
      } finally {
        signal.removeEventListener("abort", leave);
      }
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort(closed());
      disarm();
      for (const pending of [...sent.splice(0), ...queue.splice(0)]) pending.lost(closed());
      const { child } = state;
      state.child = null;
      if (child === null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.hold(true);
      child.onDeath = () => resolve();
      child.kill();
      await promise;
    },
  };
}

function closed(): Error {
  return new Error("The rules are closed");
}

function toResult(
  text: string,
  findPlace: PlaceFinder,
): { readonly result: RuleResult | RuleAsks; readonly lean?: boolean } {
  const answer = parseResult(text);
  if (answer.ok === null) return { result: answer };
  if (answer.ok) {
    const { lean = false, ...result } = answer;
    return { result, lean };
  }
  const place = findPlace(answer.stack) ?? { file: null, line: null, column: null };
  const passed = answer.passed === undefined ? {} : { passed: answer.passed };
  const error = { message: answer.message, ...place, reason: "throw" } as const;
  return { result: { ok: false, error, logs: answer.logs, ...passed } };
}

function deathOf(death: Death, detail: string, { deadlineMs, heapMb }: HostOptions): RuleResult {
  if (death === "killed") return failed("deadline", `The rule ran longer than ${deadlineMs / 1000} s and was stopped`);
  if (death === "memory") return failed("memory", `The rule needs more than ${heapMb} MB of memory`);
  return failed("memory", `The rule ended its process (${detail})`);
}

function failed(reason: RuleFailure["reason"], message: string): RuleResult {
  return { ok: false, error: { message, file: null, line: null, column: null, reason }, logs: [] };
}
