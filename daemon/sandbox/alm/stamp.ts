import { type Project, rowsOf, textOf } from "./project.ts";
import type { EntityDef } from "./schema.ts";
import type { Row, Values } from "./store.ts";
import type { Writer } from "./validate.ts";

/** What the server fills by itself. Workflow scripts do not run: no status, no owner of a defect. */
export function defaults(project: Project, entity: EntityDef, writer: Writer): Values {
  const clock = project.clock;
  switch (entity.name) {
    case "requirement":
      return {
        "parent-id": String(project.switches.topParent),
        owner: writer.user,
        "creation-time": clock.today(),
        "req-time": clock.stamp().slice(11),
        "req-reviewed": "Not Reviewed",
        status: "Not Covered",
        "has-rich-content": "N",
        istemplate: "N",
        "order-id": "1",
        ...(entity.supports.vc ? { "vc-status": "Checked_In", "vc-version-number": "1" } : {}),
      };
    case "defect-link":
      return { owner: writer.user, "creation-time": clock.today(), "link-type": "Related" };
    case "req-trace":
      return { owner: writer.user, "creation-date": clock.today() };
    case "release":
    case "release-cycle":
    case "release-folder":
      return { "has-attachments": "N" };
    default:
      return {};
  }
}

export function stamped(project: Project, entity: EntityDef, values: Values, before: Row | null): Values {
  const marks: Record<string, string> = {};
  if (entity.stamp !== null) marks[entity.stamp] = String(Number(before?.values[entity.stamp] ?? 0) + 1);
  if (entity.fields.has("last-modified")) marks["last-modified"] = project.clock.stamp();
  return { ...values, ...marks };
}

/** Top requirements show the parent that this server uses; the path is three letters a level. */
export function place(project: Project, entity: EntityDef, id: number, values: Values): Values {
  if (!entity.fields.has("hierarchical-path")) return values;
  const parent = Number(textOf(values["parent-id"]));
  const top = entity.name === "requirement" && parent <= 0;
  const above = top ? "AAA" : textOf(rowsOf(project, entity).get(parent)?.values["hierarchical-path"]);
  return {
    ...values,
    "parent-id": top ? String(project.switches.topParent) : String(parent),
    "hierarchical-path": above + letters(id),
  };
}

function letters(id: number): string {
  let text = "";
  for (let rest = id; text.length < 3; rest = Math.floor(rest / 26))
    text = String.fromCharCode(65 + (rest % 26)) + text;
  return text;
}

/** A new version of a record for what the server changed by itself: a flag, a child. */
export function touch(project: Project, entity: EntityDef, id: number, changes: Values, modified: boolean): void {
  const row = rowsOf(project, entity).get(id);
  if (row === undefined) return;
  const bumped = stamped(project, entity, { ...row.values, ...changes }, row);
  const kept = row.values["last-modified"];
  const values = modified || kept === undefined ? bumped : { ...bumped, "last-modified": kept };
  project.store.put(entity.collection, { id, values });
}
