import { createRandom } from "../random.ts";
import { fieldValue, nameIn } from "./derive.ts";
import { relatedIds, relationOf } from "./filter.ts";
import type { Format } from "./negotiate.ts";
import { listOf, type Project, rowsOf } from "./project.ts";
import type { EntityDef, FieldDef } from "./schema.ts";
import type { Row } from "./store.ts";
import { element, escapeXml, XML_HEAD } from "./xml.ts";

/** How entities of one answer are written. */
export interface EntityWriter {
  one(row: Row): string;
  many(rows: readonly Row[], total: number): string;
  /** Without the XML declaration, for use inside another document. */
  inner(row: Row): string;
}

/** `fields` null writes all. `written`: the answer to a write, which on 26.1 says more. */
export function entityWriter(
  project: Project,
  entity: EntityDef,
  format: Format,
  fields: readonly string[] | null = null,
  written = false,
): EntityWriter {
  const names = fields === null ? [...entity.fields.keys()] : fields;
  const plain = names.flatMap((name) => entity.fields.get(name) ?? []);
  const orders = shuffles(project, plain);
  const ordered = (row: Row): readonly FieldDef[] => orders[row.id % orders.length] ?? plain;
  const related = relatedWriter(project, entity, format, names);
  const extras = written && project.profile.writeExtras;
  return format === "xml"
    ? xmlWriter(project, entity, ordered, related, extras)
    : jsonWriter(project, entity, ordered, related, extras);
}

/** Servers promise no order of fields, and clients that rely on one must fail here already. */
function shuffles(project: Project, fields: readonly FieldDef[]): readonly (readonly FieldDef[])[] {
  if (!project.switches.shuffleFields) return [fields];
  return Array.from({ length: 7 }, (_, index) => {
    const random = createRandom(index + 11);
    return fields
      .map((field) => ({ field, key: random.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ field }) => field);
  });
}

type Ordered = (row: Row) => readonly FieldDef[];

function xmlWriter(
  project: Project,
  entity: EntityDef,
  ordered: Ordered,
  related: (row: Row) => string,
  extras: boolean,
): EntityWriter {
  const open = extras
    ? `<Entity Type="${entity.name}" EntityStatus="Success" ErrorMessage=""><ChildrenCount><Value>0</Value></ChildrenCount><Fields>`
    : `<Entity Type="${entity.name}"><Fields>`;
  const inner = (row: Row): string => {
    let text = open;
    for (const field of ordered(row)) text += xmlField(project, entity, row, field);
    return `${text}</Fields>${related(row)}</Entity>`;
  };
  return {
    inner,
    one: (row) => XML_HEAD + inner(row),
    many: (rows, total) => XML_HEAD + element("Entities", { TotalResults: total }, ...rows.map(inner)),
  };
}

function xmlField(project: Project, entity: EntityDef, row: Row, field: FieldDef): string {
  const values = listOf(fieldValue(project, entity, row, field));
  if (values.length === 0) return emptyXml(project, field);
  let text = `<Field Name="${field.name}">`;
  for (const value of values) {
    const name = referredName(project, field, value);
    const reference = name === null ? "" : ` ReferenceValue="${escapeXml(name)}"`;
    text += `<Value${reference}>${escapeXml(value)}</Value>`;
  }
  return `${text}</Field>`;
}

/** Null for what refers to nothing. */
function referredName(project: Project, field: FieldDef, value: string): string | null {
  if (field.type !== "Reference") return null;
  if (field.name === "type-id") {
    return project.schema.requirementTypes.find((type) => String(type.id) === value)?.name ?? null;
  }
  if (field.target === null) return null;
  const name = nameIn(project, field.target, Number(value));
  return name === "" ? null : name;
}

/** By type, a field without a value has one empty Value or none. */
function hasEmptyValue(field: FieldDef): boolean {
  if (field.type === "Number" || field.type === "Date" || field.type === "DateTime") return false;
  return !(field.type === "Reference" && field.multiple);
}

function emptyXml(project: Project, field: FieldDef): string {
  const spelling = project.switches.emptySpelling;
  if (spelling === "missing") return "";
  const open = `<Field Name="${field.name}"`;
  if (spelling === "empty-list") return `${open}/>`;
  if (spelling !== "typed") return `${open}><Value/></Field>`;
  return hasEmptyValue(field) ? `${open}><Value></Value></Field>` : `${open}/>`;
}

function jsonWriter(
  project: Project,
  entity: EntityDef,
  ordered: Ordered,
  related: (row: Row) => string,
  extras: boolean,
): EntityWriter {
  const success = ',"EntityStatus":"Success","ErrorMessage":""';
  const body = (row: Row, more: string): string => {
    const fields = ordered(row).flatMap((field) => jsonField(project, entity, row, field) ?? []);
    return `{"Type":"${entity.name}","Fields":[${fields.join(",")}]${related(row)},"children-count":0${more}}`;
  };
  const inner = (row: Row): string => body(row, extras ? success : "");
  const listed = project.profile.writeExtras ? success : "";
  return {
    inner,
    one: inner,
    many: (rows, total) => `{"entities":[${rows.map((row) => body(row, listed)).join(",")}],"TotalResults":${total}}`,
  };
}

function jsonField(project: Project, entity: EntityDef, row: Row, field: FieldDef): string | null {
  const values = listOf(fieldValue(project, entity, row, field));
  if (values.length === 0) return emptyJson(project, field);
  const entries = values.map((value) => {
    const name = referredName(project, field, value);
    const reference = name === null ? "" : `,"ReferenceValue":${JSON.stringify(name)}`;
    return `{"value":${JSON.stringify(value)}${reference}}`;
  });
  return `{"Name":"${field.name}","values":[${entries.join(",")}]}`;
}

function emptyJson(project: Project, field: FieldDef): string | null {
  const values = {
    typed: hasEmptyValue(field) ? "[{}]" : "[]",
    missing: null,
    "empty-list": "[]",
    "empty-object": "[{}]",
    null: '[{"value":null}]',
    "empty-text": '[{"value":""}]',
  }[project.switches.emptySpelling];
  return values === null ? null : `{"Name":"${field.name}","values":${values}}`;
}

/** Fields of related records, asked for as `alias.field`. */
function relatedWriter(
  project: Project,
  entity: EntityDef,
  format: Format,
  names: readonly string[],
): (row: Row) => string {
  const wanted = new Map<string, string[]>();
  for (const name of names) {
    const dot = name.indexOf(".");
    if (dot === -1) continue;
    const alias = name.slice(0, dot);
    wanted.set(alias, [...(wanted.get(alias) ?? ["id"]), name.slice(dot + 1)]);
  }
  if (wanted.size === 0) return () => (format === "xml" ? "<RelatedEntities/>" : "");
  const writers = [...wanted].map(([alias, fields]) => aliasWriter(project, entity, format, alias, fields));
  return (row) => {
    const relations = writers.map((write) => write(row)).filter((text) => text !== "");
    if (format === "xml") return element("RelatedEntities", {}, ...relations);
    return `,"RelatedEntities":[${relations.join(",")}]`;
  };
}

function aliasWriter(
  project: Project,
  entity: EntityDef,
  format: Format,
  alias: string,
  fields: readonly string[],
): (row: Row) => string {
  const relation = relationOf(project, entity, alias);
  const target = project.schema.entities.get(relation.target);
  if (target === undefined) return () => "";
  const writer = entityWriter(project, target, format, fields);
  const related = relatedIds(project, entity, relation);
  return (row) => {
    const entities = related(row)
      .flatMap((id) => rowsOf(project, target).get(id) ?? [])
      .map(writer.inner);
    if (entities.length === 0) return "";
    if (format === "xml") return element("Relation", { Alias: alias }, ...entities);
    return `{"Alias":${JSON.stringify(alias)},"Entity":[${entities.join(",")}]}`;
  };
}
