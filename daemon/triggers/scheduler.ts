import type { Emit, RunRequest } from "../core/events.ts";
import type { TriggerConfig } from "../core/snapshot.ts";
import { parseCron } from "../lib/cron.ts";
import {
  samePlan,
  type TriggerChange,
  type TriggerEntry,
  type TriggerMemory,
  withChanges,
  withRunEnded,
} from "./memory.ts";
import { advance, type Due, dueLinks, type LinkDue, type Planned, plan, requestOf } from "./plan.ts";
import { createRunGate, type RunGate } from "./run-gate.ts";
import type { Ticker } from "./ticker.ts";
import { openZone } from "./zone.ts";

export interface SchedulerDeps {
  readonly memory: TriggerMemory;
  /** Milliseconds since 1970. */
  now(): number;
  readonly ticker: Ticker;
  /** Executes a run to its end. A rejection is passed to `fail`. */
  run(request: RunRequest): Promise<void>;
  readonly emit: Emit;
  /** Told of what went wrong and has no other place: bookkeeping that could not be written, a run that rejected. */
  fail(error: unknown): void;
}

export interface PlannedTrigger {
  readonly trigger: string;
  readonly link: string;
  readonly full: boolean;
  /** Milliseconds since 1970; null where it never comes again. */
  readonly due: number | null;
}

export interface Scheduler {
  /**
   * Takes the triggers of a newly active revision (R15): unchanged ones keep their next due time, changed ones are planned from now, removed
   * ones never fire again, new ones do not fire because of it. The first call after a start also makes up, once per link, for runs that were
   * missed while the daemon was down. Never rejects.
   */
  apply(triggers: readonly TriggerConfig[]): Promise<void>;
  /** Looks at the clock and starts what is due; the ticker calls it. Resolves when the runs have begun. Never rejects. */
  tick(): Promise<void>;
  /** Runs a link outside its schedule; null where it is running or the scheduler has stopped. The promise settles when the run has ended; it never rejects. */
  request(request: RunRequest): Promise<void> | null;
  /** Resolves when the link's run, if there is one, has ended: for who wants the next turn. */
  ended(link: string): Promise<void>;
  /** Keys of the links that are running. */
  running(): readonly string[];
  planned(): readonly PlannedTrigger[];
  /** No more runs; resolves when those under way have ended. */
  stop(): Promise<void>;
}

/** A clock set back by more than this makes the schedule start over; less is waited out, so that no due time counts twice. */
const BACKWARD_MS = 3_600_000;

/** Runs links when their triggers are due, one run of a link at a time. Ticks from the moment it is made. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const schedule = new Schedule(deps, createRunGate(deps));
  const ticking = deps.ticker(() => void schedule.tick());
  return {
    apply: (triggers) => schedule.apply(triggers),
    tick: () => schedule.tick(),
    request: (request) => schedule.request(request),
    ended: (link) => schedule.gate.ended(link),
    running: () => schedule.gate.running(),
    planned: () => schedule.planned(),
    async stop() {
      ticking.stop();
      await schedule.stop();
    },
  };
}

class Schedule {
  readonly gate: RunGate;
  readonly #deps: SchedulerDeps;
  #triggers: ReadonlyMap<string, Planned> = new Map();
  #began = false;
  #stopped = false;
  #queue: Promise<void> = Promise.resolve();
  #tickWaits = false;
  #trouble = "";

  constructor(deps: SchedulerDeps, gate: RunGate) {
    this.#deps = deps;
    this.gate = gate;
  }

  async apply(configs: readonly TriggerConfig[]): Promise<void> {
    await this.#inTurn(() => this.#adopt(configs));
    await this.tick();
  }

  tick(): Promise<void> {
    if (this.#tickWaits || this.#stopped) return this.#queue;
    this.#tickWaits = true;
    return this.#inTurn(async () => {
      this.#tickWaits = false;
      await this.#lookAtClock();
    });
  }

  request(request: RunRequest): Promise<void> | null {
    return this.#stopped ? null : this.gate.start(request, async () => undefined);
  }

  planned(): readonly PlannedTrigger[] {
    return [...this.#triggers.values()].map(({ config, next }) => {
      return { trigger: config.id, link: config.link, full: config.full, due: next };
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#queue;
    await this.gate.ended();
  }

  /** Changes of the plan happen one after the other: a publish never meets a half-done tick. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).then(
      () => {
        this.#trouble = "";
      },
      (error) => this.#tell(error),
    );
    return this.#queue;
  }

  /** A full disk fails every tick: it is told once, until something works again or fails otherwise. */
  #tell(error: unknown): void {
    const trouble = String(error);
    if (trouble !== this.#trouble) this.#deps.fail(error);
    this.#trouble = trouble;
  }

  async #adopt(configs: readonly TriggerConfig[]): Promise<void> {
    const now = this.#deps.now();
    const entries = this.#began ? {} : this.#deps.memory.data.triggers;
    const next = new Map<string, Planned>();
    for (const config of configs) {
      const known = this.#triggers.get(config.id);
      const planned =
        known !== undefined && samePlan(known.config, config)
          ? { ...known, config }
          : planAnew(config, entries[config.id], now);
      if (planned !== null) next.set(config.id, planned);
      else this.#deps.fail(new Error(`the trigger ${config.id} cannot be planned: "${config.cron}" in ${config.zone}`));
    }
    const before = this.#triggers;
    this.#triggers = next;
    this.#began = true;
    for (const trigger of next.values()) {
      if (trigger.next !== before.get(trigger.config.id)?.next) this.#announce(trigger);
    }
    await this.#record([...next.values()].map(({ config, done }) => ({ config, due: done, state: "keep" })));
  }

  async #lookAtClock(): Promise<void> {
    if (this.#stopped) return;
    const now = this.#deps.now();
    this.#startOverAfterJump(now);
    const due = dueLinks(this.#triggers.values(), now);
    if (due.length === 0) return;
    const busy = new Set(due.filter(({ link }) => this.gate.since(link) !== null));
    // On the disk before anything starts: a run that kills the daemon must not be repeated for ever.
    await this.#record(due.flatMap((link) => changesOf(link, busy.has(link))));
    for (const link of due) {
      for (const each of [link.chosen, ...link.contained]) this.#settle(each);
      if (busy.has(link)) this.#skip(link, now);
      else this.#begin(link);
    }
  }

  #startOverAfterJump(now: number): void {
    for (const [id, trigger] of this.#triggers) {
      if (trigger.done <= now + BACKWARD_MS) continue;
      this.#replace(id, advance(trigger, now));
    }
  }

  #settle({ trigger, due, missed }: Due): void {
    const { id, link } = trigger.config;
    if (missed > 0) this.#deps.emit({ event: "trigger.missed", trigger: id, link, due, count: missed });
    this.#replace(id, advance(trigger, due));
  }

  #replace(id: string, trigger: Planned): void {
    this.#triggers = new Map(this.#triggers).set(id, trigger);
    this.#announce(trigger);
  }

  #announce({ config, next }: Planned): void {
    if (next === null) return;
    this.#deps.emit({ event: "trigger.scheduled", trigger: config.id, link: config.link, due: next });
  }

  #skip(due: LinkDue, now: number): void {
    const seconds = Math.round((now - (this.gate.since(due.link) ?? now)) / 1000);
    for (const each of [due.chosen, ...due.contained]) this.#say(each, `already running, for ${seconds} s`);
  }

  #begin(due: LinkDue): void {
    const why = `${due.full ? "a full run" : "another run"} of this link is due at the same time`;
    for (const each of due.contained) this.#say(each, why);
    const id = due.chosen.trigger.config.id;
    void this.gate.start(requestOf(due), async () => {
      // What ends after `stop` was probably cut short: it is made up for at the next start.
      if (!this.#stopped) await this.#deps.memory.update((data) => withRunEnded(data, id));
    });
  }

  #say({ trigger, due }: Due, why: string): void {
    this.#deps.emit({ event: "trigger.skipped", trigger: trigger.config.id, link: trigger.config.link, due, why });
  }

  async #record(changes: readonly TriggerChange[]): Promise<void> {
    await this.#deps.memory.update((data) => withChanges(data, changes, this.#triggers));
  }
}

function changesOf(link: LinkDue, busy: boolean): readonly TriggerChange[] {
  const { chosen, contained } = link;
  const state = busy ? "keep" : chosen.trigger.interrupted ? "retried" : "started";
  return [
    { config: chosen.trigger.config, due: chosen.due, state },
    ...contained.map(
      ({ trigger, due }): TriggerChange => ({ config: trigger.config, due, state: busy ? "keep" : "done" }),
    ),
  ];
}

/** A trigger that this process did not know: from where the last one left off, or from now. Null where it cannot be read. */
function planAnew(config: TriggerConfig, entry: TriggerEntry | undefined, now: number): Planned | null {
  const parsed = parseCron(config.cron);
  const zone = openZone(config.zone);
  if (!parsed.ok || zone === null) return null;
  if (entry === undefined || !samePlan(entry, config) || entry.due > now + BACKWARD_MS) {
    return plan(config, parsed.cron, zone, now);
  }
  return plan(config, parsed.cron, zone, entry.due, entry.state === "started");
}
