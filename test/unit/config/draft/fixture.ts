import type { DraftInput, DraftSide } from "../../../../daemon/config/draft/input.ts";
import { connectorTypes } from "../../../../daemon/connectors/registry.ts";
import type { ConnectorType } from "../../../../daemon/core/connector.ts";
import type { EntitySchema, FieldSchema } from "../../../../daemon/core/field.ts";

export function typeOf(name: string): ConnectorType {
  const found = connectorTypes.find(({ type }) => type === name);
  if (found === undefined) throw new Error(`no connector ${name}`);
  return found;
}

type Row = readonly [name: string, label: string, kind: FieldSchema["kind"], extra?: Partial<FieldSchema>];

export function schema(entity: string, ...rows: readonly Row[]): EntitySchema {
  const fields = rows.map(([name, label, kind, extra]) => {
    const markup = kind === "rich" ? { markup: "html" as const } : {};
    return [
      name,
      { name, label, kind, multiple: false, required: false, readOnly: false, ...markup, ...extra },
    ] as const;
  });
  return { entity, label: entity, fields: Object.fromEntries(fields), open: [] };
}

export const RO = { readOnly: true };
export const REQUIRED = { required: true };

export function list(...options: string[]): Partial<FieldSchema> {
  return { options, verified: true };
}

/** A list that is known from records alone. */
export function seen(...options: string[]): Partial<FieldSchema> {
  return { options, verified: false };
}

/** An ALM project as small as a golden file bears. */
const ALM_DEFECT = schema(
  "defect",
  ["id", "Defect ID", "number", RO],
  ["name", "Summary", "string", { ...REQUIRED, maxLength: { size: 255, unit: "bytes" } }],
  ["description", "Description", "rich"],
  ["dev-comments", "Comments", "rich"],
  ["attachment", "Attachment", "string", RO],
  ["status", "Status", "option", list("New", "Open", "Fixed", "Closed")],
  ["severity", "Severity", "option", { ...list("1-Low", "2-Medium", "3-High", "4-Very High"), ...REQUIRED }],
  ["priority", "Priority", "option", list("1-Low", "2-High")],
  ["owner", "Assigned To", "user", { verified: true }],
  ["detected-by", "Detected By", "user", { verified: true, ...REQUIRED }],
  ["creation-time", "Detected on Date", "date", REQUIRED],
  ["target-rel", "Target Release", "reference", { target: "release" }],
  ["target-rcyc", "Target Cycle", "reference", { target: "release-cycle" }],
  ["project", "Product", "option", { options: ["Till", "Shop"] }],
  ["estimated-fix-time", "Estimated Fix Time", "number"],
  ["user-01", "Customer", "string", { maxLength: { size: 40, unit: "bytes" } }],
  ["user-02", "Partner", "number"],
  ["user-03", "Audited", "option", { ...list("Y", "N"), ...REQUIRED }],
);

const AGM_DEFECT = schema(
  "defect",
  ["id", "Id", "number", RO],
  ["name", "Name", "string", REQUIRED],
  ["description", "Description", "rich"],
  ["dev_comments", "Dev comments", "rich"],
  ["defect_status", "Defect status", "option", seen("Fixed", "New")],
  ["severity", "Severity", "option", seen("Critical", "High", "Low", "Medium")],
  ["defect_priority", "Defect priority", "option"],
  ["assigned_to", "Assigned to", "user"],
  ["detected_by", "Detected by", "user"],
  ["detection_date", "Detection date", "date"],
  ["creation_date", "Creation date", "date", RO],
  ["author", "Author", "user", RO],
  ["release_id", "Release", "reference", { target: "release" }],
  ["sprint_id", "Sprint", "reference", { target: "sprint" }],
  ["application_id", "Application", "reference", { target: "application" }],
  ["story_points", "Story points", "number"],
  ["customer", "customer", "string"],
  ["user_01_d", "user_01_d", "number"],
  ["user_02", "user_02", "option", { multiple: true }],
);

const ALM: DraftSide = {
  name: "alm",
  type: typeOf("alm"),
  settings: { url: "https://alm.example.com/qcbin", domain: "BANK", project: "PAYMENTS" },
  parsed: {},
  secret: "alm-payments",
  login: "sync",
  schemas: { defect: ALM_DEFECT },
  people: [
    { login: "jane", name: "Jane", emails: ["Jane@example.com"] },
    { login: "sync", name: "Sync", emails: [] },
  ],
  directories: new Map(),
};

const AGM: DraftSide = {
  name: "agm",
  type: typeOf("agile-manager"),
  settings: { url: "https://agm.example.com", workspace: 1003 },
  parsed: { fields: {} },
  secret: "agm-payments",
  login: null,
  schemas: { defect: AGM_DEFECT },
  people: [{ login: "jane@example.com", name: "jane@example.com", emails: [] }],
  directories: new Map([
    [
      "application",
      [
        { id: "7", name: "Till", path: "\\Till", parent: null },
        { id: "8", name: "Depot", path: "\\Depot", parent: null },
      ],
    ],
  ]),
};

const NO_MARKERS = { left: { naming: null, unused: ["user-02"] }, right: { naming: null, unused: ["user_01_d"] } };

export const PAYMENTS: DraftInput = {
  connection: "payments",
  left: ALM,
  right: AGM,
  links: [{ name: "defects", left: "defect", right: "defect", markers: NO_MARKERS }],
  create: "none",
};
