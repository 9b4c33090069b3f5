import { type Entity, idOf, refId, refIds, sameValue, type Wire } from "./entity.ts";
import type { Resource } from "./schema.ts";
import type { AuditRow } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/** Stamps and computed values are not what anybody edited. */
function isAudited(resource: Resource, name: string): boolean {
  const field = resource.fields.get(name);
  return field !== undefined && !field.readOnly && name !== "subtype";
}

/** Notes who changed what, for resources that keep a history. `before` undefined for a creation. */
export function audit(
  workspace: Workspace,
  resource: Resource,
  before: Entity | undefined,
  after: Entity,
  user: string,
): void {
  if (!resource.audits) return;
  const properties = before === undefined ? [] : changes(resource, before, after);
  if (before !== undefined && properties.length === 0) return;
  workspace.store.apply({
    audit: {
      id: workspace.store.nextId("audit"),
      action: before === undefined ? "CREATE" : "UPDATE",
      parentId: idOf(after),
      parentType: resource.type,
      time: workspace.stamp(),
      user,
      properties,
    },
  });
}

function changes(resource: Resource, before: Entity, after: Entity): AuditRow["properties"] {
  const names = Object.keys(after).filter(
    (name) => isAudited(resource, name) && !sameValue(before[name] ?? null, after[name] ?? null),
  );
  return names.map((name) => ({
    name,
    label: resource.fields.get(name)?.label ?? name,
    old_value: shown(before[name]),
    new_value: shown(after[name]),
  }));
}

function shown(value: Wire | undefined): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value ?? null;
  return "data" in value ? refIds(value) : refId(value as Wire);
}

export function auditOnWire(row: AuditRow, time: "iso" | "space"): Readonly<Record<string, unknown>> {
  return {
    type: "audit",
    id: row.id,
    action: row.action,
    parent_id: row.parentId,
    parent_type: row.parentType,
    time: time === "iso" ? row.time : row.time.replace("T", " ").replace("Z", ""),
    user: row.user,
    properties: row.properties,
  };
}
