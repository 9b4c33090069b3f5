import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Daemon, LogLine } from "../support/daemon.ts";
import { MAPPING } from "../support/sample.ts";
import { openSite, type Site, SMALL } from "../support/site.ts";

const EVERY_SECOND = 'cron = "* * * * * *"';
const NEW_YEAR = 'cron = "0 0 1 1 *"';

async function scheduled(t: TestContext, trigger: string): Promise<{ site: Site; daemon: Daemon }> {
  const site = await openSite(t, { trackers: SMALL, triggers: [trigger] });
  site.trackers.alm.admin.create("defects", { name: "Only one" });
  const daemon = site.start({ args: ["--log-level", "debug"] });
  await daemon.verdict(site.head());
  return { site, daemon };
}

function started(line: LogLine): boolean {
  return line.event === "run.started" && String(line["reason"]).startsWith("trigger");
}

test("a trigger fires each second, one run of the link at a time, and a slow one is not overlapped", async (t) => {
  const { site, daemon } = await scheduled(t, EVERY_SECOND);
  const first = await daemon.waitFor((line) => line.event === "run.ended", "a first run");
  assert.equal(first["status"], "passed", JSON.stringify(first));
  assert.deepEqual(site.trackers.counts(), { alm: 1, agm: 1 });
  const from = daemon.mark();
  site.trackers.agm.faults.arm({ kind: "slow", seconds: 2.5, method: "GET", path: "backlog_items" });
  const skipped = await daemon.waitFor((line) => line.event === "trigger.skipped", "a skipped turn", { from });
  assert.match(String(skipped["why"]), /running/);
  const position = daemon.lines().indexOf(skipped);
  await daemon.waitFor((line) => line.event === "run.ended", "the slow run", { from: position });
  await daemon.waitFor(started, "the run after it", { from: position });
  const order = daemon.lines().map((line) => line.event);
  const runs = order.filter((event) => event === "run.started" || event === "run.ended");
  for (const [i, event] of runs.entries()) assert.equal(event, i % 2 === 0 ? "run.started" : "run.ended");
});

test("R15 a publish re-plans triggers and fires none because of it", async (t) => {
  const { site, daemon } = await scheduled(t, NEW_YEAR);
  const yearly = await daemon.waitFor((line) => line.event === "trigger.scheduled", "the plan");
  assert.match(String(yearly["due"]), /^\d{4}-01-01T00:00:00/);

  const from = daemon.mark();
  const moved = site.publish({ [MAPPING]: site.files({ triggers: ['cron = "30 6 1 1 *"'] })[MAPPING] ?? "" });
  await daemon.verdict(moved);
  const anew = await daemon.waitFor((line) => line.event === "trigger.scheduled", "the new plan", { from });
  assert.match(String(anew["due"]), /^\d{4}-01-01T06:30:00/);
  await site.ask();
  assert.equal(daemon.lines().filter(started).length, 0, "only the run that was asked for");

  await daemon.verdict(site.publish({ [MAPPING]: site.files({ triggers: [EVERY_SECOND] })[MAPPING] ?? "" }));
  await daemon.waitFor(started, "a run by the new trigger");

  await daemon.verdict(site.publish({ [MAPPING]: site.files({ triggers: [] })[MAPPING] ?? "" }));
  // One that was under way may end after the verdict; the next to be heard is the one that is asked for.
  await site.ask();
  const after = daemon.mark();
  await assert.rejects(
    daemon.waitFor(started, "a removed trigger", { from: after, timeoutMs: 1_500 }),
    /waited in vain/,
  );
});

test("runs missed while the daemon was down are made up for once", async (t) => {
  const { site, daemon } = await scheduled(t, 'cron = "*/2 * * * * *"');
  await daemon.waitFor((line) => line.event === "run.ended", "a first run");
  await daemon.kill();
  site.trackers.alm.admin.update("defects", "1", { name: "Edited meanwhile" });
  const gone = Date.now();
  while (Date.now() < gone + 2_100) await new Promise((resolve) => setTimeout(resolve, 50));

  const second = site.start({ args: ["--log-level", "debug"] });
  const missed = await second.waitFor((line) => line.event === "trigger.missed", "what was missed");
  assert.ok(Number(missed["count"]) >= 1, JSON.stringify(missed));
  const run = await second.waitFor(started, "the run that makes up for it");
  assert.match(String(run["reason"]), /makes up for/);
  await second.waitFor((line) => line.event === "run.ended", "its end");
  const runs = second.lines().filter(started);
  assert.equal(runs.filter((line) => String(line["reason"]).includes("makes up for")).length, 1);
  assert.equal(site.trackers.agm.admin.list("backlog_items")[0]?.["name"], "Edited meanwhile");
});
