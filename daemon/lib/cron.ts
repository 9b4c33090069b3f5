import { createTask, type ScheduledTask, validateDetailed } from "node-cron";

/**
 * A cron text, read by node-cron: 5 fields or 6 with seconds first, names, ranges, steps, lists, `L`, `15W`, `5L`, `1#2`, `@daily` and its like.
 * Day of month and day of week must *both* match, as node-cron has it (classic cron takes either); a range may wrap (`22-4`).
 */
export interface Cron {
  readonly text: string;
  /** Ascending. */
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  /** Of a local date; `month` from 1. */
  matchesDay(year: number, month: number, day: number): boolean;
  /** True where hour or minute is a wildcard or step: such jobs follow elapsed time through a repeated hour, others run once per local date. */
  readonly elapsed: boolean;
  /** True where every hour is listed: a skipped hour then needs no substitute. */
  readonly everyHour: boolean;
}

export type ParsedCron =
  | { readonly ok: true; readonly cron: Cron }
  | { readonly ok: false; readonly faults: readonly string[] };

const FIELDS = ["second", "minute", "hour", "day of month", "month", "day of week"] as const;
/** Steps beyond these select the first value only, which nobody who writes them means. */
const LARGEST_STEP = [59, 59, 23, 31, 12, 7] as const;
/** Every combination of weekday and 29 February comes by within 40 years, the leap year left out in 2100 included. */
const HORIZON_DAYS = 40 * 366;

/** Reads a cron text. Faults are sentences without the text itself: it cannot be read, or it never comes true. Pure. */
export function parseCron(text: string): ParsedCron {
  const checked = validateDetailed(text);
  if (!checked.valid || checked.fields === undefined) {
    return { ok: false, faults: checked.errors.map((error) => `${spaced(error.field)}: ${error.message}`) };
  }
  const fields = rawFields(text);
  const steps = wideSteps(fields);
  if (steps.length > 0) return { ok: false, faults: steps };
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = checked.fields;
  const cron: Cron = {
    text,
    seconds: ascending(second),
    minutes: ascending(minute),
    hours: ascending(hour),
    months: new Set(month),
    matchesDay: dayMatcher(text, checked.fields),
    elapsed: [fields[1], fields[2]].some((field) => field?.includes("*") === true || field?.includes("/") === true),
    everyHour: new Set(hour).size === 24,
  };
  const plainDays = [...dayOfMonth, ...dayOfWeek].every((value) => typeof value === "number");
  const everyDay = plainDays && dayOfMonth.length === 31 && dayOfWeek.length >= 7;
  if (!everyDay && !comesTrue(cron)) return { ok: false, faults: ["no date matches: it never comes true"] };
  return { ok: true, cron };
}

/** What is wrong with a cron text, in one line; null where nothing is. For the check of a configuration. */
export function cronFault(text: string): string | null {
  const parsed = parseCron(text);
  return parsed.ok ? null : parsed.faults.join("; ");
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function spaced(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The six fields as written. Nicknames stand for fixed days; `@hourly` alone follows elapsed time. */
function rawFields(text: string): readonly string[] {
  const words = text.trim().split(/\s+/);
  if (words.length === 1) return ["0", "0", words[0]?.toLowerCase() === "@hourly" ? "*" : "0", "", "", ""];
  return words.length === 5 ? ["0", ...words] : words;
}

function wideSteps(fields: readonly string[]): readonly string[] {
  return fields.flatMap((field, index) =>
    [...field.matchAll(/\/(\d+)/g)]
      .filter(([, step]) => Number(step) > (LARGEST_STEP[index] ?? 0))
      .map(([, step]) => `${FIELDS[index]}: a step of ${step} is larger than the field`),
  );
}

interface DayFields {
  readonly dayOfMonth: readonly (number | string)[];
  readonly month: readonly number[];
  readonly dayOfWeek: readonly (number | string)[];
}

function dayMatcher(text: string, fields: DayFields): Cron["matchesDay"] {
  const { dayOfMonth, month, dayOfWeek } = fields;
  const months = new Set(month);
  if ([...dayOfMonth, ...dayOfWeek].every((value) => typeof value === "number")) {
    const days = new Set(dayOfMonth);
    const weekdays = new Set(dayOfWeek);
    return (year, at, day) =>
      months.has(at) && days.has(day) && weekdays.has(new Date(Date.UTC(year, at - 1, day)).getUTCDay());
  }
  // `L`, `W` and `#` are node-cron's to judge: it is asked about midnight UTC with the time fields opened.
  const task = dayTask(text);
  return (year, at, day) => months.has(at) && task.match(new Date(Date.UTC(year, at - 1, day)));
}

/** A task that never starts. It is destroyed at once (node-cron registers every task for ever), which leaves `match` in working order. */
function dayTask(text: string): ScheduledTask {
  const days = text.trim().split(/\s+/).slice(-3).join(" ");
  const task = createTask(`0 0 0 ${days}`, () => undefined, { timezone: "UTC" });
  void task.destroy();
  return task;
}

function comesTrue(cron: Cron): boolean {
  for (let day = 0; day < HORIZON_DAYS; day++) {
    const date = new Date(Date.UTC(2000, 0, 1 + day));
    const month = date.getUTCMonth() + 1;
    if (cron.months.has(month) && cron.matchesDay(date.getUTCFullYear(), month, date.getUTCDate())) return true;
  }
  return false;
}
