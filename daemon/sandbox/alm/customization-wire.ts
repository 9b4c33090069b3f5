import type { ProjectCall } from "./project-call.ts";
import type { EntityDef, FieldDef, ListDef, ListItem, ProjectSchema, RelationDef, RequirementType } from "./schema.ts";
import { element, escapeXml, textElement } from "./xml.ts";

/** How metadata are written: XML in kebab and Pascal case, fields in JSON in camel case, the rest of JSON in Pascal case. */
export function descriptorXml(call: ProjectCall, entity: EntityDef): string {
  const url = `${call.base}/${entity.collection}`;
  const flag = (name: string, value: boolean, suffix: string): string =>
    element(name, { url: `${url}/{ID}/${suffix}` }, String(value));
  return element(
    call.project.profile.crudeErrors ? "EntityDescriptor" : "EntityResourceDescriptor",
    { collectionName: entity.collection, baseUrl: url },
    textElement("Table", entity.table),
    textElement("Name", entity.name),
    textElement("Label", entity.label),
    flag("SupportsHistory", entity.supports.history, "audits"),
    flag("SupportsAttachment", entity.supports.attachment, "attachments"),
    flag("SupportsLock", true, "lock"),
    flag("SupportsVC", entity.supports.vc, "versions"),
    element(
      "SupportsSubtypes",
      { url: `${call.base}/customization/entities/${entity.name}/types` },
      String(entity.supports.types),
    ),
    textElement("SupportsMultiValue", true),
    textElement("SupportsWorkflow", false),
    element("IsFirstLevelResource", { ...verbs(), url }, String(entity.firstLevel)),
  );
}

function verbs(): Readonly<Record<string, boolean>> {
  return { supportsGET: true, supportsPOST: true, supportsPUT: true, supportsDELETE: true };
}

export function descriptorJson(call: ProjectCall, entity: EntityDef): Record<string, unknown> {
  const url = `${call.base}/${entity.collection}`;
  const flag = (value: boolean, suffix: string): unknown => ({ value, url: `${url}/{ID}/${suffix}` });
  return {
    collectionName: entity.collection,
    baseUrl: url,
    Table: entity.table,
    Name: entity.name,
    Label: entity.label,
    SupportsHistory: flag(entity.supports.history, "audits"),
    SupportsAttachment: flag(entity.supports.attachment, "attachments"),
    SupportsLock: flag(true, "lock"),
    SupportsVC: flag(entity.supports.vc, "versions"),
    SupportsSubtypes: { value: entity.supports.types, url: `${call.base}/customization/entities/${entity.name}/types` },
    SupportsMultiValue: true,
    SupportsWorkflow: false,
    IsFirstLevelResource: { value: entity.firstLevel, ...verbs(), url },
  };
}

function listId(schema: ProjectSchema, field: FieldDef): number | null {
  return field.list === null ? null : (schema.lists.get(field.list)?.id ?? null);
}

export function fieldXml(schema: ProjectSchema, field: FieldDef): string {
  const list = listId(schema, field);
  const references =
    field.target === null
      ? []
      : [
          element(
            "References",
            {},
            element("RelationReference", { RelationName: field.relation ?? "", ReferencedEntityType: field.target }),
          ),
        ];
  return element(
    "Field",
    { PhysicalName: field.physicalName, Name: field.name, Label: field.label },
    textElement("Size", field.size),
    textElement("History", field.history),
    ...(list === null ? [] : [textElement("List-Id", list)]),
    textElement("Required", field.required),
    textElement("System", field.system),
    textElement("Type", field.type),
    textElement("Verify", field.verify),
    textElement("Virtual", field.virtual),
    textElement("Active", field.active),
    textElement("Editable", field.editable),
    textElement("Filterable", field.filterable),
    textElement("Groupable", field.filterable),
    textElement("SupportsMultivalue", field.multiple),
    textElement("Visible", field.active),
    textElement("VersionControlled", field.versionControlled),
    ...references,
  );
}

export function fieldJson(schema: ProjectSchema, field: FieldDef): Record<string, unknown> {
  const references =
    field.target === null ? [] : [{ relationName: field.relation, referencedEntityType: field.target }];
  return {
    name: field.name,
    label: field.label,
    physicalName: field.physicalName,
    type: field.type,
    size: field.size,
    listId: listId(schema, field),
    history: field.history,
    required: field.required,
    system: field.system,
    verify: field.verify,
    virtual: field.virtual,
    active: field.active,
    editable: field.editable,
    filterable: field.filterable,
    groupable: field.filterable,
    supportsMultivalue: field.multiple,
    visible: field.active,
    versionControlled: field.versionControlled,
    fieldRelationReferences: references.length === 0 ? null : { referenceTypeField: null, references },
  };
}

export function listXml(list: ListDef, logical: boolean): string {
  return element(
    "List",
    {},
    textElement("Name", list.name),
    textElement("Id", list.id),
    ...(logical ? [textElement("LogicalName", list.logicalName)] : []),
    element("Items", {}, ...list.items.map((item) => itemXml(list, item, logical))),
  );
}

function itemXml(list: ListDef, item: ListItem, logical: boolean): string {
  const attributes = { value: item.value, ...(logical ? { logicalName: logicalItem(list, item) } : {}) };
  return element("Item", attributes, ...(item.items ?? []).map((inner) => itemXml(list, inner, logical)));
}

function logicalItem(list: ListDef, item: ListItem): string {
  return `${list.logicalName}.${item.value.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}

export function listJson(list: ListDef, logical: boolean): Record<string, unknown> {
  return {
    Name: list.name,
    Id: list.id,
    ...(logical ? { LogicalName: list.logicalName } : {}),
    Items: list.items.map((item) => itemJson(list, item, logical)),
  };
}

function itemJson(list: ListDef, item: ListItem, logical: boolean): Record<string, unknown> {
  const nested = item.items === undefined ? {} : { Items: item.items.map((inner) => itemJson(list, inner, logical)) };
  return { value: item.value, ...(logical ? { logicalName: logicalItem(list, item) } : {}), ...nested };
}

export function typeXml(type: RequirementType): string {
  const { id, name, ...rest } = typeJson(type);
  const children = Object.entries(rest).filter(([key]) => key !== "Fields");
  return element(
    "type",
    { name: String(name), id: String(id) },
    ...children.map(([key, value]) => textElement(key, String(value))),
  );
}

export function typeJson(type: RequirementType): Record<string, unknown> {
  return {
    id: String(type.id),
    name: type.name,
    "default-child-type-id": "0",
    "has-direct-coverage": type.id === 1 ? "N" : "Y",
    "is-document-root": "N",
    "risk-analysis-type": type.without.includes("rbt-risk") ? "0" : "1",
    Fields: null,
  };
}

export function relationXml(relation: RelationDef): string {
  return element(
    "Relation",
    { Type: "connection", Name: relation.name },
    element("Label", {}),
    textElement("SourceEntity", relation.source),
    textElement("TargetEntity", relation.target),
    element(
      "TargetAliases",
      {},
      ...relation.aliases.map((alias) => element("Alias", { Unique: alias.unique, Name: alias.name })),
    ),
    element("StorageDescriptor", {}, storageXml(relation)),
  );
}

function storageXml(relation: RelationDef): string {
  const { via } = relation;
  if (via.kind === "link") return element("AssociationStorage", {}, textElement("AssociationEntity", "defect-link"));
  const location = via.kind === "column" ? "IN_SOURCE_ENTITY" : "IN_TARGET_ENTITY";
  return element(
    "ReferenceStorage",
    {},
    `<ReferenceIdColumn>${escapeXml(via.column)}</ReferenceIdColumn>`,
    textElement("ReferenceLocation", location),
  );
}

export function relationJson(relation: RelationDef): Record<string, unknown> {
  const { via } = relation;
  const storage =
    via.kind === "link"
      ? { AssociationStorage: { AssociationEntity: "defect-link" } }
      : {
          ReferenceStorage: {
            ReferenceIdColumn: via.column,
            ReferenceLocation: via.kind === "column" ? "IN_SOURCE_ENTITY" : "IN_TARGET_ENTITY",
          },
        };
  return {
    Type: "connection",
    Name: relation.name,
    Label: null,
    SourceEntity: relation.source,
    TargetEntity: relation.target,
    TargetAliases: { Alias: relation.aliases.map((alias) => ({ Unique: alias.unique, Name: alias.name })) },
    StorageDescriptor: storage,
  };
}
