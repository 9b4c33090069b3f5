import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { SIDES, type Side } from "../../daemon/core/snapshot.ts";
import {
  type Base,
  type Commit,
  type Intent,
  type JournalEntry,
  type LinkStore,
  type Pair,
  type Retry,
  type RunReport,
  type Store,
  StoreConflict,
} from "../../daemon/core/store.ts";

/** What every store must do, whatever it is made of. `open` gives an empty one at each call. */
export function storeContract(name: string, open: () => Store): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    let link: LinkStore;
    before(() => {
      store = open();
    });
    beforeEach((context) => {
      link = store.link(`contract/${context.name}`);
    });
    after(() => store.close());

    describe("pairs", () => pairTests(() => ({ store, link })));
    describe("the rest of a link's memory", () => memoryTests(() => ({ store, link })));
    describe("reports", () => reportTests(() => ({ store, link })));
    test("random commits leave what the same commits leave in a model", () => randomCommits(store));
  });
}

type Fixture = () => { readonly store: Store; readonly link: LinkStore };

function pairTests(at: Fixture): void {
  test("a pair comes back as it was written, by id and by either record", () => {
    const { link } = at();
    const base: Base = {
      left: { name: "Zahlung \u0000 \ud800 \u{1f600}", tags: ["b", "a"], empty: null, __proto__x: "y" },
      right: { name: "x" },
      toRight: { name: "cut" },
      toLeft: {},
    };
    const pair = makePair("p1", "1", "900", {
      base,
      held: [{ leftField: "name", rightField: "name", left: "a", right: "b", since: 1, run: "r" }],
    });
    link.commit({ pairs: [pair] });
    assert.deepEqual(link.pair("p1"), pair);
    assert.deepEqual(link.pairs("left", ["1", "2"]), new Map([["1", pair]]));
    assert.deepEqual(link.pairs("right", ["900", "1"]), new Map([["900", pair]]));
    assert.equal(link.pair("p2"), null);
    assert.equal(link.pairs("left", []).size, 0);
  });

  test("a field named __proto__ is a field", () => {
    const { link } = at();
    const fields = JSON.parse('{"__proto__": "text"}') as Base["left"];
    const base: Base = { left: fields, right: {}, toRight: {}, toLeft: {} };
    link.commit({ pairs: [makePair("proto", "1", "2", { base })] });
    assert.deepEqual(Object.entries(link.pair("proto")?.base.left ?? {}), [["__proto__", "text"]]);
  });

  test("a record has one pair at most: StoreConflict, on either side", () => {
    const { link } = at();
    link.commit({ pairs: [makePair("p1", "1", "900")] });
    assert.throws(() => link.commit({ pairs: [makePair("p2", "1", "901")] }), StoreConflict);
    assert.throws(() => link.commit({ pairs: [makePair("p2", "2", "900")] }), StoreConflict);
    assert.throws(
      () => link.commit({ pairs: [makePair("p3", "5", "905"), makePair("p4", "5", "906")] }),
      StoreConflict,
    );
    assert.equal(link.pairCount(), 1);
  });

  test("the same ids in another link, or on the other side, are other records", () => {
    const { store, link } = at();
    const other = store.link("contract/another link");
    link.commit({ pairs: [makePair("p1", "1", "2"), makePair("p2", "2", "1")] });
    other.commit({ pairs: [makePair("p1", "1", "3")] });
    assert.equal(link.pair("p1")?.right, "2");
    assert.equal(other.pair("p1")?.right, "3");
    assert.equal(other.pairCount(), 1);
  });

  test("a pair that is written again is replaced, and pairs may change partners within one commit", () => {
    const { link } = at();
    link.commit({ pairs: [makePair("p1", "1", "901"), makePair("p2", "2", "902")] });
    link.commit({ pairs: [makePair("p1", "1", "902"), makePair("p2", "2", "901")] });
    assert.equal(link.pairs("left", ["1"]).get("1")?.right, "902");
    link.commit({ removePairs: ["p1"], pairs: [makePair("p3", "1", "902")] });
    assert.equal(link.pair("p1"), null);
    assert.equal(link.pairs("right", ["902"]).get("902")?.id, "p3");
    assert.equal(link.pairCount(), 2);
  });

  test("T31 pairs with a parked entity link are found, of this link alone, until nothing of theirs is parked", () => {
    const { store, link } = at();
    const parked = [{ side: "left", end: { entity: "requirement", id: "7" } }] as const;
    const waiting = makePair("p1", "1", "901", { parts: { parked } });
    link.commit({
      pairs: [waiting, makePair("p2", "2", "902", { parts: { parked: [] } }), makePair("p3", "3", "903")],
    });
    store.link("contract/parked elsewhere").commit({ pairs: [makePair("p4", "1", "901", { parts: { parked } })] });
    assert.deepEqual(link.parked(10), [waiting]);
    assert.deepEqual(link.parked(0), []);
    link.commit({ pairs: [{ ...waiting, parts: { entityLinks: [] } }] });
    assert.deepEqual(link.parked(10), []);
  });

  test("a conflicting commit changes nothing at all", () => {
    const { link } = at();
    link.commit({ pairs: [makePair("p1", "1", "901")], intents: [makeIntent("i1")] });
    const commit: Commit = {
      pairs: [makePair("p2", "2", "902"), makePair("p3", "1", "903")],
      doneIntents: ["i1"],
      journal: [makeEntry({})],
      retries: [makeRetry("left", "1")],
      cursors: { left: { since: "2026-01-01T00:00:00Z", selection: "s" } },
    };
    assert.throws(() => link.commit(commit), StoreConflict);
    assert.equal(link.pair("p2"), null);
    assert.equal(link.intents().length, 1);
    assert.equal(link.journal({ limit: 10 }).length, 0);
    assert.equal(link.retry("left", "1"), null);
    assert.equal(link.cursor("left"), null);
  });

  test("pages walk all pairs of one side in the order of ids as text, each once", () => {
    const { link } = at();
    const ids = Array.from({ length: 25 }, (_, index) => String(index * 7));
    link.commit({ pairs: ids.map((id) => makePair(`p${id}`, id, `9${id}`)) });
    const seen: string[] = [];
    for (let after: string | null = null; ; after = seen.at(-1) ?? null) {
      const page = link.pairPage("left", after, 10);
      if (page.length === 0) break;
      seen.push(...page.map((pair) => pair.left));
    }
    assert.deepEqual(seen, [...ids].sort());
    assert.deepEqual(link.pairPage("right", "9", 1)[0]?.right, "90");
  });

  test("thousands of ids in one question", () => {
    const { link } = at();
    const pairs = Array.from({ length: 5_000 }, (_, index) => makePair(`p${index}`, `l${index}`, `r${index}`));
    link.commit({ pairs });
    const found = link.pairs(
      "right",
      pairs.map((pair) => pair.right),
    );
    assert.equal(found.size, 5_000);
    assert.equal(found.get("r4999")?.left, "l4999");
  });
}

function memoryTests(at: Fixture): void {
  test("cursors are kept by side", () => {
    const { link } = at();
    assert.equal(link.cursor("left"), null);
    link.commit({ cursors: { left: { since: "2026-01-01T00:00:00Z", selection: "a" } } });
    link.commit({ cursors: { right: { since: "2026-02-01T00:00:00Z", selection: "b" } } });
    assert.deepEqual(link.cursor("left"), { since: "2026-01-01T00:00:00Z", selection: "a" });
    assert.deepEqual(link.cursor("right"), { since: "2026-02-01T00:00:00Z", selection: "b" });
  });

  test("intents stay until they are done, in the order of their times", () => {
    const { link } = at();
    link.commit({ intents: [makeIntent("i2", { at: 2 }), makeIntent("i1", { at: 1, target: "7" })] });
    assert.deepEqual(
      link.intents().map((intent) => intent.id),
      ["i1", "i2"],
    );
    assert.deepEqual(link.intents()[0], makeIntent("i1", { at: 1, target: "7" }));
    link.commit({ doneIntents: ["i1", "unknown"], pairs: [makePair("p1", "1", "7")] });
    assert.deepEqual(
      link.intents().map((intent) => intent.id),
      ["i2"],
    );
  });

  test("retries: one per record, due by time or under a newer revision, oldest first", () => {
    const { link } = at();
    link.commit({
      retries: [
        makeRetry("left", "1", { since: 300, due: 1_000 }),
        makeRetry("right", "1", { since: 100, due: 5_000 }),
        makeRetry("left", "2", { since: 200, due: 5_000, revision: "old" }),
      ],
    });
    const due = link.dueRetries(1_000, "rev", 10).map((retry) => `${retry.side} ${retry.record}`);
    assert.deepEqual(due, ["left 2", "left 1"]);
    assert.deepEqual(
      link.retries(2).map((retry) => retry.since),
      [100, 200],
    );
    link.commit({ retries: [makeRetry("left", "1", { attempts: 4, since: 300, due: 9_000, field: "name" })] });
    assert.equal(link.retry("left", "1")?.attempts, 4);
    assert.equal(link.retry("left", "1")?.field, "name");
    link.commit({ doneRetries: [{ side: "left", record: "1" }] });
    assert.equal(link.retry("left", "1"), null);
    assert.notEqual(link.retry("right", "1"), null);
  });

  test("retries that wait for a record to be paired are found by that, and no more once they wait for nothing", () => {
    const { link } = at();
    const awaits = [{ entity: "requirement", id: "12", field: "parent" }];
    link.commit({
      retries: [
        makeRetry("left", "1", { since: 300, awaits }),
        makeRetry("left", "2", { since: 100 }),
        makeRetry("right", "1", { since: 200, awaits: [{ ...awaits[0], not: "7" } as never] }),
      ],
    });
    assert.deepEqual(
      link.waiting(10).map((retry) => `${retry.side} ${retry.record}`),
      ["right 1", "left 1"],
    );
    assert.deepEqual(link.waiting(10)[1]?.awaits, awaits);
    link.commit({ retries: [makeRetry("left", "1", { since: 300 })], doneRetries: [{ side: "right", record: "1" }] });
    assert.deepEqual(link.waiting(10), []);
  });

  test("T24 joins: one per record and pair of entity types, the later one counts, each link has its own", () => {
    const { store, link } = at();
    const join = (left: string, right: string, entity = "release") => ({
      left: { entity, id: left },
      right: { entity, id: right },
    });
    link.commit({ joins: [join("1", "1001"), join("2", "1002"), join("1", "1001", "team")] });
    assert.deepEqual(link.joins(), [join("1", "1001"), join("2", "1002"), join("1", "1001", "team")]);
    link.commit({ joins: [join("1", "1002")] });
    assert.deepEqual(link.joins(), [join("1", "1001", "team"), join("1", "1002")], "both ends gave way");
    assert.deepEqual(store.link("contract/another link").joins(), []);
  });

  test("the journal answers by record, side, run and field, newest first", () => {
    const { link } = at();
    const entries = [
      makeEntry({ run: "r1", record: "1", field: "name", before: null, after: "a" }),
      makeEntry({ run: "r1", record: "2", field: "name" }),
      makeEntry({ run: "r2", record: "1", field: "tags", before: ["a"], after: ["a", "b"], lost: null }),
      makeEntry({ run: "r2", side: "right", record: "1", kind: "delete", field: null }),
    ];
    link.commit({ journal: entries.slice(0, 2) });
    link.commit({ journal: entries.slice(2) });
    assert.deepEqual(link.journal({ side: "left", record: "1", limit: 10 }), [entries[2], entries[0]]);
    assert.deepEqual(link.journal({ run: "r1", limit: 10 }), [entries[1], entries[0]]);
    assert.deepEqual(link.journal({ record: "1", field: "name", limit: 10 }), [entries[0]]);
    assert.deepEqual(link.journal({ limit: 1 }), [entries[3]]);
    assert.equal("lost" in (link.journal({ run: "r1", limit: 1 })[0] ?? {}), false);
  });

  test("links that have memory are listed, others are not", () => {
    const { store } = at();
    store.link("contract/never used").pairCount();
    store.link("contract/empty commit").commit({});
    store.link("contract/listed").commit({ intents: [makeIntent("i")] });
    assert.equal(store.links().includes("contract/listed"), true);
    assert.equal(store.links().includes("contract/never used"), false);
    assert.equal(store.links().includes("contract/empty commit"), false);
  });
}

function reportTests(at: Fixture): void {
  test("reports come newest first, by link, and by run", () => {
    const { store } = at();
    const reports = [makeReport("a", "x/one", 10), makeReport("b", "x/two", 20), makeReport("c", "x/one", 30)];
    for (const report of reports) store.saveReport(report);
    assert.deepEqual(
      store.reports({ limit: 2 }).map((report) => report.run),
      ["c", "b"],
    );
    assert.deepEqual(store.reports({ link: "x/one", limit: 10 }), [reports[2], reports[0]]);
    assert.deepEqual(store.report("b"), reports[1]);
    assert.equal(store.report("z"), null);
    store.saveReport({ ...makeReport("b", "x/two", 20), status: "failed" });
    assert.equal(store.report("b")?.status, "failed");
    assert.equal(store.reports({ limit: 10 }).length, 3);
  });
}

/** Commits against the plainest thing that could be right: maps, copied before each commit and put back when it fails. */
function randomCommits(store: Store): void {
  const id = fc.integer({ min: 0, max: 5 }).map(String);
  const side = fc.constantFrom<Side>("left", "right");
  const commit: fc.Arbitrary<Commit> = fc.record(
    {
      pairs: fc.array(
        fc.tuple(id, id, id).map(([key, left, right]) => makePair(key, left, right)),
        { maxLength: 3 },
      ),
      removePairs: fc.array(id, { maxLength: 2 }),
      intents: fc.array(
        id.map((key) => makeIntent(key)),
        { maxLength: 2 },
      ),
      doneIntents: fc.array(id, { maxLength: 2 }),
      retries: fc.array(
        fc.tuple(side, id).map(([at, record]) => makeRetry(at, record)),
        { maxLength: 2 },
      ),
      doneRetries: fc.array(fc.record({ side, record: id }), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  let run = 0;
  fc.assert(
    fc.property(fc.array(commit, { maxLength: 25 }), (commits) => {
      const link = store.link(`contract/random ${++run}`);
      let model: Model = { pairs: new Map(), intents: new Set(), retries: new Set() };
      for (const each of commits) {
        const next = applyToModel(model, each);
        if (next === null) assert.throws(() => link.commit(each), StoreConflict);
        else link.commit(each);
        model = next ?? model;
        assertSame(link, model);
      }
    }),
    { numRuns: 40 },
  );
}

interface Model {
  readonly pairs: Map<string, Pair>;
  readonly intents: Set<string>;
  readonly retries: Set<string>;
}

function applyToModel(model: Model, commit: Commit): Model | null {
  const next: Model = { pairs: new Map(model.pairs), intents: new Set(model.intents), retries: new Set(model.retries) };
  for (const id of commit.removePairs ?? []) next.pairs.delete(id);
  for (const pair of commit.pairs ?? []) next.pairs.set(pair.id, pair);
  for (const side of SIDES) {
    if (new Set([...next.pairs.values()].map((pair) => pair[side])).size < next.pairs.size) return null;
  }
  for (const id of commit.doneIntents ?? []) next.intents.delete(id);
  for (const intent of commit.intents ?? []) next.intents.add(intent.id);
  for (const done of commit.doneRetries ?? []) next.retries.delete(`${done.side} ${done.record}`);
  for (const retry of commit.retries ?? []) next.retries.add(`${retry.side} ${retry.record}`);
  return next;
}

function assertSame(link: LinkStore, model: Model): void {
  const byId = (a: Pair, b: Pair) => Number(a.id) - Number(b.id);
  assert.deepEqual([...link.pairPage("left", null, 100)].sort(byId), [...model.pairs.values()].sort(byId));
  assert.equal(link.pairCount(), model.pairs.size);
  assert.deepEqual(new Set(link.intents().map((intent) => intent.id)), model.intents);
  assert.deepEqual(new Set(link.retries(100).map((retry) => `${retry.side} ${retry.record}`)), model.retries);
}

export function makePair(id: string, left: string, right: string, more: Partial<Pair> = {}): Pair {
  const base: Base = { left: { name: left }, right: { name: right }, toRight: {}, toLeft: {} };
  return { id, left, right, base, leftVersion: "1", rightVersion: "2", held: [], revision: "rev", ...more };
}

export function makeIntent(id: string, more: Partial<Intent> = {}): Intent {
  return {
    id,
    kind: "create",
    side: "right",
    source: "1",
    target: null,
    fields: { name: "n" },
    sourceFields: { name: "n" },
    before: {},
    run: "run",
    at: 0,
    ...more,
  };
}

export function makeRetry(side: Side, record: string, more: Partial<Retry> = {}): Retry {
  return {
    side,
    record,
    reason: "why",
    field: null,
    version: "1",
    attempts: 1,
    since: 0,
    due: 0,
    revision: "rev",
    ...more,
  };
}

export function makeEntry(more: Partial<JournalEntry>): JournalEntry {
  return {
    run: "run",
    revision: "rev",
    at: 0,
    pair: "p",
    side: "left",
    record: "1",
    kind: "update",
    field: "name",
    before: "a",
    after: "b",
    origin: "mappings/a.toml:1",
    source: "2",
    sourceVersion: "3",
    ...more,
  };
}

export function makeReport(run: string, link: string, started: number): RunReport {
  return {
    run,
    link,
    revision: "rev",
    kind: "incremental",
    dryRun: false,
    reason: "test",
    status: "passed",
    started,
    ended: started + 1,
    counts: { alm: { read: 1, created: 2, updated: 3, deleted: 0, failed: 0, requests: 4 } },
    paired: 0,
    conflicts: 0,
    messages: [{ level: "warning", endpoint: "alm", record: null, field: null, message: "m" }],
    suppressed: 0,
  };
}
