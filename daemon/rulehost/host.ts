import type { TestCall, TestHost } from "../core/rule-tests.ts";
import type { RuleAsks, RuleCall, RuleFailure, RuleFields, RuleResult, RuleValue } from "../core/rules.ts";
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

interface State {
  child: CageProcess | null;
  timer: NodeJS.Timeout | null;
  starting: boolean;
  seq: number;
  /** Calls at the head of the queue one of which took a process down: each is sent by itself, until it is known which. */
  suspects: number;
}

interface Pending {
  readonly line: string;
  readonly given: RuleFields;
  readonly done: (result: RuleResult | RuleAsks) => void;
  readonly lost: (error: unknown) => void;
}

/** Calls written ahead of the answers. More would only sit in the pipe. */
const WINDOW = 400;
/** Milliseconds beyond a call's deadline after which a process that has not stopped it by itself is killed. */
const GRACE_MS = 250;

/**
 * Runs calls one after the other in the child process. The call that overruns its deadline, or takes the process down, fails alone: the process is
 * started anew and the calls behind it go on there. Where a dead process may have taken answers along, all that it owed are asked again, one by one.
 */
export function createHost(first: CageProcess, options: HostOptions): TestHost {
  const queue: Pending[] = [];
  const sent: Pending[] = [];
  const closing = new AbortController();
  const state: State = { child: null, timer: null, starting: false, seq: 0, suspects: 0 };

  function adopt(child: CageProcess): void {
    state.child = child;
    child.onLine = (line) => settle(child, line);
    child.onDeath = (death, detail) => bury(child, death, detail);
    child.hold(false);
  }

  function settle(child: CageProcess, line: string): void {
    const pending = sent.shift();
    if (pending === undefined) return;
    state.suspects = Math.max(0, state.suspects - 1);
    arm();
    try {
      pending.done(toResult(line.slice(line.indexOf("\t") + 1), pending.given, options.findPlace));
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
    const known = death === "overrun" || sent.length === 1;
    const culprit = known ? sent.shift() : undefined;
    state.suspects = known ? Math.max(0, state.suspects - 1) : sent.length;
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
    const window = state.suspects > 0 ? 1 : WINDOW;
    const due = sent.length > window / 2 ? [] : queue.splice(0, window - sent.length);
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
    else if (state.timer === null) state.timer = setTimeout(() => state.child?.kill(), options.deadlineMs + GRACE_MS);
    else state.timer.refresh();
  }

  function disarm(): void {
    if (state.timer !== null) clearTimeout(state.timer);
    state.timer = null;
  }

  function submit(call: RuleCall | TestCall): {
    readonly pending: Pending;
    readonly result: Promise<RuleResult | RuleAsks>;
  } {
    const { promise, resolve, reject } = Promise.withResolvers<RuleResult | RuleAsks>();
    state.seq += 1;
    const line = `${state.seq}\t${JSON.stringify(call)}`;
    const pending = { line, given: givenTo(call), done: resolve, lost: reject };
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

/** What the rule starts from: what it leaves alone is not in its answer. */
function givenTo(call: RuleCall | TestCall): RuleFields {
  return call.kind === "attachment" || call.kind === "comment" ? { ...call.part, send: true } : call.issue;
}

function toResult(text: string, given: RuleFields, findPlace: PlaceFinder): RuleResult | RuleAsks {
  const answer = parseResult(text);
  if (answer.ok === null) return answer;
  if (answer.ok) {
    const { fields: changed, dropped, ...rest } = answer;
    const fields: Record<string, RuleValue> = { ...given, ...changed };
    for (const name of dropped) delete fields[name];
    return { ...rest, fields };
  }
  const place = findPlace(answer.stack) ?? { file: null, line: null, column: null };
  const passed = answer.passed === undefined ? {} : { passed: answer.passed };
  const error = { message: answer.message, ...place, reason: "throw" } as const;
  return { ok: false, error, logs: answer.logs, ...passed };
}

function deathOf(death: Death, detail: string, { deadlineMs, heapMb }: HostOptions): RuleResult {
  if (death === "killed" || death === "overrun")
    return failed("deadline", `The rule ran longer than ${deadlineMs / 1000} s and was stopped`);
  if (death === "memory") return failed("memory", `The rule needs more than ${heapMb} MB of memory`);
  return failed("memory", `The rule ended its process (${detail})`);
}

function failed(reason: RuleFailure["reason"], message: string): RuleResult {
  return { ok: false, error: { message, file: null, line: null, column: null, reason }, logs: [] };
}
