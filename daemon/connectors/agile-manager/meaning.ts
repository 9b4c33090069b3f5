import type { Meanings } from "../../core/meaning.ts";

const ITEM = {
  summary: "name",
  description: "description",
  assignee: "assigned_to",
  author: "author",
  parent: "parent",
  "target release": "release_id",
  "target cycle": "sprint_id",
  product: "application_id",
  "story points": "story_points",
  "created on": "creation_date",
} as const;

/** E85. A defect's own status is `defect_status`; `status` is its place on the team's board. */
export const MEANINGS: Meanings = {
  defect: {
    works: { defect: "defect" },
    fields: {
      ...ITEM,
      status: "defect_status",
      severity: "severity",
      priority: "defect_priority",
      reporter: "detected_by",
      "detected release": "detected_in_rel",
      "detected cycle": "detected_in_sprint",
      "detected on": "detection_date",
      "closed on": "closing_date",
    },
  },
  user_story: {
    works: { story: "user_story" },
    fields: { ...ITEM, status: "status", priority: "story_priority" },
  },
  feature: {
    fields: {
      ...{ summary: "name", description: "description", status: "status", assignee: "owner", author: "author" },
      ...{ parent: "parent", "target release": "release_id", "story points": "story_points" },
      "created on": "creation_date",
    },
  },
  theme: {
    fields: {
      ...{ summary: "name", description: "description", assignee: "owner", author: "author" },
      "created on": "creation_date",
    },
  },
  release: {
    fields: { summary: "name", description: "description", starts: "start_date", ends: "end_date" },
  },
  sprint: {
    fields: { summary: "name", parent: "release_id", starts: "start_date", ends: "end_date" },
  },
};
