import type { DirectoryEntry } from "../../core/field.ts";
import { isObject } from "../json-answer.ts";
import type { Alm } from "./alm.ts";
import { child, children, isNode, readBody } from "./body.ts";
import { pages } from "./listing.ts";
import { idOf } from "./map.ts";
import { REQUIREMENT_TYPE } from "./schema.ts";
import { whyNot } from "./wire.ts";

interface Named {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
}

/** Releases with their folders' path (S60), cycles with their release's; other entity types by name alone. */
export async function directory(alm: Alm, target: string, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  if (target === REQUIREMENT_TYPE) return requirementTypes(alm, signal);
  if (target === "release") return releases(alm, signal);
  if (target === "release-cycle") return cycles(alm, signal);
  const named = await list(alm, target, target === "requirement" ? ["name", "parent-id"] : ["name"], signal);
  return named.map((one) => ({ id: one.id, name: one.name, path: `\\${one.name}`, parent: one.parent }));
}

async function releases(alm: Alm, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const [named, folders] = await Promise.all([
    list(alm, "release", ["name", "parent-id"], signal),
    list(alm, "release-folder", ["name", "parent-id"], signal),
  ]);
  const byId = new Map(folders.map((folder) => [folder.id, folder] as const));
  return named.map((release) => ({
    id: release.id,
    name: release.name,
    path: `${folderPath(release.parent, byId)}\\${release.name}`,
    parent: null,
  }));
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
      found.push({ id, name: row.fields.get("name")?.[0] ?? id, parent: row.fields.get("parent-id")?.[0] ?? null });
    }
  }
  return found;
}

async function requirementTypes(alm: Alm, signal: AbortSignal): Promise<readonly DirectoryEntry[]> {
  const reply = await alm.client.get("/customization/entities/requirement/types", signal);
  const body = readBody(reply.answer);
  const types =
    body.kind === "xml"
      ? children(child(body.value, "types"), "type")
      : body.kind === "json" && isObject(body.value)
        ? body.value["types"]
        : undefined;
  if (!Array.isArray(types)) return reply.fail(body.kind === "json" ? "holds no types" : whyNot(body));
  return types.map((type: unknown) => {
    const id = isNode(type) ? (type["@id"] ?? type["id"]) : undefined;
    const name = isNode(type) ? (type["@name"] ?? type["name"]) : undefined;
    if (typeof id !== "string" || typeof name !== "string") return reply.fail("has a type without id or name");
    return { id, name, path: `\\${name}`, parent: null };
  });
}
