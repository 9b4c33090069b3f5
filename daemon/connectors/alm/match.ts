import type { BulkEntry } from "./bulk.ts";
import type { Job, WriteKind } from "./send.ts";
import type { WireEntity } from "./wire.ts";

/** Updated entities by id; undefined where the answer does not show one. */
export function matchUpdated(
  jobs: readonly Job[],
  entities: readonly WireEntity[],
): readonly (WireEntity | undefined)[] {
  const byId = new Map(entities.map((entity) => [entity.fields.get("id")?.[0] ?? "", entity] as const));
  return jobs.map((job) => byId.get(job.id ?? ""));
}

/** Created entities by place, which is their order as far as known; where a name does not fit its place, by name. */
export function matchCreated(
  jobs: readonly Job[],
  entities: readonly WireEntity[],
): readonly (WireEntity | undefined)[] {
  return byPlaceOrName(jobs, entities, (entity) => entity);
}

/** Entries of a partly failed write: updates by id where it is told, the rest by place; creations by place and name. */
export function matchEntries(
  jobs: readonly Job[],
  entries: readonly BulkEntry[],
  kind: WriteKind,
): readonly (BulkEntry | undefined)[] {
  if (kind === "create") return byPlaceOrName(jobs, entries, (entry) => entry.entity);
  const idOf = (entry: BulkEntry) => entry.id ?? entry.entity?.fields.get("id")?.[0] ?? null;
  const byId = new Map(entries.map((entry) => [idOf(entry), entry] as const));
  const nameless = entries.filter((entry) => !jobs.some((job) => job.id === idOf(entry)));
  const open = jobs.filter((job) => !byId.has(job.id));
  const sure = nameless.length === open.length;
  return jobs.map((job) => byId.get(job.id) ?? (sure ? nameless[open.indexOf(job)] : undefined));
}

function byPlaceOrName<T>(
  jobs: readonly Job[],
  items: readonly T[],
  entityOf: (item: T) => WireEntity | null,
): readonly (T | undefined)[] {
  const fits = (job: Job, item: T | undefined) => item !== undefined && namesFit(job, entityOf(item));
  if (items.length === jobs.length && jobs.every((job, index) => fits(job, items[index]))) return items;
  const left = new Set(items.filter((item) => entityOf(item) !== null));
  const byName = jobs.map((job) => {
    const candidates = [...left].filter((item) => fits(job, item));
    // Two of one name cannot be told apart, nor need they be where the other fields say so: better unsure than wrong.
    const [only] = candidates;
    if (only === undefined || candidates.length > 1) return undefined;
    left.delete(only);
    return only;
  });
  return withNameless(
    byName,
    items.filter((item) => entityOf(item) === null),
    items,
  );
}

/** Items that show no entity (refusals) belong to the jobs that are left, in the direction in which the others came. */
function withNameless<T>(
  found: readonly (T | undefined)[],
  nameless: readonly T[],
  items: readonly T[],
): readonly (T | undefined)[] {
  if (found.filter((item) => item === undefined).length !== nameless.length) return found;
  const places = found.flatMap((item) => (item === undefined ? [] : [items.indexOf(item)]));
  const backwards = places.length > 1 && (places[0] ?? 0) > (places.at(-1) ?? 0);
  const rest = backwards ? nameless.toReversed() : [...nameless];
  return found.map((item) => item ?? rest.shift());
}

/** An entity that is not shown, or a job without a name, fits anything. */
export function namesFit(job: Job, entity: WireEntity | null): boolean {
  const name = job.fields["name"];
  const stored = entity?.fields.get("name")?.[0];
  if (typeof name !== "string" || stored === undefined) return true;
  const line = (text: string) => text.replace(/\s+/g, " ").trim();
  return line(stored) === line(name) || line(name).startsWith(line(stored));
}
