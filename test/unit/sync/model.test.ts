import { test } from "node:test";
import fc from "fast-check";
import { Model } from "./model.ts";
import { calm, partsStep, setup, step } from "./model-arbitraries.ts";
import type { Setup, Step } from "./model-setup.ts";

const RUNS = Number(process.env["SYNCLINE_MODEL_RUNS"] ?? 120);
const SEED = process.env["SYNCLINE_SEED"];
const PATH = process.env["SYNCLINE_PATH"];

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

/** A failure tells how to play its example again. */
async function hold(what: string, given: fc.Arbitrary<Setup>, steps: fc.Arbitrary<Step[]>): Promise<void> {
  try {
    await fc.assert(fc.asyncProperty(given, steps, live), {
      numRuns: RUNS,
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(text) ?? [];
    const why = error instanceof Error && error.cause instanceof Error ? (error.cause.stack ?? "") : "";
    const again = `SYNCLINE_SEED=${seed} SYNCLINE_PATH=${path} node --test --test-name-pattern="${what}" test/unit/sync/model.test.ts`;
    throw new Error(`again: ${again}\n${why}\n${text}`);
  }
}

test(`${RUNS} examples of edits, creations, deletions, attachments, comments, entity links, faults, crashes, restarts and publishes end as the reference model says`, () =>
  hold("edits, creations", setup, fc.array(step, { minLength: 3, maxLength: 24 })));

test(`S14 X15 S33 ${RUNS} examples of people and crashes at attachments, comments and entity links end as the reference model says`, () =>
  hold("people and crashes", calm, fc.array(partsStep, { minLength: 6, maxLength: 32 })));
