import { BACKLOG_ITEM_FIELDS } from "./backlog-item.ts";
import { computed, type Field, field, list, NAME, ref, STAMPS } from "./field.ts";
import type { AgileManagerSwitches } from "./switches.ts";

export const RESOURCES = [
  "applications",
  "releases",
  "sprints",
  "teams",
  "release_teams",
  "team_members",
  "themes",
  "features",
  "backlog_items",
  "tasks",
  "entity_links",
] as const;

export type ResourceName = (typeof RESOURCES)[number];

export interface Resource {
  readonly name: ResourceName;
  /** `type` of its entities. */
  readonly type: string;
  /** In the order of the wire; the first are `type` (`subtype`) and `id`. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly subtypes: readonly string[];
  readonly attachments: boolean;
  readonly audits: boolean;
  readonly uniqueNames: boolean;
  /** Kept inside, never shown. */
  readonly hidden: ReadonlySet<string>;
}

export type Schema = ReadonlyMap<string, Resource>;

const SIZES = ["XS", "S", "M", "L", "XL"] as const;
export const FEATURE_STATUSES = ["New", "Ready", "In Progress", "Done"] as const;
export const TASK_STATUSES = ["New", "In Progress", "Completed"] as const;

const AGGREGATES = [computed("agg_story_points", "num"), computed("agg_bli_story_points", "num")];
const ARCHIVE = computed("archive_status", "int", { initial: 0 });
const DESCRIPTION = field("description", "memo");

const WSJF = ["wsjf", "wsjf_job_size", "wsjf_risk", "wsjf_user_impact", "wsjf_cod", "wsjf_time_effort"].map((name) =>
  field(name, "num"),
);

const RELEASE = [
  NAME,
  DESCRIPTION,
  field("start_date", "date"),
  field("end_date", "date"),
  field("sprint_duration", "num"),
  list("sprint_duration_units", ["Days", "Weeks"]),
  list("active", ["Y", "N"], { initial: "Y" }),
  ...STAMPS,
];

const SPRINT = [
  NAME,
  ref("release_id", "release", { required: true, fixed: true }),
  field("start_date", "date"),
  field("end_date", "date"),
  ...STAMPS,
];

const TEAM = [
  NAME,
  list("team_type", ["workspace", "feature"], { initial: "workspace" }),
  ref("release_id", "release"),
];

const RELEASE_TEAM = [
  ref("release_id", "release", { required: true, fixed: true }),
  ref("team_id", "team", { required: true, fixed: true }),
];

function theme(kind: string): readonly Field[] {
  return [
    NAME,
    DESCRIPTION,
    list(kind, ["Business", "Architectural"], { initial: "Business" }),
    list("initial_estimate", SIZES),
    field("owner", "login"),
    field("rank", "int"),
    field("applications", "mref", { target: "application" }),
    ...AGGREGATES,
    ...STAMPS,
    ARCHIVE,
  ];
}

const FEATURE = [
  ...theme("feature_type"),
  ref("theme_id", "theme"),
  list("status", FEATURE_STATUSES, { initial: "New" }),
  ref("release_id", "release"),
  ref("team_id", "team"),
  field("story_points", "num"),
  field("estimate", "num"),
  ...WSJF,
];

/** A task has no name: its description is its title. */
const TASK = [
  field("description", "memo"),
  list("status", TASK_STATUSES, { initial: "New" }),
  field("estimated", "num"),
  field("remaining", "num"),
  field("invested", "num"),
  field("assigned_to", "login"),
  ref("backlog_item_id", "backlog_item", { required: true, fixed: true }),
  ...STAMPS,
];

/** No more than any resource for it must have: which two items belong together. */
const ENTITY_LINK = [
  ref("source_id", "backlog_item", { required: true, fixed: true }),
  ref("target_id", "backlog_item", { required: true, fixed: true }),
];

/** Every resource under a workspace, by collection name. The switches decide `memberKey` and what of teams is shown. */
export function createSchema(switches: AgileManagerSwitches): Schema {
  const member = [
    ref("team_id", "team", { required: true, fixed: true }),
    field(switches.memberKey, "login", { required: true, fixed: true }),
  ];
  const hidden = switches.teamKind === "hidden" ? ["team_type", "release_id"] : [];
  return new Map<string, Resource>(
    [
      resource("applications", "application", [NAME, DESCRIPTION, ...STAMPS]),
      resource("releases", "release", RELEASE, { attachments: true }),
      resource("sprints", "sprint", SPRINT),
      resource("teams", "team", TEAM, { hidden: new Set(hidden) }),
      resource("release_teams", "release_team", RELEASE_TEAM),
      resource("team_members", "team_member", member),
      resource("themes", "theme", theme("theme_type"), { attachments: true, audits: true, uniqueNames: true }),
      resource("features", "feature", FEATURE, { attachments: true, audits: true, uniqueNames: true }),
      resource("backlog_items", "backlog_item", BACKLOG_ITEM_FIELDS, {
        attachments: true,
        audits: true,
        subtypes: ["user_story", "defect"],
      }),
      resource("tasks", "task", TASK, { audits: true }),
      ...(switches.entityLinks === "assumed" ? [resource("entity_links", "entity_link", ENTITY_LINK)] : []),
    ].map((entry) => [entry.name, entry]),
  );
}

function resource(
  name: ResourceName,
  type: string,
  fields: readonly Field[],
  options: Partial<Resource> = {},
): Resource {
  const subtypes = options.subtypes ?? [];
  const head = [
    computed("type", "str"),
    ...(subtypes.length > 0 ? [field("subtype", "str", { fixed: true })] : []),
    computed("id", "int"),
  ];
  return {
    name,
    type,
    fields: new Map([...head, ...fields].map((entry) => [entry.name, entry])),
    subtypes,
    attachments: options.attachments ?? false,
    audits: options.audits ?? false,
    uniqueNames: options.uniqueNames ?? false,
    hidden: options.hidden ?? new Set(),
  };
}

/** Throws where the resource does not exist: a mistake of the caller, not of a client. */
export function resourceOf(schema: Schema, name: ResourceName): Resource {
  const found = schema.get(name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
}

const BY_TYPE: Readonly<Record<string, ResourceName>> = {
  application: "applications",
  release: "releases",
  sprint: "sprints",
  team: "teams",
  theme: "themes",
  feature: "features",
  backlog_item: "backlog_items",
};

/** The collection that a reference's `type` lives in. */
export function collectionOf(type: string): ResourceName {
  const name = BY_TYPE[type];
  if (name === undefined) throw new Error(`nothing refers to ${type}`);
  return name;
}
