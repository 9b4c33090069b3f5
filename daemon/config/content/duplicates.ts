import type { ReadConnection } from "./connection.ts";
import type { FileReport } from "./report.ts";

/** Reports links that stand for the same two entity types of the same two endpoints: each would fight over the other's records. */
export function checkDuplicateLinks(
  connections: readonly ReadConnection[],
  reportOf: (file: string) => FileReport,
): void {
  const first = new Map<string, string>();
  for (const { config, endpoints } of connections) {
    if (!endpoints.every(({ type, settled }) => type !== null && settled)) continue;
    for (const link of config.links) {
      const ends = [
        [config.left.type, canonical(config.left.settings), link.left.entity],
        [config.right.type, canonical(config.right.settings), link.right.entity],
      ].map((end) => JSON.stringify(end));
      const identity = ends.toSorted().join();
      const earlier = first.get(identity);
      if (earlier === undefined) {
        first.set(identity, link.key);
        continue;
      }
      const message = `The links ${earlier} and ${link.key} are the same: the same entity types of the same two endpoints.`;
      reportOf(link.origin.file).error("duplicate-link", link.origin, message, "Merge the two into one.");
    }
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
