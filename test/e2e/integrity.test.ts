import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import type { IntegrityCheck, IntegrityCheckName, LinkIntegrity } from "../../daemon/core/integrity.ts";
import { type Ended, objectOf } from "../support/command.ts";
import { changed, MAPPING } from "../support/sample.ts";
import { openSite, type Site, type SiteOptions, SMALL } from "../support/site.ts";

function check(site: Site, ...args: string[]): Promise<Ended> {
  return site.run(["check", "--repo", site.clone, ...args]);
}

function connectionTest(site: Site, ...args: string[]): Promise<Ended> {
  return site.run([
    "connection",
    "test",
    "payments",
    "--repo",
    site.clone,
    "--state",
    site.state,
    "--secrets",
    site.secrets,
    ...args,
  ]);
}

/** The checks of the one link, by name. */
function checksOf(ended: Ended): Readonly<Record<IntegrityCheckName, IntegrityCheck>> {
  const { integrity } = objectOf(ended) as unknown as { readonly integrity: readonly LinkIntegrity[] };
  return Object.fromEntries((integrity[0]?.checks ?? []).map((one) => [one.name, one])) as Record<
    IntegrityCheckName,
    IntegrityCheck
  >;
}

function edited(site: Site, edit: (mapping: string) => string): Record<string, string> {
  return { [MAPPING]: changed(site.files()[MAPPING] ?? "", edit) };
}

const RELEASE = { "start-date": "2026-01-01", "end-date": "2026-06-30" };

function open(t: Parameters<typeof openSite>[0], trackers: SiteOptions["trackers"] = SMALL): Promise<Site> {
  return openSite(t, { trackers });
}

test("E131 E140 offline the sample passes: a line a link, and with --table each check by name with what was looked at", async (t) => {
  const site = await open(t);
  const short = await check(site);
  assert.equal(short.code, 0, short.stdout + short.stderr);
  assert.match(short.stdout, /^ok: .*\n {2}payments\/defects: \d+ checks passed, \d+ skipped\n$/);
  const table = (await check(site, "--table")).stdout;
  assert.match(table, /^ {2}VERDICT +CHECK\n/m);
  assert.match(table, /^ {2}skipped +connection +only the trackers can tell: syncline connection test payments$/m);
  assert.match(table, /^ {2}pass +required fields +left to the rules: alm creation-time$/m);
  assert.match(table, /^ {2}pass +cycles +alm target-rcyc, agm sprint_id$/m);
  assert.equal(checksOf(await check(site, "--json")).lengths.verdict, "pass");
});

test("E133 E137 E138 E139 S55 T2 offline a wrong mapping fails check by check, each with file, line and hint", async (t) => {
  const site = await open(t);
  const wrong = edited(site, (text) =>
    text
      .replace(/^create .*$/m, 'create   = "agm"\ndeleted  = { alm = "recreate" }')
      .replace(/^target-rel .*\n/m, "")
      .replace(/^user-06 .*$/m, 'user-06     = "creation_date"')
      .replace(', unmapped = "copy" } # a new', " } # a new")
      .replace('"5-Urgent" = "Critical" }', '"5-Urgent" = "Critical", "4-Very High" = "Critical" }')
      .replace('{ Reopen = "Open" }', '{ Reopenned = "Open" }'),
  );
  site.publish(wrong, "All wrong");
  const ended = await check(site, "--json");
  assert.equal(ended.code, 1);
  const checks = checksOf(ended);
  const verdicts = (...names: IntegrityCheckName[]) => names.map((name) => [name, checks[name].verdict]);
  assert.deepEqual(
    verdicts("creation and deletion", "cycles", "read-only fields", "fixed lists", "many to one", "value maps"),
    [
      ["creation and deletion", "fail"],
      ["cycles", "fail"],
      ["read-only fields", "fail"],
      ["fixed lists", "warning"],
      ["many to one", "fail"],
      ["value maps", "fail"],
    ],
  );
  const lineOf = (beginning: string) =>
    (wrong[MAPPING] ?? "").split("\n").findIndex((line) => line.startsWith(beginning)) + 1;
  const places = (name: IntegrityCheckName) =>
    checks[name].findings.map(({ file, line, code }) => `${file}:${line} ${code}`);
  assert.deepEqual(places("creation and deletion"), [`${MAPPING}:${lineOf("deleted")} recreate-without-create`]);
  assert.deepEqual(places("read-only fields"), [`${MAPPING}:${lineOf("user-06")} read-only-field`]);
  assert.deepEqual(places("fixed lists"), [`${MAPPING}:${lineOf("severity")} foreign-values`]);
  const table = await check(site, "--table");
  assert.equal(table.code, 1);
  assert.match(table.stdout, /^payments\/defects: FAILS the integrity check: /m);
  assert.match(
    table.stdout,
    /FAIL +cycles +\d findings?\n +mappings\/payments\.toml:\d+:1: .*\[owner-unmapped\]\n +hint: Add a row for "target-rel"\./,
  );
});

test("E131 E132 E140 S57 live the sample passes: trackers, schemas, filter, names; what it is at stands on standard error", async (t) => {
  const site = await open(t);
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  const checks = checksOf(ended);
  assert.match(checks.connection.message, /alm sign-in.*agm sign-in/);
  assert.equal(checks.schema.message, "alm: as the tracker says now; agm: as the tracker says now");
  assert.deepEqual([checks.filter.verdict, checks.filter.message], ["pass", "alm: status[<> 'Closed']; alm takes it"]);
  assert.equal(checks["unique names"].verdict, "pass");
  assert.equal(checks["default user"].verdict, "pass");
  assert.match(
    ended.stderr,
    /^alm: reaching it, signing in\nagm: reaching it, signing in\nalm: trying what .*\nalm: reading the fields of defect\nalm: reading the users\n/,
  );
  const text = (await connectionTest(site)).stdout;
  assert.match(text, /^alm\n {2}pass {5}reach: [\s\S]*\nagm\n[\s\S]*\n\npayments\/defects: \d+ checks passed/);
});

test("a tracker that drifted from the committed schema is a warning, and what it breaks fails at its line", async (t) => {
  const site = await open(t);
  site.trackers.alm.admin.setList("Severity", ["1-Low", "2-Medium", "3-High", "4-Very High"]);
  assert.equal((await check(site)).code, 0, "offline nobody knows");
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 1, ended.stdout);
  const { drift, "value maps": values, rules } = checksOf(ended);
  assert.equal(drift.verdict, "warning");
  assert.deepEqual([rules.verdict, rules.findings], ["pass", []], "the types for editors follow the committed schema");
  const line = (site.files()[MAPPING] ?? "").split("\n").findIndex((text) => text.startsWith("severity ")) + 1;
  assert.ok(
    drift.findings.some(
      (one) => one.line === line && one.message === '"severity" of alm has no "5-Urgent" in its list any more.',
    ),
    JSON.stringify(drift),
  );
  assert.deepEqual(
    [values.verdict, values.findings.map(({ message }) => message)],
    ["fail", ['"severity" of alm has no value "5-Urgent".']],
  );
});

test("S7 S13 T6 live the default user, a constant's user and the users of the users file must exist", async (t) => {
  const site = await open(t);
  const files = edited(site, (text) =>
    text
      .replace('alm = "sync", applies_to', 'alm = "snyc", applies_to')
      .replace('detected-by = "sync"', 'detected-by = "robbie"'),
  );
  site.publish({
    ...files,
    "users/payments.csv": "anna.berg,<>,anna.berg@example.com\nmoved.away,<,who@example.com\n",
  });
  assert.equal((await check(site)).code, 0, "offline nobody knows");
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 1);
  const checks = checksOf(ended);
  const told = (name: IntegrityCheckName) => checks[name].findings.map(({ severity, message }) => [severity, message]);
  assert.deepEqual(told("default user"), [["error", 'default_user: alm has no user "snyc".']]);
  assert.deepEqual(told("user lists"), [
    ["warning", 'users/payments.csv names users whom alm does not have: "moved.away" (line 2).'],
    ["error", 'alm has no user "robbie".'],
  ]);
  assert.match(checks["user lists"].message, /syncline users payments; agm cannot list its users/);
});

test("S57 live two releases of one name are warned of before the run that would skip their records", async (t) => {
  const site = await open(t);
  const { admin } = site.trackers.alm;
  admin.create("releases", { name: "2027.1", ...RELEASE });
  admin.create("releases", { name: "2027.1", ...RELEASE });
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 0, "a warning is no failure");
  const names = checksOf(ended)["unique names"];
  assert.equal(names.verdict, "warning");
  assert.match(
    names.findings[0]?.message ?? "",
    /^"2027\.1" is not unique among the releases of alm: .*records that have it are not synchronised/,
  );
});

/** The 1-based line of the mapping that has a text. */
function lineWith(files: Readonly<Record<string, string>>, text: string): number {
  return (files[MAPPING] ?? "").split("\n").findIndex((line) => line.includes(text)) + 1;
}

test("E132 a filter that reads well is refused by the tracker that lacks its field, at its line", async (t) => {
  const site = await open(t);
  const files = edited(site, (text) => text.replace("status[<> 'Closed']", "staatus[<> 'Closed']"));
  site.publish(files);
  assert.equal((await check(site)).code, 0);
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 1);
  const { filter } = checksOf(ended);
  assert.equal(filter.verdict, "fail");
  assert.match(filter.findings[0]?.message ?? "", /staatus/);
  assert.equal(filter.findings[0]?.line, lineWith(files, "staatus"));
});

test("E132 X7 a trigger's query is asked about like a filter", async (t) => {
  const site = await open(t);
  const trigger = '[[links.defects.triggers]]\ncron = "7 * * * *"\nquery = { alm = "staatus[Open]" }\n';
  const files = edited(site, (text) => text.replace("[links.defects.fields]", `${trigger}\n$&`));
  site.publish(files);
  assert.equal((await check(site)).code, 0);
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 1);
  const { triggers } = checksOf(ended);
  const found = triggers.findings.at(-1);
  assert.match(found?.message ?? "", /staatus.*: the query is staatus\[Open\]$/);
  assert.equal(found?.line, lineWith(files, "staatus") - 2);
});

test("E131 live a remark on one entity type is made in the links that have it, and in no other", async (t) => {
  const site = await open(t);
  const stories =
    '[links.stories]\nalm = "requirement/Testing"\nagm = "user_story"\ncreate = "none"\nfields = { name = "name" }\n';
  site.publish(edited(site, (text) => text.replace("[values.severity]", `${stories}\n$&`)));
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  const { integrity } = objectOf(ended) as unknown as { readonly integrity: readonly LinkIntegrity[] };
  const remarks = integrity.map(({ link, checks }) => [
    link,
    checks.find(({ name }) => name === "connection")?.findings.map(({ message }) => message.split(":")[1]?.trim()),
  ]);
  assert.deepEqual(remarks, [
    ["payments/defects", ["defect"]],
    ["payments/stories", ["requirement/Testing"]],
  ]);
});

test("E131 a tracker that is down fails its own checks; the other one is asked all the same", async (t) => {
  const site = await open(t);
  await site.trackers.agm.close();
  const ended = await connectionTest(site, "--json");
  assert.equal(ended.code, 1);
  const checks = checksOf(ended);
  assert.equal(checks.connection.verdict, "fail");
  assert.equal(checks.schema.message, "alm: as the tracker says now; agm: committed");
  assert.equal(checks.filter.message, "alm: status[<> 'Closed']; alm takes it");
  assert.equal(checks["unique names"].message, "names are unique; agm could not be asked");
  assert.match(checks["default user"].message, /; agm could not be asked$/);
  assert.match((await connectionTest(site)).stdout, /agm\n {2}FAIL {5}sign-in/);
});

test("S30 S31 live links between records that are mapped need servers that have them", async (t) => {
  const table = (text: string) => text.replace("[links.defects.constants.alm]", "[links.defects.entity_links]\n\n$&");
  for (const [entityLinks, verdict] of [
    ["none", "fail"],
    ["assumed", "pass"],
  ] as const) {
    const site = await open(t, { ...SMALL, agm: { content: "empty", switches: { entityLinks } } });
    assert.equal(checksOf(await connectionTest(site, "--json"))["entity links"].verdict, "skipped");
    site.publish(edited(site, table));
    const links = checksOf(await connectionTest(site, "--json"))["entity links"];
    assert.equal(
      links.findings.some(({ severity }) => severity === "error") ? "fail" : "pass",
      verdict,
      JSON.stringify(links),
    );
    if (verdict === "fail") assert.match(links.findings.at(-1)?.message ?? "", /^agm: not available on this server/);
  }
});

test("--worktree holds the files on the disk against the trackers", async (t) => {
  const site = await open(t);

  writeFileSync(
    `${site.clone}/${MAPPING}`,
    edited(site, (text) => text.replace('alm = "sync", applies_to', 'alm = "snyc", applies_to'))[MAPPING] ?? "",
  );
  assert.equal((await connectionTest(site)).code, 0);
  assert.equal((await connectionTest(site, "--worktree")).code, 1);
});

test("E140 a field that is new in the tracker: the check refuses its row by the older schema, and pulling the schema is what mends it", async (t) => {
  const site = await open(t);
  const file = "mappings/schema/payments/alm.json";
  const older = JSON.parse(site.files()[file] ?? "{}") as { entities: { defect: { fields: Record<string, unknown> } } };
  delete older.entities.defect.fields["user-08"];
  const files = edited(site, (text) =>
    text.replace(/^user-06 .*$/m, '$&\nuser-08     = { agm = "user_05", overflow = "truncate" }'),
  );
  site.publish({ ...files, [file]: JSON.stringify(older) }, "A row for a new field");
  const refused = await check(site);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /has no field "user-08"/);
  const places = ["--repo", site.clone, "--state", site.state, "--secrets", site.secrets];
  const pulled = await site.run(["schema", "pull", "payments", ...places]);
  assert.equal(pulled.code, 0, pulled.stdout + pulled.stderr);
  const mended = await check(site, "--worktree");
  assert.equal(mended.code, 0, mended.stdout);
  // What no schema explains is refused as before.
  site.publish({ [MAPPING]: `${files[MAPPING] ?? ""}\nstrange = 1\n` }, "Wrong in another way");
  assert.equal((await site.run(["schema", "pull", "payments", ...places])).code, 3);
});
