import { readEntityType } from "../../core/entity-type.ts";
import type { EntitySchema, FieldKind, FieldSchema } from "../../core/field.ts";
import { type Fail, isObject } from "../json-answer.ts";
import { child, children, isNode, readBody, textOf } from "./body.ts";
import type { Reply } from "./client.ts";
import type { Labels } from "./errors.ts";
import { whyNot } from "./wire.ts";

/** One field as `customization/entities/{e}/fields` describes it. */
export interface FieldMeta {
  readonly name: string;
  readonly label: string;
  /** One of `String Memo Number Date DateTime LookupList UsersList Reference`. */
  readonly type: string;
  /** In bytes; -1 and 99999 stand for "no bound of its own". */
  readonly size: number;
  readonly required: boolean;
  readonly editable: boolean;
  readonly virtual: boolean;
  readonly active: boolean;
  readonly verify: boolean;
  readonly filterable: boolean;
  readonly multiple: boolean;
  readonly list: string | null;
  /** Entity type of a Reference; null where the server does not say. */
  readonly target: string | null;
}

export interface EntityMeta {
  readonly entity: string;
  readonly collection: string;
  readonly fields: ReadonlyMap<string, FieldMeta>;
  /** The version stamp's name (`bug-ver-stamp` on 11); null for entity types without one. */
  readonly stamp: string | null;
  /** `last-modified`; null for entity types without it (release folders). */
  readonly modified: string | null;
  readonly labels: Labels;
}

/** Item texts by list id; nested items in the order of the tree. */
export type Lists = ReadonlyMap<string, readonly string[]>;

const KINDS: Readonly<Record<string, FieldKind>> = {
  String: "string",
  Memo: "rich",
  Number: "number",
  Date: "date",
  DateTime: "datetime",
  LookupList: "option",
  UsersList: "user",
  Reference: "reference",
};

/** A type that the reference does not know is read as text. */
export function kindOf(field: FieldMeta): FieldKind {
  return KINDS[field.type] ?? "string";
}

/** Plural by a plain `s` for every entity type that ALM has; of a name with subtypes that of its base. */
export function collectionOf(entity: string): string {
  return `${readEntityType(entity).base}s`;
}

const STAMPS = ["ver-stamp", "bug-ver-stamp", "req-ver-stamp"];
/** What every write of a record moves. */
export const MOVING = ["last-modified", ...STAMPS];
/** Set by the server whatever its metadata says. */
const SERVER_SET = new Set(["id", "last-modified", "attachment", "has-attachments", ...STAMPS]);

export function entityMeta(entity: string, fields: readonly FieldMeta[]): EntityMeta {
  const byName = new Map(fields.map((field) => [field.name, field] as const));
  const labels = new Map<string, string>();
  for (const field of fields) labels.set(field.label.toLowerCase(), field.name);
  // A field's own name wins over another one's label.
  for (const field of fields) labels.set(field.name.toLowerCase(), field.name);
  return {
    entity,
    collection: collectionOf(entity),
    fields: byName,
    stamp: STAMPS.find((name) => byName.has(name)) ?? null,
    modified: byName.has("last-modified") ? "last-modified" : null,
    labels,
  };
}

/** Fields that a creation may leave out although ALM demands them: `write.ts` gives them. */
const GIVEN: Readonly<Record<string, readonly string[]>> = { release: ["parent-id"] };

function isGiven(entity: string, field: string): boolean {
  return GIVEN[entity]?.includes(field) === true;
}

/**
 * What records of several types have in common: a row of a link is for each of its records. Required is what one of the types demands. The type
 * itself is given by the entity name. A type of which the server does not tell the fields (null) has them all.
 */
export function ofTypes(meta: EntityMeta, types: readonly (ReadonlyMap<string, FieldMeta> | null)[]): EntityMeta {
  if (types.length === 0) return meta;
  const shared = [...meta.fields.values()].filter((field) => types.every((type) => type?.has(field.name) !== false));
  const fields = shared.map((field) => {
    const required = field.required || types.some((type) => type?.get(field.name)?.required === true);
    return { ...field, required: required && field.name !== "type-id" };
  });
  return entityMeta(meta.entity, fields);
}

export function toSchema(meta: EntityMeta, label: string, lists: Lists): EntitySchema {
  const shown = [...meta.fields.values()].filter((field) => field.active || STAMPS.includes(field.name));
  return {
    entity: meta.entity,
    label,
    fields: Object.fromEntries(shown.map((f) => [f.name, toField(f, meta.entity, lists)])),
    open: [],
  };
}

function toField(field: FieldMeta, entity: string, lists: Lists): FieldSchema {
  const kind = kindOf(field);
  const bounded = (kind === "string" || (kind === "option" && !field.verify)) && field.size > 0 && field.size < 99_999;
  const options = kind === "option" ? lists.get(field.list ?? "") : undefined;
  return {
    name: field.name,
    label: field.label,
    kind,
    multiple: field.multiple,
    required: field.required && !SERVER_SET.has(field.name) && !isGiven(entity, field.name),
    readOnly: field.virtual || !field.editable || SERVER_SET.has(field.name),
    ...(bounded ? { maxLength: { size: field.size, unit: "bytes" as const } } : {}),
    ...(kind === "rich" ? { markup: "html" as const } : {}),
    ...(options === undefined ? {} : { options }),
    ...(kind === "option" || kind === "user" ? { verified: field.verify } : {}),
    ...(field.target === null ? {} : { target: field.target }),
  };
}

export function readFields(reply: Reply): readonly FieldMeta[] {
  const body = readBody(reply.answer);
  const found = body.kind === "json" ? jsonFields(body.value) : body.kind === "xml" ? xmlFields(body.value) : undefined;
  if (found === undefined)
    return reply.fail(body.kind === "json" || body.kind === "xml" ? "holds no Fields" : whyNot(body));
  return found.map((source) => fieldMeta(source, reply.fail));
}

/** A member of a field descriptor by its name in XML (`List-Id`); JSON's is the same in camel case. */
type Descriptor = (name: string) => unknown;

function jsonFields(value: unknown): Descriptor[] | undefined {
  const outer = isObject(value) ? (value["Fields"] ?? value["fields"]) : undefined;
  const list = isObject(outer) ? (outer["Field"] ?? outer["field"]) : outer;
  if (list === undefined) return undefined;
  return (Array.isArray(list) ? list : [list]).map((field) => (name) => {
    if (!isObject(field)) return undefined;
    const camel = name.slice(0, 1).toLowerCase() + name.slice(1).replace("-Id", "Id");
    return field[camel] ?? field[name];
  });
}

function xmlFields(value: unknown): Descriptor[] | undefined {
  const outer = child(value, "Fields");
  if (outer === undefined) return undefined;
  return children(outer, "Field").map((field) => (name) => {
    if (name === "References") return child(field, "References");
    return (isNode(field) ? field[`@${name}`] : undefined) ?? textOf(field, name);
  });
}

function fieldMeta(get: Descriptor, fail: Fail): FieldMeta {
  const name = get("Name");
  const type = get("Type");
  if (typeof name !== "string" || name === "") return fail("has a field without a name");
  if (typeof type !== "string") return fail(`has no type for the field ${name}`);
  const label = get("Label");
  const list = scalar(get("List-Id"));
  return {
    name,
    type,
    label: typeof label === "string" && label !== "" ? label : name,
    size: Number(scalar(get("Size")) ?? -1),
    required: flag(get("Required"), false, name, fail),
    editable: flag(get("Editable"), true, name, fail),
    virtual: flag(get("Virtual"), false, name, fail),
    active: flag(get("Active"), true, name, fail),
    verify: flag(get("Verify"), false, name, fail),
    filterable: flag(get("Filterable"), type !== "Memo", name, fail),
    multiple: flag(get("SupportsMultivalue"), false, name, fail),
    list: list === undefined || list === "" || list === "0" ? null : list,
    target: type === "Reference" ? targetOf(get, name) : null,
  };
}

function flag(value: unknown, absent: boolean, field: string, fail: Fail): boolean {
  if (value === undefined || value === null || value === "") return absent;
  if (value === true || value === "true" || value === "Y") return true;
  if (value === false || value === "false" || value === "N") return false;
  return fail(`has no yes or no for the field ${field}`);
}

/** A requirement's `type-id` is a Reference to nothing; what it points at has a resource of its own. */
function targetOf(get: Descriptor, name: string): string | null {
  const json = get("FieldRelationReferences");
  const list: unknown = isObject(json) ? json["references"] : undefined;
  const first: unknown = Array.isArray(list) ? list[0] : list;
  const fromJson = isObject(first) ? first["referencedEntityType"] : undefined;
  const fromXml = children(get("References"), "RelationReference").find(isNode)?.["@ReferencedEntityType"];
  const target = fromJson ?? fromXml;
  if (typeof target === "string" && target !== "") return target;
  return name === "type-id" ? REQUIREMENT_TYPE : null;
}

export const REQUIREMENT_TYPE = "requirement-type";

function scalar(value: unknown): string | undefined {
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : undefined;
}

export function readLists(reply: Reply): Lists {
  const body = readBody(reply.answer);
  if (body.kind === "xml") {
    const lists = child(body.value, "Lists");
    return collect(children(lists, "List"), (list) => [textOf(list, "Id"), xmlItems(child(list, "Items"))]);
  }
  if (body.kind !== "json" || !isObject(body.value)) return reply.fail(whyNot(body));
  const outer = body.value["lists"] ?? body.value["Lists"];
  const inner = isObject(outer) ? (outer["List"] ?? outer["list"]) : outer;
  if (inner === undefined) return reply.fail("holds no lists");
  return collect(Array.isArray(inner) ? inner : [inner], (list) => {
    if (!isObject(list)) return reply.fail("has a list that is none");
    return [scalar(list["Id"] ?? list["id"]), jsonItems(list["Items"] ?? list["items"], reply.fail)];
  });
}

function collect(lists: readonly unknown[], read: (list: unknown) => [string | undefined, readonly string[]]): Lists {
  const result = new Map<string, readonly string[]>();
  for (const list of lists) {
    const [id, items] = read(list);
    if (id !== undefined) result.set(id.trim(), [...new Set(items)]);
  }
  return result;
}

function xmlItems(items: unknown): string[] {
  return children(items, "Item").flatMap((item) => {
    const value = isNode(item) ? item["@value"] : undefined;
    return [...(typeof value === "string" ? [value] : []), ...xmlItems(item), ...xmlItems(child(item, "Items"))];
  });
}

/** Nested items come under `Items` or `Item`, as list or single object. */
function jsonItems(items: unknown, fail: Fail): string[] {
  if (items === undefined || items === null) return [];
  if (isObject(items) && items["value"] === undefined) return jsonItems(items["Item"] ?? items["item"], fail);
  return (Array.isArray(items) ? items : [items]).flatMap((item) => {
    if (!isObject(item)) return fail("has a list item that is none");
    const value = item["value"];
    if (typeof value !== "string") return fail("has a list item without a text");
    return [value, ...jsonItems(item["Items"] ?? item["items"] ?? item["Item"], fail)];
  });
}
