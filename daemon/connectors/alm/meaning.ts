import type { Meanings } from "../../core/meaning.ts";

/** E85. `estimated-fix-time` stands for story points as well: ALM has no other number for how large a defect is. */
export const MEANINGS: Meanings = {
  defect: {
    works: { defect: "defect" },
    fields: {
      summary: "name",
      description: "description",
      status: "status",
      severity: "severity",
      priority: "priority",
      assignee: "owner",
      reporter: "detected-by",
      "target release": "target-rel",
      "target cycle": "target-rcyc",
      "detected release": "detected-in-rel",
      "detected cycle": "detected-in-rcyc",
      product: "project",
      "story points": "estimated-fix-time",
      effort: "estimated-fix-time",
      "detected on": "creation-time",
      "created on": "creation-time",
      "closed on": "closing-date",
    },
  },
  requirement: {
    works: { requirement: "requirement", story: "requirement/Functional" },
    fields: {
      summary: "name",
      description: "description",
      type: "type-id",
      priority: "req-priority",
      author: "owner",
      parent: "parent-id",
      "target release": "target-rel",
      "target cycle": "target-rcyc",
      product: "req-product",
      "created on": "creation-time",
    },
  },
  release: {
    fields: { summary: "name", description: "description", starts: "start-date", ends: "end-date" },
  },
  "release-cycle": {
    fields: {
      summary: "name",
      description: "description",
      parent: "parent-id",
      starts: "start-date",
      ends: "end-date",
    },
  },
};
