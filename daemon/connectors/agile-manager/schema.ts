import type { Bonds } from "../../core/connector.ts";
import type { EntitySchema, FieldKind, FieldSchema } from "../../core/field.ts";
import { type AgileManagerSettings, declaredField } from "./settings.ts";

/** The server refuses a part outside of its whole, and clears one that is left behind. */
export const BONDS: Bonds = {
  owners: { sprint_id: "release_id", detected_in_sprint: "detected_in_rel", feature_id: "theme_id" },
  teams: { team_id: "release_id" },
};

/** Where an entity type lives: defects and user stories share one collection. */
export interface Resource {
  readonly path: string;
  readonly subtype: string | null;
  readonly label: string;
  /** User-defined fields this type may have. */
  readonly open: readonly string[];
}

const SHARED_UDF = "^user_\\d\\d$";

export const RESOURCES: Readonly<Record<string, Resource>> = {
  defect: { path: "backlog_items", subtype: "defect", label: "Defect", open: ["^user_\\d\\d(_d)?$"] },
  user_story: { path: "backlog_items", subtype: "user_story", label: "User story", open: ["^user_\\d\\d(_s)?$"] },
  theme: { path: "themes", subtype: null, label: "Theme", open: [SHARED_UDF] },
  feature: { path: "features", subtype: null, label: "Feature", open: [SHARED_UDF] },
  release: { path: "releases", subtype: null, label: "Release", open: [] },
  sprint: { path: "sprints", subtype: null, label: "Sprint", open: [SHARED_UDF] },
  task: { path: "tasks", subtype: null, label: "Task", open: [SHARED_UDF] },
  application: { path: "applications", subtype: null, label: "Application", open: [SHARED_UDF] },
  team: { path: "teams", subtype: null, label: "Team", open: [SHARED_UDF] },
};

/**
 * The server has no metadata: these are the fields of its documentation and of clients that read real servers. One word per field: its kind, or
 * the entity type that a reference points at; `!` required, `-` read-only, `*` several values, `?` a kind that nobody has seen for certain.
 * `parent` is ours: see `parent.ts`.
 */
const NAMED = { id: "number -", type: "string -", name: "string !", last_modified: "datetime -" };
const COMMON = { ...NAMED, description: "rich" };

const PLANNED = {
  ...COMMON,
  author: "user -",
  creation_date: "date -",
  rank: "number",
  archive_status: "number",
};

const BACKLOG_ITEM = {
  ...PLANNED,
  subtype: "string -",
  item_id: "number -",
  status: "option",
  story_points: "number",
  story_priority: "option",
  assigned_to: "user",
  application_id: "application",
  theme_id: "theme",
  feature_id: "feature",
  parent: "feature|theme",
  release_id: "release",
  sprint_id: "sprint",
  team_id: "team",
  blocked: "string",
  dev_comments: "rich",
  kanban_status_id: "string - ?",
  kanban_parent_status_id: "string - ?",
  kan_status_duration: "number -",
  kan_parent_duration: "number -",
  num_of_tasks: "number -",
  cover_status: "string -",
  estimated: "number -",
  remaining: "number -",
  invested: "number -",
  actual: "number -",
  done_status_date: "date -",
  status_duration: "number -",
};

const PORTFOLIO = {
  ...PLANNED,
  initial_estimate: "option",
  owner: "user",
  applications: "application *",
  agg_story_points: "number -",
  agg_bli_story_points: "number -",
};

const WSJF = { wsjf: "number", wsjf_job_size: "number", wsjf_risk: "number", wsjf_user_impact: "number" };

const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  defect: {
    ...BACKLOG_ITEM,
    defect_status: "option",
    defect_priority: "option",
    severity: "option",
    detected_by: "user",
    detection_date: "date",
    closing_date: "date",
    fixed_on_date: "date",
    detected_in_rel: "release",
    detected_in_sprint: "sprint",
  },
  user_story: {
    ...BACKLOG_ITEM,
    initial_estimate: "string ?",
    num_of_defects: "number -",
    num_of_user_stories: "number -",
    pending_acceptance_tests: "number -",
    passed_acceptance_tests: "number -",
    failed_acceptance_tests: "number -",
  },
  theme: { ...PORTFOLIO, theme_type: "option" },
  feature: {
    ...PORTFOLIO,
    ...WSJF,
    wsjf_cod: "number",
    wsjf_time_effort: "number",
    feature_type: "option",
    theme_id: "theme",
    parent: "theme",
    status: "option",
    release_id: "release",
    team_id: "team",
    story_points: "number",
    estimate: "number",
  },
  release: {
    ...COMMON,
    start_date: "date",
    end_date: "date",
    sprint_duration: "number",
    sprint_duration_units: "option",
    active: "option",
  },
  sprint: { ...NAMED, release_id: "release !", start_date: "date", end_date: "date" },
  application: COMMON,
  team: COMMON,
  // A task's title is its description; it may have no name at all.
  task: {
    id: "number -",
    type: "string -",
    last_modified: "datetime -",
    author: "user -",
    creation_date: "date -",
    description: "rich !",
    status: "option",
    estimated: "number",
    remaining: "number",
    invested: "number",
    assigned_to: "user",
    backlog_item_id: "backlog_item !",
  },
};

const KINDS: readonly FieldKind[] = ["string", "rich", "number", "date", "datetime", "option", "user"];

function fieldOf(name: string, text: string): FieldSchema {
  const [word = "", ...flags] = text.split(" ");
  const base = {
    name,
    label: labelOf(name),
    multiple: flags.includes("*"),
    required: flags.includes("!"),
    readOnly: flags.includes("-"),
  };
  const kind = KINDS.find((known) => known === word);
  if (kind === undefined) return { ...base, kind: "reference", target: word };
  return kind === "rich" ? { ...base, kind, markup: "html" } : { ...base, kind };
}

/** `defect_status` → `Defect status`; the server tells no labels. */
function labelOf(name: string): string {
  const words = name.replace(/_id$/, "").replaceAll("_", " ");
  return name === "id" ? "Id" : words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** The table above and the kinds that the settings declare; null for an entity type that Agile Manager lacks. */
export function stockSchema(entity: string, settings: AgileManagerSettings): EntitySchema | null {
  const table = Object.hasOwn(TABLE, entity) ? TABLE[entity] : undefined;
  const resource = RESOURCES[entity];
  if (table === undefined || resource === undefined) return null;
  const declared = Object.entries(settings.fields).filter(([name]) => isOpen(resource.open, name));
  return {
    entity,
    label: resource.label,
    fields: Object.fromEntries([
      ...Object.entries(table).map(([name, text]) => [name, fieldOf(name, text)] as const),
      ...declared.map(([name, kind]) => [name, declaredField(name, kind)] as const),
    ]),
    open: resource.open,
  };
}

/** Fields whose kind must be read off their values: user-defined ones without a declaration, and those with `?` in the table. */
export function isUncertain(entity: string, name: string, settings: AgileManagerSettings): boolean {
  const text = TABLE[entity]?.[name];
  return text === undefined ? !Object.hasOwn(settings.fields, name) : text.endsWith("?");
}

export function isOpen(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => new RegExp(pattern).test(name));
}
