import { createZone, utcSecond, type Zone } from "../lib/zone.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** Day, time to the second, fraction, zone. A text without a zone is no moment. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:[.,]\d+)?)? ?(?:([Zz])|([+-](?:[01]\d|2[0-3])):?([0-5]\d))$/;

/** `YYYY-MM-DD` of a day that exists, from a date or a date-time (its UTC day); null otherwise. */
export function canonicalDate(text: string): string | null {
  const trimmed = text.trim();
  return isDay(trimmed) ? trimmed : (canonicalInstant(trimmed)?.slice(0, 10) ?? null);
}

/** `YYYY-MM-DDTHH:mm:ssZ`; a bare day is its first second. Null for what is no moment. */
export function canonicalInstant(text: string): string | null {
  const trimmed = text.trim();
  if (isDay(trimmed)) return `${trimmed}T00:00:00Z`;
  const match = INSTANT.exec(trimmed);
  if (match === null) return null;
  const [, day = "", time = "", second = "00", , hours = "+00", minutes = "00"] = match;
  if (!isDay(day)) return null;
  const at = new Date(Date.parse(`${day}T${time}:${second}Z`) - offsetMs(hours, minutes)).toISOString();
  // Beyond the years that four digits can tell.
  return at.length === 24 ? `${at.slice(0, 19)}Z` : null;
}

/** The day of a moment as the clocks of `zone` show it; a day stays itself. Null where the text is neither. */
export function dayIn(text: string, zone: string | undefined): string | null {
  const instant = zone === undefined || isDay(text.trim()) ? null : canonicalInstant(text);
  return instant === null
    ? canonicalDate(text)
    : zoneOf(zone ?? "UTC")
        .toLocal(Date.parse(instant))
        .slice(0, 10);
}

/**
 * A day's first moment by the clocks of `zone`: the first that there is where they are put forward at midnight, the first of two where they are put
 * back. A moment stays itself.
 */
export function startIn(text: string, zone: string | undefined): string | null {
  const day = text.trim();
  const reading = zone === undefined || !isDay(day) ? null : zoneOf(zone).toUtc(`${day} 00:00:00`);
  if (reading === null) return canonicalInstant(text);
  return canonicalInstant(utcSecond(reading.kind === "missing" ? reading.later : reading.earlier));
}

/** A zone costs about a millisecond to make. */
const ZONES = new Map<string, Zone>();

function zoneOf(name: string): Zone {
  const known = ZONES.get(name) ?? createZone(name);
  ZONES.set(name, known);
  return known;
}

function offsetMs(hours: string, minutes: string): number {
  const sign = hours.startsWith("-") ? -1 : 1;
  return sign * (Math.abs(Number(hours)) * 60 + Number(minutes)) * 60_000;
}

/** JavaScript reads 30 February as 2 March. */
function isDay(text: string): boolean {
  if (!DATE.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
