import { overlap } from "../../core/entity-type.ts";
import type { LinkConfig } from "../../core/snapshot.ts";
import type { ReadConnection } from "./connection.ts";
import type { FileReport } from "./report.ts";

/** One side of a link: which project it stands for, and which of its records. */
interface End {
  readonly project: string;
  readonly entity: string;
}

interface Seen {
  readonly key: string;
  readonly ends: readonly [End, End];
}

/**
 * Reports links of records with themselves, and links that stand for the same records of the same two endpoints: each would fight over the other's. A requirement type may stand in one
 * link with an entity type of the other endpoint, not in two (E62).
 */
export function checkDuplicateLinks(
  connections: readonly ReadConnection[],
  reportOf: (file: string) => FileReport,
): void {
  const byProjects = new Map<string, Seen[]>();
  for (const { config, endpoints } of connections) {
    if (!endpoints.every(({ type, settled }) => type !== null && settled)) continue;
    const [left, right] = [config.left, config.right].map(({ type, settings }) =>
      JSON.stringify([type, canonical(settings)]),
    );
    for (const link of config.links) {
      if (left === right) checkItself(link, reportOf);
      const ends = [
        { project: left ?? "", entity: link.left.entity },
        { project: right ?? "", entity: link.right.entity },
      ] as const;
      const projects = [left, right].toSorted().join();
      const seen = byProjects.get(projects) ?? [];
      byProjects.set(projects, seen);
      const earlier = seen.find((one) => areSame(one.ends, ends) || areSame([one.ends[1], one.ends[0]], ends));
      seen.push({ key: link.key, ends });
      if (earlier === undefined) continue;
      const message = `The links ${earlier.key} and ${link.key} ${howSame(earlier.ends, ends)} of the same two endpoints.`;
      const report = reportOf(link.origin.file).about(`link ${link.name}`);
      report.error("duplicate-link", link.origin, message, "Merge the two into one.");
    }
  }
}

/** A filter on each side can tell records of one project apart: a team's own copies of another team's. */
function checkItself({ left, right, name, origin }: LinkConfig, reportOf: (file: string) => FileReport): void {
  if (!overlap(left.entity, right.entity) || (left.filter !== null && right.filter !== null)) return;
  const message = `${left.endpoint} and ${right.endpoint} are the same project, and the link pairs its ${left.entity} with itself: every record would be its own partner.`;
  const hint = "Correct the settings of one endpoint, or give the link a filter for each side.";
  reportOf(origin.file).about(`link ${name}`).error("linked-to-itself", origin, message, hint);
}

function areSame(one: Seen["ends"], other: Seen["ends"]): boolean {
  return one.every((end, i) => end.project === other[i]?.project && overlap(end.entity, other[i]?.entity ?? ""));
}

/** What they share need not be seen at once. */
function howSame(one: Seen["ends"], other: Seen["ends"]): string {
  const [mine, theirs] = [one, other].map((ends) => ends.map((end) => end.entity).toSorted());
  if (mine?.join() === theirs?.join()) return "are the same: the same entity types";
  return `stand for the same records: ${mine?.join(" with ")} and ${theirs?.join(" with ")}`;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
