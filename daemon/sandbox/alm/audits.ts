import type { Project } from "./project.ts";
import { textOf } from "./project.ts";
import type { EntityDef } from "./schema.ts";
import type { Row, Values } from "./store.ts";

/** Writes down what changed, of fields with history only; memos never. */
export function recordAudit(project: Project, entity: EntityDef, before: Row, after: Values, user: string): void {
  const changes = [];
  for (const field of entity.fields.values()) {
    if (!field.history || field.type === "Memo") continue;
    const was = textOf(before.values[field.name]);
    const is = textOf(after[field.name]);
    if (was !== is) changes.push({ name: field.name, label: field.label, before: was, after: is });
  }
  if (changes.length === 0) return;
  project.store.addAudit({
    action: "UPDATE",
    parentId: before.id,
    entity: entity.name,
    time: project.clock.stamp(),
    user,
    changes,
  });
}

export function recordDeletion(project: Project, entity: EntityDef, row: Row, user: string): void {
  if (!project.switches.auditDeletions || !entity.supports.history) return;
  project.store.addAudit({
    action: "DELETE",
    parentId: row.id,
    entity: entity.name,
    time: project.clock.stamp(),
    user,
    changes: [],
  });
}
