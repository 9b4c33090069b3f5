import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Report, tableOf } from "../../bench/report.ts";
import { REQUEST_SCENES } from "../../support/request-scenes.ts";

const MAIN = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
const PHASES = [
  "initial load",
  "incremental run, nothing changed",
  "full run, nothing changed",
  "5 % changed on each side",
];

/** The command as `npm run bench` runs it. */
async function bench(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { timeout: 120_000 });
  return stdout;
}

test("bench: every phase is measured beside the raw copy, with a ratio, and a quiet run costs two requests a side", async () => {
  const report = JSON.parse(await bench("--sizes", "60", "--rounds", "1", "--pairs", "20,2000", "--json")) as Report;
  const lines = report.sizes[0]?.lines ?? [];
  assert.deepEqual(
    lines.map((line) => [line.phase, line.subject]),
    PHASES.flatMap((phase) => [
      [phase, "syncline"],
      [phase, "raw copy"],
    ]),
  );
  for (const line of lines) {
    assert.ok(line.seconds > 0 && line.cpuSeconds > 0 && line.peakMiB > 10, JSON.stringify(line));
    assert.equal(typeof line.ratio === "number" && line.ratio > 0, line.subject === "syncline");
  }
  const quiet = lines.find((line) => line.phase === PHASES[1]);
  assert.ok(quiet !== undefined && quiet.requests.alm <= 2 && quiet.requests.agm <= 2, JSON.stringify(quiet));
  const changed = lines.find((line) => line.phase === PHASES[3]);
  assert.equal(changed?.records, 6);
  assert.deepEqual(
    report.crowd.map((line) => [line.pairs, typeof line.ratio]),
    [
      [20, "object"],
      [2000, "number"],
    ],
  );

  const table = tableOf(report);
  for (const phase of PHASES) {
    assert.match(table, new RegExp(`^${phase} +syncline .* \\d+\\.\\d\\d$`, "m"));
    assert.match(table, new RegExp(`^${phase} +raw copy `, "m"));
  }
  assert.match(table, /^10 changes among 2,000 pairs +syncline /m);
});

test("bench: requests are counted for every kind of record, phase by phase, and printed as a table", async () => {
  const table = await bench("requests", "--sizes", "20");
  const [head = "", , ...rows] = table.trim().split("\n");
  assert.match(head, /^\| records with \| records \| first load \| second run \| later run \| full run \| 5 edits \|$/);
  assert.deepEqual(
    rows.map((row) => row.split(" | ")[0]?.slice(2)),
    Object.keys(REQUEST_SCENES),
  );
  for (const row of rows) assert.match(row, /^\| [^|]+ \| 20( \| \d+ \+ \d+){5} \|$/);
});

test("bench: a size that is none is refused", async () => {
  await assert.rejects(bench("--sizes", "many"), /"many" is no list of whole numbers/);
});
