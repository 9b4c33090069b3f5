import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FieldBench, type FieldLink, openFieldBench } from "../support/field-bench.ts";
import { assertQuiet, texts } from "../support/run-report.ts";

/** ALM has no themes: texts, or list values, of the project's own fields hold their names. */
const ROWS = 'user-01 = "theme_id"\nuser-03 = "feature_id"';

let bench: FieldBench;
let twins: FieldBench;
before(async () => {
  bench = await openFieldBench([]);
  twins = await openFieldBench([], { agm: { switches: { uniqueNames: false } } });
});
after(async () => {
  await bench.close();
  await twins.close();
});

function open(rows = ROWS, on = bench): Promise<FieldLink> {
  return on.link(rows);
}

const theme = (name: string, on = bench) => on.agm.admin.create("themes", { name });
const feature = (name: string, of: number | null, on = bench) =>
  on.agm.admin.create("features", { name, ...(of === null ? {} : { theme_id: of }) });

/** A theme with one feature. */
function planned(name: string): { readonly theme: number; readonly feature: number } {
  const owner = theme(name);
  return { theme: owner, feature: feature(`${name}, part`, owner) };
}

function almDefect(name: string, themeName: string, featureName: string, on = bench): string {
  return on.alm.admin.create("defects", { name, "user-01": themeName, "user-03": featureName });
}

function almTexts(id: string): unknown {
  const row = bench.alm.admin.get("defects", id) ?? assert.fail(`ALM ${id} is gone`);
  return [row["user-01"], row["user-03"]];
}

function agmIds(record: Readonly<Record<string, unknown>>): unknown {
  return ["theme_id", "feature_id"].map((name) => (record[name] as { id: number } | null)?.id ?? null);
}

function puts(): number {
  return bench.agm.traffic.byRoute()["PUT /agm/api/workspaces/{id}/backlog_items/{id}"] ?? 0;
}

test("S45 S48 a theme and its feature go by name, both in one request, and both come back", async () => {
  const [one, other] = [planned("Faster payments"), planned("Trust")];
  const link = await open();
  const id = almDefect("planned", "Faster payments", "Faster payments, part");
  const unplanned = almDefect("unplanned", "", "");
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(agmIds(link.agmOf(id)), [one.theme, one.feature]);
  assert.deepEqual(agmIds(link.agmOf(unplanned)), [null, null]);
  await assertQuiet(link);

  bench.agm.traffic.reset();
  bench.alm.admin.update("defects", id, { "user-01": "Trust", "user-03": "Trust, part" });
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(agmIds(link.agmOf(id)), [other.theme, other.feature]);
  assert.equal(puts(), 1, "a theme and its feature are one write");
  await assertQuiet(link);

  // Who chooses a feature there gets its theme with it.
  bench.agm.admin.update("backlog_items", Number(link.agmOf(id)["id"]), { feature_id: one.feature });
  await link.run();
  assert.deepEqual(almTexts(id), ["Faster payments", "Faster payments, part"]);
  // Who chooses a theme leaves the feature.
  bench.agm.admin.update("backlog_items", Number(link.agmOf(id)["id"]), { theme_id: other.theme });
  await link.run();
  assert.deepEqual(almTexts(id), ["Trust", ""]);
  await assertQuiet(link);
});

test("S45 S46 T25 a name that two themes have skips the record, or its field with `on_error`; the run goes on", async () => {
  for (const _ of [1, 2]) theme("Twin", twins);
  const link = await open('user-01 = "theme_id"', twins);
  const id = almDefect("of two themes", "Twin", "", twins);
  almDefect("of none", "", "", twins);
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  assert.match(texts(report), /theme_id: "Twin" is not unique among the themes of agm: \\Twin \(\d+\), \\Twin \(\d+\)/);
  const names = () => twins.agm.admin.list("backlog_items").map((item) => item["name"]);
  assert.deepEqual(names(), ["of none"]);

  await link.publish('user-01 = { agm = "theme_id", on_error = "field" }');
  await link.run();
  assert.deepEqual(names().toSorted(), ["of none", "of two themes"]);
  assert.equal(link.agmOf(id)["theme_id"], null);
});

test("S50 T27 a feature without a theme gets the feature's own, which is told; ALM is left as it is", async () => {
  const { theme: owner, feature: part } = planned("Everyday mobile");
  const next = planned("Platform health");
  const link = await open();
  const id = almDefect("feature alone", "", "Everyday mobile, part");
  const report = await link.run();
  assert.equal(report.status, "passed");
  assert.match(
    texts(report),
    /theme_id: the theme is that of the feature "Everyday mobile, part": the record has none/,
  );
  assert.deepEqual(agmIds(link.agmOf(id)), [owner, part]);
  assert.deepEqual(almTexts(id), ["", "Everyday mobile, part"]);
  await assertQuiet(link);

  bench.alm.admin.update("defects", id, { name: "renamed" });
  await link.run();
  assert.deepEqual([link.agmOf(id)["name"], agmIds(link.agmOf(id))], ["renamed", [owner, part]]);
  bench.alm.admin.update("defects", id, { "user-03": "Platform health, part" });
  await link.run();
  assert.deepEqual(agmIds(link.agmOf(id)), [next.theme, next.feature]);
  assert.deepEqual(almTexts(id), ["", "Platform health, part"]);
  await assertQuiet(link);
});

test("S50 with `derive = false` a feature without a theme is an error, as there; the record's other fields go on", async () => {
  const { theme: owner, feature: part } = planned("Literal");
  const link = await open('user-01 = "theme_id"\nuser-03 = { agm = "feature_id", derive = false }');
  const id = almDefect("feature alone", "", "Literal, part");
  const report = await link.run();
  assert.match(
    texts(report),
    /feature_id: .*"Literal, part" of agm goes with its theme, and the record has none: fill it in/,
  );
  assert.deepEqual([link.agmOf(id)["name"], agmIds(link.agmOf(id))], ["feature alone", [null, null]]);
  bench.alm.admin.update("defects", id, { "user-01": "Literal" });
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(agmIds(link.agmOf(id)), [owner, part]);
  await assertQuiet(link);
});

test("S50 T27 a feature that has no theme there either is an error of its field, told once, and goes by itself once it has one", async () => {
  const orphan = feature("Orphan", null);
  const owner = theme("Adopting");
  const link = await open();
  const id = almDefect("orphan", "", "Orphan");
  const report = await link.run();
  assert.equal(report.status, "passed with errors");
  assert.match(
    texts(report),
    /feature_id: .*feature "Orphan" of agm has no theme: give it one there, or fill in the theme/,
  );
  assert.deepEqual([link.agmOf(id)["name"], agmIds(link.agmOf(id))], ["orphan", [null, null]]);
  // Not with every run: the queue tries again after a while.
  assert.equal(texts(await link.run()), "");

  bench.agm.admin.update("features", orphan, { theme_id: owner });
  link.pass(30);
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(agmIds(link.agmOf(id)), [owner, orphan]);
  await assertQuiet(link);
});

test("S48 a feature of another theme is an error that names both: neither half is sent, and nothing is cleared on either side", async () => {
  const [one, other] = [planned("Cards"), planned("Loans")];
  const link = await open();
  const wrong = almDefect("from the start", "Cards", "Loans, part");
  const id = almDefect("later", "Cards", "Cards, part");
  const first = await link.run();
  assert.match(
    texts(first),
    /feature "Loans, part" of agm belongs to theme "Loans", and the record has "Cards": change one of the two/,
  );
  assert.deepEqual(agmIds(link.agmOf(wrong)), [null, null]);
  assert.deepEqual(agmIds(link.agmOf(id)), [one.theme, one.feature]);

  bench.alm.admin.update("defects", id, { "user-01": "Loans", name: "half moved" });
  const second = await link.run();
  assert.match(texts(second), /theme_id: .*"Cards, part" of agm belongs to theme "Cards", and the record has "Loans"/);
  assert.deepEqual([link.agmOf(id)["name"], agmIds(link.agmOf(id))], ["half moved", [one.theme, one.feature]]);
  assert.deepEqual(almTexts(id), ["Loans", "Cards, part"]);

  bench.alm.admin.update("defects", id, { "user-03": "Loans, part" });
  bench.alm.admin.update("defects", wrong, { "user-01": "Loans" });
  assert.equal((await link.run()).status, "passed");
  for (const record of [id, wrong]) assert.deepEqual(agmIds(link.agmOf(record)), [other.theme, other.feature]);
  await assertQuiet(link);
});

test("S48 what Agile Manager clears by itself when the theme changes does not come back as an edit", async () => {
  const [one, other] = [planned("Onboarding"), planned("Statements")];
  const link = await open();
  const id = almDefect("moves on", "Onboarding", "Onboarding, part");
  await link.run();
  bench.alm.admin.update("defects", id, { "user-01": "Statements", "user-03": "Not made yet" });
  const report = await link.run();
  assert.match(texts(report), /feature_id: .*agm has no feature "Not made yet"/);
  assert.deepEqual(agmIds(link.agmOf(id)), [other.theme, null]);
  link.pass(5);
  await link.run(true);
  assert.deepEqual(almTexts(id), ["Statements", "Not made yet"]);
  const late = feature("Not made yet", other.theme);
  link.pass(30);
  assert.equal((await link.run()).status, "passed");
  assert.deepEqual(agmIds(link.agmOf(id)), [other.theme, late]);
  await assertQuiet(link);
  assert.notEqual(one.theme, other.theme);
});

test("S49 a feature that goes to Agile Manager wants its theme mapped, one that only comes back does not", async () => {
  const codes = async (rows: string) => (await bench.check(rows)).filter((code) => code.startsWith("owner"));
  assert.deepEqual(await codes('user-03 = "feature_id"'), ["owner-unmapped"]);
  assert.deepEqual(await codes('user-03 = { agm = "feature_id", direction = "to-agm" }'), ["owner-unmapped"]);
  assert.deepEqual(await codes('user-03 = { agm = "feature_id", direction = "to-alm" }'), []);
  assert.deepEqual(await codes(ROWS), []);
});
