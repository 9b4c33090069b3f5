import type { Branch } from "../../core/rule-tests.ts";
import { placeOf } from "../content/report.ts";
import type { Mark } from "./branches.ts";

/** The set in which a bundle under tests keeps the numbers of branches that were gone through. */
export const PASSED = "$$passed";

interface Insertion {
  readonly offset: number;
  readonly text: string;
  readonly closes: boolean;
  readonly order: number;
}

interface Spot {
  readonly column: number;
  readonly length: number;
}

export interface Instrumented {
  readonly text: string;
  readonly branches: readonly Branch[];
  /** By line, what was put in, in the order of columns. */
  readonly spots: ReadonlyMap<number, readonly Spot[]>;
}

/**
 * A rule file's text that tells which branches it goes through; lines stay what they are. `first`: number of its first branch among those of all files.
 * Done to the text, since the cage has no inspector whose coverage could be asked for.
 */
export function instrument(file: string, text: string, marks: readonly Mark[], first: number): Instrumented {
  const insertions = marks
    .flatMap((mark, i) => insertionsOf(mark, i, first + i))
    .toSorted((a, b) => a.offset - b.offset || Number(b.closes) - Number(a.closes) || order(a, b));
  const spots = new Map<number, Spot[]>();
  const parts: string[] = [];
  let at = 0;
  for (const { offset, text: put } of insertions) {
    parts.push(text.slice(at, offset), put);
    at = offset;
    const { line, column } = placeOf(text, offset);
    const there = spots.get(line) ?? [];
    there.push({ column, length: put.length });
    spots.set(line, there);
  }
  parts.push(text.slice(at));
  const branches = marks.map(({ kind, offset, within }): Branch => {
    const { line, column } = placeOf(text, offset);
    return { file, line, column, kind, within: within === null ? null : first + within };
  });
  return { text: parts.join(""), branches, spots };
}

function insertionsOf({ form, from, to }: Mark, index: number, number: number): readonly Insertion[] {
  const tell = `${PASSED}.add(${number})`;
  const open = (text: string): Insertion => ({ offset: from, text, closes: false, order: index });
  const close = (text: string, order = index): Insertion => ({ offset: to, text, closes: true, order });
  if (form === "statement") return [open(`${tell};`)];
  if (form === "block") return [open(`{${tell};`), close("}")];
  // Behind whatever closes the branch before it.
  if (form === "else") return [close(` else{${tell}}`, index - 1.5)];
  return [open(`(${tell},`), close(")")];
}

/** What lies further in opens later and closes earlier. */
function order(a: Insertion, b: Insertion): number {
  return a.closes ? b.order - a.order : a.order - b.order;
}

/** The column that a column of the instrumented line has in the file. 1-based. */
export function originalColumn(spots: readonly Spot[], column: number): number {
  let put = 0;
  for (const spot of spots) {
    if (column - put < spot.column) break;
    if (column - put < spot.column + spot.length) return spot.column;
    put += spot.length;
  }
  return column - put;
}
