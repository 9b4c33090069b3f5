import assert from "node:assert/strict";
import { test } from "node:test";
import { type Any, ids, names, openSite, type Site } from "./site.ts";

async function seeded(t: Parameters<typeof openSite>[0], options: Parameters<typeof openSite>[1] = {}): Promise<Site> {
  const site = await openSite(t, options);
  const { admin } = site.simulator;
  for (let index = 1; index <= 25; index += 1) {
    admin.create("backlog_items", { subtype: index % 5 === 0 ? "user_story" : "defect", name: `Item ${index}` });
  }
  return site;
}

test("workspaces: only those assigned; another is 403, an unknown one 404", async (t) => {
  const { send } = await openSite(t);
  const list = await send("GET", "/agm/api/workspaces");
  assert.deepEqual(list.json, {
    data: [{ type: "workspace", id: 1003, name: "Payments", description: null }],
    TotalResults: 1,
  });
  const one = await send("GET", "/agm/api/workspaces/1003?fields=name");
  assert.deepEqual(one.json.data, [{ type: "workspace", id: 1003, name: "Payments" }]);
  const refused = await send("GET", "/agm/api/workspaces/1000/releases");
  assert.equal(refused.status, 403);
  assert.equal(refused.json.error, "access_denied");
  assert.equal((await send("GET", "/agm/api/workspaces/9/releases")).status, 404);
  assert.equal((await send("POST", "/agm/api/workspaces", { data: [{ name: "x" }] })).status, 405);
});

test("every collection of section 4 answers; defects, user_stories, users, comments do not exist", async (t) => {
  const { get } = await openSite(t, { content: "lifelike" });
  const known =
    "applications releases sprints teams release_teams team_members themes features backlog_items tasks".split(" ");
  for (const name of known) {
    const answer = await get(name, { limit: "2" });
    assert.equal(answer.status, 200, name);
    assert.equal(answer.headers.get("content-type"), "application/json;q=0.9");
    assert.equal(answer.json.data.length, 2, name);
    assert.ok(answer.json.TotalResults > 2, name);
    assert.equal(typeof answer.json.data[0].id, "number");
    assert.equal(answer.json.data[0].type, name.replace(/s$/, ""));
  }
  for (const name of ["defects", "user_stories", "users", "comments", "metadata"]) {
    assert.equal((await get(name)).status, 404, name);
  }
});

test("the envelope: page, TotalResults over all matches, named fields plus type, subtype, id; ids are numbers", async (t) => {
  const { get } = await seeded(t);
  const answer = await get("backlog_items", {
    query: `"subtype='defect'"`,
    fields: "name,release_id,user_06_s",
    "order-by": "id",
    limit: "2",
    offset: "1",
  });
  assert.deepEqual(answer.json, {
    data: [
      { type: "backlog_item", subtype: "defect", id: 1002, name: "Item 2", release_id: null, user_06_s: null },
      { type: "backlog_item", subtype: "defect", id: 1003, name: "Item 3", release_id: null, user_06_s: null },
    ],
    TotalResults: 20,
  });
});

test("without fields every key comes, nulls included; a story lacks the keys of defects and the other way round", async (t) => {
  const { get } = await seeded(t);
  const keys = new Map<string, Any>();
  for (const row of (await get("backlog_items")).json.data) keys.set(row.subtype, row);
  const groupA =
    "type subtype id name description author assigned_to status story_points story_priority rank release_id sprint_id team_id application_id theme_id feature_id kanban_status_id kanban_parent_status_id kan_status_duration kan_parent_duration num_of_tasks cover_status estimated remaining invested actual blocked dev_comments creation_date last_modified archive_status";
  for (const name of groupA.split(" ")) {
    assert.ok(name in keys.get("defect"), name);
    assert.ok(name in keys.get("user_story"), name);
  }
  for (const name of ["severity", "defect_status", "detected_by", "user_01_d"]) {
    assert.ok(name in keys.get("defect") && !(name in keys.get("user_story")), name);
  }
  assert.ok("user_06_s" in keys.get("user_story") && !("user_06_s" in keys.get("defect")));
});

test("pages: 100 by default, limit 1 to 2000, offset from 0; anything else is 400", async (t) => {
  const { get, simulator } = await seeded(t);
  for (let index = 26; index <= 130; index += 1) simulator.admin.create("backlog_items", { name: `Item ${index}` });
  assert.equal((await get("backlog_items")).json.data.length, 100);
  assert.equal((await get("backlog_items", { limit: "2000" })).json.data.length, 130);
  assert.deepEqual(ids(await get("backlog_items", { limit: "1", offset: "129" })), [1130]);
  assert.deepEqual((await get("backlog_items", { limit: "5", offset: "500" })).json, { data: [], TotalResults: 130 });
  for (const wrong of [{ limit: "0" }, { limit: "2001" }, { limit: "-1" }, { limit: "x" }, { offset: "-1" }]) {
    const answer = await get("backlog_items", wrong);
    assert.equal(answer.status, 400, JSON.stringify(wrong));
    assert.equal(answer.json.error, "invalid_query");
  }
});

test("switch offsetAlone: honoured with pages of 100, or ignored", async (t) => {
  const honoured = await seeded(t);
  assert.equal(ids(await honoured.get("backlog_items", { offset: "20" }))[0], 1021);
  const ignored = await seeded(t, { switches: { offsetAlone: "ignored" } });
  assert.equal(ids(await ignored.get("backlog_items", { offset: "20" }))[0], 1001);
  assert.equal(ids(await ignored.get("backlog_items", { offset: "20", limit: "3" }))[0], 1021);
});

test("switch maxPage: the largest page", async (t) => {
  const { get } = await seeded(t, { switches: { maxPage: 10 } });
  assert.equal((await get("backlog_items", { limit: "10" })).status, 200);
  assert.equal((await get("backlog_items", { limit: "11" })).status, 400);
  assert.equal((await get("backlog_items")).json.data.length, 10);
});

test("order-by: several keys, descending, empty values first, ties by id", async (t) => {
  const { get, simulator } = await openSite(t);
  for (const [name, points] of [
    ["b", 3],
    ["A", null],
    ["c", 3],
    ["d", 10],
  ] as const)
    simulator.admin.create("backlog_items", { name, story_points: points });
  assert.deepEqual(names(await get("backlog_items", { "order-by": "-story_points,-name" })), ["d", "c", "b", "A"]);
  assert.deepEqual(names(await get("backlog_items", { "order-by": "story_points" })), ["A", "b", "c", "d"]);
  assert.deepEqual(names(await get("backlog_items", { "order-by": "-id" })), ["d", "c", "A", "b"]);
  assert.equal((await get("backlog_items", { "order-by": "nonsense" })).status, 400);
  assert.equal((await get("backlog_items", { fields: "id,nonsense" })).status, 400);
});

test("switch orderByOnly: orderBy counts, or is ignored", async (t) => {
  const both = await seeded(t);
  assert.equal(ids(await both.get("backlog_items", { orderBy: "-id" }))[0], 1025);
  const strict = await seeded(t, { switches: { orderByOnly: true } });
  assert.equal(ids(await strict.get("backlog_items", { orderBy: "-id" }))[0], 1001);
  assert.equal(ids(await strict.get("backlog_items", { "order-by": "-id" }))[0], 1025);
});

test("switch singleGet: envelope or bare; fields count; an unknown id is 404", async (t) => {
  const { get } = await seeded(t);
  const one = await get("backlog_items/1003", { fields: "name" });
  assert.deepEqual(one.json, {
    data: [{ type: "backlog_item", subtype: "defect", id: 1003, name: "Item 3" }],
    TotalResults: 1,
  });
  for (const id of ["9999", "abc", "-1"]) assert.equal((await get(`backlog_items/${id}`)).json.error, "not_found");
  const bare = await seeded(t, { switches: { singleGet: "bare" } });
  const entity = (await bare.get("backlog_items/1003")).json;
  assert.equal(entity.name, "Item 3");
  assert.equal((await bare.send("GET", "/agm/api/workspaces/1003")).json.name, "Payments");
});

test("switch gzip: compressed for clients that accept it", async (t) => {
  const { get } = await seeded(t, { switches: { gzip: true } });
  const answer = await get("backlog_items");
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  assert.equal(answer.json.TotalResults, 25);
});
