import assert from "node:assert/strict";
import { test } from "node:test";
import { type Any, openSite } from "./site.ts";

test("create: 201, the whole entity with defaults, author = API client, stamps by the simulator's clock", async (t) => {
  const { send } = await openSite(t);
  const answer = await send("POST", "backlog_items", {
    data: [
      { subtype: "defect", name: "Wrong total", severity: "High" },
      { name: "Export as CSV", story_points: 5 },
    ],
  });
  assert.equal(answer.status, 201);
  assert.equal(answer.json.TotalResults, 2);
  const [defect, story] = answer.json.data;
  assert.equal(defect.id, 1001);
  assert.equal(defect.author, "api_client_5550001_2");
  assert.equal(defect.creation_date, "2026-03-02");
  assert.equal(defect.last_modified, "2026-03-02T08:15:30Z");
  assert.equal(defect.status, "New");
  assert.equal(defect.defect_status, "New");
  assert.equal(defect.release_id, null);
  assert.equal(defect.archive_status, 0);
  assert.equal(story.subtype, "user_story");
  assert.ok(story.rank > defect.rank);
  assert.notEqual(story.item_id, story.id);
});

test("every kind of user-defined field and the memos keep what is written; numeric texts become numbers", async (t) => {
  const { send, make, simulator } = await openSite(t);
  const release = simulator.admin.create("releases", { name: "R" });
  const written = {
    user_01_d: "17",
    user_02: ["iOS", "Linux", "iOS"],
    user_03: "Nordbank",
    user_04: "2026-12-31",
    user_05: "<p>ü &amp; <b>x</b></p>",
    user_07: "by hand",
    user_08: "Code",
    user_09: { type: "release", id: release },
    user_10: "Anna.Berg@example.com",
    dev_comments: "<div>1</div><hr/><div>2</div>",
    description: "<ul><li>a</li></ul>",
    story_points: "2.5",
  };
  const stored = await make("backlog_items", { subtype: "defect", name: "x", ...written });
  const expected = {
    ...written,
    user_01_d: 17,
    user_02: ["iOS", "Linux"],
    user_10: "anna.berg@example.com",
    story_points: 2.5,
  };
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(stored[name], value, name);
  const nulls = Object.fromEntries(Object.keys(written).map((name) => [name, null]));
  const cleared = await send("PUT", `backlog_items/${stored.id}`, nulls);
  for (const name of Object.keys(written)) assert.equal(cleared.json.data[0][name], null, name);
});

test("update: bare object, only what is given changes, last_modified moves on every write; others do not", async (t) => {
  const { send, make, get, clock } = await openSite(t);
  const item = await make("backlog_items", { subtype: "defect", name: "x", severity: "Low" });
  const other = await make("backlog_items", { name: "y" });
  clock.time += 5000;
  const answer = await send("PUT", `backlog_items/${item.id}`, { severity: "High", type: "backlog_item", id: item.id });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, {
    data: [{ ...item, severity: "High", last_modified: "2026-03-02T08:15:35Z" }],
    TotalResults: 1,
  });
  clock.time += 5000;
  await send("PUT", `backlog_items/${item.id}`, { severity: "High" });
  assert.equal((await get(`backlog_items/${item.id}`)).json.data[0].last_modified, "2026-03-02T08:15:40Z");
  assert.deepEqual((await get(`backlog_items/${other.id}`)).json.data[0], other);
});

test("switch putAnswer: full, empty, bare", async (t) => {
  for (const [putAnswer, check] of [
    ["full", (answer: Any) => assert.equal(answer.json.data[0].name, "new")],
    ["empty", (answer: Any) => assert.equal(answer.text, "")],
    ["bare", (answer: Any) => assert.equal(answer.json.name, "new")],
  ] as const) {
    const { make, send } = await openSite(t, { switches: { putAnswer } });
    const item = await make("backlog_items", { name: "old" });
    const answer = await send("PUT", `backlog_items/${item.id}`, { name: "new" });
    assert.equal(answer.status, 200);
    check(answer);
  }
});

test("switch putBody: {data:[…]} is refused, or taken", async (t) => {
  for (const [putBody, status] of [
    ["bare", 400],
    ["bare-or-data", 200],
  ] as const) {
    const { make, send } = await openSite(t, { switches: { putBody } });
    const item = await make("backlog_items", { name: "old" });
    assert.equal((await send("PUT", `backlog_items/${item.id}`, { data: [{ name: "new" }] })).status, status);
    assert.equal((await send("PUT", `backlog_items/${item.id}`, { name: "newer" })).status, 200);
  }
});

test("delete: gone with its tasks; the body is ignored; a second time is 404", async (t) => {
  const { make, send, get } = await openSite(t);
  const item = await make("backlog_items", { name: "x" });
  await make("tasks", { description: "t", backlog_item_id: { type: "backlog_item", id: item.id } });
  const answer = await send("DELETE", `backlog_items/${item.id}`, "");
  assert.equal(answer.status, 200);
  assert.equal(answer.json.data[0].name, "x");
  assert.equal((await get(`backlog_items/${item.id}`)).status, 404);
  assert.equal((await get("tasks")).json.TotalResults, 0);
  assert.equal((await send("DELETE", `backlog_items/${item.id}`)).status, 404);
  const next = await make("backlog_items", { name: "y" });
  assert.ok(next.id > item.id, "ids are not given out twice");
});

test("switch deleteAnswer: empty", async (t) => {
  const { make, send } = await openSite(t, { switches: { deleteAnswer: "empty" } });
  const item = await make("backlog_items", { name: "x" });
  const answer = await send("DELETE", `backlog_items/${item.id}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, "");
});

test("a create of several with a bad one stores nothing; switched, 409 with data and errors and the good ones stay", async (t) => {
  const body = { data: [{ name: "a" }, { name: "b", status: "Nope" }, { name: "c" }] };
  const whole = await openSite(t);
  const refused = await whole.send("POST", "backlog_items", body);
  assert.equal(refused.status, 400);
  assert.equal(refused.json.error, "invalid_value");
  assert.equal((await whole.get("backlog_items")).json.TotalResults, 0);

  const each = await openSite(t, { switches: { bulkPartial: "per-item" } });
  const partial = await each.send("POST", "backlog_items", body);
  assert.equal(partial.status, 409);
  assert.deepEqual(
    partial.json.data.map((row: Any) => row.name),
    ["a", "c"],
  );
  assert.equal(partial.json.errors.length, 1);
  assert.equal(partial.json.errors[0].index, 1);
  assert.equal(partial.json.errors[0].error, "invalid_value");
  assert.equal((await each.get("backlog_items")).json.TotalResults, 2);
  assert.equal((await each.send("POST", "backlog_items", { data: [{ name: "d" }, { name: "e" }] })).status, 201);
});

test("methods that do not exist are 405, bodies that are not JSON objects in data are 400, other types 415", async (t) => {
  const { send, raw, make, token } = await openSite(t);
  const item = await make("backlog_items", { name: "x" });
  for (const [method, path] of [
    ["PUT", "backlog_items"],
    ["DELETE", "backlog_items"],
    ["PATCH", "backlog_items"],
    ["POST", `backlog_items/${item.id}`],
    ["PATCH", `backlog_items/${item.id}`],
  ] as const) {
    const answer = await send(method, path, { data: [] });
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.equal(answer.json.error, "method_not_allowed");
  }
  for (const body of [{ name: "bare" }, { data: [] }, { data: ["x"] }, [{ name: "x" }], null, "x"]) {
    assert.equal((await send("POST", "backlog_items", body)).status, 400, JSON.stringify(body));
  }
  const headers = { Authorization: `bearer ${await token()}` };
  const collection = "/agm/api/workspaces/1003/backlog_items";
  const json = { ...headers, "Content-Type": "application/json" };
  assert.equal((await raw("POST", collection, { headers: json, body: '{"data":[{"na' })).status, 400);
  const xml = { ...headers, "Content-Type": "application/xml" };
  assert.equal((await raw("POST", collection, { headers: xml, body: "<x/>" })).status, 415);
});

test("admin writes are a person's edits: another author, the same rules, last_modified moves", async (t) => {
  const { simulator, clock, get } = await openSite(t);
  const { admin } = simulator;
  const id = admin.create("backlog_items", { subtype: "defect", name: "x" });
  clock.time += 60_000;
  admin.update("backlog_items", id, { severity: "Critical" });
  const item = (await get(`backlog_items/${id}`)).json.data[0];
  assert.match(item.author, /@example\.com$/);
  assert.equal(item.last_modified, "2026-03-02T08:16:30Z");
  assert.deepEqual(admin.get("backlog_items", id), item);
  assert.throws(() => admin.update("backlog_items", id, { severity: "Nope" }), /severity/);
  admin.remove("backlog_items", id);
  assert.equal(admin.get("backlog_items", id), null);
  assert.deepEqual(admin.list("backlog_items"), []);
});
