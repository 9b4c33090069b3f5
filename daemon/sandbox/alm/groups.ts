import type { SandboxResponse } from "../message.ts";
import { fieldValue, nameIn } from "./derive.ts";
import { AlmError } from "./errors.ts";
import { compareText } from "./filter.ts";
import { select } from "./listing.ts";
import { answerFormat } from "./negotiate.ts";
import { listOf } from "./project.ts";
import type { ProjectCall } from "./project-call.ts";
import { reply } from "./reply.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import { only } from "./sign-in.ts";
import type { Row } from "./store.ts";
import { element, XML_HEAD } from "./xml.ts";

interface Group {
  readonly subLevel: readonly Group[];
  readonly Name: string;
  readonly value: string;
  /** Ready to be put between the brackets of a query. */
  readonly Expression: string;
  readonly ReferenceValue: string | null;
  readonly size: number;
}

/** `P/{collection}/groups/{fields}`: how many records have each value. */
export function groupRoute(call: ProjectCall, entity: EntityDef, names: string): SandboxResponse {
  const { request, project } = call;
  only(request, "GET");
  const format = answerFormat(request);
  const fields = names.split(",").map((name) => groupable(entity, name.trim()));
  const rows = select(project, entity, request.query.get("query") ?? "");
  const split = request.query.get("split-multi-value-groups")?.toLowerCase().startsWith("y") === true;
  const groups = groupBy(call, entity, rows, fields, split);
  if (format === "json") return reply(format, JSON.stringify({ subLevel: groups }));
  return reply(format, XML_HEAD + element("GroupByResult", {}, ...groups.map(groupXml)));
}

function groupable(entity: EntityDef, name: string): FieldDef {
  const field = entity.fields.get(name);
  if (field?.filterable) return field;
  throw new AlmError(400, "unknown-field-name", `The field '${name}' of entity '${entity.name}' cannot be grouped by.`);
}

function groupBy(
  call: ProjectCall,
  entity: EntityDef,
  rows: readonly Row[],
  fields: readonly FieldDef[],
  split: boolean,
): readonly Group[] {
  const [field, ...deeper] = fields;
  if (field === undefined) return [];
  const members = new Map<string, Row[]>();
  for (const row of rows) {
    const values = listOf(fieldValue(call.project, entity, row, field));
    const keys = split && values.length > 0 ? values : [values.join(";")];
    for (const key of keys) members.set(key, [...(members.get(key) ?? []), row]);
  }
  return [...members]
    .sort(([a], [b]) => compareText(a, b))
    .map(([value, inside]) => ({
      subLevel: groupBy(call, entity, inside, deeper, split),
      Name: field.name,
      value,
      Expression: /^[\w.-]+$/.test(value) && !/^(and|or|not)$/i.test(value) ? value : `"${value}"`,
      ReferenceValue: field.target === null || value === "" ? null : nameIn(call.project, field.target, Number(value)),
      size: inside.length,
    }));
}

function groupXml(group: Group): string {
  const { Name, value, Expression, ReferenceValue, size } = group;
  const attributes = { Name, value, Expression, size, ...(ReferenceValue === null ? {} : { ReferenceValue }) };
  return element("SubLevel", attributes, ...group.subLevel.map(groupXml));
}
