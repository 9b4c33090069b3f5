import type { FieldSchema } from "../../core/field.ts";
import { lengthIn, type MaxLength } from "../../fields/text.ts";
import type { FileReport } from "./report.ts";
import type { Way } from "./ways.ts";

/** E136, S25: a text that may be longer than the field it goes to. A row that says `overflow` has answered. */
export function checkLengths({ from, to, at, source, target, mapping, says }: Way, report: FileReport): void {
  const max = to.maxLength;
  if (max === undefined || (to.kind !== "string" && to.kind !== "rich") || says("overflow")) return;
  const longer = longerThan(from, max);
  if (longer === null) return;
  const message = `"${from.name}" of ${source.endpoint} ${longer}, "${to.name}" of ${target.endpoint} holds ${max.size} ${max.unit}: longer texts are ${mapping.overflow === "error" ? "refused" : "cut"}.`;
  report.warn(
    "length-differs",
    at,
    message,
    'Make the field longer there, or say in the row what is meant: overflow = "truncate" or "error".',
  );
}

/** In words; null where the source's values fit, or nothing tells how long they are. */
function longerThan({ kind, maxLength, options }: FieldSchema, max: MaxLength): string | null {
  if (kind === "rich" && maxLength === undefined) return "is of any length";
  const long = (kind === "option" ? (options ?? []) : []).filter((value) => lengthIn(value, max.unit) > max.size);
  if (long.length > 0) return `has ${long.map((value) => `"${value}"`).join(", ")}`;
  if (maxLength === undefined || kind === "option") return null;
  // A character is up to four bytes of UTF-8, and never less than one.
  const most = maxLength.unit === "characters" && max.unit === "bytes" ? maxLength.size * 4 : maxLength.size;
  if (most <= max.size) return null;
  return `holds ${maxLength.size} ${maxLength.unit}`;
}
