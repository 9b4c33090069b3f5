import type { FieldSchema } from "../../core/field.ts";
import type { FileReport } from "./report.ts";
import { unknownOption } from "./row-options.ts";
import type { Way } from "./ways.ts";

const SHOWN = 8;

/** E137: a list that the tracker enforces, fed from a field whose values nobody knows, or some of which are not in it. */
export function checkForeignValues(way: Way, report: FileReport): void {
  const { from, to, at, mapping, source, target } = way;
  if (to.kind !== "option" || to.verified !== true || to.options === undefined || to.options.length === 0) return;
  if (typeof mapping.unmapped === "object") checkStandIn(way, mapping.unmapped.value, report);
  // Without a row in the value map nothing arrives, or somebody has decided that it may, or it is made there.
  if (mapping.unmapped !== "copy" || way.says("unmapped") || mapping.createMissing === true) return;
  // The value map that it names is not there, which is told.
  if (mapping.values === null && way.says("values")) return;
  const mapped = new Set(way.values.map((row) => row.from.value));
  const { values, whole } = valuesOf(from);
  const foreign = values.filter((value) => !mapped.has(value) && !to.options?.includes(value));
  if (whole && foreign.length === 0) return;
  const what = whole
    ? `"${from.name}" of ${source.endpoint} has ${shown(foreign)}, which`
    : `"${from.name}" of ${source.endpoint} may hold any value${foreign.length === 0 ? "" : ` (${shown(foreign)} was seen)`}; what`;
  report.warn(
    "foreign-values",
    at,
    `${what} the list of "${to.name}" in ${target.endpoint} does not have ${whole ? "and refuses" : "is refused there"}.`,
    mapping.values === null
      ? 'Add a value map, or say that it is meant so: unmapped = "copy".'
      : `Add rows to the value map "${mapping.values.name}", or say what becomes of the others: unmapped = "error", "skip" or { value = "…" }.`,
  );
}

/** `whole`: the field holds no others. */
function valuesOf({ kind, options, verified }: FieldSchema): {
  readonly values: readonly string[];
  readonly whole: boolean;
} {
  if (kind === "boolean") return { values: ["true", "false"], whole: true };
  return { values: options ?? [], whole: kind === "option" && verified === true && options !== undefined };
}

/** What stands in for values without a row must itself be in the list. */
function checkStandIn({ to, target, at, standInAt }: Way, value: string, report: FileReport): void {
  const trouble = unknownOption(value, to, target);
  if (trouble === null) return;
  (trouble.certain ? report.error : report.warn)(
    "unknown-option",
    standInAt ?? at,
    `unmapped: ${trouble.message}`,
    trouble.hint,
  );
}

/** E137: texts that are nobody's name. With a users file only those whom it names arrive. */
export function checkForeignUsers({ from, to, at, mapping, source, target, says }: Way, report: FileReport): void {
  if (to.kind !== "user" || from.kind === "user" || mapping.users !== null || says("unmapped")) return;
  report.warn(
    "foreign-users",
    at,
    `"${from.name}" of ${source.endpoint} holds no users, but goes to "${to.name}" of ${target.endpoint}, which takes nothing else: its texts are written as they are.`,
    'Name a users file with users = "…", then only those whom it names are written.',
  );
}

function shown(values: readonly string[]): string {
  const first = values.slice(0, SHOWN).map((value) => `"${value}"`);
  return values.length > SHOWN ? `${first.join(", ")} and ${values.length - SHOWN} more` : first.join(", ");
}
