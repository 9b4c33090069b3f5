import assert from "node:assert/strict";
import { test } from "node:test";
import { OperatorError } from "../../../daemon/core/errors.ts";
import type { Snapshot } from "../../../daemon/core/snapshot.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { createRunner } from "../../../daemon/sync/runner.ts";
import { field, link, ORIGIN, row } from "./bench.ts";
import { memoryTracker } from "./memory-tracker.ts";

test("a disk that takes no report does not hide what the report says", async () => {
  const store = openSqliteStore(":memory:", { now: () => 0 });
  const failed: unknown[] = [];
  const config = link([row("name", "name")]);
  const endpoint = (name: string) => ({
    name,
    type: "memory",
    settings: {},
    secret: null,
    origin: ORIGIN,
    schemas: {},
  });
  const tracker = () => memoryTracker([field("name"), field("partner", { kind: "number" })], 1);
  const trackers: Record<string, ReturnType<typeof tracker>> = { l: tracker(), r: tracker() };
  const snapshot: Snapshot = {
    ...{ revision: "r", digest: "", rules: null, warnings: [] },
    connections: [
      { name: "t", description: "", left: endpoint("l"), right: endpoint("r"), links: [config], origin: ORIGIN },
    ],
  };
  const runner = createRunner({
    source: { lease: () => ({ snapshot, release: () => undefined }) },
    open: async (_connection, { name }) => ({ connector: trackers[name] ?? tracker(), requests: () => 0 }),
    store: {
      ...store,
      saveReport: () => {
        throw new OperatorError("the disk is full", "free some space");
      },
    },
    ...{ emit: () => undefined, now: () => 0, newId: () => "id", wait: async () => undefined },
    ...{ signal: new AbortController().signal, fail: (error) => void failed.push(error) },
    within: (_context, work) => work(),
  });
  const report = await runner.run({ link: config.key, full: false, dryRun: false, reason: "test", due: null });
  assert.equal(report.status, "error");
  assert.match(report.messages.at(-1)?.message ?? "", /not kept: the disk is full/);
  assert.equal(failed.length, 1);
  store.close();
});
