import assert from "node:assert/strict";
import { test } from "node:test";
import { agileManagerConnector } from "../../../daemon/connectors/agile-manager/index.ts";
import { almConnector } from "../../../daemon/connectors/alm/index.ts";
import { redmineConnector } from "../../../daemon/connectors/redmine/index.ts";
import type { ConnectorType } from "../../../daemon/core/connector.ts";
import type { FieldSchema } from "../../../daemon/core/field.ts";
import { build, field } from "./build.ts";
import { textTree } from "./corpus.ts";

const connectorTypes = [almConnector, agileManagerConnector, redmineConnector] as unknown as readonly ConnectorType[];

const ALM = `[endpoints.alm]
type = "alm"
url = "https://alm.example/qcbin"
domain = "D"
project = "P"
secret = "alm"
`;
const AGM = `[endpoints.agm]
type = "agile-manager"
url = "https://agm.example"
workspace = 1003
secret = "agm"
`;
const REDMINE = `[endpoints.redmine]
type = "redmine"
url = "https://redmine.example"
project = "p"
secret = "redmine"
`;

/** A committed schema of ALM defects with these user-defined fields besides the name. */
function committed(fields: readonly FieldSchema[]): string {
  const all = [field("name", { label: "Summary", required: true }), ...fields];
  const defect = {
    entity: "defect",
    label: "Defect",
    open: [],
    fields: Object.fromEntries(all.map((f) => [f.name, f])),
  };
  return JSON.stringify({ entities: { defect } });
}

/** Codes and messages that the check has for rows between ALM and Agile Manager. */
async function told(rows: string, fields: readonly FieldSchema[] | null, code: string): Promise<readonly string[]> {
  const link = `[links.items]\nalm = "defect"\nagm = "defect"\ncreate = "agm"\n[links.items.fields]\nname = "name"\n${rows}\n`;
  const schema = fields === null ? {} : { "mappings/schema/m/alm.json": committed(fields) };
  const result = await build(textTree({ "mappings/m.toml": ALM + AGM + link, ...schema }), { connectorTypes });
  const all = result.ok ? result.candidate.warnings : result.diagnostics;
  return all.filter((d) => d.code === code).map((d) => `${d.severity} ${d.line}: ${d.message} ${d.hint}`);
}

const list = (name: string, label: string, required: boolean) =>
  field(name, { label, kind: "option", required, options: ["a"], verified: false });

const PLAN = 'user-10 = "theme_id"\nuser-11 = "feature_id"';

test("S51 a feature from a list whose theme is not required there is a warning that says what to do", async () => {
  const owner = (themes: boolean) => [list("user-10", "Theme", themes), list("user-11", "Feature", false)];
  assert.deepEqual(await told(PLAN, owner(false), "owner-not-required"), [
    'warning 19: "Feature" of alm can be filled in without "Theme", and then may not get to agm. Make "Theme" and "Feature" required in alm.',
  ]);
  assert.deepEqual(await told(PLAN, owner(true), "owner-not-required"), []);
  // Only a schema that was read from the tracker says what is required.
  assert.deepEqual(await told(PLAN, null, "owner-not-required"), []);
  const oneWay = PLAN.replace('"feature_id"', '{ agm = "feature_id", direction = "to-alm" }');
  assert.deepEqual(await told(oneWay, owner(false), "owner-not-required"), []);
});

test("S55 what the tracker itself keeps together need not be required", async () => {
  const reference = (name: string, target: string) => field(name, { kind: "reference", target });
  const fields = [reference("target-rel", "release"), reference("target-rcyc", "release-cycle")];
  const rows = 'target-rel = "release_id"\ntarget-rcyc = "sprint_id"';
  assert.deepEqual(await told(rows, fields, "owner-not-required"), []);
});

test("S49 S55 the field that is missing beside a feature, a sprint or a team is named", async () => {
  const fields = ["user-10", "user-11", "user-12"].map((name) => list(name, name, false));
  assert.deepEqual(await told('user-11 = "feature_id"', fields, "owner-unmapped"), [
    'error 18: "feature_id" of agm is mapped without "theme_id": what it belongs to there is not known. Add a row for "theme_id".',
  ]);
  assert.deepEqual(await told('user-12 = "team_id"', fields, "owner-unmapped"), [
    'warning 18: "team_id" of agm is mapped without "release_id": teams of a single release are not found. Add a row for "release_id".',
  ]);
  assert.deepEqual(await told('user-12 = { agm = "team_id", direction = "to-alm" }', fields, "owner-unmapped"), []);
});

test("S49 S55 an owner whose row only leads away from where its part is written is a warning", async () => {
  const theme = 'user-10 = { agm = "theme_id", direction = "to-alm" }';
  assert.deepEqual(await told(`${theme}\nuser-11 = "feature_id"`, null, "owner-unmapped"), [
    'warning 19: "feature_id" of agm is written, but "theme_id" is not, since its row only leads away from agm: the two may not go together. Let the row of "theme_id" go to agm as well, or this one go its way alone.',
  ]);
  const feature = 'user-11 = { agm = "feature_id", direction = "to-alm" }';
  assert.deepEqual(await told(`${theme}\n${feature}`, null, "owner-unmapped"), []);
  const release = 'target-rel = { agm = "release_id", direction = "to-agm" }';
  assert.match(
    (await told(`${release}\ntarget-rcyc = "sprint_id"`, null, "owner-unmapped")).join(),
    /warning 19: "target-rcyc" of alm is written, but "target-rel" is not/,
  );
  const cycle = 'target-rcyc = { agm = "sprint_id", direction = "to-agm" }';
  assert.deepEqual(await told(`${release}\n${cycle}`, null, "owner-unmapped"), []);
});

test("S50 `derive` is for a feature's row and nothing else", async () => {
  const row = (alm: string, agm: string) => `${alm} = { agm = "${agm}", derive = false }`;
  assert.deepEqual(await told(`user-10 = "theme_id"\n${row("user-11", "feature_id")}`, null, "invalid-value"), []);
  assert.match(
    (await told(row("user-10", "theme_id"), null, "invalid-value"))[0] ?? "",
    /error 18: "derive" is for a field whose values belong to those of another one/,
  );
});

/** Rows of issues between Redmine and Agile Manager. */
async function creatable(rows: string): Promise<readonly string[]> {
  const link = `[links.items]\nredmine = "issue"\nagm = "defect"\ncreate = "none"\n[links.items.fields]\nsubject = "name"\n${rows}\n`;
  const result = await build(textTree({ "mappings/m.toml": REDMINE + AGM + link }), { connectorTypes });
  const all = result.ok ? result.candidate.warnings : result.diagnostics;
  return all.filter((d) => d.code === "cannot-create").map((d) => `${d.severity}: ${d.message}`);
}

test("S44 X19 what each tracker can create: versions and categories, applications, themes and features, list values", async () => {
  const row = (left: string, right: string) => `${left} = { agm = "${right}", create_missing = true }`;
  assert.deepEqual(await creatable(row("category", "application_id")), []);
  assert.deepEqual(await creatable(row("fixed_version", "release_id")), [
    'warning: "release_id" of agm: Agile Manager cannot create releases by its API.',
  ]);
  assert.deepEqual(await creatable(row("priority", "severity")), [
    'error: "priority" of redmine: Redmine cannot add values to this list by its API.',
    'error: "severity" of agm: Agile Manager cannot add values to this list by its API.',
  ]);
  assert.deepEqual(await creatable('category = { agm = "application_id", create_missing = false }'), []);
  const fields = [list("user-10", "Theme", true)];
  assert.deepEqual(await told('user-10 = { agm = "theme_id", create_missing = true }', fields, "cannot-create"), []);
  assert.match(
    (await told('user-10 = { agm = "theme_id", create_missing = "yes" }', fields, "invalid-value"))[0] ?? "",
    /"create_missing" is a text, but must be true or false/,
  );
});
