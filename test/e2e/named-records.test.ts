import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet, texts } from "../support/run-report.ts";
import { useFieldBench } from "../support/use-field-bench.ts";

const { agmDefect, alm, almDefect, bench, open } = useFieldBench();

test("S43 S44 T25 T28 an Application goes to Product; one that the list lacks is an error of its field, and comes by itself once an administrator added it", async () => {
  const link = await open('req-product = "application_id"', { entities: "requirements" });
  const application = (name: string) => bench.agm.admin.create("applications", { name });
  const story = (name: string, app: number) =>
    bench.agm.admin.create("backlog_items", { subtype: "user_story", name, application_id: app });
  const known = story("known product", application("Mobile Wallet"));
  const fresh = story("new product", application("Till"));
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  assert.match(texts(report), /req-product: .*"Till" is not in the list of "Product" in alm/);
  assert.equal(link.almOf(known)["req-product"], "Mobile Wallet");
  assert.equal(link.almOf(fresh)["req-product"], "");
  assert.equal(link.almOf(fresh)["name"], "new product");
  bench.alm.admin.setList("Projects", ["Payments", "Mobile Wallet", "Core Ledger", "Till"]);
  link.pass(5);
  assert.equal((await link.run()).status, "passed");
  assert.equal(link.almOf(fresh)["req-product"], "Till");
  await assertQuiet(link);
});

const dates = { "start-date": "2026-01-01", "end-date": "2026-12-31" };

function almRelease(name: string, folder = "1"): string {
  return bench.alm.admin.create("releases", { name, "parent-id": folder, ...dates });
}

function agmRelease(name: string): number {
  return bench.agm.admin.create("releases", { name, start_date: "2026-01-01", end_date: "2026-12-31" });
}

test("S55 S56 T24 releases go by their exact names and cycles within their release; another letter case is an error that names it", async () => {
  const link = await open('target-rel = "release_id"\ntarget-rcyc = "sprint_id"');
  const [a, b, c] = [almRelease("Spring"), almRelease("Summer"), almRelease("autumn")];
  const [x, y] = [agmRelease("Spring"), agmRelease("Summer"), agmRelease("Autumn")];
  const cycle = (release: string) =>
    bench.alm.admin.create("release-cycles", { name: "Sprint 1", "parent-id": release, ...dates });
  const sprint = (release: number) => bench.agm.admin.create("sprints", { name: "Sprint 1", release_id: release });
  cycle(a);
  const second = cycle(b);
  sprint(x);
  const there = sprint(y);
  const id = almDefect("in summer", { "target-rel": b, "target-rcyc": second });
  const other = almDefect("in autumn", { "target-rel": c });
  const report = await link.run();
  const partner = link.agmOf(id);
  assert.deepEqual(
    [partner["release_id"], partner["sprint_id"]].map((ref) => (ref as { id?: number } | null)?.id),
    [y, there],
  );
  assert.equal(link.agmOf(other)["release_id"] ?? null, null);
  assert.match(texts(report), /release_id: .*agm has no release "autumn" \(but "Autumn"\)/);
  await assertQuiet(link);
  assert.deepEqual(
    (await bench.check('target-rcyc = "sprint_id"')).filter((code) => code.startsWith("owner")),
    ["owner-unmapped", "owner-unmapped"],
  );
});

test("S45 S46 S57 T25 a release name that is not unique: the record is skipped, its other fields too; `on_error = field` lets them go", async () => {
  const twin = almRelease("Twin");
  const folder = bench.alm.admin.create("release-folders", { name: "Elsewhere", "parent-id": "1" });
  almRelease("Twin", folder);
  agmRelease("Twin");
  const link = await open('target-rel = "release_id"');
  const bad = almDefect("twin release", { "target-rel": twin });
  const good = almDefect("no release");
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  assert.match(texts(report), /release_id: "Twin" is not unique among the releases of alm: .*\\Elsewhere\\Twin/);
  assert.equal(bench.agm.admin.list("backlog_items").length, 1);
  assert.equal(link.agmOf(good)["name"], "no release");

  await link.publish('target-rel = { agm = "release_id", on_error = "field" }');
  await link.run();
  assert.equal(link.agmOf(bad)["name"], "twin release");
  assert.equal(link.agmOf(bad)["release_id"] ?? null, null);
});

test("S57 a pair whose release becomes ambiguous is held as a whole, either way, until it is settled", async () => {
  const link = await open('target-rel = "release_id"\nuser-03 = "user_03"');
  const id = almDefect("fine first");
  await link.run();
  const there = Number(link.agmOf(id)["id"]);
  const lone = almRelease("Lone");
  const [one] = [agmRelease("Lone"), agmRelease("Lone")];
  bench.alm.admin.update("defects", id, { name: "edited in ALM", "target-rel": lone });
  bench.agm.admin.update("backlog_items", there, { user_03: "edited there" });
  link.pass(20);
  const report = await link.run();
  assert.match(texts(report), /"Lone" is not unique among the releases of agm/);
  assert.equal(link.agmOf(id)["name"], "fine first");
  assert.equal(alm(id)["user-03"], "");
  bench.agm.admin.update("releases", one, { name: "Lone no more" });
  link.pass(20);
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual([link.agmOf(id)["name"], alm(id)["user-03"]], ["edited in ALM", "edited there"]);
  await assertQuiet(link);
});

test("S59 S60 a value map with the full path, root folder left out, tells releases of one name apart", async () => {
  const folder = bench.alm.admin.create("release-folders", { name: "Cards", "parent-id": "1" });
  const [root, inside] = [almRelease("Same name"), almRelease("Same name", folder)];
  const [x, y] = [agmRelease("Root release"), agmRelease("Cards release")];
  const rows = 'target-rel = { agm = "release_id", values = "releases" }';
  const rest = String.raw`[values.releases]
both = { '\Same name' = "Root release", '\Cards\Same name' = "Cards release" }
`;
  const link = await open(rows, { rest });
  const made = [almDefect("root", { "target-rel": root }), almDefect("cards", { "target-rel": inside })];
  const back = agmDefect("back", { release_id: y });
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(
    made.map((id) => (link.agmOf(id)["release_id"] as { id: number }).id),
    [x, y],
  );
  assert.equal(link.almOf(back)["target-rel"], inside);
  await assertQuiet(link);
});

test("S55 S59 S60 a value map may name a path with the root folder, and gives cycles another name within their release, or by their full path", async () => {
  const folder = bench.alm.admin.create("release-folders", { name: "Paths", "parent-id": "1" });
  const [inside, outside] = [almRelease("2026.1", folder), almRelease("2026.1")];
  const [x, y] = [agmRelease("Paths 2026.1"), agmRelease("Main 2026.1")];
  const cycle = (name: string, release: string) =>
    bench.alm.admin.create("release-cycles", { name, "parent-id": release, ...dates });
  const sprint = (name: string, release: number) => bench.agm.admin.create("sprints", { name, release_id: release });
  const cycles = [cycle("It 1", inside), cycle("It 1", outside), cycle("It 2", outside)] as const;
  const sprints = [sprint("Sprint 1", x), sprint("Sprint 1", y), sprint("Zwei", y)] as const;
  const rows = `target-rel = { agm = "release_id", values = "rel" }
target-rcyc = { agm = "sprint_id", values = "cyc" }`;
  const rest = String.raw`[values.rel]
both = { '\Releases\Paths\2026.1' = "Paths 2026.1", '\2026.1' = '\Main 2026.1' }
[values.cyc]
both = { "It 1" = "Sprint 1", '\Releases\2026.1\It 2' = '\Main 2026.1\Zwei' }
`;
  const link = await open(rows, { rest });
  const releases = [inside, outside, outside];
  const made = cycles.map((id, i) => almDefect(`cycle ${i}`, { "target-rel": releases[i] ?? "", "target-rcyc": id }));
  const back = sprints.map((id, i) => agmDefect(`sprint ${i}`, { release_id: [x, y, y][i], sprint_id: id }));
  const report = await link.run();
  assert.equal(report.status, "passed", texts(report));
  assert.deepEqual(
    made.map((id) => (link.agmOf(id)["sprint_id"] as { id: number } | null)?.id),
    sprints,
  );
  assert.deepEqual(
    back.map((id) => [link.almOf(id)["target-rel"], link.almOf(id)["target-rcyc"]]),
    cycles.map((id, i) => [releases[i], id]),
  );
  await assertQuiet(link);
});

test("S58 T26 a requirement with several target releases is skipped, or the row says which one counts", async () => {
  const names = ["Many 1", "Many 2"];
  const ids = names.map((name) => almRelease(name));
  const there = names.map((name) => agmRelease(name));
  const rows = (more: string) => `target-rel = { agm = "release_id"${more} }`;
  const link = await open(rows(""), { entities: "requirements" });
  const make = () => bench.alm.admin.create("requirements", { name: "several", "target-rel": ids });
  const id = make();
  const report = await link.run();
  assert.equal(report.status, "failed");
  assert.match(texts(report), /release_id: 2 values \("Many 1", "Many 2"\) do not fit the single-value field/);
  assert.equal(bench.agm.admin.list("backlog_items").length, 0);
  for (const [several, wanted] of [
    ["latest", there[1]],
    ["first", there[0]],
  ] as const) {
    const other = await open(rows(`, several = "${several}"`), { entities: "requirements" });
    const requirement = make();
    const told = await other.run();
    assert.equal((other.agmOf(requirement)["release_id"] as { id: number }).id, wanted);
    assert.match(texts(told), new RegExp(`the ${several} one, was taken`));
    await assertQuiet(other);
    assert.deepEqual(bench.alm.admin.get("requirements", requirement)?.["target-rel"], ids);
  }
  assert.notEqual(id, "");
});
