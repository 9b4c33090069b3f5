import assert from "node:assert/strict";
import { test } from "node:test";
import type { Intent, Retry, RunReport, Stop } from "../../../daemon/core/store.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { conflictsOf } from "../../../daemon/status/conflicts.ts";
import { formatConflicts } from "../../../daemon/status/conflicts-text.ts";
import { queueOf } from "../../../daemon/status/queue.ts";
import { formatQueue } from "../../../daemon/status/queue-text.ts";
import { formatRuns, formatWholeReport } from "../../../daemon/status/runs-text.ts";
import { shortValue } from "../../../daemon/status/value-text.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const NAMES = { left: "alm", right: "agm" };
const NEVER = 8_640_000_000_000_000;

const COUNTS = { read: 10, created: 1, updated: 2, deleted: 0, failed: 1, requests: 4 };
const REPORT: RunReport = {
  ...{ run: "3f2a1b00-0000", link: "payments/defects", revision: "a".repeat(40), kind: "incremental", dryRun: false },
  ...{ reason: "trigger */5", status: "passed with errors", started: NOW - 60_000, ended: NOW - 58_000 },
  ...{ counts: { alm: COUNTS, agm: COUNTS }, paired: 0, conflicts: 1, suppressed: 2 },
  messages: [
    { level: "error", endpoint: "alm", record: "12", field: "name", message: "agm refused it:\u001b[31m too long" },
    { level: "warning", endpoint: "agm", record: null, field: null, message: "slow" },
  ],
};

test("E126 runs are one line each, with status, counts, revision and why they ran", () => {
  const text = formatRuns([REPORT, { ...REPORT, run: "00112233-1", status: "error", dryRun: true }], NOW);
  const [head, first, second] = text.split("\n");
  assert.match(head ?? "", /^RUN +LINK +STARTED +TOOK +STATUS/);
  assert.match(
    first ?? "",
    /^3f2a1b00 +payments\/defects .* 2\.0 s +passed with errors +6 +2 +4 +aaaaaaa +incremental, trigger/,
  );
  assert.match(second ?? "", /^00112233 .* error \(dry run\)/);
  assert.equal(formatRuns([], NOW), "no runs yet");
});

test("E127 a whole report names link, status, run, kind, times, counts of both endpoints, and each message with record, field and what to do", () => {
  const text = formatWholeReport(REPORT);
  for (const part of [
    "3f2a1b00-0000",
    "passed with errors",
    "payments/defects",
    "incremental",
    "a".repeat(40),
    "trigger */5",
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, /alm +10 read, 1 created, 2 updated/);
  assert.match(text, /error: alm:12 name: agm refused it:/);
  assert.match(text, /syncline why-not alm:12/);
  assert.ok(!text.includes("\u001b"));
  const many = {
    ...REPORT,
    messages: Array.from({ length: 200 }, (_, i) => ({
      ...REPORT.messages[0],
      record: String(i),
    })) as RunReport["messages"],
  };
  assert.equal(formatWholeReport(many).match(/error: alm:/g)?.length, 200);
});

test("the queue: record, field, reason, attempts, age, next try; poison ones, open writes and stopped links marked", () => {
  const store = openSqliteStore(":memory:", { now: () => NOW });
  const retry = (record: string, more: Partial<Retry>): Retry => ({
    ...{
      side: "left",
      record,
      reason: "agm refused it",
      field: "name",
      version: "1",
      attempts: 2,
      since: NOW - 3_600_000,
      due: NOW + 120_000,
    },
    ...{ revision: "rev1", ...more },
  });
  const intent: Intent = {
    ...{
      id: "i",
      kind: "create",
      side: "right",
      source: "9",
      target: null,
      fields: {},
      sourceFields: {},
      before: {},
      run: "run9",
      at: NOW - 1000,
    },
  };
  const stop: Stop = {
    ...{
      brake: "delete",
      side: "left",
      reason: "400 records to delete",
      would: { create: 1, update: 2, delete: 400 },
      run: "run8",
    },
    ...{ revision: "rev1", since: NOW - 60_000, allowed: null },
  };
  store.link("p/d").commit({
    retries: [
      retry("1", {}),
      retry("2", { attempts: 10, due: NEVER }),
      retry("3", { revision: "old", due: NEVER, attempts: 12 }),
    ],
    intents: [intent],
    stop,
  });
  const queue = queueOf({ link: "p/d", names: NAMES, store: store.link("p/d"), now: NOW, active: "rev1", limit: 10 });
  assert.deepEqual(
    queue.retries.map((r) => [r.endpoint, r.record, r.attempts, r.poison, r.next, r.ageMs]),
    [
      ["alm", "1", 2, false, "2026-03-01T12:02:00.000Z", 3_600_000],
      ["alm", "2", 10, true, null, 3_600_000],
      ["alm", "3", 12, false, null, 3_600_000],
    ],
  );
  const text = formatQueue([queue], NOW);
  assert.match(text, /alm:1 name: agm refused it\n.*2 attempts, waiting for 1 h 0 min .*tried again in 2 min 0 s/);
  assert.match(text, /HELD alm:2 name.*\n.*until a publish/);
  assert.match(text, /alm:3 .*\n.*tried with the next run/);
  assert.match(text, /OPEN {2}creation in agm from alm:9/);
  assert.match(text, /STOPPED .*delete brake.*400 records to delete\n.*1 creation, 2 updates and 400 deletions/);
  assert.match(text, /syncline resume p\/d --allow delete/);
  const cut = queueOf({ link: "p/d", names: NAMES, store: store.link("p/d"), now: NOW, active: "rev1", limit: 1 });
  assert.deepEqual([cut.retries.length, cut.more], [1, 2]);
  assert.equal(formatQueue([], NOW), "nothing waits: no link has run yet");
  store.close();
});

test("conflicts: both records, fields and values, shortened for a terminal and whole as data", () => {
  const base = { left: {}, right: {}, toRight: {}, toLeft: {} };
  const long = "x".repeat(500);
  const held = { leftField: "name", rightField: "title", left: long, right: ["a", "b"], since: NOW - 1000, run: "r" };
  const pair = {
    id: "p",
    left: "1",
    right: "1001",
    base,
    leftVersion: "1",
    rightVersion: "1",
    held: [held],
    revision: "rev1",
  };
  const found = conflictsOf("p/d", NAMES, [pair]);
  assert.deepEqual(found[0]?.sides, [
    { endpoint: "alm", record: "1", field: "name", value: long },
    { endpoint: "agm", record: "1001", field: "title", value: ["a", "b"] },
  ]);
  const text = formatConflicts(found, NOW);
  assert.match(text, /alm:1 name = "x{120}…" \(500 characters\)\n {2}agm:1001 title = \["a", "b"\]/);
  assert.equal(formatConflicts([], NOW), "nothing waits for a decision");
  assert.equal(shortValue(null), "(empty)");
});
