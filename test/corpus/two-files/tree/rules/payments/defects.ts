import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = ((n: string) => n)(5);
    },
  },
});
