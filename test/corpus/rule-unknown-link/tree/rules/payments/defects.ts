import { link } from "syncline";

export default link<"payments", "defect">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = issue.name;
    },
  },
});
