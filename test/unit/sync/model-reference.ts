import type { Value } from "../../../daemon/core/record.ts";
import { type ConflictPolicy, type FieldMapping, SIDES, type Side } from "../../../daemon/core/snapshot.ts";

/** Two fields that stand for each other, as they are published now. */
export interface Row {
  readonly left: string;
  readonly right: string;
  readonly direction: FieldMapping["direction"];
  readonly conflict: ConflictPolicy;
  toRight(value: Value): Value;
  toLeft(value: Value): Value;
}

export interface Values {
  readonly left: Value;
  readonly right: Value;
}

/**
 * A killed process looks whether what it sent stands there. `unless`: it was stored, so that this base counts only while an edit over it hides that.
 * `only`: it never arrived, but a person who enters the very same makes it look as if it had.
 */
export interface Base extends Values {
  readonly unless?: { readonly side: Side; readonly value: Value };
  readonly only?: { readonly side: Side; readonly value: Value };
}

/**
 * What is known of one cell of a pair. `bases`: what both sides may last have agreed on; null: nothing yet, since its row was published after
 * they were paired. There are several where only the engine can know, e.g. whether it saw that two people had entered the same.
 */
export interface Memory {
  readonly bases: readonly (Base | null)[];
  /** The mapping changed since both were known to agree: the past is not rewritten, but the next change of the record counts. */
  readonly published: boolean;
  /** Somebody edited the cell since its row was published. */
  readonly touched: boolean;
}

export function agreed(values: Values): Memory {
  return { bases: [values], published: false, touched: false };
}

/** What may stand in the cell once everything has settled: who edited alone since both last agreed wins, else the policy decides. */
export function outcomes(row: Row, now: Values, memory: Memory): readonly Values[] {
  return possible(memory.bases, now).flatMap((base) =>
    base === null ? freshOutcomes(row, now, memory) : knownOutcomes(row, now, base, memory),
  );
}

function possible(bases: Memory["bases"], now: Values): Memory["bases"] {
  const holds = (one: { readonly side: Side; readonly value: Value }) => same(now[one.side], one.value);
  return bases.filter(
    (base) => (base?.unless === undefined || !holds(base.unless)) && (base?.only === undefined || holds(base.only)),
  );
}

/** Both sides say the same. */
export function inStep(row: Row, { left, right }: Values): boolean {
  return same(row.toRight(left), right) || same(row.toLeft(right), left);
}

/** The side holds something else than what both last agreed on, whatever that was. */
export function surelyEdited(side: Side, now: Values, { bases }: Memory): boolean {
  return possible(bases, now).every((base) => base !== null && !same(now[side], base[side]));
}

export function maybeEdited(side: Side, now: Values, { bases, published }: Memory): boolean {
  return published || possible(bases, now).some((base) => base === null || !same(now[side], base[side]));
}

function knownOutcomes(row: Row, now: Values, base: Values, { published }: Memory): readonly Values[] {
  const edited = { left: !same(now.left, base.left), right: !same(now.right, base.right) };
  const pushed = {
    toRight: edited.left && !same(row.toRight(now.left), row.toRight(base.left)),
    toLeft: edited.right && !same(row.toLeft(now.right), row.toLeft(base.right)),
  };
  const any = published ? [now] : [];
  if (row.direction === "to-right")
    return pushed.toRight ? [goRight(row, now)] : [now, ...rewritten(row, now, published)];
  if (row.direction === "to-left") return pushed.toLeft ? [goLeft(row, now)] : [now, ...rewritten(row, now, published)];
  if (edited.left && edited.right) return inStep(row, now) ? [now] : byPolicy(row, now);
  if (edited.left)
    return pushed.toRight
      ? [goRight(row, now), ...any.filter(() => inStep(row, now))]
      : [now, ...(published ? [goRight(row, now)] : [])];
  if (edited.right)
    return pushed.toLeft
      ? [goLeft(row, now), ...any.filter(() => inStep(row, now))]
      : [now, ...(published ? [goLeft(row, now)] : [])];
  return [now, ...rewritten(row, now, published)];
}

/** After a publish an unedited cell may be carried by what else changes in its record. */
function rewritten(row: Row, now: Values, published: boolean): readonly Values[] {
  if (!published) return [];
  return [
    ...(row.direction === "to-left" ? [] : [goRight(row, now)]),
    ...(row.direction === "to-right" ? [] : [goLeft(row, now)]),
  ];
}

function freshOutcomes(row: Row, now: Values, { touched }: Memory): readonly Values[] {
  if (inStep(row, now)) return [now];
  const idle = touched ? [] : [now];
  if (row.direction === "to-right") return [...idle, now.left === null ? now : goRight(row, now)];
  if (row.direction === "to-left") return [...idle, now.right === null ? now : goLeft(row, now)];
  if (now.left === null) return [...idle, goLeft(row, now)];
  if (now.right === null) return [...idle, goRight(row, now)];
  return [...idle, ...byPolicy(row, now)];
}

/** `newest` compares whole records, which the model does not follow: any of the three, never a fourth. */
function byPolicy(row: Row, now: Values): readonly Values[] {
  if (row.conflict === "left") return [goRight(row, now)];
  if (row.conflict === "right") return [goLeft(row, now)];
  return row.conflict === "hold" ? [now] : [now, goRight(row, now), goLeft(row, now)];
}

function goRight(row: Row, { left }: Values): Values {
  return { left, right: row.toRight(left) };
}

function goLeft(row: Row, { right }: Values): Values {
  return { left: row.toLeft(right), right };
}

/** After a run: `wrote` is the side on which the engine wrote the cell; `clean`: it met no trouble and left nothing to be tried again. */
export function observed(
  row: Row,
  was: Values,
  now: Values,
  known: Memory,
  run: { readonly wrote: Side | null; readonly clean: boolean; readonly crashed: boolean },
): Memory {
  const memory =
    run.crashed && run.wrote === null ? { ...known, bases: [...known.bases, ...sent(row, was, known)] } : known;
  const unsure = memory.published || memory.bases.includes(null);
  if (inStep(row, now) && run.wrote !== null && run.crashed) {
    const unless = { side: run.wrote, value: now[run.wrote] };
    return { ...memory, bases: [now, ...memory.bases.flatMap((base) => (base === null ? [] : [{ ...base, unless }]))] };
  }
  if (inStep(row, now) && (run.wrote !== null || (run.clean && !unsure))) return agreed(now);
  const settled = outcomes(row, was, memory).some((values) => sameValues(values, now));
  const unseen = inStep(row, now) || (settled && (row.direction !== "both" || unsure));
  const isKnown = memory.bases.some((base) => base !== null && base.only === undefined && sameValues(base, now));
  if (!unseen || isKnown) return memory;
  return { ...memory, bases: [...memory.bases, now] };
}

/** What a killed run may have been about to write. */
function sent(row: Row, was: Values, memory: Memory): readonly Base[] {
  return outcomes(row, was, memory).flatMap((due): readonly Base[] => {
    const side = SIDES.find((one) => !same(due[one], was[one]));
    return side === undefined ? [] : [{ ...due, only: { side, value: due[side] } }];
  });
}

export function sameValues(a: Values, b: Values): boolean {
  return same(a.left, b.left) && same(a.right, b.right);
}

export function same(a: Value, b: Value): boolean {
  return JSON.stringify(listOf(a)) === JSON.stringify(listOf(b));
}

function listOf(value: Value): readonly string[] {
  if (value === null) return [];
  return typeof value === "string" ? [value] : [...value].sort();
}
