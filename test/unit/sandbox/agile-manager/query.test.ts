import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AgileManagerSwitches } from "../../../../daemon/sandbox/agile-manager/index.ts";
import { ids, openSite } from "./site.ts";

async function asker(t: TestContext, switches: Partial<AgileManagerSwitches> = {}) {
  const { get, simulator, clock } = await openSite(t, { switches });
  const { admin } = simulator;
  const release = admin.create("releases", { name: "R1" });
  admin.create("backlog_items", { subtype: "defect", name: "Alpha one", severity: "High", story_points: 3 });
  admin.create("backlog_items", { subtype: "defect", name: "alpha two", release_id: release, story_points: 12 });
  clock.time += 86_400_000;
  admin.create("backlog_items", { name: "Beta; (x||y)", status: "Done", story_points: 2.5, user_02: ["iOS", "macOS"] });
  admin.create("backlog_items", { subtype: "defect", name: "It's \\ 5*6", user_03: "Nordbank", user_04: "2026-05-01" });
  return async (filter: string) => {
    const answer = await get("backlog_items", { query: `"${filter}"` });
    return answer.status === 200 ? ids(answer).map((id) => id - 1000) : `${answer.status} ${answer.json.error}`;
  };
}

test("operators, precedence, groups, spaces", async (t) => {
  const ask = await asker(t);
  assert.deepEqual(await ask("id>1002"), [3, 4]);
  assert.deepEqual(await ask("id>=1002;id<1004"), [2, 3]);
  assert.deepEqual(await ask("id=1||id=1001 || id = 1004"), [1, 4]);
  assert.deepEqual(await ask("subtype='defect';(story_points>10||story_points<=3)"), [1, 2]);
  assert.deepEqual(await ask("id=1003||subtype='defect';story_points=3"), [1, 3]);
  assert.deepEqual(await ask("story_points=2.5"), [3]);
  assert.deepEqual(await ask(" ( ( id=1001 ) ) "), [1]);
  assert.deepEqual(await ask(""), [1, 2, 3, 4]);
});

test("references by bare id, lists, many values, dates, timestamps", async (t) => {
  const ask = await asker(t);
  assert.deepEqual(await ask("release_id=1001"), [2]);
  assert.deepEqual(await ask("severity='High'"), [1]);
  assert.deepEqual(await ask("user_02='macOS'"), [3]);
  assert.deepEqual(await ask("user_04>='2026-05-01'"), [4]);
  assert.deepEqual(await ask("creation_date>'2026-03-02'"), [3, 4]);
  assert.deepEqual(await ask("last_modified>='2026-03-02T08:15:31Z'"), [3, 4]);
  assert.deepEqual(await ask("last_modified<='2026-03-02T08:15:30Z'"), [1, 2]);
  assert.deepEqual(await ask("last_modified>='2026-03-03'"), [3, 4]);
});

test("null, negation, wildcard, escape: as the sibling products", async (t) => {
  const ask = await asker(t);
  assert.deepEqual(await ask("release_id=null"), [1, 3, 4]);
  assert.deepEqual(await ask("!release_id=null"), [2]);
  assert.deepEqual(await ask("!(subtype='defect';id<1003)"), [3, 4]);
  assert.deepEqual(await ask("name='alpha*'"), [1, 2]);
  assert.deepEqual(await ask("name='*a*o*'"), [1, 2]);
  assert.deepEqual(await ask("name='It\\'s \\\\ 5\\*6'"), [4]);
  assert.deepEqual(await ask("name='Beta; (x||y)'"), [3]);
});

test("switch queryExtras: refused", async (t) => {
  const ask = await asker(t, { queryExtras: "refused" });
  assert.equal(await ask("release_id=null"), "400 invalid_query");
  assert.equal(await ask("!id=1001"), "400 invalid_query");
  assert.deepEqual(await ask("name='alpha*'"), []);
});

test("switch stringCompare: case-insensitive or case-sensitive", async (t) => {
  const insensitive = await asker(t);
  assert.deepEqual(await insensitive("name='ALPHA ONE'"), [1]);
  const sensitive = await asker(t, { stringCompare: "cs" });
  assert.deepEqual(await sensitive("name='ALPHA ONE'"), []);
  assert.deepEqual(await sensitive("name='Alpha*'"), [1]);
});

test("switch lastModifiedFilter: refused with 400, in query and order", async (t) => {
  const ask = await asker(t, { lastModifiedFilter: "refused" });
  assert.equal(await ask("last_modified>='2026-03-02T08:15:31Z'"), "400 invalid_query");
  const { get } = await openSite(t, { switches: { lastModifiedFilter: "refused" } });
  assert.equal((await get("backlog_items", { "order-by": "last_modified" })).status, 400);
  assert.equal((await get("backlog_items", { fields: "last_modified" })).status, 200);
});

test("what is not in the grammar is 400 invalid_query", async (t) => {
  const ask = await asker(t);
  const wrong = [
    "id",
    "id=",
    "id=>3",
    "id==3",
    "id=1;",
    "(id=1",
    "id=1)",
    "id=1 id=2",
    "id=1|id=2",
    "id IN (1)",
    "name='open",
    "name=open",
    "name=5",
    "id='x'",
    "nonsense=1",
    "release_id.name='R1'",
    "release_id<null",
    "creation_date>'yesterday'",
    "user_04='2026-02-30'",
    `${"(".repeat(300)}id=1${")".repeat(300)}`,
  ];
  for (const filter of wrong) assert.equal(await ask(filter), "400 invalid_query", filter);
  const { get } = await openSite(t);
  assert.equal((await get("releases", { query: "id>1" })).status, 400, "without the double quotes");
});
