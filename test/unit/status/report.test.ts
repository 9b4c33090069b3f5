import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Verdict } from "../../../daemon/core/events.ts";
import { openSqliteStore } from "../../../daemon/state/sqlite-store.ts";
import { createStatusCollector } from "../../../daemon/status/collector.ts";
import { formatStatus } from "../../../daemon/status/format.ts";
import { type StatusInput, statusReport } from "../../../daemon/status/report.ts";
import { makeEntry, makePair, makeReport, makeRetry } from "../../contract/store.ts";
import { ALL_EVENTS, context, rejected } from "./events.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const active = { revision: context.revision, digest: "d", subject: "good", at: NOW - 7_200_000 };
const accepted: Verdict = { ...rejected, revision: context.revision, kind: "active", diagnostics: [] };

function inputWith(more: Partial<StatusInput>): StatusInput {
  const store = openSqliteStore(":memory:", { now: () => NOW });
  store.link("payments/defects").commit({
    pairs: [
      makePair("p", "1", "2", {
        held: [{ leftField: "name", rightField: "name", left: "a", right: "b", since: 1, run: "r" }],
      }),
      makePair("q", "3", "4"),
    ],
    retries: [makeRetry("left", "9")],
  });
  store.saveReport({
    ...makeReport("r1", "payments/defects", NOW - 60_000),
    status: "passed with errors",
    suppressed: 4,
  });
  return {
    now: NOW,
    store,
    heldCount: store.heldCount,
    facts: null,
    pid: null,
    active,
    history: [accepted],
    links: ["payments/defects", "payments/requirements"],
    due: [
      { link: "payments/defects", full: true, due: NOW + 9_000_000 },
      { link: "payments/defects", full: false, due: NOW + 300_000 },
      { link: "payments/requirements", full: false, due: null },
    ],
    ...more,
  };
}

describe("the status report", () => {
  test("T15 says when deletions were last looked for: the last full run that came to its end", () => {
    const input = inputWith({});
    const full = { kind: "full" as const, status: "passed" as const };
    input.store.saveReport({ ...makeReport("r2", "payments/defects", NOW - 30_000), ...full, dryRun: true });
    input.store.saveReport({ ...makeReport("r3", "payments/defects", NOW - 7_200_000), ...full, dryRun: false });
    const report = statusReport(input);
    assert.equal(report.links[0]?.deletionsSeen, "2026-11-21T10:00:00.000Z");
    assert.match(formatStatus(report), /deletions last looked for 2 h/);
  });

  test("T38 tells how much is in step, fails, waits and is held: a passed run of nothing looks like what it is", () => {
    const input = inputWith({});
    const link = input.store.link("payments/defects");
    link.commit({
      pairs: [makePair("s", "5", "6"), makePair("t", "7", "8"), makePair("u", "11", "12")],
      retries: [
        makeRetry("left", "5"),
        makeRetry("right", "6"),
        { ...makeRetry("right", "8"), attempts: 0, awaits: [{ entity: "requirement", id: "50", field: "parent-id" }] },
      ],
    });
    const report = statusReport(input);
    assert.deepEqual(report.links[0]?.coverage, { known: 6, inStep: 2, failing: 2, waiting: 1, held: 1 });
    assert.match(
      formatStatus(report),
      /6 records: 2 in step, 2 failing, 1 waiting for another record, 1 held for a person/,
    );
    assert.deepEqual(report.links[1]?.coverage, { known: 0, inStep: 0, failing: 0, waiting: 0, held: 0 });
  });

  test("tells of each link its last run, pairs, retries, held pairs and next due time", () => {
    const report = statusReport(inputWith({}));
    const [defects, requirements] = report.links;
    assert.equal(defects?.lastRun?.status, "passed with errors");
    assert.equal(defects?.lastRun?.messages, 5);
    assert.deepEqual([defects?.pairs, defects?.retries, defects?.held, defects?.intents], [2, 1, 1, 0]);
    assert.deepEqual(defects?.nextDue, { at: "2026-11-21T12:05:00.000Z", full: false });
    assert.deepEqual([requirements?.lastRun, requirements?.nextDue], [null, null]);
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  });

  test("X9 tells of each link what it is for, and the record that was written last", () => {
    const input = inputWith({ describe: (link) => (link === "payments/defects" ? "Payments with Agile Manager" : "") });
    assert.equal(statusReport(input).links[0]?.lastWrite, null);
    const at = NOW - 240_000;
    const journal = [
      makeEntry({ side: "right", record: "2001", at: at - 1 }),
      makeEntry({ side: "left", record: "12", at }),
    ];
    input.store.link("payments/defects").commit({ journal });
    const report = statusReport(input);
    const [left] = Object.keys(report.links[0]?.lastRun?.counts ?? {});
    assert.deepEqual(report.links[0]?.lastWrite, { endpoint: left, record: "12", at: new Date(at).toISOString() });
    assert.match(
      formatStatus(report),
      new RegExp(`Payments with Agile Manager\\n(?: .*\\n)*? {2}last written ${left}:12, 4 min 0 s ago`),
    );
  });

  test("X9 the endpoint of what was written last is named before the link's first run has ended", () => {
    const input = inputWith({ endpoints: (link) => (link === "payments/requirements" ? ["alm", "agm"] : null) });
    const journal = [makeEntry({ side: "right", record: "2665", at: NOW })];
    input.store.link("payments/requirements").commit({ journal });
    assert.deepEqual(statusReport(input).links[1]?.lastWrite?.endpoint, "agm");
    assert.match(formatStatus(statusReport(input)), /last written agm:2665/);
  });

  test("what fails or is held names the command that lists it", () => {
    const input = inputWith({});
    assert.match(
      formatStatus(statusReport(input)),
      /, 1 failing, 1 held for a person \(syncline queue payments\/defects; syncline conflicts payments\/defects\)$/m,
    );
  });

  test("converged means that what is wanted is active", () => {
    assert.equal(statusReport(inputWith({})).converged, true);
    assert.equal(statusReport(inputWith({ wanted: "another" })).converged, false);
    assert.equal(statusReport(inputWith({ history: [rejected, accepted] })).converged, false);
    assert.equal(statusReport(inputWith({ history: [{ ...rejected, kind: "superseded" }, accepted] })).converged, true);
    const none = statusReport(inputWith({ active: null, history: [] }));
    assert.deepEqual([none.converged, none.revision.wanted], [false, null]);
  });

  test("of a running daemon has its runs, notes and troubles", () => {
    const collector = createStatusCollector({ now: () => NOW - 5_000 });
    for (const event of ALL_EVENTS.slice(0, 10)) collector.emit(event);
    collector.emit({ event: "endpoint.note", connection: "payments", endpoint: "alm", message: "old server" });
    collector.emit({ event: "endpoint.note", connection: "payments", endpoint: "alm", message: "old server" });
    const report = statusReport(inputWith({ facts: collector.facts(), pid: 42 }));
    assert.deepEqual(report.daemon, { pid: 42, version: "0.1.0", since: "2026-11-21T11:59:55.000Z" });
    assert.deepEqual(report.links[0]?.running?.progress, { alm: { done: 100, total: 320 } });
    assert.equal(report.verdict?.kind, "rejected");
    assert.equal(report.watching?.message, "the repository is gone");
    assert.equal(report.notes.length, 1);
    collector.emit({ event: "config.verdict", verdict: accepted });
    for (const event of ALL_EVENTS.filter(({ event }) => event === "run.ended")) collector.emit(event);
    assert.deepEqual(collector.facts().running, []);
    assert.equal(collector.facts().watching, null);
    assert.equal(collector.facts().lastVerdict?.kind, "active");
  });

  test("links that are no longer configured but have memory are shown as such", () => {
    const report = statusReport(inputWith({ links: [] }));
    assert.deepEqual(
      report.links.map((link) => [link.link, link.configured]),
      [["payments/defects", false]],
    );
  });
});

describe("the status in words", () => {
  test("is a readable table", () => {
    const text = formatStatus(statusReport(inputWith({})));
    assert.match(text, /^daemon {5}not running/);
    assert.match(text, /active {5}1a2b3c4 "good", live 2 h 0 min ago/);
    assert.match(text, /converged {2}yes/);
    assert.match(text, /LINK +LAST RUN +STATUS +PAIRS +RETRY +HELD +NEXT/);
    assert.match(text, /payments\/defects +1 min 0 s ago +passed with errors +2 +1 +1 +2026-/);
    assert.match(text, /\n {2}alm 1 read, 2 created, 3 updated\n/);
    assert.match(text, /payments\/requirements +never +- +0 +0 +0 +-/);
  });

  test("names every problem of the commit that is not live", () => {
    const text = formatStatus(statusReport(inputWith({ history: [rejected, accepted] })));
    assert.match(text, /converged {2}no: ffff3c4 wanted/);
    assert.match(text, /verdict {4}ffff3c4 "break it" rejected/);
    assert.match(text, /mappings\/payments\.toml:11:34: Unknown key/);
    assert.match(text, /mappings\/payments\.toml:20:8: No cron text/);
  });

  test("has something to say when there is nothing yet", () => {
    const text = formatStatus(statusReport(inputWith({ active: null, history: [], links: [], due: [] })));
    assert.match(text, /active {5}none yet/);
  });
});
