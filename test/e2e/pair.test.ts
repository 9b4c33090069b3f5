import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { objectOf } from "../support/command.ts";
import { RULE } from "../support/sample.ts";
import { openSite, SMALL, written } from "../support/site.ts";

test("X34 pairs are written to a CSV, and what a CSV names is paired, each line by itself", async (t) => {
  const site = await openSite(t, { trackers: SMALL });
  const { alm, agm } = site.trackers;
  const a = [1, 2, 3].map((n) => String(alm.admin.create("defects", { name: `A${n}`, severity: "1-Low" })));
  const b = [1, 2, 3].map((n) =>
    String(agm.admin.create("backlog_items", { subtype: "defect", name: `B${n}`, severity: "Low" })),
  );
  const file = join(site.secrets, "..", "pairs.csv");
  const place = ["--state", site.state, "--repo", site.bare, "--secrets", site.secrets];
  writeFileSync(file, `agm,alm\n${b[0]},${a[0]}\n${b[1]},4711\n${b[2]},${a[0]}\n`);

  const dry = await site.run(["pair", "import", "payments/defects", file, "--dry-run", ...place]);
  assert.equal(dry.code, 1, dry.stderr);
  assert.match(dry.stdout, /1 would be paired, 0 known already, 2 refused/);
  assert.match(dry.stdout, /pairs\.csv:3: alm:4711 and agm:\d+: alm:4711 is not there/);
  assert.match(dry.stdout, /pairs\.csv:4: .*stands in an earlier line/);
  assert.equal(site.trackers.almDefect(a[0] ?? "")["user-04"] || null, null, "a dry run wrote something");

  const done = await site.run(["pair", "import", "payments/defects", file, "--json", ...place]);
  assert.equal(done.code, 1, done.stderr);
  assert.deepEqual((objectOf(done) as { paired?: unknown }).paired, [{ left: a[0], right: b[0] }]);
  assert.equal(String(site.trackers.almDefect(a[0] ?? "")["user-04"]), b[0]);

  const run = await site.sync();
  assert.equal(run.report.status, "passed");
  assert.deepEqual(site.trackers.doubled(), []);
  assert.deepEqual(site.trackers.counts(), { alm: 5, agm: 5 });
  const quiet = await site.sync("--full");
  assert.equal(written(quiet.report, "alm") + written(quiet.report, "agm"), 0);

  const out = await site.run(["pair", "export", "payments/defects", "--state", site.state, "--repo", site.bare]);
  assert.equal(out.code, 0, out.stderr);
  const lines = out.stdout.trim().split("\n");
  assert.equal(lines[0], "alm,agm");
  assert.equal(lines.length, 6);
  assert.ok(lines.includes(`${a[0]},${b[0]}`));

  writeFileSync(file, out.stdout);
  const again = await site.run(["pair", "import", "payments/defects", file, ...place]);
  assert.equal(again.code, 0, again.stdout);
  assert.match(again.stdout, /0 paired, 5 known already, 0 refused/);

  const held = site.trackers.alm.admin.create("defects", { name: "held back", severity: "1-Low" });
  const alone = site.trackers.agm.admin.create("backlog_items", { subtype: "defect", name: "alone", severity: "Low" });
  site.publish({
    [RULE]: `import { link } from "syncline";
export default link<"payments", "defects">({
  agm: { incoming({ replica, fail }) { if (replica.name === "held back") fail("not yet"); } },
});
`,
  });
  writeFileSync(file, `alm,agm\n${held},${alone}\n`);
  for (const how of [["--dry-run"], [], []]) {
    const refused = await site.run(["pair", "import", "payments/defects", file, ...how, ...place]);
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stdout, /^0 .*paired, 0 known already, 1 refused\n.*pairs\.csv:2: .*: rule failed: not yet /);
  }

  writeFileSync(file, "alm,jira\n1,2\n");
  const wrong = await site.run(["pair", "import", "payments/defects", file, ...place]);
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /pairs\.csv:1: the first line must name the endpoints: alm,agm/);
  assert.ok(readFileSync(file, "utf8").length > 0);
});
