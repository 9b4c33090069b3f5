import type { FieldSchema } from "../../core/field.ts";
import { equalValues } from "../../fields/equal.ts";
import type { FileReport } from "./report.ts";
import { asHeld, type Carrier, carrierOf } from "./value-carrier.ts";
import type { Way } from "./ways.ts";

/** One value on its way to and fro: where it stands, and the row of the value map that made it of the one before. */
interface Step {
  readonly way: Way;
  readonly value: string;
  readonly line: string | null;
}

/** A value may go to and fro so often before it counts as wandering for ever. */
const MOST_STEPS = 200;

/**
 * B9: of a row that goes both ways, each value that can occur must be the same again after it went over, back, and over. What is looked up is what
 * the engine itself makes of a value, so that what passes here settles there.
 */
export function checkCircles(ways: readonly Way[], report: FileReport): void {
  const [first, second] = ways;
  if (first === undefined || second === undefined) return;
  if (first.mapping.values === null && first.mapping.users === null) return;
  const told = new Set<string>();
  for (const [over, back] of [
    [first, second],
    [second, first],
  ] as const) {
    const carriers = { over: carrierOf(over), back: carrierOf(back) };
    for (const value of occurring(over, back)) {
      checkValue(value, over, back, carriers, told, report);
      checkCopy(value, over, back, carriers, report);
    }
  }
}

interface Carriers {
  readonly over: Carrier;
  readonly back: Carrier;
}

function checkValue(
  value: string,
  over: Way,
  back: Way,
  carriers: Carriers,
  told: Set<string>,
  report: FileReport,
): void {
  const [once, , twice] = orbit(value, over, back, carriers, 3);
  if (once === undefined || twice === undefined || isSame(over.to, once.value, twice.value)) return;
  const start: Step = { way: over, value, line: null };
  const steps = [start, ...orbit(value, over, back, carriers, MOST_STEPS)];
  const circle = circleOf(steps);
  const key = circle === null ? JSON.stringify([over.toward, value]) : keyOf(circle);
  if (told.has(key)) return;
  told.add(key);
  const who = `"${value}" of "${over.from.name}" in ${over.source.endpoint}`;
  const what =
    circle === null
      ? `${who} is another value after one round to ${over.target.endpoint} and back`
      : `${who} never settles, it goes in a circle`;
  const { values, users } = over.mapping;
  const where = values !== null ? ` of [values.${values.name}]` : users !== null ? ` of ${users.origin.file}` : "";
  report.error(
    "value-map-circle",
    over.rowOf(value)?.from.at ?? over.at,
    `${what}: ${(circle ?? steps.slice(0, 4)).map(shown).join(" → ")}.`,
    `Let each value come back to where it came from: correct these rows${where}, or map the field one way.`,
  );
}

/** B8: a value without a row, which copied as it is becomes what a row makes of another one, comes back as that other one. */
function checkCopy(value: string, over: Way, back: Way, carriers: Carriers, report: FileReport): void {
  const { mapping, from, source, target } = over;
  if (mapping.values === null || mapping.unmapped !== "copy" || over.says("unmapped")) return;
  if (over.rowOf(value) !== undefined || from.options?.includes(value) !== true || from.multiple) return;
  const there = carriers.over(value);
  const row = there === null ? undefined : back.rowOf(there);
  if (there === null || row === undefined || isSame(from, value, row.to.value)) return;
  report.warn(
    "value-map-inverse",
    over.at,
    `"${value}" of "${from.name}" in ${source.endpoint} has no row in the value map "${mapping.values.name}": copied as it is to ${target.endpoint}, it comes back as "${row.to.value}" (line ${row.from.at.line}).`,
    `Add a row for "${value}", or say what becomes of values without one with unmapped.`,
  );
}

/** What comes of a value over, back, over …; shorter where a step gives nothing that could go on. */
function orbit(value: string, over: Way, back: Way, carriers: Carriers, most: number): readonly Step[] {
  const steps: Step[] = [];
  const seen = new Set([JSON.stringify([false, value])]);
  let now = value;
  for (let n = 0; n < most; n++) {
    const forth = n % 2 === 0;
    const next = forth ? carriers.over(now) : carriers.back(now);
    if (next === null) return steps;
    steps.push({ way: forth ? back : over, value: next, line: lineOf(now, forth ? over : back) });
    const here = JSON.stringify([forth, next]);
    if (seen.has(here)) return steps;
    seen.add(here);
    now = next;
  }
  return steps;
}

/** Where the mapping, or its users file, says what becomes of a value. */
function lineOf(value: string, { rowOf, mapping, toward }: Way): Step["line"] {
  const row = rowOf(value);
  if (row !== undefined) return `line ${row.from.at.line}`;
  const line = mapping.users?.lines?.[toward === "right" ? "toRight" : "toLeft"][value.trim().toLowerCase()];
  return mapping.users === null || line === undefined ? null : `${mapping.users.origin.file}:${line}`;
}

/** The part that repeats, from its first value to the same one again; null where the walk comes to rest. */
function circleOf(steps: readonly Step[]): readonly Step[] | null {
  const last = steps.at(-1);
  if (last === undefined) return null;
  const before = steps.findLastIndex(
    (step, i) => i < steps.length - 1 && step.way === last.way && step.value === last.value,
  );
  if (before === -1) return null;
  const circle = steps.slice(before);
  // Over and back to the same value: at rest.
  return circle.length <= 3 ? null : circle;
}

function keyOf(circle: readonly Step[]): string {
  return JSON.stringify([...new Set(circle.map(({ way, value }) => `${way.toward} ${value}`))].sort());
}

function shown({ way, value, line }: Step): string {
  return `"${value}" in ${way.source.endpoint}${line === null ? "" : ` (${line})`}`;
}

function isSame(field: FieldSchema, a: string, b: string): boolean {
  return equalValues(field, a, b);
}

/**
 * Values that the source field may hold: those of its list, those of the map, and what stands in for others. A list that is known for certain leaves
 * out what it does not have.
 */
function occurring(over: Way, back: Way): ReadonlySet<string> {
  const { from, mapping, source, values } = over;
  const standIn = typeof mapping.unmapped === "object" ? [mapping.unmapped.value] : [];
  const mapped = [...values.map((row) => row.from.value), ...back.values.map((row) => row.to.value), ...standIn];
  const written = [...mapped, ...(from.options ?? []), ...people(over)].filter((value) => value.trim() !== "");
  const all = written.map((value) => asHeld(value, from)).filter((value) => value !== null);
  const certain = from.kind === "option" && from.verified === true && source.source === "committed";
  if (!certain || mapping.createMissing === true || from.options === undefined) return new Set(all);
  return new Set(all.filter((value) => from.options?.includes(value)));
}

function people({ mapping, toward }: Way): readonly string[] {
  if (mapping.users === null) return [];
  const [over, back] =
    toward === "right" ? [mapping.users.toRight, mapping.users.toLeft] : [mapping.users.toLeft, mapping.users.toRight];
  const standIn = mapping.defaultUser[toward === "right" ? "left" : "right"];
  return [...Object.keys(over), ...Object.values(back), ...(standIn === undefined ? [] : [standIn])];
}
