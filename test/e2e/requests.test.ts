import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeLinkBenches } from "../support/link-bench.ts";
import { type Counted, countRequests, type PHASES } from "../support/request-count.ts";
import { REQUEST_SCENES } from "../support/request-scenes.ts";

after(closeLinkBenches);

const FEW = 12;
const MANY = 60;
const MORE = MANY - FEW;
/** Every third record. */
const THIRD = MORE / 3;

type Phase = (typeof PHASES)[number];
type Sides = readonly [left: number, right: number];

/** What so many more records cost: Agile Manager takes records one by one, ALM takes and gives hundreds at once. */
const FIRST_LOAD: Readonly<Record<string, Sides>> = {
  "plain fields": [0, MORE],
  // A list of each record that says it has files; there a list and an upload of each that gets one.
  "files by address": [THIRD, MORE + 2 * THIRD],
  // And the bytes.
  "files by copy": [2 * THIRD, MORE + 2 * THIRD],
  // Two comments of a record are one look and one write.
  comments: [0, MORE + 2 * THIRD],
  references: [0, MORE],
  "releases and cycles": [0, MORE],
  "requirement tree": [0, MORE],
  // One write each: nothing is asked before it that was listed a moment ago.
  "entity links, ALM with ALM": [0, 2 * MORE],
};

/** Where no field tells which records have files, and where one does (T9: a full run looks at all). */
const FULL_RUN: Readonly<Record<string, Sides>> = {
  "files by address": [THIRD, MORE],
  "files by copy": [THIRD, MORE],
};

function at(counted: readonly Counted[], phase: Phase): Sides {
  const found = counted.find((one) => one.phase === phase) ?? assert.fail(`no ${phase}`);
  return [found.left, found.right];
}

for (const scene of Object.keys(REQUEST_SCENES))
  test(`requests: ${scene}: a run pays for what changed, and the first load one request for each single write`, async () => {
    const few = await countRequests(scene, FEW);
    const many = await countRequests(scene, MANY);
    const grown = (phase: Phase): Sides => {
      const [before, now] = [at(few, phase), at(many, phase)];
      return [now[0] - before[0], now[1] - before[1]];
    };
    assert.deepEqual(grown("first load"), FIRST_LOAD[scene], "first load");
    assert.deepEqual(grown("full run"), FULL_RUN[scene] ?? [0, 0], "full run");
    assert.deepEqual(grown("later run"), [0, 0], "a run in which nothing changed");
    assert.deepEqual(grown("5 edits"), [0, 0], "5 edits among more records");
    for (const counted of [few, many]) {
      const writes = counted.map(({ phase, written }) => `${phase}: ${phase === "first load" || written}`);
      const quiet = ["second run: 0", "later run: 0", "full run: 0", "5 edits: 5"];
      assert.deepEqual(writes, ["first load: true", ...quiet]);
      // Comments that the first load wrote may have moved their records: they are looked at once more, together.
      const [second, later] = [at(counted, "second run"), at(counted, "later run")];
      assert.ok(second[0] <= later[0] + 1 && second[1] <= later[1] + 1, `second run: ${second}, later: ${later}`);
    }
  });
