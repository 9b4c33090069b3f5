import assert from "node:assert/strict";
import { test } from "node:test";
import { createHolder } from "../../../daemon/config/publish/hold.ts";
import type { RuleHost } from "../../../daemon/core/rules.ts";
import type { Snapshot } from "../../../daemon/core/snapshot.ts";
import { until } from "./git-box.ts";

function snapshot(revision: string, rules: RuleHost | null): Snapshot {
  return { revision, digest: revision, connections: [], rules, warnings: [] };
}

function stage(drainMs = 60_000) {
  const closed: string[] = [];
  const notes: string[] = [];
  const host = (name: string): RuleHost => ({
    run: async () => [],
    close: async () => {
      closed.push(name);
      if (name.includes("stuck")) throw new Error("it does not end");
    },
  });
  return {
    closed,
    notes,
    host,
    holder: createHolder({ drainMs, alive: 3, note: (_, message) => notes.push(message) }),
  };
}

test("R9 a run that holds a retired revision too long loses its rules, and only then", async () => {
  const { closed, notes, host, holder } = stage(20);
  holder.swap(snapshot("a", host("a")));
  const lease = holder.lease();
  holder.swap(snapshot("b", host("b")));
  assert.deepEqual(closed, []);
  await until(() => closed.length === 1, "a is closed");
  assert.match(notes[0] ?? "", /still holds a/);
  lease?.release();
  assert.deepEqual(closed, ["a"]);
  assert.equal(holder.lease()?.snapshot.revision, "b");
});

test("a revision that shares its rules with the next keeps them alive for both", () => {
  const { closed, host, holder } = stage();
  const shared = host("shared");
  holder.swap(snapshot("a", shared));
  const old = holder.lease();
  holder.swap(snapshot("b", shared));
  const fresh = holder.lease();
  assert.equal(old?.snapshot.revision, "a");
  assert.equal(fresh?.snapshot.revision, "b");
  old?.release();
  assert.deepEqual(closed, []);
  holder.swap(snapshot("c", null));
  assert.deepEqual(closed, []);
  fresh?.release();
  assert.deepEqual(closed, ["shared"]);
});

test("snapshots without rules retire too; rules that do not end are noted", async () => {
  const { notes, host, holder } = stage();
  for (const name of ["a", "b", "c", "d", "e"]) {
    holder.swap(snapshot(name, null));
    holder.lease();
    assert.ok(holder.alive() <= 3);
  }
  holder.swap(snapshot("stuck", host("stuck")));
  holder.swap(snapshot("f", null));
  await until(() => notes.some((note) => note.includes("does not end")), "the trouble is noted");
  await holder.close();
  assert.equal(holder.lease(), null);
  assert.equal(holder.alive(), 0);
});
