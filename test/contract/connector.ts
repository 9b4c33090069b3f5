import { after, before, describe, test } from "node:test";
import { type Bench, createBench } from "./bench.ts";
import type { MakeFixture } from "./fixture.ts";
import { readingCases } from "./reading.ts";
import { troubleCases } from "./trouble.ts";
import { writingCases } from "./writing.ts";

/** A case that takes longer than this hangs. */
const CASE_MS = 60_000;

/**
 * What every connector owes the engine, whatever its tracker: registers the tests of one implementation. `makeFixture` is called once; where it gives a
 * text instead, the suite is skipped with it.
 */
export function connectorContract(name: string, makeFixture: MakeFixture): void {
  describe(`connector contract: ${name}`, () => {
    const state: { bench: Bench | null; skip: string } = { bench: null, skip: "" };

    before(async () => {
      const made = await makeFixture();
      if (typeof made === "string") state.skip = made;
      else state.bench = createBench(made, await made.open());
    });
    after(async () => {
      await state.bench?.connector.close();
      await state.bench?.fixture.close();
    });

    for (const [title, run] of [...readingCases, ...writingCases, ...troubleCases]) {
      test(title, { timeout: CASE_MS }, async (t) => {
        if (state.bench === null) return t.skip(state.skip);
        state.bench.fixture.disarm();
        const why = await run(state.bench);
        if (why !== undefined) t.skip(why);
      });
    }
  });
}
