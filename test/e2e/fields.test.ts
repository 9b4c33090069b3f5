import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunReport } from "../../daemon/core/store.ts";
import type { SharedPerson } from "../../daemon/sandbox/shared-content.ts";
import { type FieldBench, type FieldLink, type LinkGiven, openFieldBench } from "../support/field-bench.ts";

/** Agile Manager's people are the company's: `anna.berg@example.com` and so on. */
function person(login: string, ...emails: string[]): SharedPerson {
  return { login, name: login, emails, active: true };
}

const PEOPLE = [
  person("anna.berg", "Anna.Berg@Example.com"),
  person("david.okafor", "david@private.example", "david.okafor@example.com"),
  person("vera.toth"),
  person("frank", "frank@elsewhere.example"),
  person("grace.a", "grace.chen@example.com"),
  person("grace.b", "GRACE.CHEN@example.com"),
  person("jane.doe", "jane.doe@example.com"),
];

let bench: FieldBench;
const links: FieldLink[] = [];
before(async () => {
  bench = await openFieldBench(PEOPLE);
});
after(async () => {
  for (const link of links) await link.close();
  await bench.close();
});

async function open(rows: string, more: LinkGiven = {}): Promise<FieldLink> {
  const link = await bench.link(rows, more);
  links.push(link);
  return link;
}

function almDefect(name: string, fields: Record<string, string | readonly string[]> = {}): string {
  return bench.alm.admin.create("defects", { name, ...fields });
}

function agmDefect(name: string, fields: Record<string, unknown> = {}): number {
  return bench.agm.admin.create("backlog_items", { subtype: "defect", name, ...fields });
}

function alm(id: string) {
  return bench.alm.admin.get("defects", id) ?? assert.fail(`ALM ${id} is gone`);
}

function texts(report: RunReport): string {
  return report.messages.map((m) => `${m.field}: ${m.message}`).join("\n");
}

function written(report: RunReport): number {
  return Object.values(report.counts).reduce((n, c) => n + c.created + c.updated, 0);
}

/** Later runs of any kind find nothing to do. */
async function assertQuiet(link: FieldLink): Promise<void> {
  assert.equal(written(await link.run()), 0, "an incremental run wrote");
  assert.equal(written(await link.run(true)), 0, "a full run wrote");
}

test("S4 S6 S8 S9 S10 S12 S13 T6 people: value map, users file, e-mail, default user for those without an address, else an error of the field", async () => {
  const rows =
    'owner = { agm = "assigned_to", values = "people", users = "people", default_user = { agm = "uwe.schroeder@example.com" } }';
  const rest = '[values.people]\nto-agm = { "jane.doe" = "karim.haddad@example.com" }\n';
  const users = "alm,<>,agm\njane.doe,>,lena.vogt@example.com\nfrank,<>,frank.huber@example.com\n";
  const link = await open(rows, { rest, users });
  const made = Object.fromEntries(
    ["anna.berg", "jane.doe", "frank", "vera.toth", "gone.since"].map((owner) => [owner, almDefect(owner, { owner })]),
  );
  const report = await link.run();
  const who = (owner: string) => link.agmOf(made[owner] ?? "")["assigned_to"];
  assert.equal(who("anna.berg"), "anna.berg@example.com");
  assert.equal(who("jane.doe"), "karim.haddad@example.com");
  assert.equal(who("frank"), "frank.huber@example.com");
  assert.equal(who("vera.toth"), "uwe.schroeder@example.com");
  assert.equal(who("gone.since"), "uwe.schroeder@example.com");
  assert.match(texts(report), /user "gone\.since" is not known to agm: the default user/);
  await assertQuiet(link);
});

test("S5 S7 S8 S9 T3 T4 the default user in ALM: never for somebody with an address unless it is for anyone, and never back", async () => {
  const rows = (more: string) => `owner = { agm = "assigned_to", default_user = { alm = "sync"${more} } }`;
  const link = await open(rows(""));
  const id = agmDefect("from a stranger", { assigned_to: "oliver.smith@example.com" });
  const strict = await link.run();
  assert.match(texts(strict), /user "oliver\.smith@example\.com".* has no partner in alm.*applies_to = "anyone"/);
  assert.equal(link.almOf(id)["owner"], "");
  await link.publish(rows(', applies_to = "anyone"'));
  await link.run();
  assert.equal(link.almOf(id)["owner"], "sync");
  bench.alm.admin.update("defects", String(link.almOf(id)["id"]), { name: "edited in ALM" });
  await link.run();
  const there = bench.agm.admin.get("backlog_items", id);
  assert.deepEqual([there?.["name"], there?.["assigned_to"]], ["edited in ALM", "oliver.smith@example.com"]);
  await assertQuiet(link);
});

test("S11 T4 T5 every address is tried in order, also of a tracker that cannot list its people, then the default for anyone; two matches are an error", async () => {
  const rows = (more: string) => `owner = { agm = "assigned_to"${more} }`;
  const link = await open(rows(', default_user = { agm = "uwe.schroeder@example.com", applies_to = "anyone" }'));
  const david = almDefect("second address", { owner: "david.okafor" });
  const frank = almDefect("no address known", { owner: "frank" });
  const twin = agmDefect("two have it", { assigned_to: "grace.chen@example.com" });
  const report = await link.run();
  assert.equal(link.agmOf(david)["assigned_to"], "david.okafor@example.com");
  assert.equal(link.agmOf(frank)["assigned_to"], "uwe.schroeder@example.com");
  assert.match(texts(report), /user "frank" is not known to agm: the default user/);
  assert.match(texts(report), /"grace\.chen@example\.com" belongs to "grace\.a" and "grace\.b" in alm/);
  assert.equal(link.almOf(twin)["owner"], "");
  assert.equal(alm(david)["owner"], "david.okafor");
  await assertQuiet(link);

  const first = await open(rows(""), { top: 'emails = "first"' });
  const again = almDefect("first address only", { owner: "david.okafor" });
  const told = await first.run();
  assert.match(
    texts(told),
    /assigned_to: .*david@private\.example.*; where agm has no such user, say who "david\.okafor" is there: name a users file with `users = "…"`, or set default_user/,
    "S9 a refused address says what to do, as one that is known to lead nowhere does",
  );
  assert.equal(first.agmOf(again)["assigned_to"] ?? null, null);
});

test("S25 T1 a text too long is cut in the copy alone and told; an edit of the copy is a conflict that is shown", async () => {
  const link = await open('user-03 = { agm = "user_03", conflict = "hold" }');
  const long = "ü".repeat(50);
  const id = agmDefect("long", { user_03: long });
  const report = await link.run();
  const made = String(link.almOf(id)["id"]);
  assert.equal(alm(made)["user-03"], "ü".repeat(20));
  assert.match(texts(report), /user-03: cut from 100 to 40 bytes/);
  await assertQuiet(link);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_03"], long);
  bench.alm.admin.update("defects", made, { "user-03": "short" });
  assert.equal((await link.run()).conflicts, 1);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_03"], long);
  assert.equal(link.store.held(5).length, 1);
});

test("S25 `overflow` cuts both, or leaves the field or the record alone", async () => {
  const link = await open('user-03 = { agm = "user_03", overflow = "truncate-both" }');
  const id = agmDefect("long", { user_03: "x".repeat(41) });
  await link.run();
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_03"], "x".repeat(40));
  assert.equal(link.almOf(id)["user-03"], "x".repeat(40));
  await assertQuiet(link);

  const strict = await open('user-03 = { agm = "user_03", overflow = "error" }');
  const refused = agmDefect("long", { user_03: "x".repeat(41) });
  assert.match(texts(await strict.run()), /41 bytes do not fit "Customer" of alm, which holds 40/);
  assert.equal(strict.almOf(refused)["user-03"], "");

  const skipping = await open('user-03 = { agm = "user_03", overflow = "error", on_error = "record" }');
  agmDefect("long", { user_03: "x".repeat(41) });
  assert.equal((await skipping.run()).status, "failed");
  assert.equal(bench.alm.admin.list("defects").length, 0);
});

test("T33 S25 characters that XML has no room for are left out of the copy once; an edit of the copy comes back, and nothing is told every run", async () => {
  const link = await open('user-01 = "user_07"\nuser-08 = "user_03"\ndescription = "description"');
  const odd = "one\u000btwo\u0001 \ud800three\uffff\u0000";
  const id = agmDefect(`name ${odd}`, { user_07: odd, user_03: odd, description: `<p>${odd}</p><p>&#11;four&#1;</p>` });
  const report = await link.run();
  assert.equal(report.status, "passed", texts(report));
  const made = link.almOf(id);
  assert.deepEqual([made["name"], made["user-01"]], ["name one two \ufffdthree", "one two \ufffdthree"]);
  assert.match(String(made["description"]), /one\s+two \ufffdthree<\/p>\s*<p>\s*four<\/p>/);
  await assertQuiet(link);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_07"], odd, "the original stays as it is");
  bench.alm.admin.update("defects", String(made["id"]), { "user-01": "edited" });
  await link.run();
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["user_07"], "edited");
  bench.agm.admin.update("backlog_items", id, { user_07: "again\u0002" });
  await link.run();
  assert.equal(link.almOf(id)["user-01"], "again");
  await assertQuiet(link);
});

test("S26 S27 T23 a float that ALM keeps as text and Agile Manager as a number never goes round in circles", async () => {
  const link = await open('user-07 = "story_points"');
  const ids = ["0.10", "2.50", "0.1", "7", "1e1"].map((text) => almDefect(`float ${text}`, { "user-07": text }));
  const bad = almDefect("float 1,5", { "user-07": "1,5" });
  const report = await link.run();
  assert.deepEqual(
    ids.map((id) => link.agmOf(id)["story_points"]),
    [0.1, 2.5, 0.1, 7, 10],
  );
  assert.match(texts(report), /story_points: .*"1,5" is not a number/);
  assert.equal(link.agmOf(bad)["story_points"] ?? null, null);
  await assertQuiet(link);
  assert.equal(alm(ids[0] ?? "")["user-07"], "0.10");
  bench.agm.admin.update("backlog_items", Number(link.agmOf(ids[0] ?? "")["id"]), { story_points: 0.3 });
  await link.run();
  assert.equal(alm(ids[0] ?? "")["user-07"], "0.3");
  await assertQuiet(link);
});

test("S26 T23 a float as an old ALM spells it is the number that Agile Manager holds for it, and is not written again; a whole number is never rounded", async () => {
  const link = await open('user-07 = "story_points"');
  const spelled = almDefect("spelled out", { "user-07": "0.10000000000000001" });
  const report = await link.run();
  assert.equal(report.status, "passed", texts(report));
  assert.equal(link.agmOf(spelled)["story_points"], 0.1);
  await assertQuiet(link);
  assert.equal(alm(spelled)["user-07"], "0.10000000000000001");
  bench.alm.admin.update("defects", spelled, { "user-07": "0.20000000000000001" });
  assert.equal((await link.run()).status, "passed");
  assert.equal(link.agmOf(spelled)["story_points"], 0.2);
  await assertQuiet(link);
  const whole = almDefect("an id", { "user-07": "9007199254740993" });
  assert.match(texts(await link.run()), /9007199254740993 is more than the field "Story points" holds exactly/);
  assert.equal(alm(whole)["user-07"], "9007199254740993");
});

test("S25 S26 T23 a number that does not fit a text is an error of its field: what is left of it would be another number", async () => {
  const link = await open('user-03 = "story_points"');
  const id = agmDefect("huge", { story_points: 1e300 });
  const fits = agmDefect("fits", { story_points: 1e21 });
  const report = await link.run();
  assert.match(texts(report), /user-03: .*a number of 301 bytes does not fit "Customer" of alm, which holds 40/);
  assert.deepEqual([link.almOf(id)["user-03"], link.almOf(fits)["user-03"]], ["", "1000000000000000000000"]);
  await assertQuiet(link);
  assert.equal(bench.agm.admin.get("backlog_items", id)?.["story_points"], 1e300);
});

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

test("S69 S72 S75 values map one to one: a Medium defect that becomes High makes 2 into 3", async () => {
  const rows = 'severity = { agm = "user_03", values = "importance" }';
  const rest = '[values.importance]\nboth = { "1-Low" = "1", "2-Medium" = "2", "3-High" = "3", "5-Urgent" = "4" }\n';
  const link = await open(rows, { rest });
  const id = almDefect("importance", { severity: "2-Medium" });
  await link.run();
  assert.equal(link.agmOf(id)["user_03"], "2");
  bench.alm.admin.update("defects", id, { severity: "3-High" });
  await link.run();
  assert.equal(link.agmOf(id)["user_03"], "3");
  bench.agm.admin.update("backlog_items", Number(link.agmOf(id)["id"]), { user_03: "4" });
  await link.run();
  assert.equal(alm(id)["severity"], "5-Urgent");
  await assertQuiet(link);
});

test("S71 S74 S76 S77 T2 four values to three: both become 2, nothing is overwritten by a round trip, and only an edit of the 2 comes back as High", async () => {
  const rows = 'severity = { agm = "user_03", values = "importance" }';
  const rest =
    '[values.importance]\nboth = { "1-Low" = "1", "2-Medium" = "2", "3-High" = "2", "5-Urgent" = "3" }\nto-alm = { "2" = "3-High" }\n';
  const link = await open(rows, { rest });
  const [medium, high] = [almDefect("medium", { severity: "2-Medium" }), almDefect("high", { severity: "3-High" })];
  await link.run();
  assert.deepEqual([link.agmOf(medium)["user_03"], link.agmOf(high)["user_03"]], ["2", "2"]);
  const there = Number(link.agmOf(medium)["id"]);
  bench.agm.admin.update("backlog_items", there, { name: "renamed" });
  await link.run();
  assert.deepEqual([alm(medium)["name"], alm(medium)["severity"]], ["renamed", "2-Medium"]);
  await assertQuiet(link);
  for (const [value, wanted] of [
    ["3", "5-Urgent"],
    ["2", "3-High"],
  ] as const) {
    bench.agm.admin.update("backlog_items", there, { user_03: value });
    await link.run();
    assert.equal(alm(medium)["severity"], wanted);
  }
  const undeclared = '[values.importance]\nboth = { "2-Medium" = "2", "3-High" = "2" }\n';
  assert.ok((await bench.check(rows, { rest: undeclared })).includes("value-map-inverse"));
});

test("S70 S73 unmapped values: copied, left alone, an error, or a given value; a list of several is mapped one by one", async () => {
  const rows = `user-03 = { agm = "user_03", values = "v" }
user-01 = { agm = "user_07", direction = "to-agm", values = "v", unmapped = "skip" }
user-05 = { agm = "dev_comments", direction = "to-agm", values = "v", unmapped = { value = "other" } }
status = { agm = "defect_status", direction = "to-agm", values = "status", unmapped = "error" }
user-02 = { agm = "user_02", values = "platforms" }`;
  const rest = `[values.v]
to-agm = { a = "mapped" }
[values.status]
to-agm = { Fixed = "Fixed" }
[values.platforms]
both = { Web = "Web" }
to-agm = { Linux = "macOS" }
`;
  const link = await open(rows, { rest });
  const mapped = almDefect("mapped", {
    "user-03": "a",
    "user-01": "a",
    "user-05": "a",
    status: "Fixed",
    "user-02": ["Linux", "Web"],
  });
  const strange = almDefect("strange", { "user-03": "b", "user-01": "b", "user-05": "b", status: "Open" });
  const report = await link.run();
  const fields = (id: string) =>
    ["user_03", "user_07", "dev_comments", "defect_status", "user_02"].map((f) => link.agmOf(id)[f]);
  assert.deepEqual(fields(mapped).slice(0, 4), ["mapped", "mapped", "<p>mapped</p>", "Fixed"]);
  assert.deepEqual([...(fields(mapped)[4] as string[])].sort(), ["Web", "macOS"]);
  assert.deepEqual(fields(strange).slice(0, 4), ["b", null, "<p>other</p>", "New"]);
  assert.match(texts(report), /defect_status: .*value "Open" has no row in the value map "status"/);
  await assertQuiet(link);
  assert.deepEqual(alm(mapped)["user-02"], ["Linux", "Web"]);
});

test("S73 a value that the map leaves alone: what the tracker puts there by itself is neither a conflict nor carried back over it", async () => {
  const rows = 'status = { agm = "defect_status", values = "s", unmapped = "skip" }';
  const rest = '[values.s]\nboth = { New = "New", Closed = "Closed" }\n';
  for (const conflict of ["hold", "newest", "alm", "agm"]) {
    const link = await open(rows, { rest, conflict });
    const id = almDefect("left alone", { status: "Open" });
    const report = await link.run();
    assert.deepEqual([report.status, report.conflicts], ["passed", 0], texts(report));
    const there = Number(link.agmOf(id)["id"]);
    assert.deepEqual([alm(id)["status"], link.agmOf(id)["defect_status"]], ["Open", "New"], conflict);
    await assertQuiet(link);
    bench.agm.admin.update("backlog_items", there, { defect_status: "Closed" });
    assert.equal((await link.run()).conflicts, 0);
    assert.equal(alm(id)["status"], "Closed", conflict);
    await assertQuiet(link);
  }
});

test("S73 T18 both sides edited, and the side that wins has a value that its row leaves alone: both stay, and that is told once", async () => {
  const rows = 'status = { agm = "defect_status", values = "s", unmapped = "skip" }';
  const link = await open(rows, { rest: '[values.s]\nboth = { New = "New", Closed = "Closed" }\n', conflict: "alm" });
  const id = almDefect("left alone, edited", { status: "New" });
  await link.run();
  const there = Number(link.agmOf(id)["id"]);
  bench.alm.admin.update("defects", id, { status: "Open" });
  bench.agm.admin.update("backlog_items", there, { defect_status: "Closed" });
  const report = await link.run();
  assert.equal(report.conflicts, 1);
  assert.match(texts(report), /status: .*alm wins, but its row leaves this value alone: both stay as they are/);
  assert.deepEqual([alm(id)["status"], link.agmOf(id)["defect_status"]], ["Open", "Closed"]);
  await assertQuiet(link);
  bench.alm.admin.update("defects", id, { status: "New" });
  assert.equal((await link.run()).conflicts, 0);
  assert.equal(link.agmOf(id)["defect_status"], "New");
});

test("S78 S79 S80 S82 constants: written on creation, several for a list of several, never refreshed; they tell copies from natives", async () => {
  const constants =
    'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\nuser-05 = "created by Synchronizer"\nuser-02 = ["Web", "iOS"]\n';
  const link = await open("", { constants });
  const native = almDefect("native");
  const made = agmDefect("copied");
  await link.run();
  const copy = String(link.almOf(made)["id"]);
  assert.deepEqual([alm(copy)["user-05"], alm(copy)["user-02"]], ["created by Synchronizer", ["Web", "iOS"]]);
  assert.equal(alm(native)["user-05"], "");
  bench.alm.admin.update("defects", copy, { "user-05": "changed" });
  bench.agm.admin.update("backlog_items", made, { name: "edited" });
  await link.run();
  assert.deepEqual([alm(copy)["name"], alm(copy)["user-05"]], ["edited", "changed"]);
  await assertQuiet(link);
});

test("S81 a required field with a constant counts as mapped", async () => {
  const some = 'detected-by = "sync"\nseverity = "2-Medium"\n';
  assert.ok((await bench.check("", { constants: some })).includes("required-unmapped"));
  const all = `${some}creation-time = "2026-11-01"\n`;
  assert.ok(!(await bench.check("", { constants: all })).includes("required-unmapped"));
  const link = await open("", { constants: all });
  agmDefect("complete");
  assert.equal((await link.run()).status, "passed");
});

test("T40 E88 a constant that the tracker's field cannot hold: told by name, with what to do, in a dry run as in the run, and the record is made once the mapping is mended", async () => {
  const required = 'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\n';
  for (const [constant, message] of [
    [
      `user-05 = "${"x".repeat(31)}"`,
      /user-05: .*constant.* 31 bytes do not fit "Creation Method" of alm, which holds 30/,
    ],
    ['priority = "P1"', /priority: .*constant.* "P1" is not in the list of "Priority" in alm \(1-Low, /],
    ['user-02 = ["Web", "BeOS"]', /user-02: .*constant.* "BeOS" is not in the list of "Platforms" in alm/],
  ] as const) {
    const link = await open("", { constants: `${required}${constant}\n` });
    agmDefect("not made yet");
    for (const report of [await link.dry(), await link.run()]) {
      assert.match(texts(report), message);
      assert.deepEqual([report.counts["alm"]?.created, report.counts["agm"]?.failed], [0, 1], texts(report));
    }
    await link.publish("", { constants: required });
    assert.equal((await link.run()).counts["alm"]?.created, 1);
    await assertQuiet(link);
  }
  const beside = await open('user-07 = { agm = "user_03", direction = "to-alm" }', {
    constants: `${required}user-07 = "${"x".repeat(21)}"\n`,
  });
  const id = agmDefect("the row's value counts", { user_03: "short" });
  assert.equal((await beside.run()).status, "passed");
  assert.equal(beside.almOf(id)["user-07"], "short");
});

test("T22 a constant that is kept is put back: always, or where nothing stands", async () => {
  const constants =
    'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\nuser-05 = { value = "synced", when = "always" }\nuser-01 = { value = "none", when = "empty" }\n';
  const link = await open("", { constants });
  const copy = String((await made(link))["id"]);
  assert.deepEqual([alm(copy)["user-05"], alm(copy)["user-01"]], ["synced", "none"]);
  bench.alm.admin.update("defects", copy, { "user-05": "changed", "user-01": "PAY-1" });
  await link.run();
  assert.deepEqual([alm(copy)["user-05"], alm(copy)["user-01"]], ["synced", "PAY-1"]);
  bench.alm.admin.update("defects", copy, { "user-01": "" });
  await link.run();
  assert.equal(alm(copy)["user-01"], "none");
  await assertQuiet(link);
});

test("T22 a row away from a field whose constant is kept carries the constant, not what somebody put there for a moment", async () => {
  const constants =
    'detected-by = "sync"\nseverity = "2-Medium"\ncreation-time = "2026-11-01"\nuser-05 = { value = "synced", when = "always" }\nuser-01 = { value = "none", when = "empty" }\n';
  const rows =
    'user-05 = { agm = "user_07", direction = "to-agm" }\nuser-01 = { agm = "user_03", direction = "to-agm" }';
  const link = await open(rows, { constants });
  const id = almDefect("its own", { "user-05": "its own" });
  await link.run();
  const both = () => [alm(id)["user-05"], alm(id)["user-01"], link.agmOf(id)["user_07"], link.agmOf(id)["user_03"]];
  assert.deepEqual(both(), ["synced", "none", "synced", "none"]);
  await assertQuiet(link);
  bench.alm.admin.update("defects", id, { "user-05": "by hand", "user-01": "PAY-1" });
  await link.run();
  assert.deepEqual(both(), ["synced", "PAY-1", "synced", "PAY-1"]);
  bench.alm.admin.update("defects", id, { "user-01": "" });
  await link.run();
  assert.deepEqual(both(), ["synced", "none", "synced", "none"]);
  await assertQuiet(link);
});

async function made(link: FieldLink) {
  const id = agmDefect("with constants");
  await link.run();
  return link.almOf(id);
}
