import { writeSync } from "node:fs";
import { openSmallState } from "../../../daemon/state/small-state.ts";

/** Writes for ever, saying each count once it is acknowledged. Meant to be killed. */
const state = await openSmallState(process.argv[2] ?? "", { count: 0 });
for (;;) {
  const { count } = await state.update((draft) => ({ count: draft.count + 1 }));
  writeSync(1, `${count}\n`);
}
