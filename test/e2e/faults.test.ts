import assert from "node:assert/strict";
import { test } from "node:test";
import { badnessOf, play, quickCases } from "../soak/fault/matrix.ts";
import { failuresText, matrixText } from "../soak/fault/report.ts";
import { tornStateFile } from "../soak/fault/state-file.ts";
import { STORMS, weather } from "../soak/fault/storm.ts";

const SEED = Number(process.env["SYNCLINE_SEED"] ?? 1);
/** Of the matrix's cells; the whole of it is `npm run soak:faults`. */
const SHARE = 8;

test("every fault at every operation: nothing doubled, nothing lost, nothing written that nobody asked for, and the report says so", async () => {
  const cases = quickCases(SEED).filter((_, i) => i % SHARE === SEED % SHARE);
  const played = await play(cases, () => undefined);
  const bad = played.filter((p) => badnessOf(p.outcome).length > 0);
  assert.equal(bad.length, 0, `${failuresText(bad)}\n${matrixText(played)}`);
  assert.ok(played.some((p) => p.outcome.healed) && played.some((p) => p.outcome.status !== "passed"));
});

test("a tracker that is down for a day is asked a few times a run, and a record that fails less and less often", async () => {
  for (const storm of STORMS.filter((s) => s.name === "rate-limited" || s.name.includes("by error"))) {
    const { perRun, perRecord } = await weather(storm, SEED);
    assert.ok(perRun <= storm.perRun, `${storm.name}: ${perRun} requests a run`);
    assert.ok(perRecord <= storm.perRecord, `${storm.name}: ${perRecord} writes a record`);
  }
});

test("a state file torn at any byte is replaced by its copy and told, or refused", async () => {
  assert.deepEqual(await tornStateFile(), []);
});
