import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite } from "./site.ts";

test("audits: creation and changes with old and new values; 404 where a resource has none; switches", async (t) => {
  const { make, send, get, clock } = await openSite(t);
  const item = await make("backlog_items", { name: "x" });
  clock.time += 1000;
  await send("PUT", `backlog_items/${item.id}`, { status: "Done" });
  await send("PUT", `backlog_items/${item.id}`, { status: "Done" });
  const answer = await get(`backlog_items/${item.id}/audits`);
  assert.equal(answer.json.TotalResults, 2);
  const { id, ...row } = answer.json.data[1];
  assert.equal(typeof id, "number");
  assert.deepEqual(row, {
    type: "audit",
    action: "UPDATE",
    parent_id: item.id,
    parent_type: "backlog_item",
    time: "2026-03-02T08:15:31Z",
    user: "api_client_5550001_2",
    properties: [{ name: "status", label: "Status", old_value: "New", new_value: "Done" }],
  });
  const release = await make("releases", { name: "R" });
  assert.equal((await get(`releases/${release.id}/audits`)).status, 404);

  const spaced = await openSite(t, { switches: { auditTime: "space" } });
  const other = await spaced.make("backlog_items", { name: "x" });
  assert.equal((await spaced.get(`backlog_items/${other.id}/audits`)).json.data[0].time, "2026-03-02 08:15:30");
  const off = await openSite(t, { switches: { audits: "off" } });
  const third = await off.make("backlog_items", { name: "x" });
  assert.equal((await off.get(`backlog_items/${third.id}/audits`)).status, 404);
});

test("attachments: multipart and raw upload, list, download, delete; the item's last_modified stays", async (t) => {
  const { make, send, get, raw, token, clock, simulator } = await openSite(t);
  const item = await make("backlog_items", { name: "x" });
  clock.time += 1000;
  const path = `/agm/api/workspaces/1003/backlog_items/${item.id}/attachments`;
  const headers = { Authorization: `bearer ${await token()}` };
  const bytes = new Uint8Array([0, 255, 13, 10, 45, 45]);
  const form = new FormData();
  form.set("filename", "Bericht ü.bin");
  form.set("description", "a report");
  form.set("file", new Blob([bytes]), "ignored.bin");
  const up = await raw("POST", path, { headers, body: form });
  assert.equal(up.status, 201);
  const { id, ...row } = up.json.data[0];
  assert.deepEqual(row, {
    type: "attachment",
    name: "Bericht ü.bin",
    size: 6,
    description: "a report",
    author: "api_client_5550001_2",
    last_modified: "2026-03-02T08:15:31Z",
  });
  const slug = { ...headers, "Content-Type": "application/octet-stream", Slug: "log.txt" };
  assert.equal((await raw("POST", path, { headers: slug, body: "text" })).json.data[0].name, "log.txt");
  assert.equal((await send("GET", path)).json.TotalResults, 2);
  for (const at of [`${path}/${id}`, `/agm/api/workspaces/1003/attachments/${id}`]) {
    const response = await fetch(`${simulator.url}${at}`, {
      headers: { ...headers, Accept: "application/octet-stream" },
    });
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  }
  assert.equal((await send("DELETE", `${path}/${id}`)).status, 200);
  assert.equal((await send("GET", `${path}/${id}`)).status, 404);
  assert.equal((await get(`backlog_items/${item.id}`)).json.data[0].last_modified, item.last_modified);
  const broken = { ...headers, "Content-Type": "multipart/form-data; boundary=x" };
  assert.equal((await raw("POST", path, { headers: broken, body: "--y" })).status, 400);
});

test("switch attachments: off; resources without any are 404", async (t) => {
  const { make, get } = await openSite(t, { switches: { attachments: "off" } });
  const item = await make("backlog_items", { name: "x" });
  assert.equal((await get(`backlog_items/${item.id}/attachments`)).status, 404);
  const on = await openSite(t);
  const team = await on.make("teams", { name: "T" });
  assert.equal((await on.get(`teams/${team.id}/attachments`)).status, 404);
});
