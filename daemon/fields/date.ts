const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** `YYYY-MM-DD` of a day that exists, from a date or a date-time (its UTC day); null otherwise. */
export function canonicalDate(text: string): string | null {
  const day = text.trim().slice(0, 10);
  const match = DATE.exec(day);
  if (match === null || (text.trim().length > 10 && canonicalInstant(text) === null)) return null;
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day) ? day : null;
}

/** `YYYY-MM-DDTHH:mm:ssZ`; a bare day is its first second. Null for what is no moment. */
export function canonicalInstant(text: string): string | null {
  const trimmed = text.trim();
  if (DATE.test(trimmed)) return canonicalDate(trimmed) === null ? null : `${trimmed}T00:00:00Z`;
  if (INSTANT.test(trimmed)) return Number.isNaN(Date.parse(trimmed)) ? null : trimmed;
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(trimmed) || !/(Z|[+-]\d{2}:?\d{2})$/.test(trimmed)) return null;
  const at = Date.parse(trimmed);
  return Number.isNaN(at) ? null : `${new Date(at).toISOString().slice(0, 19)}Z`;
}
