/** Pure arithmetic of repeating requests; who waits and sends is `http.ts`. Durations are milliseconds. */

/** A tracker that asks for a longer pause than this is not waited for: its answer goes to the caller, who can do something else meanwhile. */
const LONGEST_PAUSE = 120_000;

const FIRST_PAUSE = 250;
const LONGEST_BACKOFF = 10_000;

/** Pause after the `attempt`-th attempt (1-based): doubles each time up to 10 s, of which chance takes away up to a half. `random` in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_BACKOFF, FIRST_PAUSE * 2 ** (attempt - 1));
  return Math.round(full * (1 - random / 2));
}

/** `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3); null where it is absent or neither. Never negative. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^[A-Z][a-z]{2},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

export interface Attempt {
  readonly method: string;
  readonly repeatable: boolean;
}

/** What came of one attempt: an answer's status, or no answer (`sent` false where the request provably never reached the server). */
export type AttemptResult =
  | { readonly status: number; readonly retryAfter: number | null }
  | { readonly status: null; readonly sent: boolean };

/**
 * May the request be sent again? What reads, or is declared repeatable, after 429, 502, 503, 504 and lost answers, a plain GET after 500 too (ALM gives
 * transient ones); anything else only where the server did not take it up: never sent, 429, or 503 with Retry-After.
 */
export function mayRepeat(attempt: Attempt, result: AttemptResult): boolean {
  const safe = attempt.repeatable || attempt.method === "GET" || attempt.method === "HEAD";
  if (result.status === null) return safe || !result.sent;
  if (result.retryAfter !== null && result.retryAfter > LONGEST_PAUSE) return false;
  if (result.status === 429) return true;
  if (result.status === 503) return safe || result.retryAfter !== null;
  if (result.status === 502 || result.status === 504) return safe;
  return result.status === 500 && attempt.method === "GET";
}

/** Repeats that one tracker may cost: `capacity` in a row, then `perSecond` on average. Keeps a tracker that is down from being stormed. */
export interface RetryBudget {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Takes one repeat from the budget; false where none is left. `now` in milliseconds. */
export function createBudget(budget: RetryBudget): (now: number) => boolean {
  const state = { left: budget.capacity, at: Number.NaN };

  return (now) => {
    const gained = Number.isNaN(state.at) ? 0 : (Math.max(0, now - state.at) / 1000) * budget.perSecond;
    state.left = Math.min(budget.capacity, state.left + gained);
    state.at = now;
    if (state.left < 1) return false;
    state.left -= 1;
    return true;
  };
}
