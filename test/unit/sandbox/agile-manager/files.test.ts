import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite } from "./site.ts";

test("what a person attaches, changes and removes is seen over HTTP", async (t) => {
  const { make, send, simulator, clock } = await openSite(t);
  const item = await make("backlog_items", { name: "x" });
  const { attachments } = simulator.admin;
  const id = attachments.add("backlog_items", item.id, { name: "a.txt", content: "one", description: "why" });
  const listed = async () => (await send("GET", `backlog_items/${item.id}/attachments`)).json.data;
  const [row] = await listed();
  assert.deepEqual([String(row.id), row.name, row.size, row.description], [id, "a.txt", 3, "why"]);
  assert.notEqual(row.author, "api_client_5550001_2");
  clock.time += 1000;
  attachments.change("backlog_items", item.id, id, { content: "longer", description: "" });
  const [changed] = await listed();
  assert.deepEqual([changed.id, changed.size, changed.description], [row.id, 6, null]);
  assert.notEqual(changed.last_modified, row.last_modified);
  assert.equal(attachments.list("backlog_items", item.id)[0]?.content.toString(), "longer");
  attachments.remove("backlog_items", item.id, id);
  assert.deepEqual(await listed(), []);
  for (const wrong of [
    () => attachments.add("backlog_items", 1, { name: "a", content: "" }),
    () => attachments.remove("backlog_items", item.id, id),
    () => attachments.add("sprints", 1, { name: "a", content: "" }),
  ])
    assert.throws(wrong);
});

test("switch maxAttachmentBytes: larger files are refused, whoever attaches them", async (t) => {
  const { make, raw, token, simulator } = await openSite(t, { switches: { maxAttachmentBytes: 4 } });
  const item = await make("backlog_items", { name: "x" });
  const path = `/agm/api/workspaces/1003/backlog_items/${item.id}/attachments`;
  const headers = {
    Authorization: `bearer ${await token()}`,
    "Content-Type": "application/octet-stream",
    Slug: "a.txt",
  };
  const large = await raw("POST", path, { headers, body: "12345" });
  assert.deepEqual([large.status, large.json.error], [400, "invalid_value"]);
  assert.equal((await raw("POST", path, { headers, body: "1234" })).status, 201);
  const { attachments } = simulator.admin;
  assert.throws(() => attachments.add("backlog_items", item.id, { name: "b", content: "12345" }));
  const [file] = attachments.list("backlog_items", item.id);
  assert.throws(() => attachments.change("backlog_items", item.id, file?.id ?? "", { content: "12345" }));
});

test("switch attachmentTouchesParent: adding and removing a file moves the item's last_modified", async (t) => {
  for (const attachmentTouchesParent of [false, true]) {
    const { make, get, simulator, clock } = await openSite(t, { switches: { attachmentTouchesParent } });
    const item = await make("backlog_items", { name: "x" });
    const modified = async () => (await get(`backlog_items/${item.id}`)).json.data[0].last_modified;
    clock.time += 1000;
    const id = simulator.admin.attachments.add("backlog_items", item.id, { name: "a.txt", content: "one" });
    const added = await modified();
    assert.equal(added !== item.last_modified, attachmentTouchesParent);
    clock.time += 1000;
    simulator.admin.attachments.remove("backlog_items", item.id, id);
    assert.equal((await modified()) !== added, attachmentTouchesParent);
  }
});
