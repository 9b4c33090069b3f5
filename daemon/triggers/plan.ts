import type { Queries, RunRequest } from "../core/events.ts";
import type { TriggerConfig } from "../core/snapshot.ts";
import type { Cron } from "../lib/cron.ts";
import { dueTimes, latestDue, nextDue } from "./due.ts";
import type { TriggerZone } from "./zone.ts";

/** A trigger at work. */
export interface Planned {
  readonly config: TriggerConfig;
  readonly cron: Cron;
  readonly zone: TriggerZone;
  /** Due times up to here are dealt with. */
  readonly done: number;
  /** The first due time after `done`; null where none will come. */
  readonly next: number | null;
  /** The run for `done` was cut off when the daemon died. */
  readonly interrupted: boolean;
}

/** A trigger whose time has come. */
export interface Due {
  readonly trigger: Planned;
  /** The latest due time that has passed. */
  readonly due: number;
  /** Due times that passed without a run. */
  readonly missed: number;
}

/** What one link is to do now: one run, for one trigger; the others' wishes are contained in it. */
export interface LinkDue {
  readonly link: string;
  readonly chosen: Due;
  readonly contained: readonly Due[];
  readonly full: boolean;
  /** Absent where one of them wants every record. */
  readonly queries?: readonly Queries[];
}

/** Later than this is not lateness of a busy process but a run that was missed. */
const LATE_MS = 60_000;
/** Missed due times are counted up to here. */
const MOST_COUNTED = 10_000;

export function plan(config: TriggerConfig, cron: Cron, zone: TriggerZone, done: number, interrupted = false): Planned {
  return { config, cron, zone, done, next: nextDue(cron, zone, done), interrupted };
}

/** The same trigger with everything up to `done` dealt with. */
export function advance(trigger: Planned, done: number): Planned {
  return plan(trigger.config, trigger.cron, trigger.zone, done);
}

/** Triggers that are due at `now`, by link. Pure. */
export function dueLinks(triggers: Iterable<Planned>, now: number): readonly LinkDue[] {
  const byLink = new Map<string, Due[]>();
  for (const trigger of triggers) {
    const due = dueOf(trigger, now);
    if (due === null) continue;
    const others = byLink.get(trigger.config.link);
    if (others === undefined) byLink.set(trigger.config.link, [due]);
    else others.push(due);
  }
  return [...byLink].map(([link, dues]) => choose(link, dues));
}

function dueOf(trigger: Planned, now: number): Due | null {
  const passed = trigger.next !== null && trigger.next <= now;
  if (!passed) return trigger.interrupted ? { trigger, due: trigger.done, missed: 1 } : null;
  const { cron, zone, done } = trigger;
  const count = dueTimes(cron, zone, done, now, MOST_COUNTED).length;
  const due = latestDue(cron, zone, done, now) ?? done;
  const onTime = now - due < LATE_MS ? 1 : 0;
  return { trigger, due, missed: count - onTime + (trigger.interrupted ? 1 : 0) };
}

/** Without a query wins, then full over incremental, then the later due time. The run contains them all: full if one of them is. */
function choose(link: string, dues: readonly Due[]): LinkDue {
  const rank = ({ trigger: { config } }: Due) => (config.query === undefined ? 2 : 0) + (config.full ? 1 : 0);
  const [chosen, ...contained] = [...dues].sort((a, b) => rank(b) - rank(a) || b.due - a.due);
  if (chosen === undefined) throw new Error(`no trigger is due for ${link}`);
  const full = dues.some(({ trigger }) => trigger.config.full);
  const queries = dues.flatMap(({ trigger }) => trigger.config.query ?? []);
  return { link, chosen, contained, full, ...(queries.length === dues.length ? { queries } : {}) };
}

export function requestOf(due: LinkDue): RunRequest {
  const { config } = due.chosen.trigger;
  const missed = due.chosen.missed + due.contained.reduce((sum, other) => sum + other.missed, 0);
  const runs = missed === 1 ? "a missed run" : `${missed} missed runs`;
  const reason = `trigger ${config.cron} (${config.zone})${missed > 0 ? `, makes up for ${runs}` : ""}`;
  const request = { link: due.link, full: due.full, dryRun: false, reason, due: due.chosen.due };
  return due.queries === undefined ? request : { ...request, queries: due.queries };
}
