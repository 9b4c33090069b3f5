import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MAPPING, writeSecrets } from "../support/sample.ts";
import { openSite, SMALL, written } from "../support/site.ts";

test("an empty repository is waited for: the first push goes live; a push to another branch does not count", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const empty = site.box.path("empty.git");
  site.box.git(site.box.root, "init", "--quiet", "--bare", "--initial-branch=main", empty);
  const daemon = site.start({ repo: empty });
  await daemon.waitFor((line) => line.event === "config.watch" && line.level === "warn", "that there is no commit");
  const waiting = await site.run(["status", "--state", site.state]);
  assert.equal(waiting.code, 1);
  site.box.git(site.clone, "push", "--quiet", empty, "HEAD:refs/heads/other");
  site.box.git(site.clone, "push", "--quiet", empty, "HEAD:refs/heads/main");
  assert.equal((await daemon.verdict(site.head()))["verdict"], "active");
  const other = site.box.commit(site.clone, { [MAPPING]: "[broken" });
  site.box.git(site.clone, "push", "--quiet", empty, "HEAD:refs/heads/other");
  assert.equal((await site.ask()).revision, site.box.git(site.clone, "rev-parse", "HEAD~1"));
  assert.ok(daemon.lines().every((line) => line["revision"] !== other));
});

test("--branch follows the named branch", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const released = site.head();
  site.box.push(site.clone, "HEAD:refs/heads/release/one");
  const daemon = site.start({ args: ["--branch", "release/one"] });
  await daemon.verdict(released);
  site.publish({ "README.md": "on main only" });
  const next = site.head();
  assert.equal((await site.ask()).revision, released);
  site.box.push(site.clone, `${next}:refs/heads/release/one`);
  await daemon.verdict(next);
  assert.equal((await site.ask()).revision, next);
});

test("SIGTERM in the middle of the initial load ends within seconds with 0, and the rest follows after a restart", async (t) => {
  const site = await openSite(t);
  const daemon = site.start();
  await daemon.verdict(site.head());
  const asked = site.ask().catch((error: unknown) => error);
  await daemon.waitFor((line) => line.event === "record.written", "the load has begun");
  const before = Date.now();
  assert.equal(await daemon.stop(), 0);
  assert.ok(Date.now() - before < 8_000, `${Date.now() - before} ms`);
  await asked;
  const second = site.start();
  await second.verdict(site.head());
  assert.equal((await site.ask()).status, "passed");
  assert.deepEqual(site.trackers.doubled(), []);
  const again = await site.ask({ full: true });
  assert.equal(written(again, "alm") + written(again, "agm"), 0);
});

test("SIGTERM while a tracker does not answer ends within seconds", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const daemon = site.start({ args: ["--log-level", "debug"] });
  await daemon.verdict(site.head());
  site.trackers.agm.faults.arm({ kind: "slow", seconds: 60, method: "GET", path: "backlog_items" });
  const asked = site.ask().catch((error: unknown) => error);
  await daemon.waitFor((line) => line.event === "run.started", "the run");
  const before = Date.now();
  assert.equal(await daemon.stop(), 0);
  assert.ok(Date.now() - before < 8_000, `${Date.now() - before} ms`);
  await asked;
});

test("--log-file has the whole log, for the owner only; no secret stands in it, whatever goes wrong", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const file = site.box.path("logs", "syncline.log");
  const daemon = site.start({ args: ["--log-file", file, "--log-level", "debug"] });
  await daemon.verdict(site.head());
  await site.ask();
  site.trackers.agm.faults.arm({ kind: "html", times: 5 });
  await site.ask({ full: true });
  assert.equal(await daemon.stop(), 0);
  const text = readFileSync(file, "utf8");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(
    text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event),
    daemon.lines().map((line) => line.event),
  );
  for (const secret of [site.trackers.alm.access["password"], site.trackers.agm.access["client-secret"]])
    assert.ok(!`${text}${JSON.stringify(daemon.lines())}`.includes(String(secret)));
});

test("a secret that is put right counts without a restart", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const good = readFileSync(join(site.secrets, "alm-payments"), "utf8");
  writeSecrets(site.secrets, { "alm-payments": { user: "sync", password: "of yesterday" } });
  const daemon = site.start();
  await daemon.verdict(site.head());
  const { ended, report } = await site.sync();
  assert.equal(ended.code, 4, JSON.stringify(report));
  assert.match(JSON.stringify(report.messages), /alm/);
  assert.doesNotMatch(ended.stdout, /of yesterday/);
  writeSecrets(site.secrets, {
    "alm-payments": { user: "sync", password: /password = "(.*)"/.exec(good)?.[1] ?? "" },
  });
  assert.equal((await site.ask()).status, "passed");
});

test("a record that a tracker refuses: exit code 1, it is named, the others are written, and it follows when it can", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const { alm, agm } = site.trackers;
  const [first, second] = ["Refused", "Taken"].map((name) => alm.admin.create("defects", { name }));
  // A list value of yesterday, which the mapping does not know either.
  alm.admin.update("defects", first ?? "", { severity: "9-Yesterday" });
  const daemon = site.start();
  await daemon.verdict(site.head());
  const { ended, report } = await site.sync();
  assert.ok(ended.code === 0 || ended.code === 1, ended.stdout);
  assert.ok(
    report.messages.some((message) => message.record === first || message.message.includes("9-Yesterday")),
    ended.stdout,
  );
  assert.ok(agm.admin.list("backlog_items").some((item) => item["name"] === "Taken"));
  alm.admin.update("defects", first ?? "", { severity: "2-Medium" });
  await site.ask();
  const names = agm.admin.list("backlog_items").map((item) => `${item["name"]} ${item["severity"]}`);
  assert.ok(names.includes("Refused Medium"), `${names} ${second}`);
});
