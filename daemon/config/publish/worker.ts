import type { Tip } from "../git/tip.ts";
import { createTurnstile } from "../git/turnstile.ts";
import { type Activation, attempt, restore } from "./activate.ts";
import type { PublishMemory } from "./memory.ts";
import type { Attempted } from "./verdicts.ts";

/** Makes attempts, one at a time: at the last good revision when the daemon starts, then at whatever the tip is. */
export interface Worker {
  /** Brings up what was active when the daemon last ran. Never rejects. */
  restore(): Promise<void>;
  /** Sets the commit to attempt; one under way at another is pushed aside unless it is beyond recall. */
  want(tip: Tip): void;
  /** Tries a failed commit again now. */
  retry(): void;
  /** Attempts what is wanted until the signal is aborted. Never rejects. */
  run(): Promise<void>;
  attempted(): string | null;
  /** Resolves when what is wanted has been attempted, or the worker has ended. */
  settled(): Promise<void>;
}

export interface WorkerOptions {
  readonly activation: Activation;
  readonly memory: PublishMemory;
  readonly retryMs: number;
  readonly signal: AbortSignal;
  /** After every attempt, however it ended. */
  readonly onAttempt: () => void;
}

const LONGEST_RETRY_MS = 60_000;
/** Commits in a row that a newer one may push aside; the next is finished, so that endless pushing cannot keep all of them out. */
const PUSHED_ASIDE = 5;
const SUPERSEDED = Symbol("superseded");

interface State {
  wanted: Tip;
  attempted: string | null;
  running: { readonly revision: string; readonly interrupt: AbortController; recallable: boolean } | null;
  /** Failures in a row. */
  failures: number;
  restoring: boolean;
  pushedAside: number;
}

type Outcome = "done" | "failed" | "superseded" | "stopped";

export function createWorker(options: WorkerOptions): Worker {
  const { activation, signal } = options;
  const { verdicts } = activation;
  const state: State = {
    wanted: { revision: null, since: 0 },
    attempted: null,
    running: null,
    failures: 0,
    restoring: false,
    pushedAside: 0,
  };
  const due = createTurnstile();
  const ended = createTurnstile();
  signal.addEventListener("abort", () => {
    due.open();
    ended.open();
  });

  async function tryOnce(
    attempted: Attempted,
    work: (learnt: (about: Attempted["about"]) => void, interrupt: AbortSignal) => Promise<void>,
  ): Promise<Outcome> {
    const interrupt = new AbortController();
    const known = { about: attempted.about };
    state.running = { revision: attempted.revision, interrupt, recallable: true };
    try {
      await work(
        (about) => {
          known.about = about;
        },
        AbortSignal.any([signal, interrupt.signal]),
      );
      return "done";
    } catch (error) {
      if (signal.aborted) return "stopped";
      const made = { ...attempted, about: known.about };
      const superseded = interrupt.signal.aborted;
      await verdicts.tell(
        superseded ? verdicts.make(made, "superseded") : verdicts.make(made, "failed", { reason: messageOf(error) }),
      );
      return superseded ? "superseded" : "failed";
    } finally {
      state.running = null;
      options.onAttempt();
    }
  }

  async function tryRestore(): Promise<void> {
    const pointer = options.memory.read().active;
    state.restoring = false;
    if (pointer === null || activation.holder.current() !== null) return;
    const attempted: Attempted = { revision: pointer.revision, since: activation.now(), about: pointer };
    const outcome = await tryOnce(attempted, async () => {
      await restore(pointer, attempted, activation, signal);
      state.attempted = pointer.revision;
    });
    state.restoring = outcome !== "done";
    count(outcome);
  }

  async function tryTip(revision: string, since: number): Promise<void> {
    state.attempted = revision;
    const attempted: Attempted = { revision, since, about: null };
    const outcome = await tryOnce(attempted, (learnt, interrupt) => {
      const commit = () => {
        if (state.running !== null) state.running.recallable = false;
      };
      return attempt(attempted, learnt, activation, { signal: interrupt, commit });
    });
    count(outcome);
  }

  function count(outcome: Outcome): void {
    state.failures = outcome === "failed" ? state.failures + 1 : 0;
    state.pushedAside = outcome === "superseded" ? state.pushedAside + 1 : 0;
  }

  function isDone(): boolean {
    if (state.running !== null) return false;
    return state.wanted.revision === null || state.wanted.revision === state.attempted;
  }

  return {
    attempted: () => state.attempted,
    restore: tryRestore,
    want: (tip) => {
      if (tip === state.wanted) return;
      state.wanted = tip;
      state.failures = 0;
      const { running } = state;
      if (running?.recallable === true && running.revision !== tip.revision && state.pushedAside < PUSHED_ASIDE)
        running.interrupt.abort(SUPERSEDED);
      due.open();
    },
    retry: () => due.open(),
    run: async () => {
      while (!signal.aborted) {
        const { revision, since } = state.wanted;
        if (state.restoring) await tryRestore();
        if (revision !== null && (revision !== state.attempted || state.failures > 0)) await tryTip(revision, since);
        if (isDone()) ended.open();
        if (state.wanted.revision !== revision || signal.aborted) continue;
        await due.pass(
          state.failures > 0 ? Math.min(LONGEST_RETRY_MS, options.retryMs * 2 ** (state.failures - 1)) : undefined,
        );
      }
    },
    settled: async () => {
      while (!isDone() && !signal.aborted) await ended.pass();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
