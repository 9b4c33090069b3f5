import type { FieldSchema } from "../../core/field.ts";
import { canonicalDate, canonicalInstant } from "../../fields/date.ts";
import { canonicalDecimal } from "../../fields/number.ts";
import { findByName } from "../../fields/reference.ts";
import { targetsOf } from "../../fields/referred.ts";
import { lengthIn } from "../../fields/text.ts";
import type { FileReport, Placed } from "./report.ts";
import { unknownUser } from "./row-options.ts";
import type { Way } from "./ways.ts";

/** E138: what a value map makes of a value must fit the field that it goes to. Lists are checked where the map is read. */
export function checkValueFit(way: Way, report: FileReport): void {
  for (const { to } of way.values) checkValue(to, way, report);
}

function checkValue(value: Placed<string>, way: Way, report: FileReport): void {
  const { to, target } = way;
  const field = `"${to.name}" of ${target.endpoint}`;
  if (value.value.trim() === "") {
    if (!to.required) return;
    // Only what the tracker itself said is certain.
    (target.source === "committed" ? report.error : report.warn)(
      "empty-required",
      value.at,
      `The value map empties ${field}, which is required there.`,
      "Write a value that the field may hold.",
    );
    return;
  }
  const noun = whyUnfit(value.value, to);
  if (noun !== null) {
    report.error(
      "value-kind",
      value.at,
      `"${value.value}" is not ${noun}, as ${field} needs.`,
      "Write it as the field holds it.",
    );
    return;
  }
  checkSize(value, way, report);
  checkExists(value, way, report);
}

function whyUnfit(text: string, { kind }: FieldSchema): string | null {
  if (kind === "number") return canonicalDecimal(text) === null ? "a number" : null;
  if (kind === "date") return canonicalDate(text) === null ? "a date (YYYY-MM-DD)" : null;
  if (kind === "datetime") return canonicalInstant(text) === null ? "a moment (YYYY-MM-DDTHH:mm:ssZ)" : null;
  if (kind === "boolean") return /^(true|yes|y|1|false|no|n|0)$/i.test(text) ? null : "yes or no";
  return null;
}

function checkSize({ value, at }: Placed<string>, { to, target }: Way, report: FileReport): void {
  const max = to.maxLength;
  if (max === undefined || to.options?.includes(value) === true || lengthIn(value, max.unit) <= max.size) return;
  report.warn(
    "value-too-long",
    at,
    `"${value}" is longer than "${to.name}" of ${target.endpoint} holds (${max.size} ${max.unit}): it is ${to.kind === "option" ? "refused" : "cut"}.`,
    "Write a shorter value.",
  );
}

/** Only the tracker itself can tell: releases, cycles and users by the names that it has now. */
function checkExists({ value, at }: Placed<string>, way: Way, report: FileReport): void {
  const { to, target, targetEndpoint, mapping } = way;
  const name = mapping.values?.name ?? "";
  const { facts } = targetEndpoint;
  if (facts === null) return;
  const stranger = to.kind === "user" ? unknownUser(value, to, target) : null;
  if (stranger !== null)
    (stranger.certain ? report.error : report.warn)("unknown-user", at, stranger.message, stranger.hint);
  if (to.kind !== "reference" || !targetsOf(to.target).some((one) => facts.directories.has(one))) return;
  const world = { endpoint: target.endpoint, people: null, directories: facts.directories };
  const found = findByName(value, null, to.target ?? "", world);
  // A cycle's name repeats from release to release: which one is meant, its release says.
  if (found.kind !== "fault" || found.holds === "record") return;
  report.error("unknown-option", at, `In [values.${name}]: ${found.message}.`);
}
