/** The server's wall clock: what Quality Center writes into dates, without a zone. */
export interface WallClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** `yyyy-MM-dd HH:mm:ss` in the server's zone; an hour repeats in autumn. Without an argument: now. */
  stamp(ms?: number): string;
  /** `yyyy-MM-dd` in the server's zone. */
  today(): string;
}

const QUARTER = 15 * 60_000;
const WEEK = 7 * 86_400_000;

/** `zone` is asked each time, so that a test can move the server. Throws `RangeError` for a zone that does not exist. */
export function createWallClock(now: () => number, zone: () => string): WallClock {
  const offsets = new Map<string, number>();
  const formats = new Map<string, Intl.DateTimeFormat>();
  formatOf(zone());

  function formatOf(name: string): Intl.DateTimeFormat {
    const format = formats.get(name) ?? zoneFormat(name);
    formats.set(name, format);
    return format;
  }

  function probe(ms: number, step: number): number {
    const from = Math.floor(ms / step) * step;
    const key = `${zone()} ${from}`;
    let offset = offsets.get(key);
    if (offset === undefined) {
      if (offsets.size > 50_000) offsets.clear();
      offset = offsetAt(from, formatOf(zone()));
      offsets.set(key, offset);
    }
    return offset;
  }

  // Asking Intl for each record is slow. A week that begins and ends alike has no change in it, and changes fall on quarters of an hour.
  function cachedOffset(ms: number): number {
    const offset = probe(ms, WEEK);
    return probe(ms + WEEK, WEEK) === offset ? offset : probe(ms, QUARTER);
  }

  function stamp(ms: number = now()): string {
    return new Date(ms + cachedOffset(ms)).toISOString().slice(0, 19).replace("T", " ");
  }

  return { now, stamp, today: () => stamp().slice(0, 10) };
}

/** Milliseconds that the format's zone is ahead of UTC at `ms`. */
function offsetAt(ms: number, format: Intl.DateTimeFormat): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

function zoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
}

/** True for a day that the calendar has, in the one spelling Quality Center takes. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

export function isDateTime(text: string): boolean {
  const match = /^(\S+) (\d{2}):(\d{2}):(\d{2})$/.exec(text);
  if (match === null || !isDate(match[1] ?? "")) return false;
  return Number(match[2]) < 24 && Number(match[3]) < 60 && Number(match[4]) < 60;
}
