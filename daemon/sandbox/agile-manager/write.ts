import { audit } from "./audit.ts";
import { afterRemove, afterWrite } from "./consequence.ts";
import { type Entity, idOf, refId, refIds, type Wire } from "./entity.ts";
import { type Patch, readPatch, subtypeOf } from "./patch.ts";
import { invalidValue, notFound } from "./refusal.ts";
import type { Resource, ResourceName } from "./schema.ts";
import { type Draft, settle } from "./settle.ts";
import { dayOf } from "./time.ts";
import type { Workspace } from "./workspace.ts";

/** Stores a new entity and all that follows from it, in one transaction. Throws `Refusal`. `id` fixes the id, for sample data. */
export function create(workspace: Workspace, resource: Resource, input: unknown, actor: string, id?: number): Entity {
  return workspace.store.transact(() => {
    const subtype = subtypeOf(resource, input);
    const patch = readPatch(workspace, resource, input, subtype, null);
    for (const field of resource.fields.values()) {
      if (field.required && (patch[field.name] ?? null) === null) throw invalidValue(`Field ${field.name} is required`);
    }
    const own = id ?? workspace.store.nextId(resource.name);
    const draft = blank(workspace, resource, subtype, own, actor);
    Object.assign(draft, patch);
    settle(workspace, resource, null, patch, draft);
    workspace.store.apply({ put: resource.name, entity: draft });
    audit(workspace, resource, undefined, draft, actor);
    afterWrite({ workspace, resource, before: null, patch, after: draft, actor, create });
    return workspace.store.get(resource.name, own) ?? draft;
  });
}

/** All keys of a new entity with what they are at first. */
function blank(workspace: Workspace, resource: Resource, subtype: string | null, id: number, actor: string): Draft {
  const draft: Draft = {};
  for (const field of resource.fields.values()) {
    if (field.only === null || field.only === subtype) draft[field.name] = field.initial;
  }
  const known: Patch = {
    type: resource.type,
    subtype,
    id,
    // Large steps in the order of creation, so that something can be ranked in between.
    rank: id * 2000,
    item_id: id - 1000,
    author: actor,
    creation_date: dayOf(workspace.now()),
    last_modified: workspace.stamp(),
  };
  for (const [name, value] of Object.entries(known)) if (name in draft) draft[name] = value;
  return draft;
}

/** Changes the fields given and all that follows. Every write moves `last_modified`, also one that repeats what is there. Throws `Refusal`. */
export function update(workspace: Workspace, resource: Resource, id: number, input: unknown, actor: string): Entity {
  return workspace.store.transact(() => {
    const before = existing(workspace, resource, id);
    const subtype = (before["subtype"] as string | undefined) ?? null;
    const patch = readPatch(workspace, resource, input, subtype, before);
    if (Object.keys(patch).length === 0) return before;
    const draft: Draft = { ...before, ...patch };
    settle(workspace, resource, before, patch, draft);
    put(workspace, resource, before, draft, actor);
    afterWrite({ workspace, resource, before, patch, after: draft, actor, create });
    return workspace.store.get(resource.name, id) ?? draft;
  });
}

function put(workspace: Workspace, resource: Resource, before: Entity, draft: Draft, actor: string): void {
  if ("last_modified" in draft) draft["last_modified"] = workspace.stamp();
  workspace.store.apply({ put: resource.name, entity: draft });
  audit(workspace, resource, before, draft, actor);
}

/** Deletes an entity with its children (tasks, sprints, pairings, attachments) and clears what points at it. Returns it as it was. */
export function remove(workspace: Workspace, resource: Resource, id: number, actor: string): Entity {
  return workspace.store.transact(() => {
    const { store } = workspace;
    const entity = existing(workspace, resource, id);
    for (const row of store.attachments(resource.name, id)) store.apply({ detach: row.id });
    store.apply({ drop: resource.name, id });
    for (const other of workspace.schema.values()) release(workspace, resource, id, other, actor);
    afterRemove(workspace, resource, entity);
    return entity;
  });
}

/** Frees the entities of `other` from what they hold of the deleted one. */
function release(workspace: Workspace, resource: Resource, id: number, other: Resource, actor: string): void {
  const fields = [...other.fields.values()].filter((field) => field.target === resource.type);
  if (fields.length === 0) return;
  for (const { id: otherId } of [...workspace.store.all(other.name)]) {
    const holder = workspace.store.get(other.name, otherId as number);
    const held = fields.filter((field) => holder !== undefined && holds(holder[field.name], id));
    if (holder === undefined || held.length === 0) continue;
    if (held.some((field) => field.fixed) || other.name === "teams") {
      remove(workspace, other, idOf(holder), actor);
      continue;
    }
    const draft: Draft = { ...holder };
    for (const field of held) draft[field.name] = without(draft[field.name], id);
    put(workspace, other, holder, draft, actor);
  }
}

function holds(value: Wire | undefined, id: number): boolean {
  return refId(value) === id || refIds(value).includes(id);
}

function without(value: Wire | undefined, id: number): Wire {
  if (typeof value !== "object" || value === null || !("data" in value)) return null;
  return { data: value.data.filter((ref) => ref.id !== id) };
}

function existing(workspace: Workspace, resource: Resource, id: number): Entity {
  const entity = workspace.store.get(resource.name as ResourceName, id);
  if (entity === undefined) throw notFound(`There is no ${resource.type} with id ${id}`);
  return entity;
}
