import type { Event, RunRequest } from "../../../daemon/core/events.ts";
import type { TriggerConfig } from "../../../daemon/core/snapshot.ts";
import { NO_TRIGGERS, type TriggerData, type TriggerMemory } from "../../../daemon/triggers/memory.ts";
import { createScheduler, type Scheduler } from "../../../daemon/triggers/scheduler.ts";

export interface Simulation {
  readonly scheduler: Scheduler;
  readonly runs: RunRequest[];
  readonly events: Event[];
  readonly failures: unknown[];
  readonly memory: TriggerMemory & { data: TriggerData };
  now: number;
  /** Runs end at once unless this holds them. */
  hold: (request: RunRequest) => Promise<void>;
  /** Moves the clock in steps and ticks after each. */
  advance(milliseconds: number, step?: number): Promise<void>;
}

/** A scheduler on a clock of our own; `data` is what an earlier one left behind. */
export function simulate(now: number | string, data: TriggerData = NO_TRIGGERS): Simulation {
  const memory = {
    data,
    async update(change: (data: TriggerData) => TriggerData) {
      memory.data = change(memory.data);
    },
  };
  const simulation: Omit<Simulation, "scheduler"> = {
    runs: [],
    events: [],
    failures: [],
    memory,
    now: typeof now === "number" ? now : Date.parse(now),
    hold: async () => undefined,
    async advance(milliseconds, step = 60_000) {
      const end = simulation.now + milliseconds;
      while (simulation.now < end) {
        simulation.now = Math.min(end, simulation.now + step);
        await scheduler.tick();
        await settled();
      }
    },
  };
  const scheduler = createScheduler({
    memory,
    now: () => simulation.now,
    ticker: () => ({ stop: () => undefined }),
    run: async (request) => {
      simulation.runs.push(request);
      await simulation.hold(request);
    },
    emit: (event) => simulation.events.push(event),
    fail: (error) => simulation.failures.push(error),
  });
  return Object.assign(simulation, { scheduler });
}

/** Lets runs that end at once end, with their bookkeeping. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function trigger(link: string, cron: string, more: Partial<TriggerConfig> = {}): TriggerConfig {
  const { zone = "UTC", full = false } = more;
  const origin = { file: "mappings/a.toml", line: 1, column: 1 };
  return { id: `${link} ${cron} ${zone} ${full}`, link, cron, zone, full, origin, ...more };
}
