import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { readSettings, readWords } from "../../../../daemon/commands/setup/words.ts";
import { buildCandidate } from "../../../../daemon/config/build.ts";
import { draftConnection } from "../../../../daemon/config/draft/draft.ts";
import { connectionFiles } from "../../../../daemon/config/draft/files.ts";
import type { DraftInput, DraftSide } from "../../../../daemon/config/draft/input.ts";
import { mappingText } from "../../../../daemon/config/draft/mapping-text.ts";
import { findMarkers, type Looked, markerCandidates } from "../../../../daemon/config/draft/markers.ts";
import { namePairs, usualPairs } from "../../../../daemon/config/draft/pairing.ts";
import { matchPeople, usersText } from "../../../../daemon/config/draft/people.ts";
import { settleDraft } from "../../../../daemon/config/draft/settle.ts";
import { matchValues } from "../../../../daemon/config/draft/values.ts";
import { createTypeChecker } from "../../../../daemon/config/rules/typecheck.ts";
import { connectorTypes } from "../../../../daemon/connectors/registry.ts";
import { type Diagnostic, formatDiagnostic } from "../../../../daemon/core/diagnostic.ts";
import type { EntitySchema } from "../../../../daemon/core/field.ts";
import { textTree } from "../corpus.ts";
import { list, PAYMENTS, RO, schema, typeOf } from "./fixture.ts";

const typecheck = createTypeChecker();
after(() => typecheck.close());

/** What `syncline check` says of a draft's files. */
async function check(files: Readonly<Record<string, string>>): Promise<readonly Diagnostic[]> {
  const { signal } = new AbortController();
  const built = await buildCandidate(textTree(files), { connectorTypes, typecheck, signal });
  return built.ok ? built.candidate.warnings.filter(({ file }) => file !== "rules/syncline.d.ts") : built.diagnostics;
}

function golden(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

function filesOf(input: DraftInput): Readonly<Record<string, string>> {
  const draft = draftConnection(input);
  return connectionFiles(draft, mappingText(draft));
}

function redmineSide(issue: EntitySchema): DraftSide {
  const settings = { url: "https://redmine.example.com", project: "alpha" };
  return { ...PAYMENTS.right, name: "redmine", type: typeOf("redmine"), settings, parsed: REDMINE, schemas: { issue } };
}

const REDMINE = { fields: {}, markup: "textile" };

function withSide(change: Partial<DraftSide>): DraftInput {
  return { ...PAYMENTS, right: { ...PAYMENTS.right, ...change } };
}

test("X2 E85 a draft as people read it: the mapping, its rules, its users", () => {
  const files = filesOf(PAYMENTS);
  assert.equal(files["mappings/payments.toml"], golden("payments.toml"));
  assert.equal(files["rules/payments/defects.ts"], golden("defects.ts.txt"));
  assert.equal(files["users/payments.csv"], "alm,<>,agm\njane,<>,jane@example.com\n");
});

test("X2 the check has nothing to say of it, whether or not partners are made", async () => {
  for (const create of ["none", "both", "alm", "agm"]) {
    const found = await check(filesOf({ ...PAYMENTS, create }));
    assert.deepEqual(found.map(formatDiagnostic), [], create);
  }
});

test("X2 a row that the check refuses becomes a comment with the reason, one that may be cut says so", async () => {
  const short = schema(
    "defect",
    ["name", "Name", "string", { required: true, maxLength: { size: 20, unit: "characters" } }],
    ["description", "Description", "rich"],
    ["severity", "Severity", "option", list("1-Low", "2-Medium")],
  );
  const input = withSide({ schemas: { defect: short } });
  const rounds: number[] = [];
  const { draft, mapping } = await settleDraft(input, "mappings/payments.toml", async (draft, text) => {
    const found = await check(connectionFiles(draft, text));
    rounds.push(found.length);
    // Nothing that a draft has is refused so far: the check is made to.
    const line = [...text.rows].find(([, row]) => row === "defects/severity")?.[0];
    const refusal = {
      severity: "error",
      code: "incompatible-fields",
      message: "does not fit",
      hint: "",
      column: 1,
    } as const;
    return line === undefined ? found : [...found, { ...refusal, file: "mappings/payments.toml", line }];
  });
  assert.match(mapping.text, /^name +=.* \{ agm = "name", overflow = "truncate" \}/m);
  assert.match(mapping.text, /^# severity = .*; does not fit$/m);
  assert.equal(draft.links[0]?.rows.find(({ left }) => left === "severity")?.off, "does not fit");
  assert.deepEqual(rounds, [1, 0]);
  const strange = {
    severity: "error",
    code: "invalid-value",
    message: "no",
    hint: "",
    file: "x",
    line: 1,
    column: 1,
  } as const;
  await assert.rejects(
    settleDraft(input, "mappings/payments.toml", async () => [strange]),
    /the draft is refused:\nx:1:1: no/,
  );
});

test("X2 what a tracker sets by itself is carried once, by the rule, not by a row that would overwrite", () => {
  const redmine = schema(
    "issue",
    ["subject", "Subject", "string", { required: true }],
    ["author", "Author", "user", RO],
    ["created_on", "Created", "datetime", RO],
    ["closed_on", "Closed", "datetime", RO],
  );
  const right = redmineSide(redmine);
  const files = filesOf({ ...PAYMENTS, right, links: PAYMENTS.links.map((link) => ({ ...link, right: "issue" })) });
  const rule = files["rules/payments/defects.ts"] ?? "";
  assert.match(rule, /async incoming\(\{ issue, replica, creating, lookup \}\) \{\n +if \(!creating\) return;/);
  assert.match(rule, /issue\["creation-time"\] \?\?= replica\.created_on\?\.slice\(0, 10\) \?\? null;/);
  assert.match(rule, /const reporter = await lookup\.user\(replica\.author \?\? ""\);/);
  const mapping = files["mappings/payments.toml"] ?? "";
  assert.match(mapping, /^reads += \{ redmine = \["author", "created_on"\] \}/m);
  assert.match(mapping, /^# detected-by .*direction = "to-alm"/m);
  assert.doesNotMatch(mapping, /^detected-by += \{ redmine/m);
  return check(files).then((found) => assert.deepEqual(found.map(formatDiagnostic), []));
});

test("X2 a cycle without its release, a parent whose link is not there: told, not mapped", () => {
  const bare = schema("defect", ["name", "Name", "string"], ["sprint_id", "Sprint", "reference", { target: "sprint" }]);
  const text = filesOf(withSide({ schemas: { defect: bare } }))["mappings/payments.toml"] ?? "";
  assert.match(text, /^# target-rcyc = "sprint_id" +# .*wants a row for target-rel$/m);
});

test("X2 markers that hold partners' ids count, and their kind is declared where the server does not tell it", async () => {
  const markers = { left: { naming: "user-02", unused: [] }, right: { naming: "user_01_d", unused: [] } };
  const files = filesOf({ ...PAYMENTS, links: PAYMENTS.links.map((link) => ({ ...link, markers })) });
  const text = files["mappings/payments.toml"] ?? "";
  assert.match(text, /^marker = \{ alm = "user-02", agm = "user_01_d" \}$/m);
  assert.match(text, /^fields += \{ user_01_d = "number" \}$/m);
  assert.doesNotMatch(text, /^# user-02 +=/m);
  assert.deepEqual((await check(files)).map(formatDiagnostic), []);
});

test("X2 names of fields, labels and values that TOML or a comment would trip over", async () => {
  const odd = schema(
    "issue",
    ["subject", 'Sub\nject # "x"', "string", { required: true }],
    ["cf_1", "Kun\u007fde", "option", list('say "hi"', "a\\b")],
    ["Kun\u007fde", "cf_1", "option", list('say "hi"', "a\\b")],
    ["status", "Status", "option", list('1 "New"', "Old\u0001")],
  );
  const right = redmineSide(odd);
  const files = filesOf({ ...PAYMENTS, right, links: PAYMENTS.links.map((link) => ({ ...link, right: "issue" })) });
  assert.deepEqual((await check(files)).map(formatDiagnostic), []);
});

test("X2 a field with two names, as Redmine's custom fields have, is offered once, and as a marker too", () => {
  const twice = schema(
    "issue",
    ["subject", "Subject", "string"],
    ["cf_4", "External ID", "string"],
    ["External ID", "cf_4", "string"],
  );
  const right = redmineSide(twice);
  const files = filesOf({ ...PAYMENTS, right, links: PAYMENTS.links.map((link) => ({ ...link, right: "issue" })) });
  const text = files["mappings/payments.toml"] ?? "";
  assert.match(text, /^# "\?" = "cf_4" # External ID: a text$/m);
  assert.doesNotMatch(text, /= "External ID"/);
  assert.deepEqual(markerCandidates(twice, typeOf("redmine").stock("issue", REDMINE)), ["cf_4"]);
});

test("X2 values go together by what they say: numbers in front, capitals and signs aside; equal ones first", () => {
  const matched = matchValues(
    ["1-Low", "2-Medium", "4-Very High", "low", "Odd"],
    ["Low", "medium", "Very high", "Critical"],
  );
  assert.deepEqual(matched.both, { "1-Low": "Low", "2-Medium": "medium", "4-Very High": "Very high" });
  assert.deepEqual(matched.toRight, { low: "Low" });
  assert.deepEqual([matched.leftOnly, matched.rightOnly], [["Odd"], ["Critical"]]);
  const equal = matchValues(["1-Low", "Low"], ["Low", "LOW"]);
  assert.deepEqual([equal.both, equal.toRight, equal.toLeft], [{ Low: "Low", "1-Low": "LOW" }, {}, {}]);
  assert.deepEqual(matchValues(["1", "2"], ["1", "2", "3"]).both, { "1": "1", "2": "2" });
  assert.deepEqual(matchValues(["---"], ["***"]).both, {});
});

test("X2 people by e-mail address, capitals aside; an address of two people says nothing", () => {
  const person = (login: string, ...emails: string[]) => ({ login, name: login, emails });
  const left = [
    person("b", "B@x.example"),
    person("a", "a@x.example"),
    person("t1", "t@x.example"),
    person("t2", "T@x.example"),
  ];
  const right = [
    person("a@X.example"),
    person("bb", "b@x.example", "b2@x.example"),
    person("t@x.example"),
    person("z,z"),
  ];
  const matched = matchPeople(left, right);
  assert.deepEqual(matched.pairs, [
    { left: "a", right: "a@X.example" },
    { left: "b", right: "bb" },
  ]);
  assert.deepEqual(
    [matched.left, matched.right],
    [
      ["t1", "t2"],
      ["t@x.example", "z,z"],
    ],
  );
  assert.equal(
    usersText(["l", "r"], { pairs: [{ left: "z,z", right: 'q"q' }], left: [], right: [] }),
    'l,<>,r\n"z,z",<>,"q""q"\n',
  );
});

test("X2 B13 fields whose records name each other are markers; numbers that happen to be ids are none", () => {
  const side = (field: string, ...values: readonly (readonly [id: string, value: string | null])[]): Looked => ({
    candidates: [field, "empty"],
    records: values.map(([id, value]) => ({ id, fields: { [field]: value, empty: null } })),
  });
  const marked = findMarkers(
    side("m", ["1", "101"], ["2", "102"], ["3", null]),
    side("n", ["101", "1"], ["102", "2"], ["103", null]),
  );
  assert.deepEqual(
    [marked.left, marked.right],
    [
      { naming: "m", unused: ["empty"] },
      { naming: "n", unused: ["empty"] },
    ],
  );
  const effort = findMarkers(
    side("m", ["1", "2"], ["2", "3"], ["3", "1"], ["4", "4"]),
    side("n", ["1", "1"], ["2", "5"], ["3", "2"], ["4", "4"]),
  );
  assert.deepEqual([effort.left.naming, effort.right.naming], [null, null]);
  const type = typeOf("alm");
  const fields = schema(
    "defect",
    ["name", "Summary", "string"],
    ["user-01", "Key", "string", { maxLength: { size: 4, unit: "bytes" } }],
    ["user-02", "Id", "number"],
    ["user-03", "Ro", "number", RO],
  );
  assert.deepEqual(markerCandidates(fields, type.stock("defect", {})), ["user-02"]);
});

test("X2 E85 what is linked by default, for every two kinds of trackers", () => {
  const pairs = (left: string, right: string) =>
    usualPairs(typeOf(left), typeOf(right)).map((pair) => `${pair.name}: ${pair.left}=${pair.right}`);
  assert.deepEqual(pairs("alm", "agile-manager"), [
    "defects: defect=defect",
    "stories: requirement/Functional=user_story",
  ]);
  assert.deepEqual(pairs("alm", "redmine"), ["defects: defect=issue"]);
  assert.deepEqual(pairs("alm", "alm"), ["defects: defect=defect", "requirements: requirement=requirement"]);
  assert.deepEqual(pairs("redmine", "agile-manager"), ["defects: issue=defect"]);
  assert.deepEqual(
    namePairs([
      ["defect", "issue"],
      ["user_story", "x"],
      ["release-cycle", "sprint"],
      ["requirement/Functional", "y"],
      ["defect", "z"],
    ]).map(({ name }) => name),
    ["defects", "user-stories", "release-cycles", "functional-requirements", "defects-2"],
  );
});

test("X2 meanings name fields that the tracker has: in every kind of tracker, for every entity type", () => {
  for (const type of connectorTypes)
    for (const [entity, { fields, works = {} }] of Object.entries(type.meanings ?? {})) {
      const stock = type.stock(entity, REDMINE);
      for (const field of Object.values(fields))
        assert.ok(stock?.fields[field] !== undefined, `${type.type} ${entity} ${field}`);
      for (const name of Object.values(works)) assert.notEqual(type.stock(name, REDMINE), null, name);
    }
});

test("X2 an endpoint on the command line: blanks in quotes, whole numbers only where they are wanted", () => {
  const { name, values } = readWords(
    'alm type=alm url=https://x/qcbin domain=BANK project="My project" page_size=50',
    "--left",
  );
  assert.deepEqual([name, values.get("project")], ["alm", "My project"]);
  const settings = (type: string, words: string) => readSettings(typeOf(type), readWords(words, "--left").values);
  const alm = settings("alm", "url=https://x/qcbin domain=7 project=2024 page_size=50");
  assert.deepEqual(alm.ok && alm.table, { url: "https://x/qcbin", domain: "7", project: "2024", page_size: 50 });
  const agm = settings("agile-manager", "url=https://x workspace=1003");
  assert.equal(agm.ok && agm.table["workspace"], 1003);
  assert.equal(settings("agile-manager", "url=https://x workspace=many").ok, false);
  assert.throws(() => readWords("alm type=alm more", "--right"), /--right: "more" is no key=value/);
});
