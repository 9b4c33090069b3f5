import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import { type AgileManagerSimulator, startAgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import { openAlmPair, secretOf } from "../support/alm-pair.ts";
import { closeLinkBenches, type LinkBench, openLinkBench } from "../support/link-bench.ts";
import { messagesOf, writtenBy } from "../support/run-report.ts";

after(closeLinkBenches);

const TYPES = { folder: "1", feature: "5", story: "3", theme: "4" } as const;
type Type = keyof typeof TYPES;
const LINKS = ["themes", "features", "stories"] as const;

interface Given {
  /** Lines of each link's own table. */
  readonly own?: string;
  readonly alm?: AlmOptions;
  /** The rows that say where records lie. */
  readonly place?: string;
}

interface Scene extends LinkBench {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
  requirement(type: Type, name: string, parent?: string | null): string;
  agmTheme(name: string): number;
  agmFeature(name: string, theme: number | null): number;
  agmStory(name: string, parent?: { readonly feature?: number; readonly theme?: number }): number;
  /** Where the requirement lies: "" at the top. */
  parentOf(id: string): string;
  /** `feature/12`, `theme/7` or the empty text. */
  placeOf(story: number): string;
  themeOf(feature: number): number | null;
  partner(link: (typeof LINKS)[number], alm: string): number;
  origin(link: (typeof LINKS)[number], agm: number): string;
  runAll(options?: { readonly full?: boolean }): Promise<readonly RunReport[]>;
  quiet(): Promise<void>;
}

function mapping(alm: AlmSimulator, agm: AgileManagerSimulator, { own = "", place = 'parent-id = "parent"' }: Given) {
  const table = (name: string, type: string, entity: string, marker: string, fields: string) => `
[links.${name}]
alm = "requirement/${type}"
agm = "${entity}"
marker = ${marker}
conflict = "alm"
${own}
[links.${name}.fields]
name = "name"
${fields}
`;
  return `[endpoints.alm]
type = "alm"
url = "${alm.url}"
domain = "DEMO"
project = "PAYMENTS"
zone = "Europe/Berlin"
secret = "alm"
[endpoints.agm]
type = "agile-manager"
url = "${agm.url}"
workspace = 1003
secret = "agm"
fields = { user_06_s = "number" }
${table("themes", "Business", "theme", '{ alm = "user-01" }', "")}
${table("features", "Testing", "feature", '{ alm = "user-01" }', place)}
${table("stories", "Functional", "user_story", '{ alm = "user-01", agm = "user_06_s" }', place)}`;
}

async function open(t: TestContext, given: Given = {}): Promise<Scene> {
  const alm = await startAlmSimulator({ content: { people: [] }, ...given.alm });
  t.after(() => alm.close());
  const agm = await startAgileManagerSimulator({ content: "empty" });
  t.after(() => agm.close());
  const { access } = agm;
  const secrets = {
    alm: secretOf(alm),
    agm: { "client-id": String(access["client-id"]), "client-secret": String(access["client-secret"]) },
  };
  const bench = await openLinkBench(mapping(alm, agm, given), secrets);
  t.after(() => bench.close());
  const idOf = (value: unknown) => (value as { id: number } | null | undefined)?.id ?? null;
  const pairOf = (link: string, side: "left" | "right", id: string) =>
    bench.store.link(`m/${link}`).pairs(side, [id]).get(id) ?? assert.fail(`${link} ${id} has no partner`);
  const scene: Scene = {
    ...{ ...bench, alm, agm },
    requirement: (type, name, parent = null) =>
      alm.admin.create("requirements", {
        ...{ name, "type-id": TYPES[type] },
        ...(parent === null ? {} : { "parent-id": parent }),
      }),
    agmTheme: (name) => agm.admin.create("themes", { name }),
    agmFeature: (name, theme) => agm.admin.create("features", { name, ...(theme === null ? {} : { theme_id: theme }) }),
    agmStory: (name, { feature, theme } = {}) =>
      agm.admin.create("backlog_items", {
        ...{ subtype: "user_story", name },
        ...(feature === undefined ? {} : { feature_id: feature }),
        ...(theme === undefined ? {} : { theme_id: theme }),
      }),
    parentOf(id) {
      const parent = String(alm.admin.get("requirements", id)?.["parent-id"] ?? assert.fail(`${id} is gone`));
      return parent === "0" || parent === "-1" ? "" : parent;
    },
    placeOf(story) {
      const item = agm.admin.get("backlog_items", story) ?? assert.fail(`${story} is gone`);
      const [feature, theme] = [idOf(item["feature_id"]), idOf(item["theme_id"])];
      return feature !== null ? `feature/${feature}` : theme !== null ? `theme/${theme}` : "";
    },
    themeOf: (feature) => idOf((agm.admin.get("features", feature) ?? assert.fail(`${feature} is gone`))["theme_id"]),
    partner: (link, id) => Number(pairOf(link, "left", id).right),
    origin: (link, id) => pairOf(link, "right", String(id)).left,
    async runAll(options = {}) {
      const reports: RunReport[] = [];
      for (const link of LINKS) reports.push(await bench.run(link, options));
      for (const report of reports) assert.equal(report.status, "passed", messagesOf(report));
      return reports;
    },
    async quiet() {
      for (const full of [false, true])
        for (const report of await scene.runAll({ full }))
          assert.equal(writtenBy(report), 0, `${report.link} ${report.kind} wrote\n${messagesOf(report)}`);
    },
  };
  return scene;
}

/** A theme with a feature with a story, a story right in the theme, and one at the top. */
function almTree(s: Scene) {
  const theme = s.requirement("theme", "Payments");
  const feature = s.requirement("feature", "Instant payments", theme);
  const story = s.requirement("story", "Pay by phone", feature);
  const loose = s.requirement("story", "Glossary", theme);
  const top = s.requirement("story", "At the top");
  return { theme, feature, story, loose, top };
}

test("E65 E66 X22 ALM → Agile Manager: the tree arrives, folders are passed over, in whatever order the links run", async (t) => {
  const s = await open(t);
  const { theme, feature, story, loose, top } = almTree(s);
  const outer = s.requirement("folder", "Shelf", feature);
  const inner = s.requirement("folder", "Box", outer);
  const boxed = s.requirement("story", "In a box", inner);
  const first = await s.run("stories");
  assert.equal(first.status, "passed", messagesOf(first));
  assert.equal(first.counts["alm"]?.failed, 0);
  assert.match(
    messagesOf(first),
    new RegExp(`alm:${story} parent: waits for requirement ${feature} of alm to be paired`),
  );
  assert.equal(s.placeOf(s.partner("stories", story)), "");
  await s.runAll();
  await s.run("stories");
  const [agmTheme, agmFeature] = [s.partner("themes", theme), s.partner("features", feature)];
  assert.equal(s.themeOf(agmFeature), agmTheme);
  assert.equal(s.placeOf(s.partner("stories", story)), `feature/${agmFeature}`);
  assert.equal(s.placeOf(s.partner("stories", boxed)), `feature/${agmFeature}`);
  assert.equal(s.placeOf(s.partner("stories", loose)), `theme/${agmTheme}`);
  assert.equal(s.placeOf(s.partner("stories", top)), "");
  assert.equal(s.parentOf(boxed), inner, "it stays in its folder");
  assert.deepEqual(s.store.link("m/stories").retries(10), []);
  await s.quiet();

  const other = s.requirement("theme", "Cards");
  s.alm.admin.update("requirements", outer, { "parent-id": other });
  await s.runAll({ full: true });
  assert.equal(s.placeOf(s.partner("stories", boxed)), `theme/${s.partner("themes", other)}`, "the folder was moved");
  await s.quiet();
});

test("E62 E66 Agile Manager → ALM: themes, features and stories become requirements of their types, each in its place", async (t) => {
  const s = await open(t);
  const theme = s.agmTheme("Payments");
  const feature = s.agmFeature("Instant payments", theme);
  const story = s.agmStory("Pay by phone", { feature });
  const loose = s.agmStory("Glossary", { theme });
  const top = s.agmStory("At the top");
  await s.runAll();
  const [almTheme, almFeature] = [s.origin("themes", theme), s.origin("features", feature)];
  assert.equal(s.parentOf(almTheme), "");
  assert.equal(s.parentOf(almFeature), almTheme);
  assert.equal(s.parentOf(s.origin("stories", story)), almFeature);
  assert.equal(s.parentOf(s.origin("stories", loose)), almTheme);
  assert.equal(s.parentOf(s.origin("stories", top)), "");
  assert.equal(s.alm.admin.get("requirements", almFeature)?.["type-id"], TYPES.feature);
  await s.quiet();
});

test("E66 moves are carried both ways, out of the tree and back; a run without changes asks nothing about parents", async (t) => {
  for (const topParent of [0, -1] as const) {
    const s = await open(t, { alm: { switches: { topParent } } });
    const { theme, feature, story, loose } = almTree(s);
    await s.runAll();
    const [agmTheme, agmFeature] = [s.partner("themes", theme), s.partner("features", feature)];
    s.alm.admin.update("requirements", loose, { "parent-id": feature });
    await s.runAll();
    assert.equal(s.placeOf(s.partner("stories", loose)), `feature/${agmFeature}`);
    s.pass(2);
    s.agm.admin.update("backlog_items", s.partner("stories", loose), { feature_id: null });
    await s.runAll();
    assert.equal(s.parentOf(loose), theme, "taken out of the feature, it lies in the theme");
    s.pass(2);
    s.agm.admin.update("backlog_items", s.partner("stories", story), { feature_id: null, theme_id: null });
    await s.runAll();
    assert.equal(s.parentOf(story), "", "at the top of the tree");
    s.pass(2);
    s.alm.admin.update("requirements", story, { "parent-id": theme });
    await s.runAll();
    assert.equal(s.placeOf(s.partner("stories", story)), `theme/${agmTheme}`);
    s.pass(2);
    s.alm.admin.update("requirements", story, { "parent-id": "0" });
    await s.runAll();
    assert.equal(s.placeOf(s.partner("stories", story)), "");
    await s.quiet();
    const before = Object.values((await s.run("stories")).counts).map(({ requests }) => requests);
    for (let i = 0; i < 20; i++) s.requirement("story", `more ${i}`, feature);
    await s.runAll();
    s.pass(5);
    await s.run("stories");
    const later = Object.values((await s.run("stories")).counts).map(({ requests }) => requests);
    assert.deepEqual(later, before, "as many requests with 20 more children as without");
  }
});

test("E34 E35 E66 with ALM as the master its tree counts: moves over there are not carried, and yield to the next one here", async (t) => {
  const s = await open(t, { own: 'master = "alm"' });
  const { theme, feature, story } = almTree(s);
  await s.runAll();
  s.pass(2);
  s.agm.admin.update("backlog_items", s.partner("stories", story), { feature_id: null, theme_id: null });
  await s.runAll();
  assert.equal(s.parentOf(story), feature);
  s.pass(2);
  s.alm.admin.update("requirements", story, { "parent-id": theme });
  await s.runAll();
  assert.equal(s.placeOf(s.partner("stories", story)), `theme/${s.partner("themes", theme)}`);
  await s.quiet();
});

test("E67 T17 a subtree deleted in ALM goes in Agile Manager from below; the dry run lists it, an edited child stays with its parents", async (t) => {
  const s = await open(t, { own: 'deleted = { alm = "delete" }' });
  const { theme, feature, story, loose } = almTree(s);
  const other = s.requirement("theme", "Cards");
  const kept = s.requirement("feature", "Card limits", other);
  await s.runAll();
  const agm = { theme: s.partner("themes", theme), feature: s.partner("features", feature) };
  const stories = { story: s.partner("stories", story), loose: s.partner("stories", loose) };
  s.pass(2);
  s.agm.admin.update("backlog_items", stories.story, { name: "Pay by watch" });
  s.alm.admin.remove("requirements", theme);
  assert.equal(s.alm.admin.get("requirements", story), null, "ALM took what lay below along");
  const dry = await s.run("themes", { full: true, dryRun: true });
  assert.match(messagesOf(dry), /agm:\d+ \(user_story "Pay by watch"\): somebody edited it/);
  assert.equal(writtenBy(dry), 0);
  for (const link of ["stories", "features", "themes"]) await s.run(link, { full: true });
  assert.equal(s.agm.admin.get("backlog_items", stories.loose), null);
  assert.equal(s.agm.admin.get("backlog_items", stories.story)?.["name"], "Pay by watch");
  assert.ok(s.agm.admin.get("features", agm.feature) !== null && s.agm.admin.get("themes", agm.theme) !== null);
  assert.equal(s.themeOf(s.partner("features", kept)), s.partner("themes", other));

  s.agm.admin.remove("backlog_items", stories.story);
  s.pass(10);
  await s.runAll();
  s.pass(10);
  await s.runAll();
  assert.equal(s.agm.admin.get("features", agm.feature), null, "they go by themselves once nothing lies below them");
  assert.equal(s.agm.admin.get("themes", agm.theme), null);
});

test("E67 T17 a theme deleted in Agile Manager: ALM moves its children out before it deletes, and loses none of them", async (t) => {
  const s = await open(t, { own: 'deleted = { agm = "delete" }' });
  const { theme, feature, story, loose } = almTree(s);
  s.requirement("theme", "Cards");
  await s.runAll();
  s.pass(2);
  s.agm.admin.remove("themes", s.partner("themes", theme));
  const held = await s.run("themes", { full: true });
  assert.match(messagesOf(held), /its partner agm:\d+ is still there/);
  assert.ok(s.alm.admin.get("requirements", theme) !== null);
  await s.run("features");
  await s.run("stories");
  assert.equal(s.parentOf(feature), "");
  assert.equal(s.parentOf(loose), "");
  assert.equal(s.parentOf(story), feature);
  s.pass(10);
  await s.run("themes");
  assert.equal(s.alm.admin.get("requirements", theme), null);
  await s.quiet();
});

test("E68 a theme made anew gets its features and stories back, and nobody's tree is taken apart meanwhile", async (t) => {
  const s = await open(t, { own: 'deleted = { agm = "recreate" }' });
  const { theme, feature, story, loose } = almTree(s);
  s.requirement("theme", "Cards");
  await s.runAll();
  s.pass(2);
  const before = s.partner("themes", theme);
  s.agm.admin.remove("themes", before);
  await s.run("features");
  await s.run("stories");
  assert.equal(s.parentOf(feature), theme, "what Agile Manager emptied is nobody's edit");
  assert.equal(s.parentOf(loose), theme);
  s.pass(2);
  await s.run("themes", { full: true });
  await s.run("features");
  await s.run("stories");
  const anew = s.partner("themes", theme);
  assert.notEqual(anew, before);
  assert.equal(s.themeOf(s.partner("features", feature)), anew);
  assert.equal(s.placeOf(s.partner("stories", loose)), `theme/${anew}`);
  assert.equal(s.placeOf(s.partner("stories", story)), `feature/${s.partner("features", feature)}`);
  await s.quiet();
});

test("E68 a subtree deleted in ALM is made anew from Agile Manager with its places", async (t) => {
  const s = await open(t, { own: 'deleted = { alm = "recreate" }' });
  const { theme, feature, story, loose, top } = almTree(s);
  s.requirement("feature", "Alone");
  s.requirement("theme", "Cards");
  await s.runAll();
  const agm = { theme: s.partner("themes", theme), feature: s.partner("features", feature) };
  const stories = { story: s.partner("stories", story), loose: s.partner("stories", loose) };
  s.pass(2);
  s.alm.admin.remove("requirements", theme);
  for (const link of ["stories", "features", "themes"]) await s.run(link, { full: true });
  for (const link of ["features", "stories"]) await s.run(link);
  const almTheme = s.origin("themes", agm.theme);
  assert.notEqual(almTheme, theme);
  assert.equal(s.parentOf(s.origin("features", agm.feature)), almTheme);
  assert.equal(s.parentOf(s.origin("stories", stories.story)), s.origin("features", agm.feature));
  assert.equal(s.parentOf(s.origin("stories", stories.loose)), almTheme);
  assert.equal(s.parentOf(top), "");
  await s.quiet();
});

test("E66 E67 ALM ⇄ ALM: one link keeps the whole tree, parents first when it is made and children first when it goes", async (t) => {
  const p = await openAlmPair(t, {
    mapping: (endpoints) => `${endpoints}
[links.requirements]
one = "requirement"
two = "requirement"
marker = { one = "user-01", two = "user-01" }
conflict = "one"
deleted = { one = "delete" }
[links.requirements.fields]
name = "name"
type-id = "type-id"
parent-id = "parent-id"
`,
  });
  const make = (name: string, parent?: string) =>
    p.one.admin.create("requirements", { name, ...(parent === undefined ? {} : { "parent-id": parent }) });
  const [child, parent] = [make("child"), make("parent")];
  for (let i = 0; i < 20; i++) make(`other ${i}`);
  const top = make("top");
  p.one.admin.update("requirements", child, { "parent-id": parent });
  p.one.admin.update("requirements", parent, { "parent-id": top });
  const first = await p.run("requirements");
  assert.equal(first.status, "passed", messagesOf(first));
  assert.equal(messagesOf(first), "", "nothing waits for what the same run makes");
  const there = (id: string) => String(p.two.admin.get("requirements", p.partner("requirements", id))?.["parent-id"]);
  assert.equal(there(child), p.partner("requirements", parent));
  assert.equal(there(parent), p.partner("requirements", top));
  assert.equal(writtenBy(await p.run("requirements", { full: true })), 0);
  p.pass(2);
  const ids = [child, parent, top].map((id) => p.partner("requirements", id));
  p.one.admin.remove("requirements", top);
  const gone = await p.run("requirements", { full: true });
  assert.equal(gone.status, "passed", messagesOf(gone));
  assert.equal(gone.counts["two"]?.deleted, 3);
  assert.match(messagesOf(gone), /with it go two:\d+ \(requirement "parent"\), two:\d+ \(requirement "child"\)/);
  for (const id of ids) assert.equal(p.two.admin.get("requirements", id), null);
  assert.equal(writtenBy(await p.run("requirements", { full: true })), 0);
});

test("E66 moves on both sides that would put two records into one another: each is told once a run, waits its turn, and goes once one is taken back", async (t) => {
  const mapping = `
[links.requirements]
one = "requirement"
two = "requirement"
marker = { one = "user-01", two = "user-01" }
[links.requirements.fields]
name = "name"
type-id = "type-id"
parent-id = "parent-id"
`;
  const pair = await openAlmPair(t, { mapping: (endpoints) => endpoints + mapping });
  const make = (name: string, parent = "0") =>
    pair.one.admin.create("requirements", { name, "type-id": "3", "parent-id": parent });
  const [a, b] = [make("a"), make("b")];
  const c = make("c", b);
  assert.equal((await pair.run("requirements")).status, "passed");
  const there = (id: string) => pair.partner("requirements", id);
  pair.one.admin.update("requirements", a, { "parent-id": c });
  pair.two.admin.update("requirements", there(b), { "parent-id": there(a) });
  const fields = (report: RunReport) => report.messages.map((m) => `${m.endpoint}:${m.record} ${m.field}`).sort();
  const both = [`one:${a} parent-id`, `two:${there(b)} parent-id`];
  assert.deepEqual(fields(await pair.run("requirements")), both);
  assert.deepEqual(fields(await pair.run("requirements", { full: true })), [], "both wait for their turn");
  pair.pass(60);
  assert.deepEqual(fields(await pair.run("requirements", { full: true })), both);
  pair.one.admin.update("requirements", a, { "parent-id": "0" });
  pair.pass(60);
  assert.equal((await pair.run("requirements")).status, "passed");
  assert.equal(pair.one.admin.get("requirements", b)?.["parent-id"], a);
  pair.pass(60);
  for (const full of [false, true]) assert.equal(writtenBy(await pair.run("requirements", { full })), 0);
});

test("T24 releases that were joined by name stay joined when either side renames them; ALM needs no edit, and the next run writes nothing", async (t) => {
  const p = await openAlmPair(t, {
    mapping: (endpoints) => `${endpoints}
[links.defects]
one = "defect"
two = "defect"
marker = { one = "user-04", two = "user-04" }
conflict = "one"
[links.defects.constants.two]
detected-by = "sync"
severity = "2-Medium"
creation-time = "2026-11-01"
[links.defects.fields]
name = "name"
target-rel = "target-rel"
target-rcyc = "target-rcyc"
`,
  });
  const dates = { "start-date": "2026-01-01", "end-date": "2026-06-30" };
  const plan = (alm: AlmSimulator) => {
    const release = alm.admin.create("releases", { name: "Spring", ...dates });
    return { release, cycle: alm.admin.create("release-cycles", { name: "Cycle 1", "parent-id": release, ...dates }) };
  };
  const [one, two] = [plan(p.one), plan(p.two)];
  const first = p.one.admin.create("defects", { name: "a", "target-rel": one.release, "target-rcyc": one.cycle });
  assert.equal((await p.run("defects")).status, "passed");
  p.one.admin.update("releases", one.release, { name: "Spring 2026" });
  p.two.admin.update("releases", two.release, { name: "Frühling" });
  p.one.admin.update("release-cycles", one.cycle, { name: "Sprint 1" });
  p.pass(20);
  assert.equal(writtenBy(await p.run("defects", { full: true })), 0);
  const second = p.one.admin.create("defects", { name: "b", "target-rel": one.release, "target-rcyc": one.cycle });
  p.one.admin.update("defects", first, { "target-rel": null, "target-rcyc": null });
  const report = await p.run("defects");
  assert.equal(report.status, "passed", messagesOf(report));
  const there = (id: string) => p.two.admin.get("defects", p.partner("defects", id));
  assert.deepEqual([there(second)?.["target-rel"], there(second)?.["target-rcyc"]], [two.release, two.cycle]);
  assert.deepEqual([there(first)?.["target-rel"], there(first)?.["target-rcyc"]], ["", ""]);
  p.pass(2);
  p.two.admin.update("defects", p.partner("defects", first), { "target-rel": two.release });
  assert.equal((await p.run("defects")).status, "passed");
  assert.equal(p.one.admin.get("defects", first)?.["target-rel"], one.release);
  assert.equal(writtenBy(await p.run("defects", { full: true })), 0);
});
