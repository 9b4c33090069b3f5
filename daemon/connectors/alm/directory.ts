import type { DirectoryEntry } from "../../core/field.ts";
import type { Alm } from "./alm.ts";
import { pages } from "./listing.ts";
import { idOf } from "./map.ts";
import { loadTypes } from "./requirement-types.ts";
import { REQUIREMENT_TYPE } from "./schema.ts";

const END = "end-date";

interface Named {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  /** `end-date`, where it was asked for. */
  readonly until: string | null;
}

/** Releases and their folders with the folders' path (S60), cycles with their release's; other entity types by name alone. */
export async function directory(alm: Alm, target: string, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  if (target === REQUIREMENT_TYPE) return requirementTypes(alm, signal);
  if (target === "release") return releases(alm, signal);
  if (target === "release-cycle") return cycles(alm, signal);
  if (target === "release-folder") return releaseFolders(alm, signal);
  const named = await list(alm, target, target === "requirement" ? ["name", "parent-id"] : ["name"], signal);
  return named.map((one) => ({ id: one.id, name: one.name, path: `\\${one.name}`, parent: one.parent }));
}

async function releases(alm: Alm, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const [named, folders] = await Promise.all([
    list(alm, "release", ["name", "parent-id", END], signal),
    list(alm, "release-folder", ["name", "parent-id"], signal),
  ]);
  const byId = new Map(folders.map((folder) => [folder.id, folder] as const));
  return named.map((release) => ({
    id: release.id,
    name: release.name,
    path: `${folderPath(release.parent, byId)}\\${release.name}`,
    parent: null,
    ...(release.until === null ? {} : { until: release.until }),
  }));
}

async function releaseFolders(alm: Alm, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const folders = await list(alm, "release-folder", ["name", "parent-id"], signal);
  const byId = new Map(folders.map((folder) => [folder.id, folder] as const));
  return folders.map((folder) => {
    const path = isRoot(folder) ? `\\${folder.name}` : folderPath(folder.id, byId);
    return { id: folder.id, name: folder.name, path, parent: null };
  });
}

/** The root folder `Releases` (parent -1 or 0, or not listed at all) is left out. */
function folderPath(id: string | null, folders: ReadonlyMap<string, Named>): string {
  const names: string[] = [];
  const seen = new Set<string>();
  for (
    let at = id === null ? undefined : folders.get(id);
    at !== undefined;
    at = at.parent === null ? undefined : folders.get(at.parent)
  ) {
    // A folder that contains itself would be the tracker's mistake; it must not become our endless loop.
    if (seen.has(at.id) || isRoot(at)) break;
    seen.add(at.id);
    names.unshift(at.name);
  }
  return names.map((name) => `\\${name}`).join("");
}

function isRoot(folder: Named): boolean {
  return folder.parent === null || folder.parent === "-1" || folder.parent === "0";
}

async function cycles(alm: Alm, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const [named, owners] = await Promise.all([
    list(alm, "release-cycle", ["name", "parent-id"], signal),
    releases(alm, signal),
  ]);
  const paths = new Map(owners.map((release) => [release.id, release.path] as const));
  return named.map((cycle) => ({
    id: cycle.id,
    name: cycle.name,
    path: `${paths.get(cycle.parent ?? "") ?? ""}\\${cycle.name}`,
    parent: cycle.parent,
    ...(cycle.parent === null ? {} : { parentTarget: "release" }),
  }));
}

async function list(
  alm: Alm,
  entity: string,
  fields: readonly string[],
  signal: AbortSignal,
): Promise<readonly Named[]> {
  // Asked first, since folders lack last-modified and other entity types may lack anything.
  const meta = await alm.metadata.entity(entity, signal);
  const found: Named[] = [];
  for await (const page of pages(
    alm,
    { entity, clauses: [], fields: fields.filter((name) => meta.fields.has(name)) },
    signal,
  )) {
    for (const row of page.entities) {
      const id = idOf(row, page.reply.fail);
      const [name = id, parent = null, end = ""] = ["name", "parent-id", END].map(
        (field) => row.fields.get(field)?.[0],
      );
      found.push({ id, name, parent, until: /^\d{4}-\d\d-\d\d/.exec(end)?.[0] ?? null });
    }
  }
  return found;
}

async function requirementTypes(alm: Alm, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const types = await loadTypes(alm.client, signal);
  return types.map(({ id, name }) => ({ id, name, path: `\\${name}`, parent: null }));
}
