import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf } from "../../soak/check.ts";
import { BULK, type Line, RANDOM, runMatrix } from "../../soak/matrix.ts";
import { OPERATIONS } from "../../soak/operations.ts";
import { isClean, lastLine, tableOf, totalsOf } from "../../soak/report.ts";
import type { Picture, Shown, Wanted } from "../../soak/world.ts";

/** The others are `npm run soak:kill`. */
const SMALL = ["creations", "updates both ways", "files both ways", "comments both ways"];

test("B13 the kill matrix in small: real daemons, killed at steps and at random moments, double, lose and invent nothing", async () => {
  const operations = OPERATIONS.filter(({ name }) => SMALL.includes(name));
  const { lines } = await runMatrix({
    ...{ operations, seed: 7, stepsEach: 1, moments: 1, stages: 1, limitMs: 60_000 },
    progress: () => undefined,
  });
  assert.equal(lines.length, 2 * SMALL.length + 1);
  assert.ok(totalsOf(lines).struck >= SMALL.length, "kills at steps strike before the run is over");
  assert.deepEqual(
    lines.flatMap(({ duplicates, lost, surprise, failed }) => [...duplicates, ...lost, ...surprise, ...failed]),
    [],
  );
});

const content = { name: "[k1] one", description: "text", severity: "Low" };
const wanted = (more: Partial<Wanted> = {}) =>
  new Map([["k1", { content, deleted: false, anew: new Set<never>(), ...more }]]);
const shown = (id: string, marker: string, more: Partial<Shown> = {}): Shown => ({
  ...{ id, marker, mapped: content, rest: { status: "New" } },
  ...more,
});
const before: Picture = { alm: [shown("1", "9")], agm: [shown("9", "1")] };

test("the check finds nothing where nothing is wrong", () => {
  assert.deepEqual(findingsOf(before, before, wanted()), { duplicates: [], lost: [], surprise: [] });
});

test("the check sees a record that stands twice, by its key and by its marker", () => {
  const now = { ...before, agm: [shown("9", "1"), shown("10", "1")] };
  const { duplicates } = findingsOf(before, now, wanted());
  assert.deepEqual(duplicates, ["agm has k1 as 9 and 10", "agm:9 and 10 both name 1"]);
});

test("the check sees an edit that did not come over, one that was put back, and a record that is not there", () => {
  const edited = { ...content, name: "[k1] two" };
  const { lost } = findingsOf(before, before, wanted({ content: edited }));
  assert.equal(lost.length, 2);
  assert.match(lost[1] ?? "", /^agm:9 k1 name is "\[k1\] one", not "\[k1\] two"/);
  assert.ok(findingsOf(before, { ...before, agm: [] }, wanted()).lost.includes("agm has no k1"));
  assert.ok(findingsOf(before, before, wanted({ deleted: true })).lost.length > 0);
});

test("the check sees a field that changed although nobody edited it, and a record that nobody made", () => {
  const now = { alm: [shown("1", "9", { rest: { status: "Closed" } })], agm: [shown("9", "1")] };
  assert.deepEqual(findingsOf(before, now, wanted()).surprise, ['alm:1 k1 status was "New", is "Closed"']);
  const renamed = { ...before, alm: [shown("1", "9", { mapped: { ...content, severity: "High" } })] };
  assert.equal(findingsOf(before, renamed, wanted()).surprise.length, 1);
  const more = { ...before, alm: [...before.alm, shown("2", "", { mapped: { ...content, name: "who" } })] };
  assert.ok(findingsOf(before, more, wanted()).surprise.includes('alm:2 "who" is nobody\'s'));
});

test("the check sees a marker that names nobody", () => {
  const now = { ...before, alm: [shown("1", "")] };
  assert.ok(findingsOf(before, now, wanted()).lost.some((text) => text.startsWith('agm:9 names "1"')));
});

test("the table has a row a kill point and a column an operation, and the last line adds up", () => {
  const line: Line = {
    ...{ operation: "creations", where: BULK, kills: 1, struck: true },
    ...{ duplicates: ["twice"], lost: [], surprise: ["a", "b"], failed: [] },
  };
  const lines = [line, { ...line, where: RANDOM, kills: 2, duplicates: [], surprise: [] }];
  const table = tableOf(lines, ["updates", "creations"]);
  assert.match(table, /^in the middle of a bulk +1 !3 +1 +1 +0 +2$/m);
  assert.match(table, /^a random moment +2 +2 +0 +0 +0$/m);
  assert.match(table, /^kills +3 +3$/m);
  assert.equal(lastLine(totalsOf(lines)), "duplicates 1, lost edits 0, surprise writes 2");
  assert.equal(isClean(totalsOf(lines)), false);
});
