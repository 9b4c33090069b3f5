import { computed, type Field, field, list, NAME, ref, STAMPS } from "./field.ts";

export const ITEM_STATUSES = ["New", "In Progress", "In Testing", "Done"] as const;
export const DEFECT_STATUSES = [
  "New",
  "Open",
  "Fixed",
  "Propose Close",
  "Closed",
  "Deferred",
  "Duplicate",
  "Rejected",
] as const;
/** Of severity, defect_priority and story_priority: this site's own words. */
export const LEVELS = ["Low", "Medium", "High", "Critical"] as const;
export const PLATFORMS = ["Linux", "macOS", "Windows", "iOS", "Android", "Web"] as const;
export const ROOT_CAUSES = ["Requirement", "Design", "Code", "Environment"] as const;

const defect = { only: "defect" } as const;
const story = { only: "user_story" } as const;

/** `backlog_items`, without `type`, `subtype` and `id`. */
export const BACKLOG_ITEM_FIELDS: readonly Field[] = [
  computed("item_id", "int"),
  NAME,
  field("description", "memo"),
  list("status", ITEM_STATUSES, { initial: "New" }),
  field("story_points", "num"),
  list("story_priority", LEVELS),
  field("rank", "int"),
  ref("release_id", "release"),
  ref("sprint_id", "sprint"),
  ref("team_id", "team"),
  ref("application_id", "application"),
  ref("theme_id", "theme"),
  ref("feature_id", "feature"),
  field("assigned_to", "login"),
  field("blocked", "str"),
  field("dev_comments", "memo", { label: "Comments" }),
  list("defect_status", DEFECT_STATUSES, { ...defect, initial: "New" }),
  list("defect_priority", LEVELS, defect),
  list("severity", LEVELS, defect),
  field("detected_by", "login", defect),
  field("detection_date", "date", defect),
  field("closing_date", "date", defect),
  field("fixed_on_date", "date", defect),
  ref("detected_in_rel", "release", defect),
  ref("detected_in_sprint", "sprint", defect),
  field("initial_estimate", "num"),
  computed("kanban_status_id", "int"),
  computed("kanban_parent_status_id", "int"),
  computed("kan_status_duration", "int", { initial: 0 }),
  computed("kan_parent_duration", "int", { initial: 0 }),
  computed("status_duration", "int", { initial: 0 }),
  computed("done_status_date", "date"),
  computed("num_of_tasks", "int"),
  computed("num_of_defects", "int"),
  computed("num_of_user_stories", "int"),
  computed("pending_acceptance_tests", "int"),
  computed("passed_acceptance_tests", "int"),
  computed("failed_acceptance_tests", "int"),
  computed("cover_status", "str", { initial: "Not Covered" }),
  computed("estimated", "num"),
  computed("remaining", "num"),
  computed("invested", "num"),
  computed("actual", "num"),
  field("user_01_d", "num", { ...defect, label: "ALM defect id" }),
  field("user_02", "mlist", { label: "Platforms", values: PLATFORMS }),
  field("user_03", "str", { label: "Customer" }),
  field("user_04", "date", { label: "Promised on" }),
  field("user_05", "memo", { label: "Notes" }),
  field("user_06_s", "num", { ...story, label: "ALM requirement id" }),
  field("user_07", "str", { label: "Creation method" }),
  list("user_08", ROOT_CAUSES, { label: "Root cause" }),
  ref("user_09", "release", { label: "Needed in" }),
  field("user_10", "login", { label: "Reviewer" }),
  ...STAMPS,
  computed("archive_status", "int", { initial: 0 }),
];
