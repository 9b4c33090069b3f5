import type { Repository } from "./repository.ts";

/** The branch's tip as last seen. */
export interface Tip {
  readonly revision: string | null;
  /** When it was first seen, milliseconds since 1970. */
  readonly since: number;
}

export interface TipReader {
  seen(): Tip;
  /** Reads the tip now, after a reading under way; trouble is noted once and changes nothing. Never rejects. */
  look(): Promise<void>;
}

export interface TipOptions {
  readonly repository: Repository;
  readonly now: () => number;
  readonly note: (level: "debug" | "warn", message: string) => void;
  readonly signal: AbortSignal;
  /** After each reading. */
  readonly onLook: (tip: Tip) => void;
}

export function createTipReader(options: TipOptions): TipReader {
  const { repository } = options;
  const state = { tip: { revision: null, since: options.now() } as Tip, trouble: "" };
  const queue: { running: Promise<void>; next: Promise<void> | null } = { running: Promise.resolve(), next: null };

  function noteOnce(trouble: string): void {
    if (trouble !== "" && trouble !== state.trouble) options.note("warn", trouble);
    state.trouble = trouble;
  }

  async function lookOnce(): Promise<void> {
    try {
      const revision = await repository.tip(options.signal);
      noteOnce(revision === null ? `The branch ${repository.branch()} of ${repository.location} has no commit.` : "");
      if (revision !== state.tip.revision) state.tip = { revision, since: options.now() };
    } catch (error) {
      if (options.signal.aborted) return;
      noteOnce(`The branch ${repository.branch()} of ${repository.location} cannot be read: ${String(error)}`);
    }
    options.onLook(state.tip);
  }

  return {
    seen: () => state.tip,
    look: () => {
      // One more reading serves all who asked since the running one began.
      queue.next ??= queue.running.then(() => {
        queue.next = null;
        queue.running = lookOnce();
        return queue.running;
      });
      return queue.next;
    },
  };
}
