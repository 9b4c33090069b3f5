import type { Stage } from "./link-site.ts";
import { REQUEST_SCENES } from "./request-scenes.ts";
import { messagesOf, writtenBy } from "./run-report.ts";

export const PHASES = ["first load", "second run", "later run", "full run", "5 edits"] as const;

/** Requests to the left and to the right tracker in one phase, sign-in included, and what the runs wrote. */
export interface Counted {
  readonly phase: (typeof PHASES)[number];
  readonly left: number;
  readonly right: number;
  readonly written: number;
}

/** One scene with so many records, phase by phase. Throws where a run does not pass. */
export async function countRequests(scene: string, records: number): Promise<readonly Counted[]> {
  const ends: (() => Promise<void>)[] = [];
  const stage: Stage = { after: (end) => void ends.unshift(end) };
  try {
    const open = REQUEST_SCENES[scene] ?? unknown(scene);
    const { trackers, fill, edit, run, pass } = await open(stage);
    fill(records);
    const counted: Counted[] = [];
    for (const phase of PHASES) {
      // What a run wrote lies outside the overlap of the next one's cursor, and edits come later than it.
      pass(3);
      if (phase === "5 edits") edit(5);
      pass(3);
      for (const { traffic } of trackers) traffic.reset();
      const reports = await run(phase === "full run");
      const failed = reports.find(({ status }) => status !== "passed");
      if (failed !== undefined) throw new Error(`${scene}, ${phase}: ${failed.status}\n${messagesOf(failed)}`);
      const [left, right] = [trackers[0].traffic.total(), trackers[1].traffic.total()];
      counted.push({ phase, left, right, written: reports.reduce((sum, report) => sum + writtenBy(report), 0) });
    }
    return counted;
  } finally {
    for (const end of ends) await end();
  }
}

function unknown(scene: string): never {
  throw new Error(`no scene "${scene}"`);
}
