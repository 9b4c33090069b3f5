import assert from "node:assert/strict";
import { test } from "node:test";
import { build, candidateOf, findings, linkOf, mapping, plainType } from "./build.ts";
import { textTree } from "./corpus.ts";

const M = "mappings/m.toml";

test("a link's settings have the defaults of the design", async () => {
  const link = await linkOf(mapping(""));
  assert.equal(link.key, "m/items");
  assert.equal(link.conflict, "hold");
  assert.deepEqual([link.left.create, link.right.create], [true, true]);
  assert.deepEqual([link.left.deleted, link.left.filter, link.left.marker], ["nothing", null, null]);
  assert.equal(link.ruleFile, null);
  const [row] = link.fields;
  assert.deepEqual([row?.direction, row?.unmapped, row?.overflow, row?.conflict], ["both", "copy", "truncate", "hold"]);
  assert.deepEqual(row?.origin, { file: M, line: 13, column: 1 });
});

test("every key of a link is read", async () => {
  const link = await linkOf(
    mapping(
      'create = "b"\nconflict = "newest"\nmarker = { a = "x-partner", b = "code" }\nfilter = { a = "[x]" }\nreads = { b = ["points"] }\ndeleted = { a = "delete", b = "recreate" }\ntriggers = [{ cron = "*/5  * * * *" }, { cron = "30 2 * * *", zone = "Europe/Berlin", full = true }]',
      `[links.items.fields]
title = { b = "title", conflict = "a", overflow = "error", on_error = "record" }
state = { b = "state2", values = "states", unmapped = { value = "New" }, direction = "to-b" }
owner = { b = "owner", users = "people", default_user = { b = "nobody", applies_to = "anyone" }, unmapped = "skip", emails = "first" }
tags = { b = "x-tags", direction = "to-b", several = "latest" }
[values.states]
both = { New = "new" }
to-b = { Open = "new" }
`,
    ),
    { "users/people.csv": "a,<>,b\njane,<>,Jane.Doe\n" },
  );
  assert.deepEqual([link.left.create, link.right.create, link.conflict], [false, true, "newest"]);
  assert.deepEqual(
    [link.left.marker, link.right.marker, link.left.filter, link.right.filter],
    ["x-partner", "code", "[x]", null],
  );
  assert.deepEqual(
    [link.left.reads, link.right.reads, link.left.deleted, link.right.deleted],
    [[], ["points"], "delete", "recreate"],
  );
  assert.deepEqual(
    link.triggers.map(({ id }) => id),
    ["m/items */5 * * * * UTC incremental", "m/items 30 2 * * * Europe/Berlin full"],
  );
  const [title, state, owner, tags] = link.fields;
  assert.deepEqual([title?.conflict, title?.overflow, title?.onError], ["left", "error", "record"]);
  assert.deepEqual([owner?.defaultFor, owner?.emails, tags?.several], ["anyone", "first", "latest"]);
  assert.deepEqual([state?.direction, state?.unmapped], ["to-right", { value: "New" }]);
  assert.deepEqual({ ...state?.values?.toRight }, { New: "new", Open: "new" });
  assert.deepEqual({ ...state?.values?.toLeft }, { new: "New" });
  assert.deepEqual([owner?.defaultUser, owner?.unmapped], [{ right: "nobody" }, "skip"]);
  assert.deepEqual({ ...owner?.users?.toRight }, { jane: "Jane.Doe" });
  assert.deepEqual({ ...owner?.users?.toLeft }, { "jane.doe": "jane" });
});

test("left is the endpoint that stands first in the file", async () => {
  const text = mapping("").replace("[endpoints.a]", "[endpoints.z]").replace('a = "item"', 'z = "item"');
  const { connections } = await candidateOf({ [M]: text });
  assert.deepEqual([connections[0]?.left.name, connections[0]?.right.name], ["z", "b"]);
});

test("dotted keys and inline tables read as tables do", async () => {
  const link = await linkOf(mapping('fields.title = "title"\nmarker.a = "code"', ""));
  assert.deepEqual([link.left.marker, link.fields.length], ["code", 1]);
});

test("constants become values in their neutral form", async () => {
  const constants =
    '[links.items.constants.a]\npoints = 1.50\ncode = "abc"\nflag = true\ndue = 2026-01-31\nseen = 2026-01-31T10:00:00+02:00\ntags = ["b", "a", "b"]\nstate = "New"\nx-num = 7\nx-day = 2026-02-01\n';
  const link = await linkOf(mapping("", `[links.items.fields]\ntitle = "title"\n${constants}`));
  assert.deepEqual(
    { ...link.left.constants },
    {
      points: "1.5",
      code: "abc",
      flag: "true",
      due: "2026-01-31",
      seen: "2026-01-31T08:00:00Z",
      tags: ["a", "b"],
      state: "New",
      "x-num": "7",
      "x-day": "2026-02-01",
    },
  );
});

test("constants that a field cannot hold are found at their value", async () => {
  const bad =
    '[links.items.constants.b]\npoints = "many"\ntitle = 2026-01-31\ndue = "soon"\nstate = ["New"]\ncode = "longer than five"\nmade = "x"\nnobody = 1\nflag = "maybe"\npoints2 = { a = 1 }\nx-big = 9007199254740993\ntitle2 = 07:32:00\n';
  const found = await findings({ [M]: mapping("", `[links.items.fields]\ntext = "text"\n${bad}`) });
  assert.deepEqual(
    found.map((one) => one.replace(`${M}:`, "")),
    [
      "15:10 invalid-value",
      "16:9 invalid-value",
      "17:7 invalid-value",
      "18:9 invalid-value",
      "19:8 invalid-value",
      "20:1 read-only-field",
      "20:8 invalid-value",
      "21:1 unknown-field",
      "22:8 invalid-value",
      "23:1 unknown-field",
      "23:11 invalid-value",
      "24:9 invalid-value",
      "25:1 unknown-field",
      "25:10 invalid-value",
    ],
  );
});

test("a constant may stand beside a row, a marker may not", async () => {
  const both = '[links.items.fields]\ncode = "code"\n[links.items.constants.a]\ncode = "none"\n';
  assert.deepEqual(await findings({ [M]: mapping("", both) }), []);
  assert.deepEqual(await findings({ [M]: mapping('marker = { a = "code" }', both) }), [`${M}:11:16 duplicate-target`]);
  const oneWay = '[links.items.fields]\ncode = { b = "code", direction = "to-b" }\n';
  assert.deepEqual(await findings({ [M]: mapping('marker = { a = "code" }', oneWay) }), []);
});

test("one field may feed two, and only writing it twice is a mistake", async () => {
  const fan = (direction: string) =>
    `[links.items.fields]\ntitle = { b = "title", direction = "to-a" }\ncode = { b = "title", direction = "${direction}" }\n`;
  assert.deepEqual(await findings({ [M]: mapping("", fan("to-a")) }), []);
  assert.deepEqual(await findings({ [M]: mapping("", fan("to-b")) }), []);
  const twice = '[links.items.fields]\ntitle = "title"\ncode = { b = "title", direction = "to-b" }\n';
  assert.deepEqual(await findings({ [M]: mapping("", twice) }), [`${M}:14:14 duplicate-target`]);
});

test("read-only fields may be sent and not written", async () => {
  const row = (direction: string) =>
    mapping("", `[links.items.fields]\nmade = { b = "x-made", direction = "${direction}" }\n`);
  assert.deepEqual(await findings({ [M]: row("to-b") }), []);
  assert.deepEqual(await findings({ [M]: row("to-a") }), [`${M}:13:1 read-only-field`]);
  assert.deepEqual(await findings({ [M]: row("both") }), [`${M}:13:1 read-only-field`]);
});

test("kinds that hold each other's values are compatible, others are not", async () => {
  const pair = (left: string, right: string) =>
    findings({ [M]: mapping("", `[links.items.fields]\n${left} = "${right}"\n`) });
  for (const [left, right] of [
    ["title", "text"],
    ["state2", "title"],
    ["owner", "title"],
    ["points", "title"],
    ["due", "seen"],
    ["tags", "state2"],
    ["release", "title"],
  ] as const) {
    assert.deepEqual(await pair(left, right), [], `${left} ${right}`);
  }
  for (const [left, right] of [
    ["text", "points"],
    ["due", "points"],
    ["owner", "points"],
    ["flag", "due"],
  ] as const) {
    assert.match((await pair(left, right)).join(), /incompatible-fields/, `${left} ${right}`);
  }
});

test("a value map is checked against lists; lists of a stock schema only warn", async () => {
  const text = mapping(
    "",
    '[links.items.fields]\nstate = { b = "state2", values = "s" }\n[values.s]\nboth = { New = "x", Opne = "y" }\n',
  );
  assert.deepEqual(await findings({ [M]: text }), []);
  assert.deepEqual(
    (await findings({ [M]: text }, "warning")).filter((one) => one.includes("option")),
    [`${M}:15:21 unknown-option`],
  );
});

test("a two-way value map must have a way back", async () => {
  const values = (inside: string) =>
    findings({
      [M]: mapping("", `[links.items.fields]\nstate2 = { b = "state2", values = "s" }\n[values.s]\n${inside}\n`),
    });
  assert.deepEqual(await values('both = { A = "X", B = "X" }'), [`${M}:15:19 value-map-inverse`]);
  assert.deepEqual(await values('both = { A = "X" }\nto-b = { B = "X" }'), []);
  assert.deepEqual(await values('both = { A = "X" }\nto-b = { A = "Y" }'), [`${M}:16:10 value-map-inverse`]);
  assert.deepEqual(await values('both = { A = "X", B = "X" }\nto-a = { X = "B" }'), []);
  assert.deepEqual(await values('both = { A = "X" }\nto-c = { A = "Y" }'), [`${M}:16:1 unknown-key`]);
  assert.deepEqual(await values("both = { A = 1 }"), [`${M}:15:14 invalid-value`]);
});

test("S73 a row for one direction comes before the inverse of a two-way one; S76 it says which of several comes back", async () => {
  const link = await linkOf(
    mapping(
      "",
      '[links.items.fields]\nstate2 = { b = "state2", values = "s" }\n[values.s]\nboth = { A = "X", B = "X", C = "Z" }\nto-a = { X = "B", Z = "D" }\nto-b = { D = "Z" }\n',
    ),
  );
  const map = link.fields[0]?.values;
  assert.deepEqual({ ...map?.toRight }, { A: "X", B: "X", C: "Z", D: "Z" });
  assert.deepEqual({ ...map?.toLeft }, { X: "B", Z: "D" });
});

test("S11 `emails` of the connection counts for every row that does not say", async () => {
  const rows = '[links.items.fields]\nowner = { b = "owner" }\nx-owner = { b = "x-owner", emails = "all" }\n';
  const text = `emails = "first"\n${mapping("", rows)}`;
  const { fields } = await linkOf(text);
  assert.deepEqual([fields[0]?.emails, fields[1]?.emails], ["first", undefined]);
  assert.deepEqual(await findings({ [M]: text.replace('"first"', '"some"') }), [`${M}:1:10 invalid-value`]);
});

test("T22 a constant may be put back later", async () => {
  const constants = (lines: string) =>
    mapping("", `[links.items.fields]\ntext = "text"\n[links.items.constants.b]\n${lines}`);
  const { right } = await linkOf(
    constants(
      'title = { value = "x", when = "always" }\npoints = { value = 1.50 }\ncode = { value = "a", when = "empty" }\n',
    ),
  );
  assert.deepEqual({ ...right.constants }, { title: "x", points: "1.5", code: "a" });
  assert.deepEqual({ ...right.held }, { title: "always", code: "empty" });
  assert.deepEqual(await findings({ [M]: constants('title = { when = "always" }\n') }), [`${M}:15:9 missing-key`]);
  assert.deepEqual(await findings({ [M]: constants('title = { value = "x", when = "never" }\n') }), [
    `${M}:15:31 invalid-value`,
  ]);
  assert.deepEqual(await findings({ [M]: constants('title = { value = "x", wenn = "always" }\n') }), [
    `${M}:15:24 unknown-key`,
  ]);
});

test("S55 a cycle wants its release beside it, on every side where it is looked up", async () => {
  const cycles = { ...plainType, bonds: { owners: { points: "release" } } };
  const found = async (rows: string) => {
    const result = await build(textTree({ [M]: mapping("", `[links.items.fields]\n${rows}`) }), {
      connectorTypes: [cycles],
    });
    return result.ok
      ? []
      : result.diagnostics.filter((d) => d.severity === "error").map((d) => `${d.line}:${d.column} ${d.code}`);
  };
  assert.deepEqual(await found('points = "points"\n'), ["13:1 owner-unmapped", "13:10 owner-unmapped"]);
  assert.deepEqual(await found('points = "points"\nrelease = "release"\n'), []);
  assert.deepEqual(await found('points = { b = "points", direction = "to-b" }\n'), [
    "13:1 owner-unmapped",
    "13:16 owner-unmapped",
  ]);
  assert.deepEqual(await found('points = { b = "title", direction = "to-b" }\n'), []);
  assert.deepEqual(await found('title = { b = "points", direction = "to-b" }\n'), ["13:15 owner-unmapped"]);
  assert.deepEqual(
    await found('title = { b = "points", direction = "to-b" }\ncode = { b = "release", direction = "to-b" }\n'),
    [],
  );
});

test("values called like parts of JavaScript are values", async () => {
  const link = await linkOf(
    mapping(
      "",
      '[links.items.fields]\nstate2 = { b = "state2", values = "__proto__" }\n[values.__proto__]\nboth = { __proto__ = "constructor" }\n',
    ),
  );
  const map = link.fields[0]?.values;
  assert.deepEqual(Object.entries(map?.toRight ?? {}), [["__proto__", "constructor"]]);
  assert.equal(map?.toRight["toString"], undefined);
  assert.equal(({} as Record<string, unknown>)["constructor"], Object);
});

test("cron texts: what never comes true is refused, both day fields are warned of", async () => {
  const cron = (text: string) => mapping(`triggers = [{ cron = "${text}" }]`);
  for (const text of [
    "",
    "x",
    "* * * *",
    "60 * * * *",
    "0 0 31 2 *",
    "0 0 30,31 2 *",
    "0 0 31 4,6,9,11 *",
    "*/0 * * * *",
    "0 24 * * *",
  ]) {
    assert.equal((await findings({ [M]: cron(text) })).length, 1, text);
  }
  for (const text of ["*/5 * * * *", "0 0 29 2 *", "0 0 31 1,2 *", "0 3 * * 1-5"])
    assert.deepEqual(await findings({ [M]: cron(text) }), [], text);
  assert.match((await findings({ [M]: cron("0 0 13 * 5") }, "warning")).join(), /11:22 bad-cron/);
});

test("zones: only IANA names", async () => {
  const zone = (name: string) => mapping(`triggers = [{ cron = "0 0 * * *", zone = "${name}" }]`);
  for (const name of ["Mars/Base", "+02:00", "Europe/Berln"])
    assert.match((await findings({ [M]: zone(name) })).join(), /bad-zone/, name);
  for (const name of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
    assert.deepEqual(await findings({ [M]: zone(name) }), [], name);
});

test("one trigger twice is a mistake", async () => {
  assert.match(
    (await findings({ [M]: mapping('triggers = [{ cron = "0 0 * * *" }, { cron = "0 0  * * *" }]') })).join(),
    /11:37 invalid-value/,
  );
});

test("R13 secrets in a mapping are refused and not repeated", async () => {
  const secrets = [
    'pin = "canary"',
    'api_key = "canary"',
    'client-secret = "canary"',
    'proxy = "http://me:canary@proxy:8080"',
    'header = "Bearer canarycanary"',
    'secret = "canary canary!"',
    'nested = { password = "canary" }',
  ];
  for (const line of secrets) {
    const result = await build(textTree({ [M]: mapping("").replace('url = "a"', `url = "a"\n${line}`) }));
    assert.ok(!result.ok, line);
    assert.deepEqual(
      result.diagnostics.filter(({ severity }) => severity === "error").map(({ code, line: at }) => [code, at]),
      [["literal-secret", 4]],
      line,
    );
    assert.doesNotMatch(JSON.stringify(result), /canary/, line);
  }
});

test("two links for the same two entity types of the same endpoints are refused, in one file or in two", async () => {
  const second = '[links.again]\na = "item"\nb = "item"\nfields.title = "title"\n';
  assert.deepEqual(await findings({ [M]: mapping("") + second }), [`${M}:14:8 duplicate-link`]);
  const swapped = mapping("")
    .replace('url = "a"', 'url = "?"')
    .replace('url = "b"', 'url = "a"')
    .replace('url = "?"', 'url = "b"');
  assert.deepEqual(await findings({ [M]: mapping(""), "mappings/n.toml": swapped }), [
    "mappings/n.toml:8:8 duplicate-link",
  ]);
  assert.deepEqual(
    await findings({ [M]: mapping(""), "mappings/n.toml": swapped.replace('url = "b"', 'url = "c"') }),
    [],
  );
});

test("X2 a link of one entity type of one project with itself is refused, unless filters tell its two sides apart", async () => {
  const self = (link: string) => mapping(link).replace('url = "b"', 'url = "a"');
  assert.deepEqual(await findings({ [M]: self("") }), [`${M}:8:8 linked-to-itself`]);
  assert.deepEqual(await findings({ [M]: self('filter = { a = "x" }') }), [`${M}:8:8 linked-to-itself`]);
  assert.deepEqual(await findings({ [M]: self('filter = { a = "x", b = "y" }') }), []);
});

test("X4 a label that two fields share names neither, and the hint says both names", async () => {
  const one = { kind: "string", label: "Severity", multiple: false, required: false, readOnly: false };
  const fields = { cf_4: { ...one, name: "cf_4" }, cf_18: { ...one, name: "cf_18" } };
  const entities = { item: { entity: "item", label: "Item", open: [], fields } };
  const result = await build(
    textTree({
      [M]: mapping("", '[links.items.fields]\nseverity = "title"\n'),
      "mappings/schema/m/a.json": JSON.stringify({ entities }),
    }),
  );
  assert.equal(result.ok, false);
  const found = result.ok ? [] : result.diagnostics.filter(({ code }) => code === "unknown-field");
  assert.deepEqual(
    found.map(({ hint }) => hint),
    ['2 fields are labelled "Severity": "cf_4", "cf_18". Write the name of the one that is meant.'],
  );
});

test("files that look like configuration and are not read are warned of", async () => {
  const found = await findings(
    {
      [M]: mapping(""),
      "mappings/old/x.toml": "",
      "users/old/x.csv": "",
      "mappings/README.md": "",
      "mappings/schema/m/c.json": '{"entities":{}}',
    },
    "warning",
  );
  assert.deepEqual(
    found.filter((one) => !one.includes("schema-missing")),
    [
      "mappings/old/x.toml:1:1 ignored-file",
      "mappings/schema/m/c.json:1:1 schema-file",
      "users/old/x.csv:1:1 ignored-file",
    ],
  );
});

test("names that would break keys are refused", async () => {
  assert.match((await findings({ "mappings/my file.toml": mapping("") })).join(), /invalid-value/);
  assert.match(
    (await findings({ [M]: mapping("").replaceAll("endpoints.b", "endpoints.fields") })).join(),
    /5:12 invalid-value/,
  );
  assert.match(
    (await findings({ [M]: mapping("").replaceAll("endpoints.b", "endpoints.A") })).join(),
    /5:12 invalid-value/,
  );
});

test("an abort ends the build", async () => {
  await assert.rejects(
    build(textTree({ [M]: mapping("") }), { signal: AbortSignal.abort(new Error("enough")) }),
    /enough/,
  );
});

test("a file over 1 MB is refused unread", async () => {
  const found = await findings({ [M]: mapping(""), "users/all.csv": "x".repeat(1_048_577) });
  assert.deepEqual(found, ["users/all.csv:1:1 file-too-large"]);
});
