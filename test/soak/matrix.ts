import { createRandom, type Random } from "../../daemon/sandbox/random.ts";
import { type Case, type Moment, type Outcome, runCase } from "./case.ts";
import type { Operation } from "./scene.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Point, STEPS, type Step } from "./steps.ts";

export interface MatrixOptions {
  readonly operations: readonly Operation[];
  readonly seed: number;
  /** Kills at named steps of each operation, at the most. */
  readonly stepsEach: number;
  /** Kills at random moments, all operations together. */
  readonly moments: number;
  /** Stages side by side, each with its own trackers and daemon. */
  readonly stages: number;
  /** No case begins later than so many milliseconds after the first. */
  readonly limitMs: number;
  readonly progress: (done: number, text: string) => void;
}

/** What became of one case, for the table. */
export interface Line extends Pick<Outcome, "kills" | "struck" | "duplicates" | "lost" | "surprise" | "failed"> {
  readonly operation: string;
  readonly where: string;
}

export interface Matrix {
  readonly lines: readonly Line[];
  /** Random moments for which there was no time. */
  readonly leftOut: number;
}

export const RANDOM = "a random moment";
export const RANDOM_TWICE = "a random moment, and again";
export const BULK = "in the middle of a bulk";
export const AFTER = "after the run";
export const TWICE = "a step, and again in recovery";

/** Startup of a daemon whose modules are loaded, as far as it is worth aiming at. */
const START_MS = 500;
const UNKNOWN_MS = 400;

/** Kills daemons at every named step, then at random moments. Cases of one stage follow one another on the same records, as in life. */
export async function runMatrix(options: MatrixOptions): Promise<Matrix> {
  const { operations, seed, moments } = options;
  const lines: Line[] = [];
  const took = new Map<Operation, number>();
  const end = performance.now() + options.limitMs;
  const tasks = [
    ...operations.map((operation, i) => stepsOf(operation, options, createRandom(seed * 1009 + i), took)),
    ...Array.from({ length: moments }, (_, i) => momentOf(operations, i, createRandom(seed * 7919 + i), took)),
  ];
  const queue = tasks.values();
  await Promise.all(
    Array.from({ length: options.stages }, async () => {
      const stage = await openStage();
      try {
        for (const task of queue) {
          await task(async (one, where, random) => {
            if (performance.now() > end) return null;
            options.progress(lines.length, `${one.operation.name}: ${where}`);
            return runLine(stage, one, where, random, lines);
          });
        }
      } finally {
        await stage.close();
      }
    }),
  );
  const done = lines.filter((line) => line.where === RANDOM || line.where === RANDOM_TWICE).length;
  return { lines, leftOut: moments - done };
}

type Run = (one: Case, where: string, random: Random) => Promise<Outcome | null>;
type Task = (run: Run) => Promise<void>;

async function runLine(stage: Stage, one: Case, where: string, random: Random, lines: Line[]): Promise<Outcome> {
  const outcome = await runCase(stage, one, random).catch((error: unknown) => {
    throw new Error(`${one.operation.name}, killed ${JSON.stringify(one.first)}, ${JSON.stringify(one.again)}`, {
      cause: error,
    });
  });
  const { kills, struck, duplicates, lost, surprise, failed } = outcome;
  lines.push({ operation: one.operation.name, where, kills, struck, duplicates, lost, surprise, failed });
  // What is wrong now must not be counted again.
  if (duplicates.length + lost.length + surprise.length + failed.length > 0) await stage.reset();
  return outcome;
}

function stepsOf(operation: Operation, options: MatrixOptions, random: Random, took: Map<Operation, number>): Task {
  const kind = "stepped";
  return async (run) => {
    const whole = await run({ operation, kind, first: "end", again: null }, AFTER, random);
    if (whole === null) return;
    took.set(operation, whole.ms);
    const points = spread(pointsOf(whole.ran?.met ?? {}), options.stepsEach, random);
    const offset = random.int(0, 3);
    for (const [i, at] of points.entries()) {
      const again = (i + offset) % 4 === 3 ? { at: { step: random.pick(STEPS), nth: 1 } } : null;
      const where = again === null ? nameOf(at.step, at.nth) : TWICE;
      await run({ operation, kind, first: { at }, again }, where, random);
    }
  };
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

function momentOf(operations: readonly Operation[], i: number, random: Random, took: Map<Operation, number>): Task {
  return async (run) => {
    const operation = operations[i % operations.length];
    if (operation === undefined) return;
    const ms = took.get(operation) ?? UNKNOWN_MS;
    const first: Moment = { ms: Math.round(random.next() * ms * 1.1) };
    const again = random.next() < 0.25 ? { ms: Math.round(random.next() * (ms + START_MS)) } : null;
    const where = again === null ? RANDOM : RANDOM_TWICE;
    await run({ operation, kind: "syncline", first, again }, where, random);
  };
}
