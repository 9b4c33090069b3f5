import type { TriggerConfig } from "../core/snapshot.ts";

/** What outlives the daemon of one trigger. */
export interface TriggerEntry {
  readonly link: string;
  readonly cron: string;
  readonly zone: string;
  readonly full: boolean;
  /** Due times up to here are dealt with (milliseconds since 1970): of the last run, or the moment when the trigger was planned. */
  readonly due: number;
  /**
   * Of the last run. `started`: written before it begins, so that a daemon that was killed in it makes up for it; `retried`: it has been made
   * up for, and is not again, lest a run that kills the daemon be repeated for ever.
   */
  readonly state: "done" | "started" | "retried";
}

export interface TriggerData {
  readonly triggers: Readonly<Record<string, TriggerEntry>>;
}

export const NO_TRIGGERS: TriggerData = { triggers: {} };

/** Durable bookkeeping, handed in by main: `openSmallState(file, NO_TRIGGERS)` fits. */
export interface TriggerMemory {
  readonly data: TriggerData;
  /** Resolves when the change is on the disk. */
  update(change: (data: TriggerData) => TriggerData): Promise<unknown>;
}

/** One trigger's new bookkeeping; `keep`: as the last run left it. */
export interface TriggerChange {
  readonly config: TriggerConfig;
  readonly due: number;
  readonly state: TriggerEntry["state"] | "keep";
}

type Plan = Pick<TriggerConfig, "link" | "cron" | "zone" | "full">;

/** The plan is the same although the configuration around it may have changed. */
export function samePlan(a: Plan, b: Plan): boolean {
  return a.link === b.link && a.cron === b.cron && a.zone === b.zone && a.full === b.full;
}

/** Bookkeeping with `changes` made and without triggers that are no more. Pure. */
export function withChanges(
  data: TriggerData,
  changes: readonly TriggerChange[],
  current: ReadonlyMap<string, unknown>,
): TriggerData {
  const triggers = new Map(Object.entries(data.triggers).filter(([id]) => current.has(id)));
  for (const { config, due, state } of changes) {
    const { id, link, cron, zone, full } = config;
    const before = triggers.get(id);
    const last = before !== undefined && samePlan(before, config) ? before.state : "done";
    triggers.set(id, { link, cron, zone, full, due, state: state === "keep" ? last : state });
  }
  return { ...data, triggers: Object.fromEntries(triggers) };
}

export function withRunEnded(data: TriggerData, id: string): TriggerData {
  const entry = data.triggers[id];
  if (entry === undefined) return data;
  return { ...data, triggers: { ...data.triggers, [id]: { ...entry, state: "done" } } };
}
