import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openSite, type Site, SMALL, written } from "../support/site.ts";

/** Two defects on each side that the other lacks. */
function seed({ trackers: { alm, agm } }: Site): void {
  for (const name of ["One", "Two"]) {
    alm.admin.create("defects", { name: `ALM ${name}`, description: "<b>bold</b>", severity: "3-High" });
    agm.admin.create("backlog_items", { subtype: "defect", name: `AGM ${name}`, severity: "Low" });
  }
}

async function running(t: TestContext, args: readonly string[] = []) {
  const site = await openSite(t, { trackers: SMALL });
  seed(site);
  const daemon = site.start({ args });
  await daemon.verdict(site.head());
  return { site, daemon };
}

test("R2 every log line of a run bears revision, connection, link and run", async (t) => {
  const { site, daemon } = await running(t, ["--log-level", "debug"]);
  const from = daemon.mark();
  const report = await site.ask();
  const end = await daemon.waitFor((line) => line.event === "run.ended", "the run's end");
  const all = daemon.lines().slice(from);
  const lines = all.slice(0, all.indexOf(end) + 1).filter((line) => /^(run|record|rule)\./.test(line.event));
  assert.ok(lines.filter((line) => line.event === "record.written").length >= 4, JSON.stringify(lines));
  for (const line of lines) {
    assert.deepEqual(
      [line["revision"], line["connection"], line["link"], line["run"]],
      [site.head(), "payments", "payments/defects", report.run],
      JSON.stringify(line),
    );
  }
});

test("a session that ends in the middle of a run is signed in again, unnoticed", async (t) => {
  const { site } = await running(t);
  const { alm, agm } = site.trackers;
  for (const faults of [alm.faults, agm.faults]) {
    faults.arm({ kind: "unauthorized", after: 3 });
    faults.arm({ kind: "unauthorized", method: "POST", path: "defects" });
    faults.arm({ kind: "unauthorized", method: "POST", path: "backlog_items" });
  }
  const report = await site.ask();
  assert.equal(report.status, "passed", JSON.stringify(report));
  assert.deepEqual(site.trackers.counts(), { alm: 4, agm: 4 });
  assert.deepEqual(site.trackers.doubled(), []);
});

test("a tracker that answers slowly is waited for", async (t) => {
  const { site } = await running(t);
  site.trackers.alm.faults.arm({ kind: "slow", seconds: 2, times: 1, after: 2 });
  site.trackers.agm.faults.arm({ kind: "slow", seconds: 2, times: 1, method: "POST", path: "backlog_items" });
  assert.equal((await site.ask()).status, "passed");
  assert.deepEqual(site.trackers.counts(), { alm: 4, agm: 4 });
  assert.deepEqual(site.trackers.doubled(), []);
});

for (const kind of ["error-but-stored", "drop-after", "drop-before", "error"] as const) {
  test(`a creation answered by ${kind} on each side: nothing lost, nothing doubled`, async (t) => {
    const { site, daemon } = await running(t);
    site.trackers.alm.faults.arm({ kind, method: "POST", path: "/defects" });
    site.trackers.agm.faults.arm({ kind, method: "POST", path: "backlog_items" });
    const first = await site.ask();
    // What failed waits for its time, unless a newer revision gives it another chance.
    await daemon.verdict(site.publish({ "README.md": `after ${kind}` }));
    const second = await site.ask();
    assert.equal(second.status, "passed", JSON.stringify([first, second]));
    assert.deepEqual(site.trackers.counts(), { alm: 4, agm: 4 });
    assert.deepEqual(site.trackers.doubled(), []);
  });
}

test("a tracker that is down: exit code 4, a message that names it, and nothing is lost when it is back", async (t) => {
  const { site, daemon } = await running(t);
  const port = site.trackers.agm.port;
  await site.trackers.agm.close();
  const human = await site.run(["sync", "payments/defects", "--state", site.state]);
  assert.equal(human.code, 4, human.stdout + human.stderr);
  assert.match(human.stdout, /agm/);
  assert.match(human.stdout, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.deepEqual(site.trackers.counts().alm, 2);
  const line = await daemon.waitFor((l) => l.event === "run.ended", "the failed run");
  assert.equal(line.level, "error");
  assert.equal(line["status"], "error");
  assert.match(String(line["reason"]), new RegExp(`127\\.0\\.0\\.1:${port}`), JSON.stringify(line));
  const status = await site.run(["status", "--state", site.state]);
  assert.equal(status.code, 1);
});

for (const kind of ["html", "truncated", "wrong-types"] as const) {
  test(`a listing that comes as ${kind}: a clear error, nothing written, and the next run is as if nothing had been`, async (t) => {
    const { site } = await running(t);
    await site.ask();
    const { alm, agm } = site.trackers;
    alm.admin.update("defects", "1", { name: "Edited" });
    const before = site.trackers.counts();
    for (const [side, faults, path] of [
      ["agm", agm.faults, "backlog_items"],
      ["alm", alm.faults, "/defects"],
    ] as const) {
      faults.arm({ kind, method: "GET", path, times: 20 });
      const report = await site.ask({ full: true });
      faults.clear();
      assert.equal(report.status, "error", `${side}: ${JSON.stringify(report)}`);
      assert.equal(written(report, "alm") + written(report, "agm"), 0);
      assert.ok(
        report.messages.some(
          (said) => `${said.endpoint} ${said.message}`.includes(side) && said.message.includes("GET /"),
        ),
        JSON.stringify(report.messages),
      );
    }
    assert.deepEqual(site.trackers.counts(), before);
    const after = await site.ask();
    assert.equal(after.status, "passed", JSON.stringify(after));
    assert.equal(written(after, "agm"), 1);
    assert.equal(site.trackers.agmDefect(Number(site.trackers.almDefect("1")["user-04"]))["name"], "Edited");
  });
}
