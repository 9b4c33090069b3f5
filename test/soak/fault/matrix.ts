import { type Outcome, runCell, type Undisturbed, undisturbed } from "./cell.ts";
import { KINDS, type Kind, type Spot, spotsOf } from "./kinds.ts";
import { OPERATIONS as FIELD_OPERATIONS, type Operation } from "./operations.ts";
import { PART_OPERATIONS } from "./part-operations.ts";

export const OPERATIONS: readonly Operation[] = [...FIELD_OPERATIONS, ...PART_OPERATIONS];

function kindsFor({ paths }: Operation): readonly Kind[] {
  return KINDS.filter((kind) => paths !== undefined || kind.partsOnly !== true);
}

/** One case: its name and seed play it again. */
export interface Case {
  readonly operation: Operation;
  readonly kind: Kind;
  readonly spot: Spot;
  readonly seed: number;
}

export interface Played extends Case {
  readonly outcome: Outcome;
}

export function nameOf({ operation, kind, spot, seed }: Case): string {
  return `${operation.name} / ${kind.name}${kind.spots === null ? "" : ` / ${spot.what} ${spot.end}`} / seed ${seed}`;
}

/** Every fault at every spot of every operation. */
export function allCases(seed: number): readonly Case[] {
  return OPERATIONS.flatMap((operation) =>
    kindsFor(operation).flatMap((kind) => spotsOf(kind).map((spot) => ({ operation, kind, spot, seed }))),
  );
}

/** One spot for each fault and operation, another one for each seed; what only waits is left to the whole matrix. */
export function quickCases(seed: number): readonly Case[] {
  let turn = seed;
  return OPERATIONS.flatMap((operation) =>
    kindsFor(operation)
      .filter((kind) => kind.name !== "too slow")
      .flatMap((kind) => {
        const spots = spotsOf(kind).filter(
          (s) => s.what !== "write" || operation.writes === null || operation.writes === s.end,
        );
        const spot = spots[turn++ % spots.length];
        return spot === undefined ? [] : [{ operation, kind, spot, seed }];
      }),
  );
}

/** Plays the cases one after the other. */
export async function play(cases: readonly Case[], tell: (played: Played) => void): Promise<readonly Played[]> {
  const controls = new Map<string, Undisturbed>();
  const all: Played[] = [];
  for (const each of cases) {
    const { operation, kind, spot, seed } = each;
    const key = `${operation.name} ${seed} ${kind.meanwhile === undefined ? "" : spot.end}`;
    const control = controls.get(key) ?? (await undisturbed(kind, spot, operation, seed));
    controls.set(key, control);
    const played = { ...each, outcome: await runCell(kind, spot, operation, seed, control) };
    all.push(played);
    tell(played);
  }
  return all;
}

export function badnessOf({ duplicates, lost, surprise, wrong }: Outcome): readonly string[] {
  return [...duplicates, ...lost, ...surprise, ...wrong];
}
