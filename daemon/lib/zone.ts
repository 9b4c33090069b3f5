/** Local wall time of a tracker, `YYYY-MM-DD HH:mm:ss`, to UTC and back. Instants are milliseconds since 1970. */
export interface Zone {
  readonly name: string;
  /** Local minus UTC, in milliseconds, at an instant. */
  offset(instant: number): number;
  toLocal(instant: number): string;
  /** Null where the text is no local time. */
  toUtc(local: string): LocalReading | null;
}

/**
 * The instants that a wall time may stand for. `one`: both are equal. `ambiguous`: the clock was put back and showed it twice. `missing`: the clock
 * was put forward over it, so that it never was; the two are what it would be by the offset after and before the change.
 */
export interface LocalReading {
  readonly kind: "one" | "ambiguous" | "missing";
  readonly earlier: number;
  readonly later: number;
}

const QUARTER = 15 * 60_000;
const DAY = 86_400_000;
const REMEMBERED = 20_000;

/** Throws `RangeError` for a name that is no IANA zone. */
export function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  // Offsets change on quarter hours only, and asking Intl for every row of a large page is slow.
  const known = new Map<number, number>();

  function offset(instant: number): number {
    const quarter = Math.floor(instant / QUARTER);
    const remembered = known.get(quarter);
    if (remembered !== undefined) return remembered;
    if (known.size >= REMEMBERED) known.clear();
    const at = quarter * QUARTER;
    const value = wall(format, at) - at;
    known.set(quarter, value);
    return value;
  }

  return zoneOf(name, offset);
}

/** A zone whose clock is never changed; `offset` is local minus UTC in milliseconds. */
export function fixedZone(offset: number): Zone {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const pad = (n: number) => String(n).padStart(2, "0");
  const name = `${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return zoneOf(name, () => offset);
}

/** True for a name that `createZone` takes. */
export function isZone(name: string): boolean {
  try {
    return name !== "" && createZone(name).name === name;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `YYYY-MM-DDTHH:mm:ssZ`. */
export function utcSecond(instant: number): string {
  return `${new Date(Math.floor(instant / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

function zoneOf(name: string, offset: (instant: number) => number): Zone {
  return {
    name,
    offset,
    toLocal: (instant) => new Date(instant + offset(instant)).toISOString().slice(0, 19).replace("T", " "),
    toUtc: (local) => {
      const face = parseLocal(local);
      return face === null ? null : read(face, offset);
    },
  };
}

/** `face`: the wall time read as if it were UTC. */
function read(face: number, offset: (instant: number) => number): LocalReading {
  const before = offset(face - DAY);
  const after = offset(face + DAY);
  const instants = [...new Set([before, after])].map((o) => face - o);
  const real = instants.filter((instant) => instant + offset(instant) === face);
  const kind = real.length === 1 ? "one" : real.length === 0 ? "missing" : "ambiguous";
  const all = real.length === 0 ? instants : real;
  return { kind, earlier: Math.min(...all), later: Math.max(...all) };
}

function parseLocal(local: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.\d+)?$/.exec(local.trim());
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const face = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(face);
  // Date.UTC rolls the 31st of February over; a tracker that says so is wrong.
  const exact =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return exact ? face : null;
}

function wall(format: Intl.DateTimeFormat, instant: number): number {
  const part = Object.fromEntries(format.formatToParts(instant).map((p) => [p.type, Number(p.value)]));
  return Date.UTC(
    part["year"] ?? 0,
    (part["month"] ?? 1) - 1,
    part["day"] ?? 1,
    part["hour"] ?? 0,
    part["minute"] ?? 0,
    part["second"] ?? 0,
  );
}
