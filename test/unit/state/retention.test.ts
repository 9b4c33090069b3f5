import assert from "node:assert/strict";
import { test } from "node:test";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { makeEntry, makeIntent, makePair } from "../../contract/store.ts";

test("what a waiting conflict or an open write needs outlives the journal's age and size", () => {
  const store = openSqliteStore(":memory:", { now: () => 1_000_000 });
  const link = store.link("a/b");
  const waiting = { leftField: "f", rightField: "f", left: "1", right: "2", since: 1, run: "r" };
  link.commit({
    pairs: [makePair("held", "1", "11", { held: [waiting] }), makePair("free", "2", "12")],
    intents: [makeIntent("i", { run: "open" })],
    journal: [
      makeEntry({ pair: "held", run: "old", at: 1 }),
      makeEntry({ pair: "free", run: "old", at: 2 }),
      makeEntry({ pair: "free", run: "open", at: 3 }),
      makeEntry({ pair: "free", run: "new", at: 999_999 }),
    ],
  });
  assert.equal(store.prune({ journalAgeMs: 1_000 }), 1);
  assert.deepEqual(
    link.journal({ limit: 10 }).map((e) => [e.pair, e.run]),
    [
      ["free", "new"],
      ["free", "open"],
      ["held", "old"],
    ],
  );
  link.commit({ pairs: [makePair("held", "1", "11")], doneIntents: ["i"] });
  assert.equal(store.prune({ journalEntries: 1 }), 2);
  store.close();
});
