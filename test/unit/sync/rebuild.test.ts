import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkConfig } from "../../../daemon/core/snapshot.ts";
import { noRebuilding, type Rebuilding, rebuildWork } from "../../../daemon/sync/hand/rebuild.ts";
import { matchCards } from "../../../daemon/sync/hand/rebuild-match.ts";
import { type Resolution, resolveWork } from "../../../daemon/sync/hand/resolve.ts";
import { type Bench, bench, field, link, row, side, valueMap } from "./bench.ts";

const fields = [field("name"), field("note"), field("sev")];
const right = [field("title"), field("note"), field("rank")];
const severities = valueMap({ Low: "1", High: "2", Top: "2" }, { "1": "Low", "2": "High" });
const rows = [
  row("name", "title"),
  row("note", "note", { conflict: "left" }),
  row("sev", "rank", { values: severities }),
];
const UNMARKED: Partial<LinkConfig> = { left: side("l", { marker: null }), right: side("r", { marker: null }) };

const store = (b: Bench) => b.store.link("t/defects");

async function paired(count: number, more: Partial<LinkConfig> = {}): Promise<Bench> {
  const b = bench(fields, right, link(rows, more));
  for (let i = 0; i < count; i++) b.left.add({ name: `n${i}`, note: "x", sev: "Top" });
  await b.run();
  b.pass(10);
  await b.run();
  b.pass(10);
  return b;
}

/** The state folder is gone. */
function lose(b: Bench): void {
  b.store = bench(fields, right, b.link).store;
}

async function rebuild(b: Bench, more: { completeMarkers?: boolean; dryRun?: boolean } = {}): Promise<Rebuilding> {
  const into = noRebuilding();
  const work = rebuildWork({ completeMarkers: more.completeMarkers ?? false }, into);
  const report = await b.run({ work, dryRun: more.dryRun ?? false });
  assert.notEqual(report.status, "error", JSON.stringify(report.messages));
  return into;
}

test("B25 a lost state folder is rebuilt from markers: every pair, no write, no duplicate, and the next run is incremental and empty", async () => {
  const b = await paired(30);
  lose(b);
  const before = b.writes();
  const done = await rebuild(b);
  assert.deepEqual(done.paired, { byMarker: 30, byText: 0 });
  assert.equal(done.differingCount, 0);
  assert.equal(store(b).pairCount(), 30);
  b.pass(5);
  const next = await b.run();
  assert.equal(next.kind, "incremental");
  await b.run({ full: true });
  assert.equal(b.writes(), before);
  assert.equal(b.left.rows.size + b.right.rows.size, 60);
  b.left.edit("3", { name: "goes on" });
  b.pass(1);
  await b.run();
  assert.equal(b.right.rows.get("1003")?.fields["title"], "goes on");
});

test("B25 what differed when the memory was lost waits for a person: no later run overwrites it, whatever the policy says", async () => {
  const b = await paired(3);
  lose(b);
  b.left.edit("2", { note: "left's own" });
  b.right.edit("1002", { note: "right's own" });
  b.right.edit("1003", { note: null });
  const before = b.writes();
  const done = await rebuild(b);
  assert.equal(done.differingCount, 2);
  assert.deepEqual(done.differing[0], { left: "2", right: "1002", fields: ["note"] });
  b.pass(5);
  await b.run();
  b.left.edit("2", { sev: "Low" });
  b.right.edit("1003", { title: "other" });
  b.pass(1);
  await b.run();
  await b.run({ full: true });
  assert.equal(b.right.rows.get("1002")?.fields["note"], "right's own");
  assert.equal(b.left.rows.get("2")?.fields["note"], "left's own");
  assert.equal(b.right.rows.get("1003")?.fields["note"], null);
  assert.equal(b.right.rows.get("1002")?.fields["rank"], "1", "the rest of the record goes on");
  assert.equal(b.writes(), before + 2);
  assert.equal(store(b).held(10).length, 2);
  const into: Resolution = { resolved: [], refused: [], waiting: 0 };
  const order = { endpoint: "l", record: "2", within: null, field: null, take: { endpoint: "r" }, dryRun: false };
  await b.run({ work: resolveWork(order, "left", into) });
  assert.deepEqual(into.refused, []);
  assert.equal(b.left.rows.get("2")?.fields["note"], "right's own");
  b.right.edit("1003", { note: "x" });
  b.pass(1);
  await b.run();
  assert.equal(store(b).held(10).length, 0, "making both equal decides as well");
});

test("B25 an edit made while the rebuild lists is found by the next run", async () => {
  const b = await paired(10);
  lose(b);
  await rebuild(b);
  b.right.edit("1004", { title: "just now" });
  b.pass(1);
  await b.run();
  assert.equal(b.left.rows.get("4")?.fields["name"], "just now");
});

test("B25 a dry rebuild remembers nothing; half a marker pairs; markers are completed only when asked", async () => {
  const b = await paired(3);
  b.left.edit("1", { partner: null });
  lose(b);
  const before = b.writes();
  assert.equal((await rebuild(b, { dryRun: true, completeMarkers: true })).markersWritten, 1);
  assert.equal(store(b).pairCount(), 0);
  assert.equal((await rebuild(b)).paired.byMarker, 3);
  assert.equal(b.writes(), before);
  lose(b);
  assert.equal((await rebuild(b, { completeMarkers: true })).markersWritten, 1);
  assert.equal(b.left.rows.get("1")?.fields["partner"], "1001");
  assert.equal(b.writes(), before + 1);
});

test("B25 a link without markers is paired by a text that one record of each side has; doubtful ones are left alone and named", async () => {
  const b = await paired(5, UNMARKED);
  b.left.add({ name: "n4", note: "same text", sev: "Low" });
  b.right.add({ title: "only here" });
  lose(b);
  const before = b.writes();
  const done = await rebuild(b);
  assert.deepEqual(done.paired, { byMarker: 0, byText: 4 });
  assert.deepEqual(done.ambiguous.map((a) => a.record).sort(), ["5", "6"]);
  assert.deepEqual(done.unpaired["r"], { count: 1, ids: ["1006"] });
  assert.equal(b.writes(), before);
});

test("B25 two records that name one partner are in doubt; a copied marker says nothing", () => {
  const card = (id: string, marker: string | null) => [id, { id, marker, text: null }] as const;
  const left = new Map([card("1", "11"), card("2", "12"), card("3", "12"), card("4", "11")]);
  const found = matchCards({ left, right: new Map([card("11", "1"), card("12", null)]) }, false);
  assert.deepEqual(found.matches, [{ left: "1", right: "11", by: "marker" }]);
  assert.deepEqual(found.unpaired, { left: ["4"], right: [] });
  assert.deepEqual(
    found.ambiguous.map((a) => [a.side, a.record]),
    [["right", "12"]],
  );
});
