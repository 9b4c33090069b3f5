import { createRandom, type Random } from "../../daemon/sandbox/random.ts";
import { type Case, type Moment, type Outcome, runCase } from "./case.ts";
import type { Operation } from "./operations.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Point, STEPS, type Step } from "./steps.ts";

export interface MatrixOptions {
  readonly operations: readonly Operation[];
  readonly seed: number;
  /** Kills at named steps of each operation, at the most. */
  readonly stepsEach: number;
  /** Kills at random moments, all operations together. */
  readonly moments: number;
  /** Told before each case. */
  readonly progress: (done: number, text: string) => void;
}

/** What became of one case, for the table. */
export interface Line extends Pick<Outcome, "kills" | "duplicates" | "lost" | "surprise" | "failed"> {
  readonly operation: string;
  readonly where: string;
}

export const RANDOM = "a random moment";
export const RANDOM_TWICE = "a random moment, and again";
export const BULK = "in the middle of a bulk";
export const AFTER = "after the run";
export const TWICE = "a step, and again in recovery";

/** Startup of a daemon whose modules are loaded, at the most that is worth aiming at. */
const START_MS = 500;

/** Kills daemons at every named step, then at random moments. One after another on one stage, as it is in life. */
export async function runMatrix(options: MatrixOptions): Promise<readonly Line[]> {
  const stage = await openStage();
  const lines: Line[] = [];
  const run = async (one: Case, where: string): Promise<Outcome> => {
    options.progress(lines.length, `${one.operation.name}: ${where}`);
    const outcome = await runCase(stage, one, createRandom(options.seed * 7919 + lines.length));
    const { kills, duplicates, lost, surprise, failed } = outcome;
    lines.push({ operation: one.operation.name, where, kills, duplicates, lost, surprise, failed });
    if (duplicates.length + lost.length + surprise.length + failed.length > 0) await stage.reset();
    return outcome;
  };
  try {
    const random = createRandom(options.seed);
    for (const operation of options.operations) await killAtSteps(operation, options, random, run);
    await killAtMoments(options, random, run, stage);
  } finally {
    await stage.close();
  }
  return lines;
}

type Run = (one: Case, where: string) => Promise<Outcome>;

async function killAtSteps(operation: Operation, options: MatrixOptions, random: Random, run: Run): Promise<void> {
  const kind = "stepped";
  const whole = await run({ operation, kind, first: "end", again: null }, AFTER);
  const points = spread(pointsOf(whole.ran?.met ?? {}), options.stepsEach, random);
  for (const [i, at] of points.entries()) {
    const again = i % 4 === 3 ? { at: { step: random.pick(STEPS), nth: 1 } } : null;
    const { step, nth } = at;
    await run({ operation, kind, first: { at }, again }, again === null ? nameOf(step, nth) : TWICE);
  }
}

/** Each step where it is first met, in the middle and last: that is where batches begin, break and end. */
function pointsOf(met: Readonly<Partial<Record<Step, number>>>): readonly Point[] {
  return STEPS.flatMap((step) => {
    const times = met[step] ?? 0;
    return [...new Set([1, Math.ceil(times / 2), times])].filter((nth) => nth > 0).map((nth) => ({ step, nth }));
  });
}

function nameOf(step: Step, nth: number): string {
  return step === "a write sent, not answered" && nth > 1 ? BULK : step;
}

/** So many of them, evenly, beginning anywhere. */
function spread<T>(all: readonly T[], most: number, random: Random): readonly T[] {
  if (all.length <= most) return all;
  const offset = random.int(0, all.length - 1);
  return Array.from({ length: most }, (_, i) => all[(offset + Math.floor((i * all.length) / most)) % all.length] as T);
}

async function killAtMoments(options: MatrixOptions, random: Random, run: Run, stage: Stage): Promise<void> {
  const kind = "syncline";
  const took = new Map<Operation, number>();
  for (let i = 0; i < options.moments; i++) {
    const operation = options.operations[i % options.operations.length];
    if (operation === undefined) return;
    const known = took.get(operation);
    if (known === undefined) {
      const { ms } = await run({ operation, kind, first: "end", again: null }, AFTER);
      took.set(operation, ms);
      continue;
    }
    const first: Moment = { ms: Math.round(random.next() * known * 1.1) };
    const again = random.next() < 0.25 ? { ms: Math.round(random.next() * (known + START_MS)) } : null;
    await run({ operation, kind, first, again }, again === null ? RANDOM : RANDOM_TWICE);
  }
  stage.world.delayWrites(0);
}
