import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { formatWhy } from "../../daemon/status/why-text.ts";
import { tellWrites } from "../../daemon/sync/look/why.ts";
import { type FieldBench, type FieldLink, type LinkGiven, openFieldBench } from "../support/field-bench.ts";
import { assertQuiet, texts } from "../support/run-report.ts";

/** ALM from 24.1 on can add to lists by its API, an older one cannot. */
let bench: FieldBench;
let old: FieldBench;
before(async () => {
  bench = await openFieldBench([], { alm: { version: "24.1" } });
  old = await openFieldBench([], { alm: { version: "17" } });
});
after(async () => {
  await bench.close();
  await old.close();
});

const PRODUCTS = 'req-product = { agm = "application_id", create_missing = true }';
const STORIES: LinkGiven = { entities: "requirements" };

function open(rows: string, given: LinkGiven = STORIES, on = bench): Promise<FieldLink> {
  return on.link(rows, given);
}

function requirement(name: string, product: string, on = bench): string {
  return on.alm.admin.create("requirements", { name, "req-product": product });
}

function story(name: string, application: number, on = bench): number {
  return on.agm.admin.create("backlog_items", { subtype: "user_story", name, application_id: application });
}

function names(collection: "applications" | "themes" | "features", on = bench): readonly unknown[] {
  return on.agm.admin.list(collection).map((row) => row["name"]);
}

function products(values: readonly string[], on = bench): void {
  on.alm.admin.setList("Projects", values);
}

test("S44 X19 an application that Agile Manager lacks is made once for all records that want it; that is told before, and in the journal", async () => {
  products(["Payments", "Brokerage"]);
  const link = await open(PRODUCTS);
  const ids = [requirement("one", "Brokerage"), requirement("two", "Brokerage")];
  bench.agm.traffic.reset();
  const dry = await link.dry();
  assert.equal(dry.status, "passed");
  assert.equal(dry.counts["agm"]?.created, 2);
  assert.match(texts(dry), /^application_id: would create application "Brokerage" in agm \(create_missing\)$/);
  assert.deepEqual(names("applications"), []);

  const report = await link.run();
  assert.equal(report.status, "passed");
  assert.equal(texts(report), 'application_id: creates application "Brokerage" in agm (create_missing)');
  assert.deepEqual(names("applications"), ["Brokerage"]);
  const made = bench.agm.admin.list("applications")[0]?.["id"];
  for (const id of ids) assert.equal((link.agmOf(id)["application_id"] as { id: number }).id, made);
  assert.equal(bench.agm.traffic.byRoute()["POST /agm/api/workspaces/{id}/applications"], 1);
  const entries = link.store.journal({ run: report.run, limit: 50 }).filter((entry) => entry.made !== undefined);
  assert.deepEqual(
    entries.map(({ side, record, field, after }) => ({ side, record, field, after })),
    [{ side: "left", record: ids[0], field: null, after: 'application "Brokerage"' }],
  );
  const named = entries.map((entry) => ({ entry, names: { left: "alm", right: "agm" } }));
  const writes = tellWrites(named, false).map((write) => ({ ...write, subject: null, row: null, because: null }));
  const shown = formatWhy({ endpoint: "alm", key: "1" }, null, [{ link: "m/items", partner: null, writes, waits: [] }]);
  assert.match(shown, /application "Brokerage" in agm\n {4}made .* for the sake of this record \(create_missing\)/);
  assert.match(shown, /source {4}alm:1/);
  await assertQuiet(link);
});

test("S44 X19 a pair whose value changes to one that is missing gets it in the same run", async () => {
  products(["Payments", "Custody"]);
  const link = await open(PRODUCTS);
  const id = requirement("changes", "");
  await link.run();
  bench.alm.admin.update("requirements", id, { "req-product": "Custody", name: "changed" });
  assert.match(texts(await link.dry()), /would create application "Custody" in agm/);
  assert.ok(!names("applications").includes("Custody"));
  assert.equal((await link.run()).status, "passed");
  const there = bench.agm.admin.list("applications").find((row) => row["name"] === "Custody");
  assert.equal((link.agmOf(id)["application_id"] as { id: number }).id, there?.["id"]);
  const [entry] = link.store.journal({ limit: 50 }).filter(({ made }) => made !== undefined);
  assert.deepEqual([entry?.record, entry?.after], [id, 'application "Custody"']);
  await assertQuiet(link);
});

test("S43 S44 T28 X19 a list value that ALM lacks is added where its API can, by the field's own list", async () => {
  products(["Payments"]);
  const link = await open(PRODUCTS);
  const till = bench.agm.admin.create("applications", { name: "Till" });
  const id = story("at the till", till);
  const report = await link.run();
  assert.equal(report.status, "passed");
  assert.equal(texts(report), 'req-product: creates value "Till" of "Product" in alm (create_missing)');
  assert.equal(link.almOf(id)["req-product"], "Till");
  assert.deepEqual(bench.alm.admin.getList("Projects"), ["Payments", "Till"]);
  await assertQuiet(link);
});

test("S44 T28 X19 an ALM that cannot add to lists says so; the field waits and goes by itself once somebody added the value", async () => {
  products(["Payments"], old);
  const link = await open(PRODUCTS, STORIES, old);
  const id = story("older server", old.agm.admin.create("applications", { name: "Kiosk" }), old);
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  assert.match(
    texts(report),
    /value "Kiosk" of "Product" could not be created in alm: alm: this server's API cannot add/,
  );
  assert.match(texts(report), /req-product: .*"Kiosk" is not in the list of "Product" in alm/);
  assert.equal(link.almOf(id)["req-product"], "");
  products(["Payments", "Kiosk"], old);
  link.pass(5);
  assert.equal((await link.run()).status, "passed");
  assert.equal(link.almOf(id)["req-product"], "Kiosk");
  await assertQuiet(link);
});

test("S44 T25 T28 without create_missing a missing application is an error of its field, and comes by itself without any edit", async () => {
  products(["Payments", "Treasury"]);
  const link = await open('req-product = "application_id"');
  const id = requirement("waits", "Treasury");
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  assert.match(texts(report), /application_id: .*agm has no application "Treasury": make it there/);
  assert.equal(link.agmOf(id)["name"], "waits");
  assert.ok(!names("applications").includes("Treasury"));
  const made = bench.agm.admin.create("applications", { name: "Treasury" });
  const modified = bench.alm.admin.get("requirements", id)?.["last-modified"];
  link.pass(5);
  assert.equal((await link.run()).status, "passed");
  assert.equal((link.agmOf(id)["application_id"] as { id: number }).id, made);
  assert.equal(bench.alm.admin.get("requirements", id)?.["last-modified"], modified);
  await assertQuiet(link);
});

const PLAN = `user-01 = { agm = "theme_id", create_missing = true }
user-03 = { agm = "feature_id", create_missing = true }`;

test("S44 S48 X19 a theme is made before the feature in it; a feature without a theme cannot be made", async () => {
  const link = await open(PLAN, {});
  const defect = (name: string, theme: string, feature: string) =>
    bench.alm.admin.create("defects", { name, "user-01": theme, "user-03": feature });
  const both = defect("both are new", "Green banking", "Paperless statements");
  const alone = defect("no theme", "", "Nobody's feature");
  assert.match(texts(await link.dry()), /would create theme "Green banking" in agm/);
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  const [theme] = bench.agm.admin.list("themes").filter((row) => row["name"] === "Green banking");
  const [feature] = bench.agm.admin.list("features").filter((row) => row["name"] === "Paperless statements");
  assert.equal((feature?.["theme_id"] as { id: number } | undefined)?.id, theme?.["id"]);
  const idIn = (name: string) => (link.agmOf(both)[name] as { id: number }).id;
  assert.deepEqual([idIn("theme_id"), idIn("feature_id")], [theme?.["id"], feature?.["id"]]);
  assert.match(texts(report), /feature_id: .*agm has no feature "Nobody's feature"/);
  assert.equal(link.agmOf(alone)["feature_id"], null);
  assert.ok(!names("features").includes("Nobody's feature"));
  await assertQuiet(link);
});

test("X19 nothing is made for a slip in capitals, nor for a record that is held back for another reason", async () => {
  products(["brokerage", "Leasing"]);
  const twin = (name: string) => {
    const dates = { "start-date": "2026-01-01", "end-date": "2026-12-31", "parent-id": "1" };
    return bench.alm.admin.create("releases", { name, ...dates });
  };
  const release = twin("Twin");
  for (const _ of [1, 2]) bench.agm.admin.create("releases", { name: "Twin", start_date: "2026-01-01" });
  bench.agm.admin.create("applications", { name: "Brokerage" });
  const link = await open(`${PRODUCTS}\ntarget-rel = "release_id"`);
  requirement("slip", "brokerage");
  bench.alm.admin.create("requirements", { name: "held", "req-product": "Leasing", "target-rel": [release] });
  const before = names("applications");
  const report = await link.run();
  assert.match(texts(report), /application_id: .*agm has no application "brokerage" \(but "Brokerage"\)/);
  assert.match(texts(report), /release_id: "Twin" is not unique/);
  assert.deepEqual(names("applications"), before);
});

test("X19 the create brake stops a run that would make too many values, the first run too, before any is made", async () => {
  products(["Payments", "A1", "A2", "A3"]);
  const link = await open(PRODUCTS, { ...STORIES, link: "brakes = { create = 2 }" });
  for (const name of ["A1", "A2", "A3"]) requirement(name, name);
  const before = names("applications");
  const report = await link.run();
  assert.equal(report.status, "error");
  assert.match(texts(report), /for changes in alm there are 3 values missing in agm to create; the brake lets 2 pass/);
  assert.deepEqual(names("applications"), before);
  const stop = link.store.stop() ?? assert.fail("the link is not stopped");
  assert.deepEqual([stop.brake, stop.would.create], ["create", 3]);
  link.store.commit({ stop: { ...stop, allowed: { create: 3, update: 0, delete: 0 } } });
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(names("applications").slice(before.length), ["A1", "A2", "A3"]);
  await assertQuiet(link);
});

test("X19 a creation whose answer is lost is looked for, and not made twice", async () => {
  products(["Payments", "Lost one", "Lost two"]);
  const link = await open(PRODUCTS);
  const ids = [requirement("cut", "Lost one"), requirement("refused", "Lost two")];
  bench.agm.faults.arm({ kind: "drop-after", method: "POST", path: "/applications" });
  bench.agm.faults.arm({ kind: "error", method: "POST", path: "/applications" });
  const report = await link.run();
  assert.match(texts(report), /application "Lost two" could not be created in agm: /);
  assert.equal(names("applications").filter((name) => name === "Lost one").length, 1);
  assert.notEqual(link.agmOf(ids[0] ?? "")["application_id"], null);
  link.pass(5);
  assert.equal((await link.run()).status, "passed");
  for (const name of ["Lost one", "Lost two"])
    assert.equal(names("applications").filter((one) => one === name).length, 1, name);
  for (const id of ids) assert.notEqual(link.agmOf(id)["application_id"], null);
  await assertQuiet(link);
});

test("S44 X19 the check says where nothing can be made: an error where no side can, a warning where one of two cannot", async () => {
  const codes = async (rows: string, given: LinkGiven = {}) =>
    (await bench.check(rows, given)).filter((code) => code === "cannot-create").length;
  const row = (alm: string, agm: string, more = "") => `${alm} = { agm = "${agm}", create_missing = true${more} }`;
  assert.equal(await codes(`${row("user-05", "team_id", ', direction = "to-agm"')}\ntarget-rel = "release_id"`), 1);
  assert.equal(await codes(row("closing-version", "user_07", ', direction = "to-agm"')), 1);
  assert.equal(await codes(row("closing-version", "user_07")), 0);
  assert.equal(await codes(row("target-rel", "release_id")), 2);
  assert.equal(await codes(row("owner", "assigned_to")), 2);
  assert.equal(await codes(row("severity", "severity")), 1);
  assert.equal(await codes(row("project", "application_id")), 0);
  assert.equal(await codes(row("user-01", "application_id")), 0);
});

test("S44 X19 a value that the field could not hold is not added to its list; what that means is told, and the rest goes on", async () => {
  const long = "The till of the branch in the old post office, first floor, second door on the left";
  products(["Payments"]);
  const link = await open(PRODUCTS);
  const id = story("too long", bench.agm.admin.create("applications", { name: long }));
  const report = await link.run();
  assert.match(texts(report), /could not be created in alm: .*83 bytes.*"Product".*holds 70/);
  assert.deepEqual(bench.alm.admin.getList("Projects"), ["Payments"]);
  assert.equal(link.almOf(id)["name"], "too long");
  await assertQuiet(link);
});

test("S43 S44 X19 blanks around a name are no part of it: it is found, and where it is missing made once without them", async () => {
  products(["Payments", "Web shop"]);
  const link = await open(PRODUCTS);
  const [known, fresh] = ["  Web shop ", " Vault "].map((name) => bench.agm.admin.create("applications", { name }));
  const ids = [story("known", known ?? 0), story("fresh", fresh ?? 0)];
  const back = requirement("back", "Web shop");
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(
    ids.map((id) => link.almOf(id)["req-product"]),
    ["Web shop", "Vault"],
  );
  assert.equal((link.agmOf(back)["application_id"] as { id: number }).id, known);
  assert.deepEqual(bench.alm.admin.getList("Projects"), ["Payments", "Web shop", "Vault"]);
  await assertQuiet(link);
});
