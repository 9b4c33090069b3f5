import type { Line } from "./report.ts";
import { lineOf } from "./report.ts";
import { openStage, type Sample, type Stage, type Subject } from "./stage.ts";
import { PHASES } from "./subject.ts";

export interface PairGiven {
  readonly subject: Subject;
  /** What it is measured against. */
  readonly rival: Subject;
  readonly defects: number;
  readonly rounds: number;
  /** See `RunOptions`: of all phases but the first, which can be had once only. */
  readonly warm: boolean;
  readonly progress: (text: string) => void;
}

/** Two subjects take turns, each on trackers of its own; who goes first changes from round to round. */
export async function measurePair(given: PairGiven): Promise<readonly Line[]> {
  const { defects, rounds, warm, progress } = given;
  const pair = [given.subject, given.rival] as const;
  const samples = new Map<string, Sample[]>();
  for (let turn = 0; turn < rounds; turn++) {
    const stages = new Map<Subject, Stage>();
    try {
      for (const subject of pair) stages.set(subject, await openStage(subject, defects));
      const order = turn % 2 === 0 ? pair : pair.toReversed();
      for (const { name, title } of PHASES) {
        for (const subject of order) {
          progress(`${defects} defects, round ${turn + 1} of ${rounds}: ${title}, ${subject}`);
          const sample = await stages.get(subject)?.run(name, { warm: warm && name !== "initial" });
          const key = `${name} ${subject}`;
          if (sample !== undefined) samples.set(key, [...(samples.get(key) ?? []), sample]);
        }
      }
    } finally {
      for (const stage of stages.values()) await stage.close();
    }
  }
  return PHASES.flatMap(({ name, title }) => {
    const records = name === "changed" ? 2 * Math.ceil(defects / 20) : defects;
    return pair.map((subject) => {
      const rival = subject === given.subject ? (samples.get(`${name} ${given.rival}`) ?? []) : null;
      return lineOf(title, subject, records, samples.get(`${name} ${subject}`) ?? [], rival);
    });
  });
}
