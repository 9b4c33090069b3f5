import { validateDetailed } from "node-cron";
import { cronFault } from "../../lib/cron.ts";
import { createZone } from "../../lib/zone.ts";
import type { FileReport, Placed } from "./report.ts";
import { nearest } from "./suggest.ts";

const FIELDS = "minute hour day-of-month month day-of-week";

/** The cron text with single spaces; null where it cannot be used, which is then reported. */
export function checkCron(cron: Placed<string>, report: FileReport): string | null {
  const text = cron.value.trim().replace(/\s+/g, " ");
  const result = validateDetailed(text);
  if (!result.valid) {
    const why = result.errors.map((error) => explain(error.message, error.field)).join("; ");
    report.error(
      "bad-cron",
      cron.at,
      `"${cron.value}" is no cron text: ${why}.`,
      `Five fields: ${FIELDS}, such as "*/5 * * * *".`,
    );
    return null;
  }
  const fault = cronFault(text);
  if (fault !== null) {
    report.error("bad-cron", cron.at, `"${cron.value}" cannot be used: ${fault}.`, `Five fields: ${FIELDS}.`);
    return null;
  }
  const fields = text.split(" ").slice(-5);
  const [, , day = "*", , weekday = "*"] = fields;
  if (day !== "*" && weekday !== "*" && fields.length === 5) {
    const message = `"${cron.value}" names a day of the month and a day of the week: it fires only when both are true.`;
    report.warn("bad-cron", cron.at, message, "For either of the two write two triggers.");
  }
  return text;
}

function explain(message: string, field: string): string {
  if (field === "expression") return message;
  const impossible = /^(.*) is an impossible day of month/.exec(message);
  if (impossible !== null) return `it never comes true (no month of it has such a day)`;
  return message
    .replace(" is a invalid expression for ", " is not possible for ")
    .replace("dayOfMonth", "day-of-month")
    .replace("dayOfWeek", "day-of-week");
}

/** The zone's name; null where there is none of that name, which is then reported. */
export function checkZone(zone: Placed<string>, report: FileReport): string | null {
  const name = zone.value.trim();
  if (/^[A-Za-z]/.test(name) && exists(name)) return name;
  const near = nearest(name, Intl.supportedValuesOf("timeZone"));
  const hint = near === null ? 'Write it as in "Europe/Berlin"; the default is UTC.' : `Did you mean "${near}"?`;
  report.error("bad-zone", zone.at, `There is no time zone "${zone.value}".`, hint);
  return null;
}

function exists(name: string): boolean {
  try {
    return createZone(name).name === name;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
