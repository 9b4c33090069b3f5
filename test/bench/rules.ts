import type { Line } from "./report.ts";
import { lineOf } from "./report.ts";
import { openStage, type Sample, type Stage, type Subject } from "./stage.ts";
import { PHASES } from "./subject.ts";

const PAIR: readonly Subject[] = ["with rules", "syncline"];

/** The same link with the sample's rules on both sides and with its mapping alone, in turns on trackers of their own (X25). */
export async function measureRules(
  defects: number,
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly Line[]> {
  const samples = new Map<string, Sample[]>();
  for (let turn = 0; turn < rounds; turn++) {
    const stages = new Map<Subject, Stage>();
    try {
      for (const subject of PAIR) stages.set(subject, await openStage(subject, defects));
      const order = turn % 2 === 0 ? PAIR : PAIR.toReversed();
      for (const { name, title } of PHASES) {
        for (const subject of order) {
          progress(`${defects} defects, rules, round ${turn + 1} of ${rounds}: ${title}, ${subject}`);
          const sample = await stages.get(subject)?.run(name, { warm: name !== "initial" });
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
    return PAIR.map((subject) => {
      const rival = subject === "with rules" ? (samples.get(`${name} syncline`) ?? []) : null;
      return lineOf(title, subject, records, samples.get(`${name} ${subject}`) ?? [], rival);
    });
  });
}
