import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { redmineConnector } from "../../daemon/connectors/redmine/index.ts";
import { type FieldBench, openFieldBench } from "../support/field-bench.ts";

let bench: FieldBench;
before(async () => {
  bench = await openFieldBench([]);
});
after(() => bench.close());

const GIVEN = { link: 'partner_url = { alm = "user-08", agm = "user_03" }' };

test("X23 both records hold the web address of their partner, whichever was there first; the second run writes nothing", async (t) => {
  const link = await bench.link("", GIVEN);
  t.after(link.close);
  const first = bench.alm.admin.create("defects", { name: "Made in ALM", severity: "2-Medium", status: "New" });
  const second = bench.agm.admin.create("backlog_items", { subtype: "defect", name: "Made in Agile Manager" });
  const report = await link.run();
  assert.equal(report.status, "passed", JSON.stringify(report.messages));
  const agmUrl = (id: unknown) => `${bench.agm.url}/agm/api/workspaces/1003/backlog_items/${String(id)}`;
  const almUrl = (id: unknown) => `${bench.alm.url}/rest/domains/DEMO/projects/PAYMENTS/defects/${String(id)}`;
  const there = link.agmOf(first);
  assert.equal(there["user_03"], almUrl(first));
  assert.ok(String(bench.alm.admin.get("defects", first)?.["user-08"]).includes(agmUrl(there["id"])));
  const here = link.almOf(Number(second));
  assert.ok(String(here["user-08"]).includes(agmUrl(second)));
  assert.equal(bench.agm.admin.get("backlog_items", Number(second))?.["user_03"], almUrl(here["id"]));
  for (const full of [false, true]) {
    link.pass(5);
    const quiet = await link.run(full);
    assert.deepEqual([quiet.counts["alm"]?.updated, quiet.counts["agm"]?.updated], [0, 0]);
  }
});

test("X23 what somebody makes of the address is put back, on its own side alone; pairs from before get it with their next change", async (t) => {
  const link = await bench.link("", {});
  t.after(link.close);
  const id = bench.alm.admin.create("defects", { name: "One", severity: "2-Medium", status: "New" });
  await link.run();
  assert.equal(bench.alm.admin.get("defects", id)?.["user-08"] || null, null);
  await link.publish("", GIVEN);
  link.pass(5);
  await link.run(true);
  bench.alm.admin.update("defects", id, { name: "One, edited" });
  link.pass(5);
  assert.equal((await link.run(true)).status, "passed");
  const address = bench.alm.admin.get("defects", id)?.["user-08"];
  assert.match(String(address), /\/backlog_items\/\d+/);
  const there = link.agmOf(id)["user_03"];
  for (const edit of ["", "https://somewhere.example/else"]) {
    bench.alm.admin.update("defects", id, { "user-08": edit });
    link.pass(5);
    const report = await link.run(true);
    assert.equal(report.status, "passed", JSON.stringify(report.messages));
    assert.equal(bench.alm.admin.get("defects", id)?.["user-08"], address);
    assert.equal(link.agmOf(id)["user_03"], there, "nothing of it crosses");
    assert.equal(report.counts["agm"]?.updated, 0);
  }
});

test("X23 the check wants a text field that can be written and that no row writes", async () => {
  assert.ok((await bench.check("", { link: 'partner_url = { agm = "story_points" }' })).includes("invalid-value"));
  assert.ok((await bench.check("", { link: 'partner_url = { agm = "no_such" }' })).includes("unknown-field"));
  assert.ok((await bench.check("", { link: 'partner_url = { alm = "name" }' })).includes("duplicate-target"));
  assert.ok((await bench.check("", { link: 'partner_url = { jira = "x" }' })).includes("unknown-endpoint"));
});

test("X23 Redmine's addresses are those of its pages", () => {
  const parsed = redmineConnector.settings({ url: "https://redmine.example/tracker/", project: "alpha" });
  assert.ok(parsed.ok);
  assert.equal(redmineConnector.address?.(parsed.value, "issue", "12"), "https://redmine.example/tracker/issues/12");
  assert.equal(redmineConnector.address?.(parsed.value, "version", "3"), "https://redmine.example/tracker/versions/3");
});
