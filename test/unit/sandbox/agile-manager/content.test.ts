import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { commonDefects, people, releases } from "../../../../daemon/sandbox/shared-content.ts";
import { type Any, ids, openSite } from "./site.ts";

test("the lifelike project: common defects at 2001…2048 with their marker, others from 2101, everything it should have", async (t) => {
  const { get, simulator } = await openSite(t, { content: "lifelike", seed: 7 });
  const { admin } = simulator;
  for (const defect of commonDefects(7)) {
    const item = admin.get("backlog_items", defect.agmId) as Any;
    assert.equal(item.name, defect.title);
    assert.equal(item.description, defect.description);
    assert.equal(item.user_01_d, defect.almId);
    assert.equal((admin.get("releases", item.release_id.id) as Any).name, defect.releaseName);
    assert.equal((admin.get("sprints", item.sprint_id.id) as Any).name, defect.cycleName);
  }
  const defects = await get("backlog_items", { query: `"subtype='defect'"`, limit: "2000", fields: "id" });
  assert.ok(defects.json.TotalResults >= 220);
  assert.deepEqual(
    ids(defects).filter((id) => id > 2048 && id < 2101),
    [],
  );
  const stories = await get("backlog_items", { query: `"subtype='user_story'"`, fields: "id" });
  assert.ok(stories.json.TotalResults >= 80);
  assert.deepEqual(
    admin.list("releases").map((row) => row["name"]),
    releases.map((release) => release.name),
  );
  const kinds = admin.list("teams").map((row) => row["team_type"]);
  assert.deepEqual(kinds, ["workspace", "workspace", "feature", "feature"]);
  for (const [resource, count] of [
    ["applications", 3],
    ["themes", 4],
    ["features", 10],
  ] as const) {
    assert.equal(admin.list(resource).length, count);
  }
  assert.ok(admin.list("tasks").length >= 160);
});

test("logins are e-mail addresses of the shared people, but for one person's", async (t) => {
  const { simulator } = await openSite(t, { content: "lifelike" });
  const emails = new Set(people.flatMap((person) => person.emails.map((email) => email.toLowerCase())));
  const used = new Set(simulator.admin.list("backlog_items").flatMap((row) => [row["author"], row["assigned_to"]]));
  used.delete(null);
  const strangers = [...used].filter((login) => !emails.has(String(login)));
  assert.deepEqual(strangers, ["petra.horakova@agile.example"]);
});

test("the same seed and clock give the same project, another seed another", async (t) => {
  const read = async (seed: number) => {
    const { simulator } = await openSite(t, { content: "lifelike", seed });
    return JSON.stringify(simulator.admin.list("backlog_items"));
  };
  assert.equal(await read(3), await read(3));
  assert.notEqual(await read(3), await read(4));
});

test("switches that refuse more do not keep the lifelike project from being made", async (t) => {
  const switches = { nameLength: 10, stringLength: 2, refWriteBareId: false, teamInRelease: true, memberKey: "who" };
  const { simulator } = await openSite(t, { content: "lifelike", switches });
  assert.ok(simulator.admin.list("backlog_items").length > 300);
});

test("a data folder keeps records, audits, attachments and spent ids over a restart", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "agile-manager-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = await openSite(t, { content: "lifelike", data });
  const item = await first.make("backlog_items", { subtype: "defect", name: "kept" });
  await first.send("PUT", `backlog_items/${item.id}`, { severity: "High" });
  await first.send("DELETE", "backlog_items/2001");
  await first.send("POST", "backlog_items", { data: [{ name: "rolled back" }, { name: "" }] });
  const before = first.simulator.admin.list("backlog_items");
  await first.simulator.close();
  const second = await openSite(t, { content: "lifelike", data });
  assert.deepEqual(second.simulator.admin.list("backlog_items"), before);
  assert.equal((await second.get(`backlog_items/${item.id}/audits`)).json.TotalResults, 2);
  const next = await second.make("backlog_items", { name: "next" });
  assert.ok(next.id > item.id);
});

test("start takes under 150 ms, a page of 2000 out of 10,000 with 12 fields under 100 ms (best of some)", async (t) => {
  const began = performance.now();
  const { simulator, get } = await openSite(t, { content: "lifelike" });
  const start = performance.now() - began;
  for (let index = 0; index < 10_000; index += 1) {
    simulator.admin.create("backlog_items", { subtype: "defect", name: `n ${index}`, description: "<p>text</p>" });
  }
  const fields =
    "name,description,severity,status,defect_status,release_id,sprint_id,user_01_d,user_02,last_modified,assigned_to,author";
  const query = `"subtype='defect';last_modified>='2020-01-01T00:00:00Z'"`;
  const times: number[] = [];
  for (let offset = 0; offset < 10_000; offset += 2000) {
    const from = performance.now();
    const page = await get("backlog_items", { query, fields, "order-by": "id", limit: "2000", offset: String(offset) });
    times.push(performance.now() - from);
    assert.equal(page.json.data.length, 2000);
  }
  t.diagnostic(`start ${Math.round(start)} ms, pages ${times.map(Math.round).join(" ")} ms`);
  // Other work on the machine may slow one of them down, hardly all.
  assert.ok(Math.min(...times) < 100);
  assert.ok(start < 600);
});
