import { listOf, type Project, rowsOf, textOf } from "./project.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import { touch } from "./stamp.ts";
import type { Row, Values } from "./store.ts";

export function touchParent(project: Project, entity: EntityDef, values: Values): void {
  touchLinked(project, entity, values);
  const parent = entity.fields.get("parent-id");
  const owner = parent?.target == null ? undefined : project.schema.entities.get(parent.target);
  if (owner !== undefined) touch(project, owner, Number(textOf(values["parent-id"])), {}, false);
}

export function touchLinked(project: Project, entity: EntityDef, values: Values): void {
  if (!project.switches.childrenTouchParent) return;
  for (const [type, id] of endsOf(entity, values)) {
    const end = project.schema.entities.get(type);
    if (end !== undefined) touch(project, end, Number(textOf(id)), {}, true);
  }
}

function endsOf(
  entity: EntityDef,
  values: Values,
): readonly (readonly [type: string, id: Values[string] | undefined])[] {
  if (entity.name === "req-trace")
    return [
      ["requirement", values["from-req-id"]],
      ["requirement", values["to-req-id"]],
    ];
  if (entity.name !== "defect-link") return [];
  return [
    ["defect", values["first-endpoint-id"]],
    [textOf(values["second-endpoint-type"]), values["second-endpoint-id"]],
  ];
}

/** Records that lie inside another: by a required parent of this entity's type, or by a tree. */
export function childrenOf(
  project: Project,
  entity: EntityDef,
  id: number,
): readonly { entity: EntityDef; id: number }[] {
  const found: { entity: EntityDef; id: number }[] = [];
  for (const other of project.schema.entities.values()) {
    if (other.fields.get("parent-id")?.target !== entity.name) continue;
    for (const row of rowsOf(project, other).values()) {
      if (row.values["parent-id"] === String(id)) found.push({ entity: other, id: row.id });
    }
  }
  return found;
}

export function clearReferences(project: Project, entity: EntityDef, id: number): void {
  for (const other of project.schema.entities.values()) {
    const columns = [...other.fields.values()].filter(
      (field) => field.target === entity.name && field.name !== "parent-id",
    );
    if (columns.length === 0) continue;
    for (const row of rowsOf(project, other).values()) clearIn(project, other, row, columns, String(id));
  }
  for (const link of project.store.rows("defect-links").values()) {
    const second =
      link.values["second-endpoint-type"] === entity.name && link.values["second-endpoint-id"] === String(id);
    if (second) project.store.remove("defect-links", link.id);
  }
  for (const file of project.store.rows("attachments").values()) {
    const mine = file.values["parent-type"] === entity.name && file.values["parent-id"] === String(id);
    if (mine) project.store.remove("attachments", file.id);
  }
}

function clearIn(project: Project, entity: EntityDef, row: Row, columns: readonly FieldDef[], id: string): void {
  const changes: Record<string, string | readonly string[]> = {};
  for (const column of columns) {
    const ids = listOf(row.values[column.name]);
    if (!ids.includes(id)) continue;
    const rest = ids.filter((other) => other !== id);
    changes[column.name] = column.multiple && rest.length > 0 ? rest : "";
  }
  if (Object.keys(changes).length === 0) return;
  if (entity.name === "defect-link" || entity.name === "req-trace") project.store.remove(entity.collection, row.id);
  else touch(project, entity, row.id, changes, true);
}
