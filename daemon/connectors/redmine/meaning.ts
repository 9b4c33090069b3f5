import type { Meanings } from "../../core/meaning.ts";

/** E85. Redmine has no severity; an issue goes with defects first, since most of them are. */
export const MEANINGS: Meanings = {
  issue: {
    works: { defect: "issue", story: "issue" },
    fields: {
      summary: "subject",
      description: "description",
      type: "tracker",
      status: "status",
      priority: "priority",
      assignee: "assigned_to",
      reporter: "author",
      author: "author",
      parent: "parent",
      "target release": "fixed_version",
      product: "category",
      effort: "estimated_hours",
      "detected on": "created_on",
      "created on": "created_on",
      "closed on": "closed_on",
      starts: "start_date",
      due: "due_date",
    },
  },
};
