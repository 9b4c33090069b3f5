import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkConfig, SideConfig } from "../../../daemon/core/snapshot.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { noRebuilding, rebuildWork } from "../../../daemon/sync/hand/rebuild.ts";
import { type Bench, bench, field, link, row, side, valueMap } from "./bench.ts";

const FIELDS = [field("name"), field("kind"), field("note")];
const ROWS = [row("name", "name"), row("kind", "kind"), row("note", "note")];
const BY_NAME = [{ left: "name", right: "name" }];

function linkOf(more: Partial<LinkConfig> = {}, sides: Partial<SideConfig> = {}): LinkConfig {
  return link(ROWS, {
    ...{ left: side("l", { marker: null, ...sides }), right: side("r", { marker: null, ...sides }), match: BY_NAME },
    ...more,
  });
}

function loseState(b: Bench): void {
  b.store = openSqliteStore(":memory:", { now: () => Date.parse("2026-03-01T10:00:00Z") });
}

async function assertQuiet(b: Bench): Promise<void> {
  const before = b.writes();
  await b.run();
  await b.run({ full: true });
  assert.equal(b.writes(), before, "the second run writes nothing");
}

test("X13 records that match are paired instead of doubled, from either side, and merged as at a first meeting", async () => {
  const b = bench(FIELDS, FIELDS, linkOf());
  b.left.add({ name: "same", kind: "a" });
  b.right.add({ name: "same", note: "from the right" });
  b.left.add({ name: "only left" });
  const report = await b.run();
  assert.equal(report.paired, 1);
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [2, 2]);
  assert.equal(b.right.rows.get("1001")?.fields["kind"], "a");
  assert.equal(b.left.rows.get("1")?.fields["note"], "from the right");
  b.pass(5);
  // Now the one that comes second is on the other side.
  b.left.add({ name: "later" });
  b.link = { ...b.link, right: { ...b.link.right, create: false } };
  await b.run();
  b.pass(5);
  b.right.add({ name: "later" });
  const second = await b.run();
  assert.equal(second.paired, 1, JSON.stringify(second.messages));
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [3, 3]);
  await assertQuiet(b);
});

test("X13 several that match hold the record, with all of them named; nothing is paired and nothing made until they differ", async () => {
  const b = bench(FIELDS, FIELDS, linkOf());
  b.left.add({ name: "twice" });
  b.right.add({ name: "twice" });
  b.right.add({ name: "twice" });
  const report = await b.run();
  assert.equal(report.paired, 0);
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [1, 2]);
  const told = report.messages.map(({ endpoint, record, message }) => `${endpoint}:${record} ${message}`).join("\n");
  assert.match(told, /l:1 several records match it: r:1001, r:1002; none is paired/);
  assert.match(told, /r:1001 it matches l:1, but so do others: r:1002/);
  b.pass(5);
  b.right.edit("1002", { name: "another" });
  await b.run({ full: true });
  const pair = b.store.link("t/defects").pairs("left", ["1"]).get("1");
  assert.equal(pair?.right, "1001");
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [2, 2]);
  await assertQuiet(b);
});

test("X13 all match fields count, read as the mapping carries them; an empty one matches nothing", async () => {
  const match = [...BY_NAME, { left: "kind", right: "kind" }];
  const values = valueMap({ Story: "S", Epic: "S" }, { S: "Story" });
  const rows = [row("name", "name"), row("kind", "kind", { values }), row("note", "note")];
  const b = bench(FIELDS, FIELDS, { ...linkOf({ match }), fields: rows });
  b.left.add({ name: "x", kind: "Epic" });
  b.left.add({ name: "y" });
  b.right.add({ name: "x", kind: "S" });
  b.right.add({ name: "x", kind: "T" });
  b.right.add({ name: "y" });
  const report = await b.run();
  assert.equal(report.paired, 1);
  assert.equal(b.store.link("t/defects").pairs("left", ["1"]).get("1")?.right, "1001");
  // Records without a kind, and with another one, got partners of their own.
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [4, 4]);
  await assertQuiet(b);
});

test("X13 a field that no row maps matches by its value as it stands", async () => {
  const fields = [...FIELDS, field("key")];
  const b = bench(fields, fields, linkOf({ match: [{ left: "key", right: "key" }] }));
  b.left.add({ name: "a", key: "K-1" });
  b.right.add({ name: "b", key: "K-1" });
  const report = await b.run();
  assert.equal(report.paired, 1);
  assert.equal(b.right.rows.get("1001")?.fields["name"], "a", "the policy decides at a first meeting");
  await assertQuiet(b);
});

test("X13 a record that is marked as somebody's partner is nobody else's match", async () => {
  const b = bench(FIELDS, FIELDS, link(ROWS, { match: BY_NAME }));
  b.left.add({ name: "original" });
  await b.run();
  b.pass(5);
  loseState(b);
  const copy = b.left.add({ name: "original" });
  await b.run();
  const memory = b.store.link("t/defects");
  assert.equal(memory.pairs("left", ["1"]).get("1")?.right, "1001");
  assert.notEqual(memory.pairs("left", [copy]).get(copy)?.right, "1001");
  assert.equal(b.right.rows.size, 2);
});

test("X13 a link that makes nothing still pairs what is there", async () => {
  const b = bench(FIELDS, FIELDS, linkOf({}, { create: false }));
  b.left.add({ name: "both" });
  b.left.add({ name: "left only" });
  b.right.add({ name: "both", note: "n" });
  const report = await b.run();
  assert.equal(report.paired, 1);
  assert.deepEqual([b.left.rows.size, b.right.rows.size], [2, 1]);
  assert.equal(b.left.rows.get("1")?.fields["note"], "n");
  await assertQuiet(b);
});

test("X13 E43 a record that the filter passes over is not paired by its match either", async () => {
  const b = bench(FIELDS, FIELDS, linkOf({ left: side("l", { marker: null, filter: "kind=yes" }) }, { create: false }));
  b.link = { ...b.link, right: { ...b.link.right, create: false } };
  b.left.add({ name: "a", kind: "no" });
  assert.equal((await b.run()).paired, 0);
  b.right.add({ name: "a" });
  b.pass(5);
  // From the other side, which has no filter, it is.
  assert.equal((await b.run()).paired, 1);
});

test("X13 after the state is lost nothing is doubled by match alone, whatever was edited beside the match fields", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = mulberry(seed);
    const b = bench(FIELDS, FIELDS, linkOf());
    for (let n = 0; n < 30; n++) (random() < 0.5 ? b.left : b.right).add({ name: `record ${seed}-${n}`, kind: "k" });
    await b.run();
    assert.deepEqual([b.left.rows.size, b.right.rows.size], [30, 30]);
    for (let round = 0; round < 3; round++) {
      b.pass(5);
      for (const tracker of [b.left, b.right])
        for (const id of tracker.rows.keys()) if (random() < 0.3) tracker.edit(id, { note: `n${random()}` });
      loseState(b);
      const report = await b.run();
      assert.equal(report.paired, 30, `seed ${seed}: ${JSON.stringify(report.messages.slice(0, 3))}`);
      assert.deepEqual([b.left.rows.size, b.right.rows.size], [30, 30], `seed ${seed}`);
    }
    await assertQuiet(b);
  }
});

test("X13 a dry run tells each pair once, and keeps none", async () => {
  const b = bench(FIELDS, FIELDS, linkOf());
  b.left.add({ name: "same", kind: "a" });
  b.right.add({ name: "same", kind: "b" });
  const report = await b.run({ dryRun: true });
  assert.deepEqual([report.paired, report.conflicts, report.counts["r"]?.updated], [1, 1, 1]);
  assert.equal(b.store.link("t/defects").pairCount(), 0);
  assert.equal(b.writes(), 0);
});

test("B25 X13 a rebuild pairs by what the link matches by, where a marker does not say", async () => {
  const match = [...BY_NAME, { left: "kind", right: "kind" }];
  const values = valueMap({ Story: "S" }, { S: "Story" });
  const b = bench(FIELDS, FIELDS, {
    ...linkOf({ match }),
    fields: [row("name", "name"), row("kind", "kind", { values })],
  });
  for (const kind of ["Story", "Epic"]) b.left.add({ name: "x", kind });
  await b.run();
  loseState(b);
  const into = noRebuilding();
  const before = b.writes();
  await b.run({ work: rebuildWork({ completeMarkers: false }, into) });
  assert.deepEqual(into.paired, { byMarker: 0, byText: 2 });
  await b.run({ full: true });
  assert.equal(b.writes(), before);
});

function mulberry(seed: number): () => number {
  const state = { a: seed };
  return () => {
    state.a = (state.a + 0x6d2b79f5) | 0;
    let t = Math.imul(state.a ^ (state.a >>> 15), 1 | state.a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
