import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";
import { type Answer, type Client, fieldsOf, ids, signedIn, start } from "./client.ts";

function seed(alm: AlmSimulator): void {
  const dates = { "start-date": "2026-01-01", "end-date": "2026-06-30", "parent-id": "1" };
  alm.admin.create("releases", { ...dates, name: "Zulu" });
  alm.admin.create("releases", { ...dates, name: "Alpha" });
  const defect = (fields: Record<string, string | string[]>) => alm.admin.create("defects", fields);
  defect({
    name: "Timeout on save",
    status: "New",
    severity: "1-Low",
    owner: "jane.doe",
    "user-04": "2001",
    "target-rel": "1",
  });
  defect({
    name: "crash in timeout handler",
    status: "Open",
    severity: "5-Urgent",
    "creation-time": "2026-01-15",
    "user-01": "PROJ-7",
  });
  defect({
    name: "Login [beta] page",
    status: "Not Completed",
    severity: "2-Medium",
    "target-rel": "2",
    "user-02": ["iOS", "Web"],
  });
  defect({ name: 'Über "quoted"', status: "", severity: "2-Medium", "creation-time": "2026-02-10", "user-02": "Web" });
  defect({ name: "Completed", status: "Completed", severity: "3-High", "user-04": "-5" });
}

const ask = (one: Client, query: string, more = ""): Promise<Answer> =>
  one.get(`defects?query=${encodeURIComponent(query)}${more}`);

test("the query language", async (t) => {
  const alm = await start(t);
  seed(alm);
  const one = await signedIn(alm);
  const cases: Record<string, number[]> = {
    "{}": [1, 2, 3, 4, 5],
    "": [1, 2, 3, 4, 5],
    "{id[3]}": [3],
    "{id[3 OR 5 OR 9]}": [3, 5],
    "{id[5 or 3]}": [3, 5],
    "{id[>1 AND <=3]}": [2, 3],
    "{id[NOT 1]}": [2, 3, 4, 5],
    "{id[(1 OR 2) AND NOT 2]}": [1],
    "{id[1 OR 2 AND 3]}": [1],
    '{status[New OR Open]; severity["5-Urgent"];}': [2],
    "{severity[2-Medium]}": [3, 4],
    "{name['*timeout*']}": [1, 2],
    "{name[Timeout*]}": [1],
    "{name['timeout on save']}": [1],
    '{name["Login [beta] page"]}': [3],
    "{name['*\"quoted\"*']}": [4],
    '{user-01["PROJ-*"]}': [2],
    "{owner[jane.doe]}": [1],
    '{owner["jane.doe"]}': [1],
    '{creation-time[>="2026-01-01" AND <"2026-02-01"]}': [2],
    "{creation-time[>=2026-02-01 AND <=2026-02-28]}": [4],
    "{status[<> 'Closed']}": [1, 2, 3, 4, 5],
    '{status[NOT "Not Completed"]}': [1, 2, 4, 5],
    "{status[Not Completed]}": [1, 2, 3, 4],
    "{user-02[Web]}": [3, 4],
    "{user-02[NOT Web]}": [1, 2, 5],
    "{user-04[2001 OR 2002]}": [1],
    "{user-04[<0]}": [5],
    "{target-rel[2]}": [3],
    "{id[999]}": [],
    '{defect-to-target-release-mirror.name["Zu*"]}': [1],
    '{defect-to-target-release-mirror.name["Zu*"];defect-to-target-release-mirror.inclusive-filter[false]}': [
      2, 3, 4, 5,
    ],
  };
  for (const [query, expected] of Object.entries(cases)) {
    const answer = await ask(one, query);
    assert.equal(answer.status, 200, `${query}: ${answer.text.slice(0, 200)}`);
    assert.deepEqual(ids(answer), expected, query);
    assert.equal(answer.json.TotalResults, expected.length, query);
  }
  const raw = await one.get('defects?query={id[>1];severity["2-Medium"]}');
  assert.deepEqual(ids(raw), [3, 4]);
});

test("queries that cannot be read, and fields that cannot be asked for", async (t) => {
  const alm = await start(t);
  seed(alm);
  const one = await signedIn(alm);
  const cases: [string, number][] = [
    ["{status[No Run]}", 400],
    ["{id[}", 400],
    ["id[1]", 400],
    ["{id[(1]}", 400],
    ["{id[]}", 400],
    ["{id[1] name[x]}", 400],
    ["{nothing[1]}", 404],
    ["{description[x]}", 404],
    ["{ver-stamp[1]}", 404],
    ["{id[abc]}", 404],
    ["{creation-time[31.01.2026]}", 404],
    ["{release.name[R]}", 404],
    ["{nothing.name[R]}", 404],
  ];
  for (const [query, status] of cases) {
    const answer = await ask(one, query);
    assert.equal(answer.status, status, query);
    assert.equal(answer.json.Id, "qccore.invalid-filter-expression", query);
  }
});

test("last-modified is compared as text of the server's clock", async (t) => {
  let now = Date.UTC(2026, 0, 5, 8);
  const alm = await start(t, { clock: { now: () => now } });
  const one = await signedIn(alm);
  for (const id of ["1", "2", "3"]) {
    alm.admin.create("defects", { name: id });
    now += 1000;
  }
  const since = async (text: string) =>
    ids(await ask(one, `{last-modified[>="${text}"]}`, "&order-by={last-modified[ASC];id[ASC]}"));
  assert.deepEqual(await since("2026-01-05 09:00:01"), [2, 3]);
  assert.deepEqual(await since("2026-01-05"), [1, 2, 3]);
  assert.deepEqual(await since("2026-01-05 09:00:03"), []);
});

test("paging: 1-based, total of the whole query, beyond the end, page-size 0, max and nonsense", async (t) => {
  const alm = await start(t, { version: "17" });
  const one = await signedIn(alm);
  for (let id = 1; id <= 120; id += 1) alm.admin.create("defects", { name: String(id) });
  const page = (query: string) => one.get(`defects?fields=id&${query}`);
  assert.equal(ids(await page("")).length, 100);
  assert.deepEqual(ids(await page("page-size=3&start-index=4")), [4, 5, 6]);
  assert.equal((await page("page-size=3&start-index=4")).json.TotalResults, 120);
  assert.deepEqual((await page("page-size=3&start-index=121")).json, { entities: [], TotalResults: 120 });
  assert.deepEqual((await page("page-size=0")).json, { entities: [], TotalResults: 0 });
  assert.equal(ids(await page("page-size=max")).length, 120);
  assert.equal((await page("page-size=5000")).status, 200);
  for (const size of ["-1", "ten", "1.5"]) {
    const answer = await page(`page-size=${size}`);
    assert.equal(answer.status, 404);
    assert.equal(answer.json.Id, "qccore.invalid-query-value");
    assert.match(answer.json.Title, /Page size values can be either integer between 0 and 2,000 or "max"/);
  }
  assert.equal(
    (await one.get("defects?query={id[999]}", { accept: "application/xml" })).text.endsWith(
      '<Entities TotalResults="0"/>',
    ),
    true,
  );
});

test("fields: only those, unknown ones 400, related ones beside", async (t) => {
  const alm = await start(t);
  seed(alm);
  const one = await signedIn(alm);
  const [first] = (await one.get("defects?fields=id,%20last-modified,ver-stamp&page-size=1")).json.entities;
  assert.deepEqual(Object.keys(fieldsOf(first)).sort(), ["id", "last-modified", "ver-stamp"]);
  const unknown = await one.get("defects?fields=id,nothing");
  assert.equal(unknown.status, 400);
  assert.equal(unknown.json.entities, undefined);
  const related = await one.get("defects?fields=id,defect-to-target-release-mirror.name&page-size=1", {
    accept: "application/xml",
  });
  assert.match(
    related.text,
    /<RelatedEntities><Relation Alias="defect-to-target-release-mirror"><Entity Type="release"><Fields>.*Zulu/,
  );
});

test("order-by: several fields, directions, references by name, commas and unknown fields 404", async (t) => {
  const alm = await start(t);
  seed(alm);
  const one = await signedIn(alm);
  const order = async (text: string) => ids(await one.get(`defects?order-by=${encodeURIComponent(text)}`));
  assert.deepEqual(await order("{severity;id[DESC]}"), [1, 4, 3, 5, 2]);
  assert.deepEqual(await order("{id[DESC]}"), [5, 4, 3, 2, 1]);
  assert.deepEqual(await order("{}"), [1, 2, 3, 4, 5]);
  assert.deepEqual(await order("{target-rel[DESC]}"), [1, 3, 2, 4, 5]);
  assert.deepEqual((await order("{name[ASC,CI]}"))[1], 2);
  for (const text of ["{id,name}", "{nothing}"]) {
    const answer = await one.get(`defects?order-by=${encodeURIComponent(text)}`);
    assert.equal(answer.status, 404);
    assert.match(answer.json.Title, /^not existing field: "/);
  }
});

test("operators as words from 24.1 on, CI in order-by from 17 on", async (t) => {
  for (const [version, status] of [
    ["17", 400],
    ["24.1", 200],
  ] as const) {
    const alm = await start(t, { version });
    seed(alm);
    assert.equal((await ask(await signedIn(alm), "{id[GT 2 AND LE 4]}")).status, status);
  }
  const old = await start(t, { version: "16" });
  assert.equal((await (await signedIn(old)).get("defects?order-by={name[ASC,CI]}")).status, 404);
});

test("requirements are filtered by parent, children, release and linked defects", async (t) => {
  const alm = await start(t);
  seed(alm);
  const one = await signedIn(alm);
  alm.admin.create("requirements", { name: "Top", "type-id": "1" });
  alm.admin.create("requirements", { name: "Child", "parent-id": "1", "target-rel": ["1", "2"] });
  alm.admin.create("defect-links", {
    "first-endpoint-id": "3",
    "second-endpoint-id": "2",
    "second-endpoint-type": "requirement",
  });
  const query = async (text: string) => ids(await one.get(`requirements?query=${encodeURIComponent(text)}`));
  assert.deepEqual(await query("{parent-id[0]}"), [1]);
  assert.deepEqual(await query('{hierarchical-path["AAAAAB*"]}'), [1, 2]);
  assert.deepEqual(await query("{target-rel[2]}"), [2]);
  assert.deepEqual(await query('{release.name["Alpha"]}'), [2]);
  assert.deepEqual(await query("{defect.id[3]}"), [2]);
  assert.deepEqual(await query("{contains-requirement.name[Child]}"), [1]);
  assert.deepEqual(await query("{contained-in-requirement.name[Top]}"), [2]);
  assert.deepEqual(ids(await ask(one, "{requirement.name[Child]}")), [3]);
});

test("groups count per value", async (t) => {
  const alm = await start(t);
  seed(alm);
  const one = await signedIn(alm);
  const answer = await one.get("defects/groups/status");
  const notCompleted = answer.json.subLevel.find((group: { value: string }) => group.value === "Not Completed");
  assert.deepEqual(notCompleted, {
    subLevel: [],
    Name: "status",
    value: "Not Completed",
    Expression: '"Not Completed"',
    ReferenceValue: null,
    size: 1,
  });
  assert.equal((await one.get("defects/groups/description")).status, 400);
});
