import type { CageProcess, Death } from "./process.ts";

/** A call on its way. One of its ends is called; whatever comes after that counts no more. */
export interface Pending {
  /** Whose call it is: a link's key, or the empty text for a test. */
  readonly link: string;
  readonly line: string;
  /** The answer as it came. Throws where it is none. */
  readonly answered: (text: string) => void;
  /** It cost the process its life, or gave something that is no answer (`died`). */
  readonly stopped: (death: Death, detail: string) => void;
  /** It was not made at all. */
  readonly refused: (why: string) => void;
  readonly lost: (error: unknown) => void;
}

export interface LaneOptions {
  /** For each call, in milliseconds. */
  readonly deadlineMs: number;
  /** A fresh process with all rules loaded; rejects where it cannot be had. */
  restart(signal: AbortSignal): Promise<CageProcess>;
}

/** One process and the calls that wait for it. */
export interface Lane {
  add(calls: readonly Pending[]): void;
  /** Takes calls that have not been sent out of the queue. */
  remove(matches: (call: Pending) => boolean): readonly Pending[];
  /** Everything under way is lost with this error; resolves when the process is gone. */
  close(error: Error): Promise<void>;
}

interface State {
  child: CageProcess | null;
  timer: NodeJS.Timeout | null;
  starting: boolean;
  /** Calls at the head of the queue one of which took a process down: each is sent by itself, until it is known which. */
  suspects: number;
}

/** Calls written ahead of the answers. More would only sit in the pipe. */
const WINDOW = 400;
/** Milliseconds beyond a call's deadline after which a process that has not stopped it by itself is killed. */
const GRACE_MS = 250;

/**
 * Runs calls one after the other in the child process. The call that overruns its deadline, or takes the process down, fails alone: the process is
 * started anew and the calls behind it go on there. Where a dead process may have taken answers along, all that it owed are asked again, one by one.
 * `first`: null to start a process when there is something to do.
 */
export function createLane(first: CageProcess | null, options: LaneOptions): Lane {
  const queue: Pending[] = [];
  const sent: Pending[] = [];
  const closing = new AbortController();
  const state: State = { child: null, timer: null, starting: false, suspects: 0 };

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
      pending.answered(line.slice(line.indexOf("\t") + 1));
    } catch {
      // Whatever spoke there was not our runner.
      pending.stopped("died", "it gave an answer that cannot be read");
      child.kill();
    }
    pump();
  }

  function bury(child: CageProcess, death: Death, detail: string): void {
    if (state.child !== child) return;
    state.child = null;
    disarm();
    const nobody = death === "worn";
    const known = death === "overrun" || sent.length === 1;
    const culprit = known && !nobody ? sent.shift() : undefined;
    if (!nobody) state.suspects = known ? Math.max(0, state.suspects - 1) : sent.length;
    queue.unshift(...sent.splice(0));
    culprit?.stopped(death, detail);
    // Who comes next need not wait for it to start.
    if (first !== null) void revive();
    else pump();
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
    if (state.starting || closing.signal.aborted) return;
    state.starting = true;
    try {
      adopt(await options.restart(closing.signal));
    } catch (error) {
      // With nobody waiting the next call tries again, and hears of it.
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

  if (first !== null) adopt(first);
  return {
    add(calls) {
      queue.push(...calls);
      pump();
    },
    remove(matches) {
      const taken = queue.filter(matches);
      if (taken.length > 0) queue.splice(0, queue.length, ...queue.filter((call) => !matches(call)));
      return taken;
    },
    async close(error) {
      if (closing.signal.aborted) return;
      closing.abort(error);
      disarm();
      for (const pending of [...sent.splice(0), ...queue.splice(0)]) pending.lost(error);
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
