import type { SharedPerson } from "../shared-content.ts";
import type { Profile } from "./profile.ts";
import type { EntityDef, FieldDef, ListDef, ListItem, ProjectSchema, RelationDef, RequirementType } from "./schema.ts";
import {
  ATTACHMENT_FIELDS,
  CYCLE_FIELDS,
  DEFECT_FIELDS,
  DEFECT_FIELDS_NEW,
  FOLDER_FIELDS,
  LINK_FIELDS,
  RELEASE_FIELDS,
  REQUIREMENT_FIELDS,
  TRACE_FIELDS,
} from "./stock-fields.ts";
import type { AlmSwitches } from "./switches.ts";

/** What an installation adds to the stock project. */
export interface SchemaOptions {
  readonly profile: Profile;
  readonly switches: AlmSwitches;
  /** Moves the list ids, which differ from project to project. */
  readonly seed: number;
  readonly users: readonly SharedPerson[];
  /** By entity name; a field of a stock name replaces it. */
  readonly fields?: Readonly<Record<string, readonly FieldDef[]>>;
  /** By list name; replaces a stock list's items or adds a list. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
}

const STOCK_LISTS: Readonly<Record<string, readonly string[]>> = {
  YesNo: ["N", "Y"],
  Subject: [],
  "Bug Status": ["Closed", "Fixed", "New", "Open", "Rejected", "Reopen"],
  Severity: ["1-Low", "2-Medium", "3-High", "4-Very High", "5-Urgent"],
  Priority: ["1-Low", "2-Medium", "3-High", "4-Very High", "5-Urgent"],
  Versions: ["Version 1.0", "Version 2.0", "Version 3.0", "Version 4.0"],
  Projects: ["Payments", "Mobile Wallet", "Core Ledger"],
  Reviewed: ["Not Reviewed", "Reviewed"],
  "Req Status": ["Blocked", "Failed", "N/A", "No Run", "Not Completed", "Not Covered", "Passed"],
  "Link Type": ["Related", "Duplicate", "Blocks"],
  Platforms: ["Android", "iOS", "Linux", "macOS", "Web", "Windows"],
};

const REQUIREMENT_TYPES: readonly RequirementType[] = [
  { id: 0, name: "Undefined", without: [] },
  { id: 1, name: "Folder", without: ["rbt-bsns-impact", "rbt-risk"] },
  { id: 2, name: "Group", without: ["rbt-bsns-impact", "rbt-risk"] },
  { id: 3, name: "Functional", without: [] },
  { id: 4, name: "Business", without: [] },
  { id: 5, name: "Testing", without: ["rbt-bsns-impact"] },
  { id: 6, name: "Performance", without: [] },
  { id: 66, name: "Business Model", without: ["rbt-bsns-impact", "rbt-risk"] },
];

export function stockSchema(options: SchemaOptions): ProjectSchema {
  const entities = stockEntities(options);
  return {
    entities: new Map(entities.map((entity) => [entity.name, entity])),
    collections: new Map(entities.map((entity) => [entity.collection, entity])),
    lists: stockLists(options),
    relations: RELATIONS,
    requirementTypes: REQUIREMENT_TYPES,
    users: new Map(options.users.map((user) => [user.login, user])),
  };
}

function stockLists(options: SchemaOptions): Map<string, ListDef> {
  const all = { ...STOCK_LISTS, ...options.lists };
  const base = 270 + ((options.seed * 7) % 50);
  return new Map(
    Object.entries(all).map(([name, values], index) => {
      const items: readonly ListItem[] = values.map((value) => ({ value }));
      const logicalName = `hp.qc.${name.toLowerCase().replace(/ /g, "-")}`;
      return [name, { id: name === "YesNo" ? 1 : name === "Subject" ? 2 : base + index, name, logicalName, items }];
    }),
  );
}

const PLAIN = { history: true, attachment: true, vc: false, types: false };

function stockEntities(options: SchemaOptions): readonly EntityDef[] {
  const newer = options.profile.wordOperators ? DEFECT_FIELDS_NEW : [];
  const requirement = { ...PLAIN, vc: options.switches.versionControl, types: true };
  const bare = { ...PLAIN, history: false };
  return [
    entity(options, "defect", "defects", "Defect", "BUG", "BG", [...DEFECT_FIELDS, ...newer], PLAIN, "bug-ver-stamp"),
    {
      ...entity(
        options,
        "requirement",
        "requirements",
        "Requirement",
        "REQ",
        "RQ",
        REQUIREMENT_FIELDS,
        requirement,
        "req-ver-stamp",
      ),
      uniqueSiblings: true,
    },
    entity(options, "release", "releases", "Release", "RELEASES", "REL", dated(options, RELEASE_FIELDS), bare),
    entity(
      options,
      "release-cycle",
      "release-cycles",
      "Cycle",
      "RELEASE_CYCLES",
      "RCYC",
      dated(options, CYCLE_FIELDS),
      bare,
    ),
    {
      ...entity(
        options,
        "release-folder",
        "release-folders",
        "Release Folder",
        "RELEASE_FOLDERS",
        "RF",
        FOLDER_FIELDS,
        bare,
      ),
      uniqueSiblings: true,
    },
    entity(options, "defect-link", "defect-links", "Defect Link", "LINK", "LN", LINK_FIELDS, {
      ...bare,
      attachment: false,
    }),
    ...(options.switches.reqTraces
      ? [
          entity(options, "req-trace", "req-traces", "Requirement Trace", "REQ_TRACE", "RT", TRACE_FIELDS, {
            ...bare,
            attachment: false,
          }),
        ]
      : []),
    {
      ...entity(options, "attachment", "attachments", "Attachment", "CROS_REF", "CR", ATTACHMENT_FIELDS, {
        ...bare,
        attachment: false,
      }),
      firstLevel: false,
    },
  ];
}

function dated(options: SchemaOptions, fields: readonly FieldDef[]): readonly FieldDef[] {
  return options.switches.releaseLastModified ? fields : fields.filter((field) => field.name !== "last-modified");
}

function entity(
  options: SchemaOptions,
  name: string,
  collection: string,
  label: string,
  table: string,
  prefix: string,
  stock: readonly FieldDef[],
  supports: EntityDef["supports"],
  oldStamp?: string,
): EntityDef {
  const fields = new Map<string, FieldDef>();
  for (const field of stock) {
    const renamed =
      field.name === "ver-stamp" && oldStamp !== undefined && options.profile.crudeErrors ? oldStamp : field.name;
    fields.set(renamed, { ...field, name: renamed });
  }
  for (const field of options.fields?.[name] ?? []) fields.set(field.name, field);
  const stamp = [...fields.keys()].find((field) => field.endsWith("ver-stamp")) ?? null;
  return { name, collection, label, table, prefix, fields, supports, stamp, firstLevel: true, uniqueSiblings: false };
}

function reference(
  name: string,
  source: string,
  target: string,
  column: string,
  ...aliases: readonly string[]
): RelationDef {
  return { name, source, target, aliases: aliases.map(readAlias), via: { kind: "column", column } };
}

/** A leading `?` marks an alias that is not unique and so cannot be filtered by. */
function readAlias(text: string): { readonly name: string; readonly unique: boolean } {
  return text.startsWith("?") ? { name: text.slice(1), unique: false } : { name: text, unique: true };
}

function linked(
  name: string,
  source: string,
  target: string,
  side: "first" | "second" | "either",
  ...aliases: readonly string[]
): RelationDef {
  return { name, source, target, aliases: aliases.map(readAlias), via: { kind: "link", side } };
}

const RELEASE_ALIASES = ["?release", "?connected-to-release"] as const;
const CYCLE_ALIASES = ["?release-cycle", "?connected-to-release-cycle"] as const;

const RELATIONS: readonly RelationDef[] = [
  reference(
    "defectToTargetReleaseConnection",
    "defect",
    "release",
    "target-rel",
    ...RELEASE_ALIASES,
    "defect-to-target-release-mirror",
  ),
  reference(
    "defectToDetectedReleaseConnection",
    "defect",
    "release",
    "detected-in-rel",
    ...RELEASE_ALIASES,
    "defect-to-detected-release-mirror",
  ),
  reference(
    "defectToTargetReleaseCycleConnection",
    "defect",
    "release-cycle",
    "target-rcyc",
    ...CYCLE_ALIASES,
    "defect-to-target-rcycl-mirror",
  ),
  reference(
    "defectToDetectedReleaseCycleConnection",
    "defect",
    "release-cycle",
    "detected-in-rcyc",
    ...CYCLE_ALIASES,
    "defect-to-detected-rcycl-mirror",
  ),
  linked("defectToDefectLinkTo", "defect", "defect", "first", "?defect", "to-connected-to-defect"),
  linked("defectToDefectLinkFrom", "defect", "defect", "second", "?defect", "from-connected-to-defect"),
  linked("defectToRequirementLink", "defect", "requirement", "either", "requirement", "connected-to-requirement"),
  reference("requirementToReleaseConnection", "requirement", "release", "target-rel", "release"),
  reference("requirementToReleaseCycleConnection", "requirement", "release-cycle", "target-rcyc", "release-cycle"),
  linked("requirementToDefectLink", "requirement", "defect", "either", "defect", "connected-to-defect"),
  reference(
    "requirementToRequirementConnection",
    "requirement",
    "requirement",
    "parent-id",
    "contained-in-requirement",
  ),
  {
    name: "requirementContainsRequirement",
    source: "requirement",
    target: "requirement",
    aliases: [{ name: "contains-requirement", unique: true }],
    via: { kind: "reverse", column: "parent-id" },
  },
  reference("releaseToReleaseCycleConnection", "release-cycle", "release", "parent-id", "release"),
  reference("releaseFolderToReleaseConnection", "release", "release-folder", "parent-id", "release-folder"),
  reference(
    "releaseFolderToReleaseFolderConnection",
    "release-folder",
    "release-folder",
    "parent-id",
    "contained-in-release-folder",
  ),
];
