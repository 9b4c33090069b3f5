import type { DirectoryEntry } from "../core/field.ts";
import type { Carried } from "./outcome.ts";
import { fault, value } from "./outcome.ts";
import type { EndpointWorld } from "./world.ts";

/**
 * The entry of another tracker with the same name (S56: letter case counts), or with the same full path where the text begins with a backslash
 * (S60). Cycles and sprints are looked for in the partner of their own release first, since their names repeat from release to release.
 */
export function findByName(text: string, parentName: string | null, target: string, to: EndpointWorld): Carried {
  const entries = to.directories.get(target) ?? [];
  const named = entries.filter((entry) => (text.startsWith("\\") ? entry.path === text : entry.name === text));
  const within = parentName === null ? named : named.filter((entry) => nameOf(parentOf(entry, to)) === parentName);
  const found = within.length > 0 ? within : named.filter((entry) => parentName === null || entry.parent === null);
  if (found.length === 1 && found[0] !== undefined) return value(found[0].id);
  if (found.length > 1) {
    const paths = found.map((entry) => `${entry.path} (${entry.id})`).join(", ");
    return fault(
      `"${text}" is not unique among the ${target}s of ${to.endpoint}: ${paths}; map the value to a full path`,
    );
  }
  const where = parentName === null ? "" : ` of "${parentName}"`;
  return fault(
    `${to.endpoint} has no ${target} "${text}"${where}: make it there (same name and capitals), or map the value`,
  );
}

export function entryOf(id: string, target: string, from: EndpointWorld): DirectoryEntry | null {
  return from.directories.get(target)?.find((entry) => entry.id === id) ?? null;
}

/** The owner of a cycle or sprint: null where it has none, or where its directory was not read because no row maps it. */
export function parentOf(entry: DirectoryEntry, world: EndpointWorld): DirectoryEntry | null {
  if (entry.parent === null || entry.parentTarget === undefined) return null;
  return entryOf(entry.parent, entry.parentTarget, world);
}

function nameOf(entry: DirectoryEntry | null): string | null {
  return entry?.name ?? null;
}
