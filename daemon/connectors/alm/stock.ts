import { readEntityType } from "../../core/entity-type.ts";
import type { EntitySchema, FieldKind, FieldSchema } from "../../core/field.ts";
import { TYPE_FIELD, TYPED } from "./requirement-types.ts";
import { REQUIREMENT_TYPE } from "./schema.ts";

/** Entity types as delivered, for checks before any server was asked. Projects change labels, lists and what is required: only names and types are firm. */
export const STOCK_LABELS: Readonly<Record<string, string>> = {
  defect: "Defect",
  requirement: "Requirement",
  release: "Release",
  "release-cycle": "Cycle",
};

/** Values left out: one value, not required, writable. */
type Row = readonly [name: string, label: string, kind: FieldKind, extra?: Partial<FieldSchema>];

const READ_ONLY = { readOnly: true } as const;
const REQUIRED = { required: true } as const;
const LIST = { verified: true } as const;

function text(size: number): Partial<FieldSchema> {
  return { maxLength: { size, unit: "bytes" } };
}

function to(target: string): Partial<FieldSchema> {
  return { target };
}

const COMMON: readonly Row[] = [
  ["id", "ID", "number", READ_ONLY],
  ["last-modified", "Modified", "datetime", READ_ONLY],
  ["ver-stamp", "Version Stamp", "number", READ_ONLY],
];

const DEFECT: readonly Row[] = [
  ...COMMON,
  ["name", "Summary", "string", { ...text(255), ...REQUIRED }],
  ["description", "Description", "rich"],
  ["dev-comments", "Comments", "rich"],
  ["status", "Status", "option", LIST],
  ["severity", "Severity", "option", { ...LIST, ...REQUIRED }],
  ["priority", "Priority", "option", LIST],
  ["owner", "Assigned To", "user", LIST],
  ["detected-by", "Detected By", "user", { ...LIST, ...REQUIRED }],
  ["creation-time", "Detected on Date", "date", REQUIRED],
  ["closing-date", "Closing Date", "date"],
  ["detected-in-rel", "Detected in Release", "reference", to("release")],
  ["detected-in-rcyc", "Detected in Cycle", "reference", to("release-cycle")],
  ["target-rel", "Target Release", "reference", to("release")],
  ["target-rcyc", "Target Cycle", "reference", to("release-cycle")],
  ["detection-version", "Detected in Version", "option", LIST],
  ["planned-closing-ver", "Planned Closing Version", "option", LIST],
  ["closing-version", "Closed in Version", "option", LIST],
  ["reproducible", "Reproducible", "option", { ...LIST, options: ["N", "Y"] }],
  ["project", "Project", "option"],
  ["subject", "Subject", "number"],
  ["estimated-fix-time", "Estimated Fix Time", "number"],
  ["actual-fix-time", "Actual Fix Time", "number"],
  ["environment", "Environment", "reference"],
  ["responsible-team", "Responsible Team", "string"],
  ["attachment", "Attachment", "string", { ...text(1), ...READ_ONLY }],
  ["has-linkage", "Linkage", "string", READ_ONLY],
  ["has-others-linkage", "Linkage of others", "string", READ_ONLY],
  ["build-detected", "Detected in Build", "reference"],
  ["build-closed", "Closed in Build", "reference"],
  ["changeset", "Changeset", "reference"],
];

const REQUIREMENT: readonly Row[] = [
  ...COMMON,
  ["name", "Name", "string", { ...text(255), ...REQUIRED }],
  ["type-id", "Requirement Type", "reference", { ...REQUIRED, ...to(REQUIREMENT_TYPE) }],
  ["parent-id", "Parent", "reference", to("requirement")],
  ["father-name", "Parent Name", "string", READ_ONLY],
  ["order-id", "Order", "number"],
  ["no-of-sons", "Number of Children", "number", READ_ONLY],
  ["hierarchical-path", "Path", "string", READ_ONLY],
  ["description", "Description", "rich"],
  ["comments", "Comments", "rich"],
  ["req-rich-content", "Rich Text", "rich"],
  ["has-rich-content", "Has Rich Content", "string", READ_ONLY],
  ["owner", "Author", "user", LIST],
  ["creation-time", "Creation Date", "date"],
  ["req-time", "Creation Time", "string"],
  ["req-priority", "Priority", "option", LIST],
  ["req-product", "Product", "option"],
  ["req-reviewed", "Reviewed", "option", LIST],
  ["status", "Direct Cover Status", "option", READ_ONLY],
  ["target-rel", "Target Release", "reference", { multiple: true, ...to("release") }],
  ["target-rcyc", "Target Cycle", "reference", { multiple: true, ...to("release-cycle") }],
  ["attachment", "Attachment", "string", { ...text(1), ...READ_ONLY }],
  ["has-linkage", "Linkage", "string", READ_ONLY],
];

const RELEASE: readonly Row[] = [
  ...COMMON,
  ["name", "Name", "string", { ...text(255), ...REQUIRED }],
  ["start-date", "Start Date", "date", REQUIRED],
  ["end-date", "End Date", "date", REQUIRED],
  ["description", "Description", "rich"],
  ["has-attachments", "Attachment", "string", READ_ONLY],
  ["req-count", "Requirements", "number", READ_ONLY],
];

const STOCK: Readonly<Record<string, readonly Row[]>> = {
  defect: DEFECT,
  requirement: REQUIREMENT,
  release: [
    ...RELEASE,
    ["parent-id", "Release Folder", "reference", to("release-folder")],
    ["milestones-count", "Milestones", "number", READ_ONLY],
    ["scope-items-count", "Scope Items", "number", READ_ONLY],
  ],
  "release-cycle": [
    ...RELEASE,
    ["parent-id", "Release", "reference", { ...REQUIRED, ...to("release") }],
    ["cf-count", "Content Folders", "number", READ_ONLY],
  ],
};

/** User-defined fields, own and from a template project: their types are the project's. */
const OPEN = ["^user-\\d\\d$", "^user-template-\\d\\d$"];

export const STOCK_ENTITIES: readonly string[] = Object.keys(STOCK);

/** Of `requirement/Functional` what every requirement has: which types a project has only its server knows. */
export function stockSchema(entity: string): EntitySchema | null {
  const { base, subtypes } = readEntityType(entity);
  const rows = Object.hasOwn(STOCK, base) ? STOCK[base] : undefined;
  if (rows === undefined || subtypes.includes("") || (subtypes.length > 0 && base !== TYPED)) return null;
  const fields = rows.map(([name, label, kind, extra]): readonly [string, FieldSchema] => {
    const markup = kind === "rich" ? { markup: "html" as const } : {};
    const given = subtypes.length > 0 && name === TYPE_FIELD ? { required: false } : {};
    return [
      name,
      { name, label, kind, multiple: false, required: false, readOnly: false, ...markup, ...extra, ...given },
    ];
  });
  return { entity, label: STOCK_LABELS[base] ?? base, fields: Object.fromEntries(fields), open: OPEN };
}
