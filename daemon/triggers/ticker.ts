import { createTask } from "node-cron";

/** Calls `tick` about once a second until it is stopped. How exactly does not matter: what is due is told by the clock, not by ticks. */
export type Ticker = (tick: () => void) => { stop(): void };

/**
 * Ticks by node-cron, in UTC: in a zone with summer time it falls silent for an hour. Seconds that a blocked process let pass are reported
 * by node-cron, not made up for; each report is a tick like any other.
 */
export function cronTicker(fail: (error: unknown) => void): Ticker {
  return (tick) => {
    const task = createTask("* * * * * *", tick, {
      timezone: "UTC",
      noOverlap: true,
      name: "syncline triggers",
      // node-cron prints coloured lines on the console otherwise.
      logger: { info: ignore, warn: ignore, debug: ignore, error: (message) => fail(message) },
    });
    task.on("execution:missed", tick);
    void task.start();
    // destroy, not stop: a stopped task stays registered for ever.
    return { stop: () => void task.destroy() };
  };
}

function ignore(): void {
  // Overlaps and late ticks mean nothing here.
}
