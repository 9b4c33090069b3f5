import type { CommentTrace } from "../../core/parts.ts";

/** The head of a comment that says neither who wrote it nor when: it tells nothing apart. */
export const ANONYMOUS = "";
/** Table cells that a longest common run may cost; longer lists are matched by occurrence alone. */
const MOST_CELLS = 4_000_000;

/** Grows pass by pass: what one pass has matched the next ones leave alone. */
interface Matching {
  readonly remembered: readonly CommentTrace[];
  readonly now: readonly CommentTrace[];
  readonly found: (number | null)[];
  readonly taken: Set<number>;
}

type Key = (one: CommentTrace) => string | null;

/**
 * Which of the comments that stand there now each remembered one is: an index into `now`, or null for one that is gone. By id where the tracker has
 * ids. Else order and words tell: first what nobody touched, then what changed its words but not its head, where it stood before anywhere else.
 */
export function align(remembered: readonly CommentTrace[], now: readonly CommentTrace[]): readonly (number | null)[] {
  const matching: Matching = { remembered, now, found: remembered.map(() => null), taken: new Set() };
  const whole = nameless((one) => `${one.head} ${one.hash}`);
  byOccurrence(matching, (one) => one.id);
  inOrder(matching, whole);
  byOccurrence(matching, whole);
  byOccurrence(
    matching,
    nameless((one) => one.hash),
  );
  inGaps(
    matching,
    nameless((one) => one.head),
  );
  byOccurrence(
    matching,
    nameless((one) => (one.head === ANONYMOUS ? null : one.head)),
  );
  return matching.found;
}

function nameless(key: Key): Key {
  return (one) => (one.id === null ? key(one) : null);
}

/** The first left with a key is the first there with it, the second the second. */
function byOccurrence({ remembered, now, found, taken }: Matching, key: Key): void {
  const places = new Map<string, number[]>();
  for (const [i, one] of now.entries()) {
    const name = taken.has(i) ? null : key(one);
    if (name === null) continue;
    const known = places.get(name);
    if (known === undefined) places.set(name, [i]);
    else known.push(i);
  }
  for (const [i, one] of remembered.entries()) {
    const name = found[i] === null ? key(one) : null;
    const at = name === null ? undefined : places.get(name)?.shift();
    if (at !== undefined) take(found, taken, i, at);
  }
}

function take(found: (number | null)[], taken: Set<number>, i: number, at: number): void {
  found[i] = at;
  taken.add(at);
}

/** The longest run that both lists have in common, in order; equal ends are set aside first. */
function inOrder({ remembered, now, found, taken }: Matching, key: Key): void {
  const a = remembered.map((one, i) => (found[i] === null ? key(one) : null));
  const b = now.map((one, i) => (taken.has(i) ? null : key(one)));
  const same = (i: number, j: number) => a[i] !== null && a[i] === b[j];
  let start = 0;
  while (start < a.length && start < b.length && same(start, start)) take(found, taken, start, start++);
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && same(endA - 1, endB - 1)) take(found, taken, --endA, --endB);
  const [height, width] = [endA - start, endB - start];
  if (height * width === 0 || height * width > MOST_CELLS) return;
  // Lengths of the longest common run from each cell to the end.
  const table = new Uint16Array((height + 1) * (width + 1));
  const at = (i: number, j: number) => i * (width + 1) + j;
  for (let i = height - 1; i >= 0; i--) {
    for (let j = width - 1; j >= 0; j--) {
      const [down, right, next] = [table[at(i + 1, j)] ?? 0, table[at(i, j + 1)] ?? 0, table[at(i + 1, j + 1)] ?? 0];
      table[at(i, j)] = same(start + i, start + j) ? next + 1 : Math.max(down, right);
    }
  }
  for (let i = 0, j = 0; i < height && j < width; ) {
    if (same(start + i, start + j)) take(found, taken, start + i++, start + j++);
    else if ((table[at(i + 1, j)] ?? 0) >= (table[at(i, j + 1)] ?? 0)) i++;
    else j++;
  }
}

/** Between two comments that are known again, what is left on both sides with the same key is the same, in order. */
function inGaps(matching: Matching, key: Key): void {
  const { remembered, now, found, taken } = matching;
  let from = 0;
  for (let i = 0; i < remembered.length; ) {
    if (found[i] !== null) {
      from = Math.max(from, (found[i] ?? 0) + 1);
      i++;
      continue;
    }
    let end = i;
    while (end < remembered.length && found[end] === null) end++;
    const bound = end < remembered.length ? (found[end] ?? now.length) : now.length;
    const free = Array.from({ length: Math.max(0, bound - from) }, (_, k) => from + k).filter((k) => !taken.has(k));
    for (let k = i; k < end; k++) {
      const name = key(remembered[k] as CommentTrace);
      const at = name === null ? -1 : free.findIndex((j) => key(now[j] as CommentTrace) === name);
      // What stands before it is passed over: order is kept inside of a gap.
      if (at !== -1) take(found, taken, k, free.splice(0, at + 1).at(-1) as number);
    }
    i = end;
  }
}
