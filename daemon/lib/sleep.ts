import { setTimeout as wait } from "node:timers/promises";

/** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted before or meanwhile. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    // Node wraps the reason in an AbortError of its own; callers compare with the reason they gave.
    signal.throwIfAborted();
    throw error;
  }
}
