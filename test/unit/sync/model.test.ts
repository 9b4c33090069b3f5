import { test } from "node:test";
import fc from "fast-check";
import type { Habits } from "./memory-tracker.ts";
import { Model, type Setup, type Step } from "./model.ts";
import type { Trouble } from "./model-trouble.ts";

const RUNS = Number(process.env["SYNCLINE_MODEL_RUNS"] ?? 120);
const SEED = process.env["SYNCLINE_SEED"];
const PATH = process.env["SYNCLINE_PATH"];

const side = fc.constantFrom<"left" | "right">("left", "right");
const rule = fc.constantFrom<Setup["deleted"]["left"]>("nothing", "delete", "recreate");
const mostly = fc.constantFrom(true, true, true, false);
const setup: fc.Arbitrary<Setup> = fc.record({
  deleted: fc.record({ left: rule, right: rule }),
  create: fc.record({ left: mostly, right: mostly }),
  filter: fc.record({ left: mostly.map((b) => !b), right: mostly.map((b) => !b) }),
  conflict: fc.constantFrom<Setup["conflict"]>("left", "right", "hold", "newest"),
  onDisk: fc.constantFrom(...Array.from({ length: 15 }, () => false), true),
});
const habits = fc.record<Habits>({
  loseAnswer: fc.constantFrom(0, 0, 1, 2, 3, 7),
  refuse: fc.constantFrom(0, 0, 2, 3, 5),
  restlessVersions: fc.boolean(),
  rewritesText: fc.boolean(),
  defaults: fc.constant({}),
  tersely: fc.boolean(),
});
const trouble = fc.record<Trouble>({
  kind: fc.constantFrom("none", "none", "unavailable", "auth", "lost", "crash-before", "crash-after", "disk-full"),
  at: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 16 })),
  where: fc.constantFrom("tracker", "tracker", "store"),
});
/** Mostly the same few records, so that something befalls what is still under way. */
const pick = fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(40) });
const edit = fc.record({ side, field: fc.constantFrom(0, 0, 0, 1, 2, 3, 3, 4), value: fc.nat(3) });
const direction = fc.constantFrom<"both" | "to-left" | "to-right">("both", "to-left", "to-right");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), side, inside: mostly }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      pick,
      edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drop" as const), pick, side }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("hide" as const), pick, side, as: fc.constantFrom("outside", "hidden") }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("run" as const), full: fc.boolean(), trouble }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("habits" as const), side, habits }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      what: fc.constantFrom("row", "map", "direction"),
      direction,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(5, 90, 1_500) }) },
);

/** One example from its beginning to its end. */
async function live(given: Setup, steps: readonly Step[]): Promise<void> {
  const model = new Model(given);
  try {
    for (const s of steps) await model.take(s);
    await model.settle();
  } finally {
    model.world.close();
  }
}

test(`${RUNS} examples of edits, creations, deletions, faults, crashes, restarts and publishes end as the reference model says`, async () => {
  try {
    await fc.assert(fc.asyncProperty(setup, fc.array(step, { minLength: 3, maxLength: 24 }), live), {
      numRuns: RUNS,
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(text) ?? [];
    const why = error instanceof Error && error.cause instanceof Error ? (error.cause.stack ?? "") : "";
    const again = `SYNCLINE_SEED=${seed} SYNCLINE_PATH=${path} node --test test/unit/sync/model.test.ts`;
    throw new Error(`again: ${again}\n${why}\n${text}`);
  }
});
