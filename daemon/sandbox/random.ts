/** A small repeatable source of chance: the same seed gives the same simulated project on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** Throws `RangeError` for an empty list. */
  pick<T>(xs: readonly T[]): T;
}

/** Mulberry32: 32 bits of state are plenty for sample data. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  function int(min: number, max: number): number {
    return min + Math.floor(next() * (max - min + 1));
  }

  function pick<T>(xs: readonly T[]): T {
    if (xs.length === 0) throw new RangeError("nothing to pick from");
    return xs[int(0, xs.length - 1)] as T;
  }

  return { next, int, pick };
}
