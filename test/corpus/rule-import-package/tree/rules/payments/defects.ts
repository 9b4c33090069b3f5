import _ from "lodash";
import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = issue.name;
    },
  },
});
