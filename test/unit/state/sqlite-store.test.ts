import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { OperatorError } from "../../../daemon/core/errors.ts";
import { openDatabase } from "../../../daemon/state/database.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { makeEntry, makePair, makeReport } from "../../contract/store.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-state-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const options = { now: () => 1_000_000 };

describe("the store's file", () => {
  test("is in WAL mode, syncs every commit, and is for its owner only", () => {
    const file = join(folder, "mode.db");
    const db = openDatabase(file);
    assert.equal(db.get("PRAGMA journal_mode")?.["journal_mode"], "wal");
    assert.equal(db.get("PRAGMA synchronous")?.["synchronous"], 2);
    db.close();
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test("comes back with what was committed", () => {
    const file = join(folder, "again.db");
    const store = openSqliteStore(file, options);
    store.link("a/b").commit({ pairs: [makePair("p1", "1", "2")] });
    store.close();
    const again = openSqliteStore(file, options);
    assert.equal(again.link("a/b").pair("p1")?.right, "2");
    again.close();
    again.close();
  });

  test("can be read by another process beside the writer, which can change nothing", () => {
    const file = join(folder, "reader.db");
    const writer = openSqliteStore(file, options);
    const reader = openSqliteStore(file, { ...options, readOnly: true });
    writer.link("a/b").commit({ pairs: [makePair("p1", "1", "2")] });
    assert.equal(reader.link("a/b").pairCount(), 1);
    assert.throws(() => reader.link("a/b").commit({ removePairs: ["p1"] }), OperatorError);
    reader.close();
    writer.close();
    assert.throws(() => openSqliteStore(join(folder, "absent.db"), { ...options, readOnly: true }), /no store at/);
  });

  test("of a newer Syncline is refused", () => {
    const file = join(folder, "newer.db");
    openSqliteStore(file, options).close();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    assert.throws(() => openSqliteStore(file, options), { name: "OperatorError", message: /has schema 99/ });
  });

  test("of another program is refused and left alone", () => {
    const file = join(folder, "foreign.db");
    const raw = new DatabaseSync(file);
    raw.exec("CREATE TABLE theirs (x)");
    raw.close();
    const before = readFileSync(file);
    assert.throws(() => openSqliteStore(file, options), { name: "OperatorError", message: /another program/ });
    assert.deepEqual(readFileSync(file), before);
  });

  test("that is torn, overwritten or cut is an operator's error that says what to do", () => {
    const sound = join(folder, "sound.db");
    const store = openSqliteStore(sound, options);
    const many = Array.from({ length: 2_000 }, (_, index) => makePair(`p${index}`, `l${index}`, `r${index}`));
    store.link("a/b").commit({ pairs: many });
    store.close();
    const damages: readonly [string, (file: string) => void][] = [
      ["text", (file) => writeFileSync(file, "this is no database, but long enough to be one ".repeat(100))],
      ["cut", (file) => truncateSync(file, 8192 + 100)],
      ["overwritten", (file) => overwriteMiddle(file)],
    ];
    for (const [name, damage] of damages) {
      const file = join(folder, `${name}.db`);
      copyFileSync(sound, file);
      damage(file);
      assert.throws(
        () => openSqliteStore(file, options),
        (error) =>
          error instanceof OperatorError && error.message.includes("is damaged") && error.hint.includes("backup"),
        name,
      );
    }
  });

  test("in a folder that is not there is an operator's error", () => {
    assert.throws(() => openSqliteStore(join(folder, "no", "such", "x.db"), options), OperatorError);
  });

  test("that cannot grow: the commit fails as a whole, the store stays usable", () => {
    const store = openSqliteStore(join(folder, "full.db"), { ...options, maxBytes: 200_000 });
    const link = store.link("a/b");
    link.commit({ pairs: [makePair("p1", "1", "2")] });
    const large = { left: { name: "x".repeat(400_000) }, right: {}, toRight: {}, toLeft: {} };
    assert.throws(() => link.commit({ removePairs: ["p1"], pairs: [makePair("p2", "3", "4", { base: large })] }), {
      name: "OperatorError",
      message: /disk is full/,
    });
    assert.equal(link.pairCount(), 1);
    link.commit({ pairs: [makePair("p3", "5", "6")] });
    assert.equal(link.pairCount(), 2);
    store.close();
  });

  test("that another program holds for long is an operator's error, not a hang", () => {
    const file = join(folder, "busy.db");
    const store = openSqliteStore(file, { ...options, busyTimeoutMs: 20 });
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    assert.throws(() => store.link("a/b").commit({ removePairs: ["x"] }), { name: "OperatorError", message: /in use/ });
    other.exec("ROLLBACK");
    store.link("a/b").commit({ pairs: [makePair("p", "1", "2")] });
    other.close();
    store.close();
  });
});

describe("retention", () => {
  test("keeps the newest journal entries, by count and by age", () => {
    const store = openSqliteStore(":memory:", options);
    const link = store.link("a/b");
    link.commit({
      journal: Array.from({ length: 12_000 }, (_, index) => makeEntry({ at: 988_000 + index, run: `r${index}` })),
    });
    assert.equal(store.prune({}), 0);
    assert.equal(store.prune({ journalEntries: 11_000 }), 1_000);
    assert.equal(store.prune({ journalAgeMs: 6_000 }), 5_000);
    assert.equal(link.journal({ limit: 20_000 }).length, 6_000);
    assert.equal(link.journal({ limit: 1 })[0]?.run, "r11999");
    store.close();
  });

  test("keeps the newest reports of each link", () => {
    const store = openSqliteStore(":memory:", options);
    for (let index = 0; index < 10; index++) store.saveReport(makeReport(`a${index}`, "x/a", index));
    store.saveReport(makeReport("b", "x/b", 0));
    assert.equal(store.prune({ reportsPerLink: 3 }), 7);
    assert.deepEqual(
      store.reports({ limit: 10 }).map((report) => report.run),
      ["a9", "a8", "a7", "b"],
    );
    store.close();
  });

  test("held pairs are counted", () => {
    const store = openSqliteStore(":memory:", options);
    store.link("a/b").commit({
      pairs: [
        makePair("p", "1", "2", {
          held: [{ leftField: "name", rightField: "name", left: "a", right: "b", since: 1, run: "r" }],
        }),
        makePair("q", "3", "4"),
      ],
    });
    assert.equal(store.heldCount("a/b"), 1);
    store.close();
  });
});

test("100,000 pairs: 200 of them are found in less than 5 ms", () => {
  const store = openSqliteStore(":memory:", options);
  const link = store.link("a/b");
  for (let start = 0; start < 100_000; start += 10_000) {
    const numbers = Array.from({ length: 10_000 }, (_, index) => start + index);
    link.commit({ pairs: numbers.map((number) => makePair(`p${number}`, `${number}`, `9${number}`)) });
  }
  const ids = Array.from({ length: 200 }, (_, index) => String(index * 499));
  const times = Array.from({ length: 9 }, () => {
    const began = performance.now();
    assert.equal(link.pairs("left", ids).size, 200);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  assert.ok((times[4] ?? 0) < 5, `median ${times[4]} ms`);
  store.close();
});

function overwriteMiddle(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0x5a, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 20_000);
  writeFileSync(file, bytes);
}
