const DATE = /^\d{4}-\d{2}-\d{2}$/;
const STAMP = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Milliseconds since 1970 of `YYYY-MM-DD` (midnight UTC) or a timestamp (UTC unless it names an offset); null for anything else. */
export function instantOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  if (DATE.test(text)) return isDay(text) ? Date.parse(`${text}T00:00:00Z`) : null;
  const found = STAMP.exec(text);
  if (found === null || !isDay(text.slice(0, 10))) return null;
  const iso = text.replace(" ", "T") + (found[3] === undefined ? "Z" : "");
  const instant = Date.parse(iso);
  return Number.isNaN(instant) ? null : instant;
}

/** Is `text` a day of the calendar, written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!DATE.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** `YYYY-MM-DDTHH:mm:ssZ`, the second begun. */
export function stampOf(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

export const DAY = 86_400_000;
