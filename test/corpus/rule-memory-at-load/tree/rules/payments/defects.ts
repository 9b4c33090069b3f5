import { link } from "syncline";

export default link<"payments", "defects">({
  alm: {
    outgoing({ issue, replica }) {
      replica.name = issue.name;
    },
  },
});

const all: string[][] = [];
for (;;) all.push(new Array<string>(100_000).fill("x"));
