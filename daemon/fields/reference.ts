import type { DirectoryEntry } from "../core/field.ts";
import { called } from "./called.ts";
import { type Carried, fault, recordFault, value } from "./outcome.ts";
import { readReferred, targetsOf, writeReferred } from "./referred.ts";
import type { EndpointWorld } from "./world.ts";

/** May stand in front of a path (S60). */
export const ROOT_FOLDER = "\\Releases";

/** The release that a cycle or sprint belongs to: its partner's id in the target where the link maps releases, and its name. */
export interface Owner {
  readonly id: string | null;
  readonly name: string;
}

/**
 * The entry of another tracker with the same name (S56: letter case counts), or with the same full path where the text begins with a backslash
 * (S60). Cycles and sprints are looked for in the partner of their own release first, since their names repeat from release to release.
 */
export function findByName(text: string, owner: Owner | null, target: string, to: EndpointWorld): Carried {
  const entries = entriesIn(target, to);
  const found = text.startsWith("\\") ? byPath(text, entries) : byName(text, owner, entries, to);
  if (found.length === 1 && found[0] !== undefined) return value(found[0].id);
  if (found.length > 1) {
    const paths = found.map((entry) => `${entry.path} (${entry.id})`).join(", ");
    return recordFault(
      `"${text}" is not unique among the ${target}s of ${to.endpoint}: ${paths}; map the value to a full path`,
    );
  }
  const where = owner === null || text.startsWith("\\") ? "" : ` of "${owner.name}"`;
  return fault(
    `${to.endpoint} has no ${target} "${text}"${where}${nearMiss(text, entries)}: make it there (same name and capitals), or map the value`,
  );
}

/** The tracker's root folder may stand in front. */
function byPath(text: string, entries: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  const found = entries.filter((entry) => entry.path === text);
  return found.length > 0 ? found : entries.filter((entry) => `${ROOT_FOLDER}${entry.path}` === text);
}

function byName(
  text: string,
  owner: Owner | null,
  entries: readonly DirectoryEntry[],
  to: EndpointWorld,
): readonly DirectoryEntry[] {
  const named = called(text, entries);
  if (owner === null) return named;
  const within = named.filter((entry) =>
    owner.id === null ? parentOf(entry, to)?.name === owner.name : entry.parent === owner.id,
  );
  return within.length > 0 ? within : named.filter((entry) => entry.parent === null);
}

function nearMiss(text: string, entries: readonly DirectoryEntry[]): string {
  const near = entries.find((entry) => entry.name.trim().toLowerCase() === text.trim().toLowerCase());
  return near === undefined || near.name === text ? "" : ` (but "${near.name}")`;
}

/** The entry that a reference's value names. */
export function entryOf(item: string, target: string, from: EndpointWorld): DirectoryEntry | null {
  const referred = readReferred(item, target);
  if (referred === null) return null;
  return from.directories.get(referred.entity)?.find((entry) => entry.id === referred.id) ?? null;
}

/** All that a reference field may name; `id` is the value that does. */
export function entriesIn(target: string, world: EndpointWorld): readonly DirectoryEntry[] {
  const targets = targetsOf(target);
  if (targets.length < 2) return world.directories.get(target) ?? [];
  return targets.flatMap((entity) =>
    (world.directories.get(entity) ?? []).map((entry) => ({
      ...entry,
      id: writeReferred({ entity, id: entry.id }, target),
    })),
  );
}

/** The owner of a cycle or sprint: null where it has none, or where its directory was not read because no row maps it. */
export function parentOf(entry: DirectoryEntry, world: EndpointWorld): DirectoryEntry | null {
  if (entry.parent === null || entry.parentTarget === undefined) return null;
  return entryOf(entry.parent, entry.parentTarget, world);
}
