import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../../../daemon/core/errors.ts";
import { openSmallState } from "../../../daemon/state/small-state.ts";

interface State {
  readonly revision: number;
}

/** The daemon's small state torn at every byte, alone and with its copy: never half a state, never a silent new beginning. Returns what went wrong. */
export async function tornStateFile(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "syncline-torn-"));
  const file = join(folder, "state.json");
  const wrong: string[] = [];
  try {
    const state = await openSmallState<State>(file, { revision: 0 });
    for (const revision of [1, 2, 3]) await state.update(() => ({ revision }));
    const [whole, copy] = [readFileSync(file), readFileSync(`${file}.bak`)];
    for (let size = 0; size < whole.length - 2; size++) {
      writeFileSync(file, whole.subarray(0, size));
      writeFileSync(`${file}.bak`, copy);
      const again = await openSmallState<State>(file, { revision: 0 });
      if (again.data.revision !== 2) wrong.push(`torn at ${size}: revision ${again.data.revision}`);
      if (again.recovered === null) wrong.push(`torn at ${size}: not told`);
      writeFileSync(file, whole.subarray(0, size));
      writeFileSync(`${file}.bak`, copy.subarray(0, Math.floor(copy.length / 2)));
      const both = await openSmallState<State>(file, { revision: 0 }).catch((error: unknown) => error);
      if (!(both instanceof OperatorError)) wrong.push(`torn at ${size} with its copy: taken for a new state`);
    }
    return wrong;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
