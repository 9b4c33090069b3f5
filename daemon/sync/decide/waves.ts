/** Something that is to be made, and what must be there before it. */
export interface Dependent {
  readonly id: string;
  readonly after: readonly string[];
}

/**
 * In the order in which they can be made: each wave needs only what earlier ones made, or what is not among them at all. What goes round in a
 * circle is taken as it comes. Pure.
 */
export function inWaves<T extends Dependent>(items: readonly T[]): readonly (readonly T[])[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  const levels = new Map<string, number>();
  for (const item of items) levelOf(item, byId, levels);
  const waves: T[][] = [];
  for (const item of items) {
    const level = levels.get(item.id) ?? 0;
    while (waves.length <= level) waves.push([]);
    waves[level]?.push(item);
  }
  return waves.filter((wave) => wave.length > 0);
}

/** Walks with a list of its own: a tree may be deeper than a stack bears. */
function levelOf<T extends Dependent>(start: T, byId: ReadonlyMap<string, T>, levels: Map<string, number>): void {
  const path = [start];
  const onPath = new Set([start.id]);
  for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
    const open = at.after.find((id) => byId.has(id) && !levels.has(id) && !onPath.has(id));
    const next = open === undefined ? undefined : byId.get(open);
    if (next !== undefined) {
      path.push(next);
      onPath.add(next.id);
      continue;
    }
    const below = at.after.flatMap((id) => (byId.has(id) && levels.has(id) ? [(levels.get(id) ?? 0) + 1] : []));
    levels.set(at.id, Math.max(0, ...below));
    path.pop();
    onPath.delete(at.id);
  }
}
