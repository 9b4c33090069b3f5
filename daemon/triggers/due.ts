import type { Cron } from "../lib/cron.ts";
import type { Segment, TriggerZone } from "./zone.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** As far as a next moment is looked for; see `cron.ts`. */
const HORIZON = 40 * 366 * DAY;
/** Stretches of the past that are searched for the latest due time, until one has any: short ones first, for the sake of dense schedules. */
const LOOK_BACK = [MINUTE, HOUR, DAY, 32 * DAY, 400 * DAY, HORIZON] as const;

/**
 * All due times in `(after, until]`, ascending, in milliseconds since 1970; at most `limit`.
 *
 * Wall-clock rules: a time that the clock skips in spring is due at the first moment after the gap (02:30 at 03:00), unless every hour is listed
 * anyway; of a time that comes twice in autumn a fixed-hour job takes the first, a wildcard or step job both. node-cron's own reckoning loses
 * the first and falls silent for an hour in the second case.
 */
export function dueTimes(
  cron: Cron,
  zone: TriggerZone,
  after: number,
  until: number,
  limit = Number.MAX_SAFE_INTEGER,
): number[] {
  const times: number[] = [];
  for (const at of moments(cron, zone, after, until)) {
    if (times.length >= limit) break;
    times.push(at);
  }
  return times;
}

/** The first due time after `after`; null where there is none within 40 years. */
export function nextDue(cron: Cron, zone: TriggerZone, after: number): number | null {
  return moments(cron, zone, after, after + HORIZON).next().value ?? null;
}

/** The latest due time in `(after, until]`; null where there is none. */
export function latestDue(cron: Cron, zone: TriggerZone, after: number, until: number): number | null {
  for (const stretch of LOOK_BACK) {
    const from = Math.max(after, until - stretch);
    const latest = dueTimes(cron, zone, from, until).at(-1);
    if (latest !== undefined) return latest;
    if (from === after) return null;
  }
  return null;
}

function* moments(cron: Cron, zone: TriggerZone, after: number, until: number): Generator<number, undefined> {
  let last = after;
  // A day early: a date that a zone left out altogether is made up for on the next one.
  const first = Math.floor((after + zone.offsetAt(after)) / DAY) * DAY - DAY;
  for (let midnight = first; midnight <= until + DAY; midnight += DAY) {
    const date = new Date(midnight);
    const month = date.getUTCMonth() + 1;
    if (!cron.months.has(month) || !cron.matchesDay(date.getUTCFullYear(), month, date.getUTCDate())) continue;
    for (const at of momentsOfDay(cron, zone.segments(midnight), midnight, last)) {
      if (at > until) return undefined;
      if (at <= last) continue;
      last = at;
      yield at;
    }
  }
  return undefined;
}

/** The moments of one local date after `after`, stretch by stretch; `wall` times are local times read as UTC. */
function* momentsOfDay(cron: Cron, segments: readonly Segment[], midnight: number, after: number): Generator<number> {
  let shown = Number.NEGATIVE_INFINITY;
  for (const { start, end, offset } of segments) {
    const wallStart = start + offset;
    const wallEnd = end + offset;
    if (!cron.everyHour && shown !== Number.NEGATIVE_INFINITY && wallStart > shown) {
      if (anyWall(cron, midnight, shown, wallStart)) yield start;
    }
    const from = cron.elapsed ? wallStart : Math.max(wallStart, shown);
    for (const wall of walls(cron, midnight, Math.max(from, after + 1 + offset), wallEnd)) yield wall - offset;
    shown = Math.max(shown, wallEnd);
  }
}

function anyWall(cron: Cron, midnight: number, from: number, until: number): boolean {
  return walls(cron, midnight, from, until).next().done === false;
}

/** The cron's wall times of one date in `[from, until)`, ascending. */
function* walls(cron: Cron, midnight: number, from: number, until: number): Generator<number> {
  for (const hour of cron.hours) {
    const atHour = midnight + hour * HOUR;
    if (atHour + HOUR <= from) continue;
    if (atHour >= until) return;
    for (const minute of cron.minutes) {
      const atMinute = atHour + minute * MINUTE;
      if (atMinute + MINUTE <= from) continue;
      for (const second of cron.seconds) {
        const wall = atMinute + second * 1000;
        if (wall >= until) return;
        if (wall >= from) yield wall;
      }
    }
  }
}
