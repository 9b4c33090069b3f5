/** Wakes those who wait for something to change. */
export interface Turnstile {
  /** Lets everyone through who waits now. */
  open(): void;
  /** Resolves at the next `open`, or after `ms` milliseconds where that is given. Never rejects. */
  pass(ms?: number): Promise<void>;
}

export function createTurnstile(): Turnstile {
  const waiting = new Set<() => void>();

  return {
    open: () => {
      for (const go of [...waiting]) go();
    },
    pass: (ms) =>
      new Promise((resolve) => {
        const go = () => {
          waiting.delete(go);
          clearTimeout(timer);
          resolve();
        };
        const timer = ms === undefined ? undefined : setTimeout(go, ms);
        waiting.add(go);
      }),
  };
}
