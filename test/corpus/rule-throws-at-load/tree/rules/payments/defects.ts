import { link } from "syncline";

const table: Record<string, string> = {};
// The table is empty.
const first = Object.keys(table)[0];
if (first === undefined) throw new Error("no table");

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = issue.name;
    },
  },
});
