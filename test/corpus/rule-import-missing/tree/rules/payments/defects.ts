import { clean } from "./cleen.ts";
import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = clean(issue.name);
    },
  },
});
