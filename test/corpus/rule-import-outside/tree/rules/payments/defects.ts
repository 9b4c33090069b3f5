import { secret } from "../../secrets";
import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = secret;
    },
  },
});
