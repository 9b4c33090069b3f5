import assert from "node:assert/strict";
import { test } from "node:test";
import { withRuleFaults } from "../../../daemon/config/content/integrity.ts";
import { checkOf } from "../../../daemon/config/content/integrity-codes.ts";
import type { EndpointFacts } from "../../../daemon/config/facts.ts";
import type { BuildResult } from "../../../daemon/config/tree.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import type { ConnectorType } from "../../../daemon/core/connector.ts";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "../../../daemon/core/diagnostic.ts";
import type { DirectoryEntry, FieldSchema, Person } from "../../../daemon/core/field.ts";
import { INTEGRITY_CHECKS, type IntegrityCheck, type IntegrityCheckName } from "../../../daemon/core/integrity.ts";
import { build, field, mapping, plainType } from "./build.ts";
import { textTree } from "./corpus.ts";

const M = "mappings/m.toml";
const LIST = { kind: "option", options: ["New", "Open", "Closed"] } as const;

const FIELDS: readonly FieldSchema[] = [
  field("title", { required: true }),
  field("summary"),
  field("body", { kind: "rich", markup: "html" }),
  field("long", { maxLength: { size: 80, unit: "characters" } }),
  field("short", { maxLength: { size: 5, unit: "characters" } }),
  field("bytes", { maxLength: { size: 80, unit: "bytes" } }),
  field("points", { kind: "number" }),
  field("due", { kind: "date" }),
  field("state", { ...LIST, verified: true }),
  field("states", { ...LIST, options: ["New", "Open"], verified: true }),
  field("seen", { ...LIST, verified: false }),
  field("level", { kind: "option", options: ["Low", "High"], verified: true, required: true }),
  field("owner", { kind: "user", verified: true }),
  field("release", { kind: "reference", target: "release" }),
  field("made", { kind: "datetime", readOnly: true }),
];

function typeOf(fields: readonly FieldSchema[] = FIELDS): ConnectorType<{ readonly url: string }> {
  const schema = { label: "Item", fields: Object.fromEntries(fields.map((one) => [one.name, one])), open: [] };
  return { ...plainType, stock: (entity) => (entity === "item" ? { entity, ...schema } : null) };
}

/** What both endpoints' trackers say of themselves: the same fields, committed. */
function committed(fields: readonly FieldSchema[] = FIELDS): Readonly<Record<string, string>> {
  const schema = {
    entity: "item",
    label: "Item",
    fields: Object.fromEntries(fields.map((f) => [f.name, f])),
    open: [],
  };
  const text = JSON.stringify({ entities: { item: schema } });
  return { "mappings/schema/m/a.json": text, "mappings/schema/m/b.json": text };
}

interface Given {
  readonly link?: string;
  readonly rest?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly fields?: readonly FieldSchema[];
  readonly facts?: Partial<Record<"a" | "b", Partial<EndpointFacts>>>;
}

/** Builds one link whose records get a title and a level unless a row says otherwise. */
async function built(rows: string, given: Given = {}): Promise<BuildResult> {
  const { link = 'create = "none"', rest = "", files = committed(given.fields), facts } = given;
  const text = mapping(link, `[links.items.fields]\n${rows}\n${rest}`);
  const schemas = {
    item: {
      entity: "item",
      label: "Item",
      fields: Object.fromEntries((given.fields ?? FIELDS).map((f) => [f.name, f])),
      open: [],
    },
  };
  const factsOf = (endpoint: string) => {
    const known = endpoint === "a" ? facts?.a : facts?.b;
    return known === undefined ? null : { schemas, people: null, directories: new Map(), ...known };
  };
  return build(textTree({ [M]: text, ...files }), {
    connectorTypes: [typeOf(given.fields)],
    ...(facts === undefined ? {} : { facts: (_connection: string, endpoint: string) => factsOf(endpoint) }),
  });
}

async function checks(rows: string, given: Given = {}): Promise<Readonly<Record<IntegrityCheckName, IntegrityCheck>>> {
  const [link] = (await built(rows, given)).integrity ?? [];
  if (link === undefined) throw new Error("no link was read");
  return Object.fromEntries(link.checks.map((check) => [check.name, check])) as Record<
    IntegrityCheckName,
    IntegrityCheck
  >;
}

/** `verdict` and the codes of what one check found, each with its place. */
async function found(name: IntegrityCheckName, rows: string, given: Given = {}): Promise<readonly string[]> {
  const check = (await checks(rows, given))[name];
  return [check.verdict, ...check.findings.map(({ code, line, column }) => `${line}:${column} ${code}`)];
}

const NAME = 'title = "title"';
// The first row stands in line 13 of what `mapping` makes with one line for the link.
const FIRST = 13;

test("every check is there for every link, in the order of the catalogue, and every diagnostic belongs to one", async () => {
  const [link] = (await built(NAME)).integrity ?? [];
  assert.deepEqual(
    link?.checks.map(({ name }) => name),
    Object.keys(INTEGRITY_CHECKS),
  );
  const result = await built(NAME);
  assert.ok(result.ok);
  const at = { severity: "error", message: "", hint: "", file: M, line: 1, column: 1 } as const;
  const read = { config: { fields: [] }, left: {}, right: {} };
  for (const code of Object.keys(DIAGNOSTIC_CODES) as DiagnosticCode[]) {
    const name = checkOf({ diagnostic: { ...at, code }, subjects: [] }, { link: read, connection: {} } as never);
    assert.ok(Object.hasOwn(INTEGRITY_CHECKS, name), `${code} belongs to no check`);
  }
});

test("E131 what only a tracker can tell is skipped offline, with the command that asks it", async () => {
  const all = await checks(NAME);
  for (const name of ["connection", "permission", "drift"] as const)
    assert.deepEqual(
      [all[name].verdict, all[name].message],
      ["skipped", "only the trackers can tell: syncline connection test m"],
    );
});

test("E131 a wrong setting fails the parameters, a schema that cannot be read the schema", async () => {
  const text = mapping('create = "none"', `[links.items.fields]\n${NAME}\n`).replace('url = "b"', "url = 1");
  const result = await build(textTree({ [M]: text, ...committed() }), { connectorTypes: [typeOf()] });
  const parameters = result.integrity?.[0]?.checks.find(({ name }) => name === "parameters");
  assert.deepEqual([parameters?.verdict, parameters?.findings.map(({ code }) => code)], ["fail", ["invalid-value"]]);
  assert.deepEqual(await found("schema", NAME, { files: { ...committed(), "mappings/schema/m/a.json": "{" } }), [
    "fail",
    "1:2 schema-file",
  ]);
  assert.equal((await checks(NAME)).schema.message, "a: committed; b: committed");
  const openType = { ...typeOf(), stock: plainType.stock };
  const stock = await build(textTree({ [M]: mapping("", `[links.items.fields]\n${NAME}\n`) }), {
    connectorTypes: [openType],
  });
  assert.equal(stock.integrity?.[0]?.checks.find(({ name }) => name === "schema")?.verdict, "warning");
});

test("E132 a filter that cannot be read and an entity type that does not exist fail; no filter is nothing to check", async () => {
  assert.deepEqual(await found("filter", NAME), ["skipped"]);
  assert.deepEqual(await found("filter", NAME, { link: 'filter = { a = "[x]" }' }), ["pass"]);
  assert.deepEqual(await found("filter", NAME, { link: 'filter = { a = "[x" }' }), ["fail", "11:16 bad-filter"]);
  const text = mapping('create = "none"', `[links.items.fields]\n${NAME}\n`).replace('b = "item"', 'b = "itm"');
  const result = await build(textTree({ [M]: text, ...committed() }), { connectorTypes: [typeOf()] });
  const entity = result.integrity?.[0]?.checks.find(({ name }) => name === "entity type");
  assert.deepEqual([entity?.verdict, entity?.findings.map(({ code }) => code)], ["fail", ["unknown-entity"]]);
});

test("E133 recreating wants creation, creation wants updates, and two links want filters that keep their records apart", async () => {
  const deeds = (link: string) => found("creation and deletion", `${NAME}\nlevel = "level"`, { link });
  assert.deepEqual(await deeds('create = "b"\ndeleted = { a = "recreate" }'), [
    "fail",
    "12:17 recreate-without-create",
  ]);
  assert.deepEqual(await deeds('create = "b"\ndeleted = { b = "recreate" }'), ["pass"]);
  assert.deepEqual(await deeds('create = "both"\nupdate = "a"'), ["warning", "12:10 create-without-update"]);
  const second = (filter: string) =>
    `[links.more]\na = "item"\nb = "item2"\ncreate = "b"\n${filter}\n[links.more.fields]\n${NAME}\nlevel = "level"\n`;
  const both = async (filter: string, link = "") => {
    const type = { ...typeOf(), stock: (entity: string) => typeOf().stock(entity.replace("2", ""), { url: "" }) };
    const text = mapping(link, `[links.items.fields]\n${NAME}\nlevel = "level"\n${second(filter)}`);
    const { integrity = [] } = await build(textTree({ [M]: text }), { connectorTypes: [type] });
    return integrity.map(({ checks: all }) =>
      all.find(({ name }) => name === "creation and deletion")?.findings.map(({ code }) => code),
    );
  };
  assert.deepEqual(await both(""), [[], ["two-partners"]]);
  assert.deepEqual(await both('filter = { a = "[x]" }'), [[], ["two-partners"]]);
  assert.deepEqual(await both('filter = { a = "[x]" }', 'filter = { a = "[y]" }'), [[], []]);
});

test("E134 a mapping must be there, and each row must lead where something is made or updated", async () => {
  assert.deepEqual(await found("mapping", "", { link: 'create = "none"' }), ["fail", "8:8 missing-key"]);
  const oneWay = `${NAME}\nsummary = { b = "summary", direction = "to-a" }`;
  assert.deepEqual(await found("mapping", oneWay, { link: 'create = "b"\nupdate = "b"' }), [
    "fail",
    "15:1 row-without-effect",
  ]);
  assert.deepEqual(await found("mapping", oneWay, { link: 'create = "b"\nupdate = "both"' }), ["pass"]);
  const toB = 'title = { b = "title", direction = "to-b" }\nlevel = { b = "level", direction = "to-b" }';
  const constants = '[links.items.constants.a]\ntitle = "x"\nlevel = "Low"\n';
  assert.deepEqual(await found("mapping", toB, { link: "", rest: constants }), ["warning", "8:8 no-row"]);
  assert.deepEqual(await found("mapping", toB, { link: 'create = "b"' }), ["pass"]);
});

test("E135 S81 required without a row fails, with the tracker's own default it warns, a constant counts", async () => {
  const link = 'create = "b"';
  assert.deepEqual(await found("required fields", NAME, { link }), ["fail", "8:8 required-unmapped"]);
  assert.deepEqual(await found("required fields", `${NAME}\nlevel = "level"`, { link }), ["pass"]);
  const rest = '[links.items.constants.b]\nlevel = "Low"\n';
  assert.deepEqual(await found("required fields", NAME, { link, rest }), ["pass"]);
  const defaulted = FIELDS.map((one) => (one.name === "level" ? { ...one, defaulted: true } : one));
  assert.deepEqual(await found("required fields", NAME, { link, fields: defaulted }), [
    "warning",
    "8:8 required-unmapped",
  ]);
  assert.deepEqual(
    await found("required fields", NAME, { link, files: {} }),
    ["warning", "8:8 required-unmapped"],
    "a stock schema proves nothing",
  );
  assert.deepEqual(await found("required fields", NAME, { link: 'create = "none"' }), ["skipped"]);
});

test("E136 a field must exist and hold what comes", async () => {
  assert.deepEqual(await found("field names", 'titel = "title"'), ["fail", `${FIRST}:1 unknown-field`]);
  assert.deepEqual(await found("field types", 'body = "points"'), ["fail", `${FIRST}:8 incompatible-fields`]);
  assert.equal((await checks(NAME))["field names"].message, "2 fields");
});

test("E136 S25 a text that may be longer than its field is a warning, in the unit of the tracker, unless the row says overflow", async () => {
  const lengths = (rows: string) => found("lengths", rows);
  assert.deepEqual(await lengths('long = "short"'), ["warning", `${FIRST}:8 length-differs`]);
  assert.deepEqual(await lengths('short = { b = "long", direction = "to-b" }'), ["pass"]);
  assert.deepEqual(
    await lengths('long = { b = "bytes", direction = "to-b" }'),
    ["warning", `${FIRST}:14 length-differs`],
    "a character may be four bytes",
  );
  assert.deepEqual(
    await lengths('bytes = { b = "long", direction = "to-b" }'),
    ["pass"],
    "a character is at least a byte",
  );
  assert.deepEqual(await lengths('body = { b = "long", direction = "to-b" }'), [
    "warning",
    `${FIRST}:14 length-differs`,
  ]);
  assert.deepEqual(
    await lengths('state = { b = "short", direction = "to-b" }'),
    ["warning", `${FIRST}:15 length-differs`],
    "Closed has six",
  );
  assert.deepEqual(await lengths('long = { b = "short", overflow = "truncate" }'), ["pass"]);
  assert.deepEqual(await lengths('title = "title"'), ["skipped"]);
  const open = (await checks('summary = { b = "long", direction = "to-b" }')).lengths;
  assert.deepEqual(
    [open.verdict, open.message],
    ["pass", "1 with a limit; how long these are nobody tells: a summary"],
  );
});

test("E137 values from anywhere into a list that is enforced are a warning, unless the row says what becomes of them", async () => {
  const lists = (rows: string, rest = "") => found("fixed lists", rows, { rest });
  assert.deepEqual(await lists('summary = { b = "state", direction = "to-b" }'), [
    "warning",
    `${FIRST}:17 foreign-values`,
  ]);
  assert.deepEqual(await lists('seen = { b = "state", direction = "to-b" }'), [
    "warning",
    `${FIRST}:14 foreign-values`,
  ]);
  assert.deepEqual(
    await lists('states = { b = "state", direction = "to-b" }'),
    ["pass"],
    "each of its values is in the other list",
  );
  const missing = (await checks('state = { b = "states", direction = "to-b" }'))["fixed lists"];
  assert.match(
    missing.findings[0]?.message ?? "",
    /"state" of a has "Closed", which the list of "states" in b does not have/,
  );
  assert.deepEqual(await lists('state = { b = "states", direction = "to-b", unmapped = "copy" }'), ["pass"]);
  const map = '[values.m]\nto-b = { Closed = "Open" }\n';
  assert.deepEqual(await lists('state = { b = "states", direction = "to-b", values = "m" }', map), ["pass"]);
  assert.deepEqual(await lists('seen = { b = "states", direction = "to-b", values = "m", unmapped = "error" }', map), [
    "pass",
  ]);
  const standIn = 'seen = { b = "states", direction = "to-b", values = "m", unmapped = { value = "Done" } }';
  assert.deepEqual(await found("value maps", standIn, { rest: map }), [
    "fail",
    `${FIRST}:${standIn.indexOf('"Done"') + 1} unknown-option`,
  ]);
});

test("E137 texts into a field of users are a warning, with a users file they are not", async () => {
  const row = (more: string) => `summary = { b = "owner", direction = "to-b"${more} }`;
  assert.deepEqual(await found("user lists", row("")), ["warning", `${FIRST}:17 foreign-users`]);
  const files = { ...committed(), "users/u.csv": "jane,<>,Jane\n" };
  assert.deepEqual(await found("user lists", row(', users = "u"'), { files }), ["pass"]);
  assert.deepEqual(await found("user lists", 'owner = "owner"'), ["pass"]);
});

test("S13 every bad line of a legacy users file is a finding of its own, with its number", async () => {
  const files = { ...committed(), "users/u.csv": "jane,<>,Jane\nbad line\nx,=>,y\n,<,z\nk,>,l\n" };
  assert.deepEqual(await found("user lists", 'owner = { b = "owner", users = "u" }', { files }), [
    "fail",
    "2:1 csv-syntax",
    "3:3 csv-direction",
    "4:1 csv-syntax",
  ]);
});

test("E138 a mapped value must read as the field's kind, fit it, be in its list, and not empty what is required", async () => {
  const values = async (row: string, table: string) => found("value maps", row, { rest: `[values.m]\n${table}\n` });
  const toB = (a: string, b: string) => `${a} = { b = "${b}", direction = "to-b", values = "m" }`;
  assert.deepEqual(await values(toB("summary", "points"), 'to-b = { few = "1.50", many = "lots" }'), [
    "fail",
    "15:31 value-kind",
  ]);
  assert.deepEqual(await values(toB("summary", "due"), 'to-b = { now = "2026-02-30" }'), ["fail", "15:16 value-kind"]);
  assert.deepEqual(await values(toB("state", "short"), 'to-b = { New = "a long text" }'), [
    "warning",
    "15:16 value-too-long",
  ]);
  assert.deepEqual(await values(toB("summary", "state"), 'to-b = { x = "Opened" }'), ["fail", "15:14 unknown-option"]);
  assert.deepEqual(await values(toB("state", "level"), 'to-b = { New = "" }'), ["fail", "15:16 empty-required"]);
  assert.deepEqual(await values(toB("level", "state"), 'to-b = { Low = "" }'), ["pass"], "a field that may be empty");
  const stock = { files: {}, rest: '[values.m]\nto-b = { New = "" }\n' };
  assert.equal(
    (await found("value maps", toB("state", "level"), stock))[0],
    "warning",
    "a stock schema proves nothing",
  );
});

test("a row that names a value map which is not there is told what to write, and not to add a value map as well", async () => {
  const row = 'summary = { b = "state", direction = "to-b", values = "statuses" }';
  const { diagnostics } = { diagnostics: [], ...(await built(`${NAME}\n${row}`, { rest: "[values.other]\n" })) };
  assert.deepEqual(
    diagnostics.map(({ code, hint }: { code: string; hint: string }) => [code, hint]),
    [["missing-key", "Write a table [values.statuses]. Known: other."]],
  );
});

test("T2 several values that become one in a two-way row need a declared way back; what is copied back as it is needs none", async () => {
  const inverse = async (table: string, more = "") =>
    found("many to one", `state = { b = "summary", values = "m"${more} }`, { rest: `[values.m]\n${table}\n` });
  assert.deepEqual(await inverse('to-b = { New = "1", Open = "1" }'), [
    "fail",
    "15:10 value-map-inverse",
    "15:21 value-map-inverse",
  ]);
  assert.deepEqual(await inverse('both = { New = "1" }\nto-b = { Open = "1" }'), ["pass"]);
  // B8: it comes back as another one, and nothing says that it is meant to go one way.
  assert.deepEqual(await inverse('to-b = { New = "1", Open = "1" }\nto-a = { "1" = "New" }'), [
    "warning",
    "15:21 value-map-inverse",
  ]);
  assert.deepEqual(await inverse('both = { New = "1", Open = "1" }'), ["fail", "15:21 value-map-inverse"]);
  assert.deepEqual(await inverse('to-b = { New = "Open", Open = "Open" }'), ["pass"]);
  assert.deepEqual(await inverse('to-b = { New = "1" }'), ["warning", "15:10 value-map-inverse"]);
  assert.deepEqual(await inverse('to-b = { New = "1", Open = "1" }', ', unmapped = "skip"'), ["pass"]);
  assert.deepEqual(await inverse('to-b = { New = "1", Open = "1" }', ', direction = "to-b"'), ["skipped"]);
});

test("E139 nothing writes a read-only field", async () => {
  assert.deepEqual(await found("read-only fields", 'made = "made"'), [
    "fail",
    `${FIRST}:1 read-only-field`,
    `${FIRST}:8 read-only-field`,
  ]);
  assert.deepEqual(await found("read-only fields", 'made = { b = "summary", direction = "to-b" }'), ["pass"]);
});

test("E137 a field of true and false holds no other values: what a value map makes of both is no warning", async () => {
  const fields = [
    ...FIELDS,
    field("flag", { kind: "boolean" }),
    field("yes", { kind: "option", options: ["Y", "N"], verified: true }),
  ];
  const flags = (row: string) =>
    checks(`flag = { b = "yes"${row} }`, { fields, rest: '[values.m]\nboth = { true = "Y", false = "N" }\n' });
  assert.equal((await flags(', values = "m"'))["fixed lists"].verdict, "pass");
  const bare = (await checks('flag = { b = "yes", direction = "to-b" }', { fields }))["fixed lists"];
  assert.match(
    bare.findings[0]?.message ?? "",
    /"flag" of a has "true", "false", which the list of "yes" in b does not have/,
  );
});

test("E138 S78 a constant that does not fit belongs to the value maps' check, and says what to write; a reference wants an id", async () => {
  const constant = async (line: string, facts?: Given["facts"]) => {
    const rest = `[links.items.constants.b]\n${line}\n`;
    const { verdict, findings } = (await checks(NAME, { rest, ...(facts === undefined ? {} : { facts }) }))[
      "value maps"
    ];
    return [verdict, ...findings.map(({ message, hint }) => `${message} ${hint}`.trim())];
  };
  assert.deepEqual(await constant('due = "soon"'), [
    "fail",
    '"due" of b is a text, but must be a date. Write it as 2026-01-31.',
  ]);
  assert.deepEqual(await constant('summary = ""'), [
    "fail",
    '"summary" of b is empty, which no constant can be. Take it out.',
  ]);
  assert.deepEqual(await constant('short = "a long text"'), [
    "fail",
    '"short" of b holds at most 5 characters; this has 11.',
  ]);
  assert.deepEqual(await constant('release = "2.0"'), [
    "fail",
    '"release" of b holds a reference to a release, as its id; "2.0" is none. Write the id that the record has in the tracker.',
  ]);
  assert.deepEqual(await constant('release = "4"'), ["pass"]);
  const entry: DirectoryEntry = { id: "4", name: "2.0", path: "\\2.0", parent: null };
  const facts = { b: { directories: new Map([["release", [entry]]]) } };
  assert.match((await constant('release = "2.0"', facts)).join(), /^fail,.*"2\.0" has the id "4"\.$/);
  assert.match((await constant('release = "9"', facts)).join(), /^fail,.*"9" is none/);
  assert.deepEqual(await constant('release = "4"', facts), ["pass"]);
});

test("E134 a link that neither makes nor updates records is a warning; E110 a marker is a text or a number", async () => {
  const none = { link: 'create = "none"\nupdate = "none"' };
  assert.deepEqual(await found("mapping", NAME, none), ["warning", "12:1 row-without-effect"]);
  const marker = (kind: string) => found("mapping", NAME, { link: `create = "none"\nmarker = { b = "${kind}" }` });
  for (const kind of ["due", "owner", "state", "release"])
    assert.deepEqual(await marker(kind), ["fail", "12:16 invalid-value"], kind);
  for (const kind of ["summary", "points"]) assert.deepEqual(await marker(kind), ["pass"], kind);
});

test("S7 T3 a default user that can never be written is told: of a side that the row does not lead to, or beside a field without users", async () => {
  const row = (more: string) => checks(`owner = { b = "owner", ${more} }`);
  const away = (await row('direction = "to-b", default_user = { a = "sync" }'))["default user"];
  assert.deepEqual(
    [away.verdict, away.findings.map(({ message, hint }) => `${message} ${hint}`)],
    [
      "warning",
      [
        '"sync" is a default user of a, but the row only goes to b: nothing is ever written in a. Name a user of b: default_user = { b = "…" }.',
      ],
    ],
  );
  assert.equal((await row('direction = "to-b", default_user = { b = "sync" }'))["default user"].verdict, "pass");
  assert.equal((await row('default_user = { a = "sync", b = "sync" }'))["default user"].verdict, "pass");
  const nobody = (await row('default_user = { applies_to = "anyone" }'))["default user"];
  assert.deepEqual(
    [nobody.verdict, nobody.findings.map(({ message }) => message)],
    ["warning", ["default_user names nobody: no one stands in."]],
  );
  const text = (await row('default_user = "sync"')).mapping;
  assert.match(text.findings[0]?.hint ?? "", /default_user = \{ a = "…" \}/);
  const points = (await checks('points = { b = "points", default_user = { a = "sync" } }')).mapping;
  assert.match(points.findings[0]?.message ?? "", /^"default_user" is for fields that hold users, and neither/);
});

test("E139 the hint of a read-only field leads to a row that can be", async () => {
  const hints = async (row: string) => (await checks(row))["read-only fields"].findings.map(({ hint }) => hint);
  assert.deepEqual(await hints('made = "summary"'), ['Map it one way: direction = "to-b".']);
  assert.deepEqual(await hints('made = { b = "summary", direction = "to-a" }'), [
    'Map it the other way: direction = "to-b".',
  ]);
  const neither = "Take the row out: neither of its two fields can be written.";
  assert.deepEqual(await hints('made = "made"'), [neither, neither]);
});

test("E131 a trigger that cannot be read fails the triggers; a value map's release that is not there is named as its endpoint is", async () => {
  const rest = '[[links.items.triggers]]\ncron = "0 3 * * *"\nfull = "yes"\n';
  assert.equal((await checks(NAME, { rest })).triggers.verdict, "fail");
  assert.equal((await checks(NAME, { rest })).mapping.verdict, "pass");
  const facts = { a: { directories: new Map([["release", []]]) }, b: { directories: new Map([["release", []]]) } };
  const values = (
    await checks('release = { b = "release", values = "m" }', { rest: '[values.m]\nboth = { x = "y" }\n', facts })
  )["value maps"];
  assert.match(values.findings[0]?.message ?? "", /^In \[values\.m\]: a has no release "x"/);
});

test("E131 a link whose entity type is not in the committed schema is warned of by itself, the others are not", async () => {
  const open = { label: "Item", fields: { title: field("title"), extra: field("extra") }, open: ["user-.*"] };
  const type = { ...plainType, stock: (entity: string) => ({ entity, ...open }) };
  const text = `${mapping('create = "none"', `[links.items.fields]\n${NAME}`)}
[links.others]
a = "other"
b = "other"
create = "none"
fields = { extra = "extra" }
`;
  const { integrity = [] } = await build(textTree({ [M]: text, ...committed([field("title")]) }), {
    connectorTypes: [type],
  });
  const schemas = integrity.map(({ link, checks: all }) => [link, all.find(({ name }) => name === "schema")]);
  const told = schemas.map(([link, check]) => [
    link,
    (check as IntegrityCheck).findings.map(({ message, hint }) => `${message} ${hint}`),
  ]);
  const rest = (side: string) =>
    `No schema of other of ${side} is committed: its user-defined fields are not checked. Commit what the tracker says: syncline schema pull m.`;
  assert.deepEqual(told, [
    ["m/items", []],
    ["m/others", [rest("a"), rest("b")]],
  ]);
});

test("E135 E78 a field with two names, each the other's label, is one field: filled under either, and not written twice", async () => {
  const twins = [
    field("title"),
    field("cf_4", { label: "Severity", required: true }),
    field("Severity", { label: "cf_4", required: true }),
  ];
  const both = { fields: twins, link: 'create = "b"' };
  for (const name of ["cf_4", "Severity"]) {
    const one = await checks(`title = "title"\ncf_4 = "${name}"`, both);
    assert.deepEqual([one["required fields"].verdict, one.mapping.verdict], ["pass", "pass"], name);
    assert.equal(one["required fields"].message, "filled in b: Severity");
  }
  const none = (await checks(NAME, both))["required fields"];
  assert.deepEqual(none.findings.length, 1, JSON.stringify(none.findings));
  const twice = await found("mapping", 'title = "cf_4"\ncf_4 = { b = "Severity", direction = "to-b" }', both);
  assert.deepEqual(twice, ["fail", `${FIRST + 1}:14 duplicate-target`]);
});

test("E139 of an entity type that is for reading only no records are made or deleted", async () => {
  const fixed = FIELDS.map((one) => ({ ...one, readOnly: true }));
  const schemas = committed();
  const files = { ...schemas, "mappings/schema/m/b.json": committed(fixed)["mappings/schema/m/b.json"] ?? "" };
  const row = 'title = { b = "title", direction = "to-a" }';
  const verdict = (link: string) => found("read-only fields", row, { files, link });
  assert.deepEqual(await verdict('create = "both"'), ["fail", "11:1 read-only-field"]);
  assert.deepEqual(await verdict('create = "a"'), ["pass"]);
  assert.deepEqual(await verdict('create = "none"\ndeleted = { a = "delete" }'), ["fail", "12:1 read-only-field"]);
  assert.deepEqual(await verdict('create = "none"\ndeleted = { b = "delete" }'), ["pass"]);
});

test("S55 S49 a cycle without its release and a feature without its theme are two checks", async () => {
  const endpoints = `[endpoints.alm]
type = "alm"
url = "http://alm.example/qcbin"
domain = "D"
project = "P"
[endpoints.agm]
type = "agile-manager"
url = "http://agm.example"
workspace = 1
`;
  const of = async (rows: string) => {
    const text = `${endpoints}[links.d]\nalm = "defect"\nagm = "defect"\ncreate = "none"\n[links.d.fields]\nname = "name"\n${rows}\n`;
    const { integrity = [] } = await build(textTree({ [M]: text }), { connectorTypes });
    const verdict = (wanted: IntegrityCheckName) => integrity[0]?.checks.find(({ name }) => name === wanted)?.verdict;
    return [verdict("cycles"), verdict("themes")];
  };
  assert.deepEqual(await of('target-rcyc = "sprint_id"'), ["fail", "skipped"]);
  assert.deepEqual(await of('target-rcyc = "sprint_id"\ntarget-rel = "release_id"'), ["pass", "skipped"]);
  assert.deepEqual(await of('user-11 = "feature_id"'), ["skipped", "fail"]);
});

test("S7 T3 a default user that the users file makes somebody else's partner as well is a warning", async () => {
  const row = (login: string) => `owner = { b = "owner", users = "u", default_user = { a = "${login}" } }`;
  const files = { ...committed(), "users/u.csv": "jane,<>,Jane\nrobot,<,Bot\n" };
  assert.deepEqual(await found("default user", row("jane"), { files }), ["warning", `${FIRST}:1 default-user`]);
  assert.deepEqual(
    await found("default user", row("robot"), { files }),
    ["pass"],
    "a line that goes one way is no contradiction",
  );
  assert.deepEqual(await found("default user", 'owner = "owner"', { files }), ["skipped"]);
  const twice = { ...committed(), "users/u.csv": "jane,<>,Jane\njoe,<>,Jane\n" };
  assert.deepEqual(await found("default user", row("robot"), { files: twice }), ["fail", "2:8 duplicate-user"]);
});

const PEOPLE: readonly Person[] = [
  { login: "jane", name: "Jane", emails: [], active: true },
  { login: "gone", name: "Gone", emails: [], active: false },
];

test("S7 T6 against the tracker's own list: default user, constants, value maps and users files name users who exist", async () => {
  const facts = { a: { people: PEOPLE } };
  const stranger = 'owner = { b = "owner", default_user = { a = "jayne" } }';
  const check = (await checks(stranger, { facts }))["default user"];
  assert.deepEqual([check.verdict, check.findings[0]?.hint], ["fail", 'Did you mean "jane"?']);
  assert.deepEqual(await found("default user", stranger.replace("jayne", "JANE"), { facts }), ["pass"]);
  assert.deepEqual((await found("default user", stranger.replace("jayne", "gone"), { facts }))[0], "warning");
  assert.equal((await found("default user", stranger))[0], "pass", "offline nobody knows");
  const rest = '[links.items.constants.a]\nowner = "joe"\n[values.m]\nto-a = { Bob = "bob" }\n';
  const files = { ...committed(), "users/u.csv": "jane,<>,Jane\njim,<,Jim\n" };
  const row = 'owner = { b = "owner", users = "u", values = "m" }';
  assert.deepEqual(await found("user lists", row, { facts, files, rest }), [
    "fail",
    `${FIRST}:1 unknown-user`,
    "15:9 unknown-user",
    "17:16 unknown-user",
  ]);
  const named = (await checks(row, { facts, files, rest }))["user lists"].findings[0];
  assert.match(named?.message ?? "", /users\/u\.csv names users whom a does not have: "jim" \(line 2\)/);
});

function release(id: string, name: string, folder: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry {
  return { id, name, path: `\\${folder}\\${name}`, parent: null, ...more };
}

test("S57 names that references are carried by are unique, or mapped by their full path", async () => {
  const entries = [release("1", "R1", "Cards"), release("2", "R1", "Loans"), release("3", "R2", "Cards")];
  const facts = { a: { directories: new Map([["release", entries]]) }, b: { directories: new Map([["release", []]]) } };
  const check = (await checks('release = "release"', { facts }))["unique names"];
  assert.deepEqual([check.verdict, check.findings.map(({ code }) => code)], ["warning", ["name-not-unique"]]);
  assert.match(
    check.findings[0]?.message ?? "",
    /"R1".*\\Cards\\R1 \(1\), \\Loans\\R1 \(2\); records that have it are not synchronised/,
  );
  const gentle = (await checks('release = { b = "release", on_error = "field" }', { facts }))["unique names"];
  assert.match(gentle.findings[0]?.message ?? "", /the field of such a record is left alone/);
  const rest = "[values.m]\nboth = { '\\Cards\\R1' = \"C1\", '\\Loans\\R1' = \"L1\" }\n";
  const there = new Map([["release", [release("8", "C1", "X"), release("9", "L1", "X")]]]);
  const mapped = { facts: { ...facts, b: { directories: there } }, rest };
  assert.deepEqual(await found("unique names", 'release = { b = "release", values = "m" }', mapped), ["pass"]);
  const rooted = { ...mapped, rest: rest.replaceAll("'\\", "'\\Releases\\") };
  assert.deepEqual(await found("unique names", 'release = { b = "release", values = "m" }', rooted), ["pass"], "S60");
  assert.deepEqual(await found("unique names", 'release = "release"'), ["skipped"]);
  assert.deepEqual(
    await found("unique names", 'release = { b = "summary", direction = "to-b" }', { facts }),
    ["pass"],
    "as a text any name will do",
  );
  const teams = entries.map((one) => ({ ...one, releases: [] }));
  const kinds = { a: { directories: new Map([["release", teams]]) } };
  assert.deepEqual(
    await found("unique names", 'release = "release"', { facts: kinds }),
    ["pass"],
    "S62: teams may share a name",
  );
});

test("S59 a value map that leads to a release which does not exist fails against the tracker", async () => {
  const facts = { b: { directories: new Map([["release", [release("8", "C1", "X")]]]) } };
  const rest = '[values.m]\nto-b = { R1 = "C1", R2 = "C2" }\n';
  const row = 'release = { b = "release", direction = "to-b", values = "m" }';
  assert.deepEqual(await found("value maps", row, { facts, rest }), ["fail", "15:26 unknown-option"]);
});

test("E140 warnings pass, a single failed check does not", async () => {
  const verdict = async (rows: string) => (await built(rows)).integrity?.[0]?.verdict;
  assert.equal(await verdict(NAME), "pass");
  assert.equal(await verdict(`${NAME}\nlong = "short"`), "warning");
  assert.equal(await verdict(`${NAME}\nlong = "short"\nmade = "made"`), "fail");
});

test("X11 a rule file fails the links that have it, also when it shows only as it is loaded", async () => {
  const link = 'create = "none"\nrules = "r.ts"';
  const broken = { ...committed(), "rules/r.ts": "export default {{" };
  assert.equal((await found("rules", NAME, { link, files: broken }))[0], "fail");
  assert.deepEqual(await found("rules", NAME), ["skipped"]);
  const good = {
    ...committed(),
    "rules/r.ts": 'import { link } from "syncline";\nexport default link<"m", "items">({});\n',
  };
  const result = await built(NAME, { link, files: good });
  assert.ok(result.ok, JSON.stringify(result));
  const links = result.candidate.connections.flatMap((connection) => connection.links);
  const fault = {
    severity: "error",
    code: "rule-load",
    message: "it loops",
    hint: "",
    file: "rules/r.ts",
    line: 1,
    column: 1,
  } as const;
  const [before] = result.integrity ?? [];
  const [after] = withRuleFaults(result.integrity ?? [], links, [fault]);
  assert.deepEqual([before?.verdict, after?.verdict], ["pass", "fail"]);
  const [other] = withRuleFaults(result.integrity ?? [], [{ ...links[0], ruleFile: null } as never], [fault]);
  assert.equal(other?.verdict, "pass", "a link without rules is none of its business");
});

test("a finding counts for the link that it stands in, one of a value map for those that use it", async () => {
  const second = `[links.more]\na = "item"\nb = "item2"\ncreate = "none"\n[links.more.fields]\nstate = { b = "summary", values = "m" }\n`;
  const text = mapping(
    'create = "none"',
    `[links.items.fields]\nmade = "made"\n${second}[values.m]\nboth = { New = "1", Open = "1" }\n`,
  );
  const type = { ...typeOf(), stock: (entity: string) => typeOf().stock(entity.replace("2", ""), { url: "" }) };
  const { integrity = [] } = await build(textTree({ [M]: text }), { connectorTypes: [type] });
  const failed = integrity.map(({ link, checks: all }) => [
    link,
    ...all.filter((c) => c.verdict === "fail").map((c) => c.name),
  ]);
  assert.deepEqual(failed, [
    ["m/items", "read-only fields"],
    ["m/more", "many to one"],
  ]);
});
