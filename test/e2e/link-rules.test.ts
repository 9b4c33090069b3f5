import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { closeLinkBenches } from "../support/link-bench.ts";
import { type LinkSite, openLinkSite } from "../support/link-site.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";

after(() => closeLinkBenches());

const CONSTANTS = `[links.items.constants.alm]
detected-by = "sync"
severity = "2-Medium"
creation-time = "2026-11-01"
`;

function defects(more: string, rows = 'name = "name"\npriority = "user_03"\n'): string {
  return `[links.items]
alm = "defect"
agm = "defect"
conflict = "alm"
${more}
${CONSTANTS}[links.items.fields]
${rows}`;
}

function stories(more: string): string {
  return `[links.items]
alm = "requirement/Functional"
agm = "user_story"
conflict = "alm"
${more}
[links.items.fields]
name = "name"
parent-id = "parent"
`;
}

async function passed(run: Promise<RunReport>): Promise<RunReport> {
  const report = await run;
  assert.equal(report.status, "passed", messagesOf(report));
  return report;
}

async function quiet(site: LinkSite): Promise<void> {
  site.pass(10);
  for (const full of [false, true])
    assert.equal(writtenBy(await passed(site.run("items", { full }))), 0, "the second run wrote");
}

function almDefect(site: LinkSite, id: string) {
  return site.alm.admin.get("defects", id) ?? assert.fail(`ALM ${id} is gone`);
}

function agmNames(site: LinkSite): readonly string[] {
  return site.agm.admin
    .list("backlog_items")
    .map((row) => String(row["name"]))
    .sort();
}

test("E28 E29 E30 rules per side: nothing is made or changed in ALM, both in Agile Manager; a later rule does not make up for the past", async (t) => {
  const site = await openLinkSite(t, defects('update = "agm"'));
  const id = site.alm.admin.create("defects", { name: "from ALM", priority: "1-Low" });
  site.agm.admin.create("backlog_items", { subtype: "defect", name: "from Agile Manager" });
  await passed(site.run("items"));
  assert.deepEqual(agmNames(site), ["from ALM", "from Agile Manager"]);
  assert.equal(site.alm.admin.list("defects").length, 1);
  site.pass(10);
  const partner = site.agm.admin.list("backlog_items").find((row) => row["name"] === "from ALM");
  site.agm.admin.update("backlog_items", Number(partner?.["id"]), { name: "renamed there" });
  site.alm.admin.update("defects", id, { priority: "3-High" });
  await passed(site.run("items"));
  assert.equal(almDefect(site, id)["name"], "from ALM");
  assert.equal(site.agm.admin.get("backlog_items", Number(partner?.["id"]))?.["user_03"], "3-High");
  await quiet(site);
  await site.relink(defects('create = "agm"'));
  await passed(site.run("items", { full: true }));
  assert.equal(almDefect(site, id)["name"], "from ALM", "an edit of before is not replayed");
  site.pass(10);
  site.agm.admin.update("backlog_items", Number(partner?.["id"]), { name: "renamed again" });
  await passed(site.run("items"));
  assert.equal(almDefect(site, id)["name"], "renamed again");
  await quiet(site);
});

test("E30 with `update` for neither side pairs are made and kept, and no field is written", async (t) => {
  const site = await openLinkSite(t, defects('update = "none"\nmatch = ["name"]'));
  const id = site.alm.admin.create("defects", { name: "same", priority: "1-Low" });
  const item = site.agm.admin.create("backlog_items", { subtype: "defect", name: "same", user_03: "other" });
  const report = await passed(site.run("items"));
  assert.equal(report.paired, 1);
  assert.equal(writtenBy(report), 0);
  assert.deepEqual(
    [almDefect(site, id)["priority"], site.agm.admin.get("backlog_items", item)?.["user_03"]],
    ["1-Low", "other"],
  );
});

test("E34 E35 E64 E66 the master's requirements and their places cross, the other side's edits of fields too, its creations and moves never", async (t) => {
  const site = await openLinkSite(t, stories('master = "alm"\ndeleted = { alm = "delete", agm = "nothing" }'));
  const feature = site.agm.admin.create("features", { name: "a feature" });
  const id = site.alm.admin.create("requirements", { name: "r", "type-id": "3" });
  site.alm.admin.create("requirements", { name: "stays", "type-id": "3" });
  site.agm.admin.create("backlog_items", { subtype: "user_story", name: "only here" });
  await passed(site.run("items"));
  assert.deepEqual(Object.keys(site.requirements()).sort(), ["r", "stays"]);
  assert.deepEqual(Object.keys(site.stories()).sort(), ["only here", "r", "stays"]);
  site.pass(10);
  const story = Number(site.stories()["r"]);
  site.agm.admin.update("backlog_items", story, { name: "renamed there", feature_id: feature });
  await passed(site.run("items"));
  assert.equal(site.alm.admin.get("requirements", id)?.["name"], "renamed there");
  assert.equal(site.alm.admin.get("requirements", id)?.["parent-id"], "0");
  await quiet(site);
  site.alm.admin.remove("requirements", id);
  await passed(site.run("items", { full: true }));
  assert.deepEqual(Object.keys(site.stories()).sort(), ["only here", "stays"], "a deletion in the master goes on");
});

test("X13 a first load between two filled trackers pairs by `match`; several that could be meant are held with their names", async (t) => {
  const site = await openLinkSite(t, defects('match = ["name"]'));
  for (const name of ["one", "two", "twice"]) {
    site.alm.admin.create("defects", { name });
    site.agm.admin.create("backlog_items", { subtype: "defect", name });
  }
  const second = site.agm.admin.create("backlog_items", { subtype: "defect", name: "twice" });
  site.alm.admin.create("defects", { name: "in ALM alone" });
  const report = await passed(site.run("items"));
  assert.equal(report.paired, 2);
  assert.match(messagesOf(report), new RegExp(`several records match it: agm:\\d+, agm:${second}; none is paired`));
  assert.deepEqual(agmNames(site), ["in ALM alone", "one", "twice", "twice", "two"]);
  assert.equal(site.alm.admin.list("defects").length, 4);
  await quiet(site);
});

test("T21 out_of_scope: closed defects freeze on one side, are unlinked on the other; the rest of the link goes on", async (t) => {
  const scope = `filter = { alm = "status[<> 'Closed']", agm = "defect_status='New'" }\nout_of_scope = { alm = "freeze", agm = "unlink" }`;
  const site = await openLinkSite(t, defects(scope));
  const [a, b, c] = ["a", "b", "c"].map((name) => site.alm.admin.create("defects", { name, status: "Open" }));
  await passed(site.run("items"));
  const itemOf = (name: string) =>
    Number(site.agm.admin.list("backlog_items").find((row) => row["name"] === name)?.["id"]);
  const items = { a: itemOf("a"), b: itemOf("b"), c: itemOf("c") };
  site.pass(10);
  site.alm.admin.update("defects", a ?? "", { status: "Closed", name: "a closed" });
  site.agm.admin.update("backlog_items", items.b, { defect_status: "Rejected", name: "b rejected" });
  site.alm.admin.update("defects", c ?? "", { name: "c goes on" });
  const report = await passed(site.run("items"));
  assert.match(messagesOf(report), /alm:\d+ : the filter does not select it any more: nothing is written/);
  assert.match(messagesOf(report), /agm:\d+ : the filter does not select it any more: it is unlinked from alm:/);
  assert.deepEqual(agmNames(site), ["a", "b rejected", "c goes on"]);
  assert.equal(almDefect(site, b ?? "")["name"], "b");
  site.pass(10);
  site.agm.admin.update("backlog_items", items.a, { user_03: "4-Very High" });
  site.alm.admin.update("defects", b ?? "", { name: "b again" });
  await passed(site.run("items"));
  assert.equal(almDefect(site, a ?? "")["priority"], "");
  assert.deepEqual(agmNames(site), ["a", "b rejected", "c goes on"]);
  await quiet(site);
  site.alm.admin.update("defects", a ?? "", { status: "Reopen" });
  await passed(site.run("items"));
  assert.equal(almDefect(site, a ?? "")["priority"], "4-Very High");
  assert.deepEqual(agmNames(site), ["a closed", "b rejected", "c goes on"]);
  assert.equal(site.alm.admin.list("defects").length, 3);
  await quiet(site);
});

test("E42 E43 E47 T21 another filter counts from the next run on: what now matches gets its partner, what no longer does goes on, and the run after is empty", async (t) => {
  const filtered = (alm: string) => defects(`filter = { alm = "${alm}" }\nmatch = ["name"]`);
  const site = await openLinkSite(t, filtered("status['Open']"));
  const make = (name: string, status: string) => site.alm.admin.create("defects", { name, status });
  const first = make("open", "Open");
  make("new", "New");
  make("closed", "Closed");
  await passed(site.run("items"));
  assert.deepEqual(agmNames(site), ["open"]);
  await quiet(site);
  await site.relink(filtered("status[<> 'Closed']"));
  const dry = await passed(site.run("items", { dryRun: true }));
  assert.equal(dry.counts["agm"]?.created, 1);
  assert.equal((await passed(site.run("items"))).counts["agm"]?.created, 1);
  assert.deepEqual(agmNames(site), ["new", "open"]);
  await quiet(site);
  await site.relink(filtered("status['New']"));
  site.alm.admin.update("defects", first, { name: "still kept in step" });
  await passed(site.run("items"));
  assert.deepEqual(agmNames(site), ["new", "still kept in step"]);
  await quiet(site);
});
