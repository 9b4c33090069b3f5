/**
 * The server's clock where answers do not tell it (Puma by itself sends no `Date`): it was at least as late as the latest stamp that an answer held,
 * and went on since. Never ahead of the server as long as the daemon's own clock is not put forward.
 */
export interface ServerClock {
  /** A stamp (`YYYY-MM-DDTHH:mm:ssZ`) that an answer held. */
  seen(stamp: string): void;
  /** UTC second that the server's clock has reached; null before anything was seen. */
  reached(): string | null;
}

/** `now`: the daemon's clock, milliseconds since 1970. */
export function createServerClock(now: () => number): ServerClock {
  const state: { ahead: number | null } = { ahead: null };
  return {
    seen(stamp) {
      const at = Date.parse(stamp);
      if (!Number.isNaN(at)) state.ahead = Math.max(state.ahead ?? Number.NEGATIVE_INFINITY, at - now());
    },
    reached() {
      return state.ahead === null ? null : `${new Date(now() + state.ahead).toISOString().slice(0, 19)}Z`;
    },
  };
}
