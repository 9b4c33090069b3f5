/** The values on the shortest way from one value to another, the last of them included; null where no way leads there. */
export function shortestWay(
  ways: Readonly<Record<string, readonly string[]>>,
  from: string,
  to: string,
): readonly string[] | null {
  const before = new Map<string, string | null>([[from, null]]);
  const queue = [from];
  for (const here of queue) {
    if (here === to && here !== from) return traced(before, to);
    for (const next of Object.hasOwn(ways, here) ? (ways[here] ?? []) : []) {
      if (before.has(next)) continue;
      before.set(next, here);
      queue.push(next);
    }
  }
  return from === to ? [] : null;
}

function traced(before: ReadonlyMap<string, string | null>, to: string): readonly string[] {
  const steps: string[] = [];
  for (let at: string | null = to; at !== null; at = before.get(at) ?? null) steps.unshift(at);
  return steps.slice(1);
}
