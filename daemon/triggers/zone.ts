import { createZone } from "../lib/zone.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** No zone ever changed its clock twice within this time. */
const PROBE = 4 * HOUR;

/** A stretch of time with one offset from UTC: `[start, end)` in milliseconds since 1970. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  /** Local minus UTC, milliseconds. */
  readonly offset: number;
}

/** A time zone of the IANA database, as the running Node knows it. */
export interface TriggerZone {
  readonly name: string;
  offsetAt(at: number): number;
  /** The stretches that touch a local date, in order; `midnight` is the date's 00:00 read as UTC. */
  segments(midnight: number): readonly Segment[];
}

/** Null for a name that does not exist. */
export function openZone(name: string): TriggerZone | null {
  const offsetAt = offsetsOf(name);
  if (offsetAt === null) return null;
  const memory = new Map<number, readonly Segment[]>();
  return {
    name,
    offsetAt,
    segments(midnight) {
      const known = memory.get(midnight);
      if (known !== undefined) return known;
      const segments = segmentsOf(offsetAt, midnight);
      // A schedule looks at yesterday, today and its next day again and again; a handful is enough.
      if (memory.size >= 16) memory.clear();
      memory.set(midnight, segments);
      return segments;
    },
  };
}

function offsetsOf(name: string): ((at: number) => number) | null {
  // Intl also takes "+01:00", which never knows a summer.
  if (!/^[A-Za-z]/.test(name)) return null;
  try {
    return createZone(name).offset;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function segmentsOf(offsetAt: (at: number) => number, midnight: number): readonly Segment[] {
  // Offsets lie between -12 and +14 hours, so that the local date lies within these bounds.
  const from = midnight - 15 * HOUR;
  const until = midnight + DAY + 13 * HOUR;
  const segments: Segment[] = [];
  let start = from;
  let offset = offsetAt(from);
  for (let probe = from + PROBE; probe <= until; probe += PROBE) {
    const next = offsetAt(probe);
    if (next === offset) continue;
    const change = changeBetween(offsetAt, probe - PROBE, probe, offset);
    segments.push({ start, end: change, offset });
    start = change;
    offset = next;
  }
  segments.push({ start, end: until, offset });
  return segments;
}

/** The first moment after `low` whose offset is not `offset`, to the millisecond. */
function changeBetween(offsetAt: (at: number) => number, low: number, high: number, offset: number): number {
  let before = low;
  let after = high;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}
