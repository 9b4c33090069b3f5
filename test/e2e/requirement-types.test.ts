import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { closeLinkBenches } from "../support/link-bench.ts";
import { type LinkSite, openLinkSite } from "../support/link-site.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";

after(() => closeLinkBenches());

const FUNCTIONAL = "3";
const BUSINESS = "4";
const TESTING = "5";

function link(name: string, type: string, more = "", rows = 'name = "name"\n'): string {
  return `[links.${name}]
alm = "${type}"
agm = "user_story"
conflict = "alm"
marker = { alm = "user-01", agm = "user_06_s" }
${more}
[links.${name}.fields]
${rows}`;
}

async function passed(run: Promise<RunReport>): Promise<RunReport> {
  const report = await run;
  assert.equal(report.status, "passed", messagesOf(report));
  return report;
}

async function quiet(site: LinkSite, ...links: readonly string[]): Promise<void> {
  site.pass(10);
  for (const full of [false, true])
    for (const name of links)
      assert.equal(writtenBy(await passed(site.run(name, { full }))), 0, `${name}: the second run wrote`);
}

test("E62 several requirement types in one link: unmapped types stay out, new ones get the first; the second run writes nothing", async (t) => {
  const site = await openLinkSite(t, link("stories", "requirement/Business|Functional"));
  for (const [name, type] of [
    ["functional", FUNCTIONAL],
    ["business", BUSINESS],
    ["testing", TESTING],
  ] as const)
    site.alm.admin.create("requirements", { name, "type-id": type });
  site.agm.admin.create("backlog_items", { subtype: "user_story", name: "story" });
  await passed(site.run("stories"));
  assert.deepEqual(Object.keys(site.stories()).sort(), ["business", "functional", "story"]);
  assert.equal(site.requirements("type-id")["story"], BUSINESS);
  await quiet(site, "stories");
});

test("E62 two links for two types share the stories: each has its own, and none is doubled", async (t) => {
  const site = await openLinkSite(
    t,
    link("business", "requirement/Business") + link("functional", "requirement/Functional", 'create = "agm"'),
  );
  site.alm.admin.create("requirements", { name: "f", "type-id": FUNCTIONAL });
  site.alm.admin.create("requirements", { name: "b", "type-id": BUSINESS });
  site.agm.admin.create("backlog_items", { subtype: "user_story", name: "born as a story" });
  await passed(site.run("functional"));
  await passed(site.run("business"));
  assert.deepEqual(site.requirements("type-id"), { f: FUNCTIONAL, b: BUSINESS, "born as a story": BUSINESS });
  assert.deepEqual(Object.keys(site.stories()).sort(), ["b", "born as a story", "f"]);
  await quiet(site, "business", "functional");
});

test("E62 T16 a requirement that becomes another type is kept and told, neither deleted nor doubled; back again it goes on", async (t) => {
  const site = await openLinkSite(
    t,
    link("functional", "requirement/Functional", 'deleted = { alm = "delete" }') +
      link("business", "requirement/Business", 'create = "agm"'),
  );
  const id = site.alm.admin.create("requirements", { name: "f", "type-id": FUNCTIONAL });
  site.alm.admin.create("requirements", { name: "stays", "type-id": FUNCTIONAL });
  await passed(site.run("functional"));
  site.pass(10);
  site.alm.admin.update("requirements", id, { "type-id": BUSINESS, name: "changed" });
  const report = await site.run("functional", { full: true });
  assert.match(messagesOf(report), new RegExp(`alm:${id} .*moved out of what the link selects.*the pair is kept`));
  await passed(site.run("business"));
  assert.deepEqual(Object.keys(site.stories()).sort(), ["f", "stays"], "the other link leaves it alone");
  site.pass(10);
  site.alm.admin.update("requirements", id, { "type-id": FUNCTIONAL });
  await passed(site.run("functional"));
  assert.deepEqual(Object.keys(site.stories()).sort(), ["changed", "stays"]);
});

test("E62 E63 a type that is added to a link is taken in by the next run; one that is taken out leaves its pairs as they are", async (t) => {
  const site = await openLinkSite(t, link("stories", "requirement/Functional", 'deleted = { alm = "delete" }'));
  site.alm.admin.create("requirements", { name: "f", "type-id": FUNCTIONAL });
  site.alm.admin.create("requirements", { name: "b", "type-id": BUSINESS });
  await passed(site.run("stories"));
  assert.deepEqual(Object.keys(site.stories()), ["f"]);
  site.pass(10);
  await site.relink(link("stories", "requirement/Functional|Business", 'deleted = { alm = "delete" }'));
  const wider = await passed(site.run("stories"));
  assert.equal(wider.kind, "full", "another selection is listed from the start");
  assert.deepEqual(Object.keys(site.stories()).sort(), ["b", "f"]);
  site.pass(10);
  await site.relink(link("stories", "requirement/Business", 'deleted = { alm = "delete" }'));
  const narrower = await site.run("stories", { full: true });
  assert.equal(narrower.stopped, undefined);
  assert.match(messagesOf(narrower), /moved out of what the link selects/);
  assert.deepEqual(Object.keys(site.stories()).sort(), ["b", "f"]);
});

test("E62 a type that the project does not have ends the run with what it has", async (t) => {
  const site = await openLinkSite(t, link("stories", "requirement/Functonal"));
  const report = await site.run("stories");
  assert.equal(report.status, "error");
  assert.match(messagesOf(report), /requirement\/Functonal.*Undefined, Folder, Group, Functional, Business/);
});

test("E49 the parent of a new requirement gets its partner although the filter passes it over, and the story its place", async (t) => {
  const links = `[links.features]
alm = "requirement/Business"
agm = "feature"
create = "agm"
filter = { alm = "req-priority['5-Urgent']" }
[links.features.fields]
name = "name"
${link("stories", "requirement/Functional", 'create = "agm"', 'name = "name"\nparent-id = "parent"\n')}`;
  const site = await openLinkSite(t, links);
  const parent = site.alm.admin.create("requirements", { name: "parent", "type-id": BUSINESS });
  site.alm.admin.create("requirements", { name: "alone", "type-id": BUSINESS });
  site.alm.admin.create("requirements", { name: "child", "type-id": FUNCTIONAL, "parent-id": parent });
  for (let round = 0; round < 2; round++) {
    await passed(site.run("features"));
    await passed(site.run("stories"));
    site.pass(10);
  }
  const features = site.agm.admin.list("features").map((row) => row["name"]);
  assert.deepEqual(features, ["parent"]);
  const place = site.stories("feature_id")["child"] as { id: number } | null;
  assert.equal(place?.id, site.agm.admin.list("features")[0]?.["id"]);
  await quiet(site, "features", "stories");
});
