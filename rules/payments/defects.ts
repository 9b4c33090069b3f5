// Optional: the mapping alone is enough for most links. What stands here decides what a table cannot.
import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    // What Agile Manager gets to see of an ALM defect.
    outgoing({ issue, replica }) {
      replica["user-03"] = issue["user-03"] ?? "internal";
    },
    // The last word on what is written into ALM, which demands a date of detection.
    incoming({ issue, replica, creating }) {
      if (creating) issue["creation-time"] = replica.creation_date;
    },
  },
  agm: {
    // The last word on what is written into Agile Manager.
    incoming({ issue, replica, creating }) {
      issue.description = replica.description ?? "<p>No description</p>";
      if (creating) issue.status = "New";
    },
  },
});
