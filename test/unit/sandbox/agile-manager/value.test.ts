import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite } from "./site.ts";

test("values a field cannot hold are 400 invalid_value and store nothing", async (t) => {
  const { make, send, get } = await openSite(t);
  const item = await make("backlog_items", { subtype: "defect", name: "x" });
  const wrong: readonly Readonly<Record<string, unknown>>[] = [
    { name: null },
    { name: "" },
    { name: "  " },
    { name: 5 },
    { name: "n".repeat(256) },
    { user_03: "c".repeat(256) },
    { user_03: 5 },
    { severity: "high" },
    { severity: ["High"] },
    { status: "Nope" },
    { user_02: ["iOS", "BeOS"] },
    { user_02: "iOS" },
    { user_04: "2026-02-30" },
    { user_04: "2026-03-01T00:00:00Z" },
    { user_01_d: "seven" },
    { user_01_d: true },
    { assigned_to: "nobody@example.com" },
    { release_id: { type: "release", id: 4711 } },
    { release_id: { type: "sprint", id: 1001 } },
    { release_id: "Release 1" },
    { description: 7 },
    { type: "task" },
    { nonsense: 1 },
    { user_06_s: 1 },
  ];
  for (const fields of wrong) {
    const answer = await send("PUT", `backlog_items/${item.id}`, { story_points: 8, ...fields });
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.equal(answer.json.error, "invalid_value", JSON.stringify(fields));
    assert.ok(answer.json.error_description.includes(Object.keys(fields)[0] ?? ""), answer.json.error_description);
  }
  assert.deepEqual((await get(`backlog_items/${item.id}`)).json.data[0], item);
  assert.equal((await send("POST", "backlog_items", { data: [{ subtype: "defect" }] })).status, 400);
  assert.equal((await send("POST", "backlog_items", { data: [{ subtype: "epic", name: "x" }] })).status, 400);
});

test("computed fields are 400 read_only_field; subtype is fixed", async (t) => {
  const { make, send } = await openSite(t);
  const item = await make("backlog_items", { subtype: "defect", name: "x" });
  for (const fields of [
    { author: "a" },
    { creation_date: "2026-01-01" },
    { last_modified: "2026-01-01T00:00:00Z" },
    { estimated: 5 },
    { item_id: 3 },
    { id: 4 },
    { subtype: "user_story" },
    { cover_status: "Covered" },
  ]) {
    const answer = await send("PUT", `backlog_items/${item.id}`, fields);
    assert.equal(answer.json.error, "read_only_field", JSON.stringify(fields));
    assert.equal(answer.status, 400);
  }
  assert.equal((await send("PUT", `backlog_items/${item.id}`, { subtype: "defect", blocked: "waits" })).status, 200);
});

test("255 characters fit, counted as characters; switches nameLength and stringLength", async (t) => {
  const { make } = await openSite(t);
  const name = "😀".repeat(255);
  assert.equal((await make("backlog_items", { name })).name, name);
  const short = await openSite(t, { switches: { nameLength: 5, stringLength: 3 } });
  await short.make("backlog_items", { name: "12345", user_03: "123" });
  assert.equal((await short.send("POST", "backlog_items", { data: [{ name: "123456" }] })).status, 400);
  assert.equal((await short.send("POST", "backlog_items", { data: [{ name: "1", user_03: "1234" }] })).status, 400);
});

test("story names may not hold \\ ^ *; switch nameCharacters: every item's, or nobody's", async (t) => {
  for (const [nameCharacters, story, defect] of [
    ["stories", 400, 201],
    ["items", 400, 400],
    ["any", 201, 201],
  ] as const) {
    const { send } = await openSite(t, { switches: { nameCharacters } });
    for (const name of ["a\\b", "a^b", "a*b"]) {
      assert.equal((await send("POST", "backlog_items", { data: [{ name }] })).status, story, name);
      assert.equal((await send("POST", "backlog_items", { data: [{ subtype: "defect", name }] })).status, defect, name);
    }
  }
});

test("theme and feature names are unique in the workspace: 409 duplicate_name", async (t) => {
  const { make, send } = await openSite(t);
  for (const resource of ["themes", "features"]) {
    const first = await make(resource, { name: "One" });
    const second = await make(resource, { name: "Two" });
    const answer = await send("POST", resource, { data: [{ name: "one" }] });
    assert.equal(answer.status, 409);
    assert.equal(answer.json.error, "duplicate_name");
    assert.equal((await send("PUT", `${resource}/${second.id}`, { name: "ONE" })).status, 409);
    assert.equal((await send("PUT", `${resource}/${first.id}`, { name: "ONE" })).status, 200);
  }
});

test("switch refuseUnknownFields: dropped without a word", async (t) => {
  const { make } = await openSite(t, { switches: { refuseUnknownFields: false } });
  const item = await make("backlog_items", { name: "x", nonsense: 1, severity: "High" });
  assert.ok(!("nonsense" in item) && !("severity" in item));
});

test("switch refWriteBareId: a bare id is taken, or refused", async (t) => {
  for (const [refWriteBareId, status] of [
    [true, 200],
    [false, 400],
  ] as const) {
    const { make, send } = await openSite(t, { switches: { refWriteBareId } });
    const release = await make("releases", { name: "R" });
    const item = await make("backlog_items", { name: "x" });
    const answer = await send("PUT", `backlog_items/${item.id}`, { release_id: release.id });
    assert.equal(answer.status, status);
    if (status === 200) assert.deepEqual(answer.json.data[0].release_id, { type: "release", id: release.id });
    const object = { release_id: { type: "release", id: release.id } };
    assert.equal((await send("PUT", `backlog_items/${item.id}`, object)).status, 200);
  }
});

test("switch emptyText: an empty text becomes null, or stays", async (t) => {
  const nulls = await openSite(t);
  assert.equal((await nulls.make("backlog_items", { name: "x", user_03: "", description: "" })).user_03, null);
  const kept = await openSite(t, { switches: { emptyText: "kept" } });
  assert.equal((await kept.make("backlog_items", { name: "x", user_03: "" })).user_03, "");
});

test("switch users: any login is taken", async (t) => {
  const { make } = await openSite(t, { switches: { users: "any" } });
  assert.equal((await make("backlog_items", { name: "x", assigned_to: "Who@ever" })).assigned_to, "Who@ever");
});

test("switch errorBody: OAuth's or ALM's form", async (t) => {
  const alm = await openSite(t, { switches: { errorBody: "alm" } });
  const answer = await alm.get("backlog_items", { query: "x" });
  assert.equal(answer.status, 400);
  assert.equal(answer.json.Id, "qccore.general-error");
  assert.deepEqual(Object.keys(answer.json), ["Id", "Title", "ExceptionProperties", "StackTrace"]);
  const oauth = await openSite(t);
  assert.deepEqual(Object.keys((await oauth.get("backlog_items", { query: "x" })).json), [
    "error",
    "error_description",
  ]);
});
