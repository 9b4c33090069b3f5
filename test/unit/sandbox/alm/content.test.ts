import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startAlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";
import { commonDefects, people, releases } from "../../../../daemon/sandbox/shared-content.ts";
import { entity, ids, signedIn, start } from "./client.ts";

test("the lifelike project: 320 defects over two years, 48 of them known to Agile Manager under the same names", async (t) => {
  const alm = await start(t, { content: "lifelike" });
  const defects = alm.admin.list("defects");
  assert.equal(defects.length, 320);
  assert.equal(new Set(defects.map((defect) => defect["name"])).size, 320);
  for (const common of commonDefects(1)) {
    const defect = alm.admin.get("defects", common.almId);
    assert.deepEqual(
      [defect?.["name"], defect?.["user-04"], defect?.["severity"]],
      [common.title, String(common.agmId), common.severity],
    );
    assert.equal(alm.admin.get("releases", String(defect?.["target-rel"]))?.["name"], common.releaseName);
    assert.equal(alm.admin.get("release-cycles", String(defect?.["target-rcyc"]))?.["name"], common.cycleName);
  }
  assert.equal(defects.filter((defect) => defect["user-04"] !== "").length, 48);
  assert.deepEqual(
    alm.admin.list("releases").map((release) => release["name"]),
    releases.map((release) => release.name),
  );
  assert.equal(alm.admin.list("release-folders").length, 4);
  assert.equal(alm.admin.list("requirements").length, 60);
  assert.ok(people.length >= 24);
});

test("the same seed gives the same project, another one another; nothing lies in the future of the clock", async (t) => {
  const clock = { now: () => Date.UTC(2020, 0, 1) };
  const [a, b, c] = [
    await start(t, { content: "lifelike", clock }),
    await start(t, { content: "lifelike", clock }),
    await start(t, { content: "lifelike", clock, seed: 2 }),
  ];
  assert.deepEqual(a.admin.list("defects"), b.admin.list("defects"));
  assert.notDeepEqual(a.admin.list("defects"), c.admin.list("defects"));
  for (const defect of a.admin.list("defects")) assert.ok(String(defect["last-modified"]) < "2020-01-01");
});

test("every record of the lifelike project can be written back as it is", async (t) => {
  const alm = await start(t, { content: "lifelike" });
  const one = await signedIn(alm);
  for (const collection of ["defects", "requirements", "releases", "release-cycles"]) {
    const all = (await one.get(`${collection}?page-size=2000`)).json.entities;
    const fields = (await one.get(`customization/entities/${all[0].Type}/fields`)).json.Fields.Field;
    const writable = new Set(
      fields.filter((field: { editable: boolean }) => field.editable).map((field: { name: string }) => field.name),
    );
    const entities = all.map((row: { Type: string; Fields: { Name: string }[] }) => ({
      Fields: row.Fields.filter((field) => field.Name === "id" || writable.has(field.Name)),
      Type: row.Type,
    }));
    const answer = await one.put(collection, { entities }, { type: "application/json;type=collection" });
    assert.equal(answer.status, 200, answer.text.slice(0, 500));
  }
});

test("a restarted simulator still has every record; a torn last line is dropped and said", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "sandbox-alm-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = await startAlmSimulator({ content: "lifelike", data });
  const one = await signedIn(first);
  await one.call("DELETE", "defects/5");
  const made = await one.post(
    "defects",
    entity("defect", { name: "kept", "detected-by": "sync", "creation-time": "2026-01-01", severity: "1-Low" }),
  );
  assert.equal(made.status, 201);
  await one.call("POST", "defects/321/attachments", {
    body: "bytes",
    type: "application/octet-stream",
    headers: { slug: "a.txt" },
  });
  const before = first.admin.list("defects");
  await first.close();
  appendFileSync(join(data, "alm.jsonl"), '{"op":"remove","coll');
  const notes: string[] = [];
  const second = await startAlmSimulator({ content: "lifelike", data, note: (message) => notes.push(message) });
  assert.deepEqual(second.admin.list("defects"), before);
  assert.equal(notes.length, 1);
  const two = await signedIn(second);
  assert.equal((await two.get("defects/321/attachments/a.txt", { accept: "application/octet-stream" })).text, "bytes");
  assert.deepEqual(ids(await two.get("defects?query={id[>319]}&fields=id")), [320, 321]);
  second.admin.create("defects", { name: "after the torn line" });
  await second.close();
  const third = await startAlmSimulator({ content: "lifelike", data });
  t.after(() => third.close());
  assert.equal(third.admin.get("defects", 322)?.["name"], "after the torn line");
});

test("access tells a client all it needs", async (t) => {
  const alm = await start(t);
  assert.deepEqual(alm.access, {
    url: alm.url,
    domain: "DEMO",
    project: "PAYMENTS",
    user: "sync",
    password: "sync-secret",
    "client-id": "apikey-abcdefghijklmnop",
    "client-secret": "qrstuvwxyz",
  });
});

test("admin: what a person at the desktop client does", async (t) => {
  const alm = await start(t);
  const id = alm.admin.create("defects", { name: "by hand", owner: "long.gone", "user-02": ["Web"] });
  const made = alm.admin.get("defects", id);
  assert.deepEqual(
    [made?.["status"], made?.["owner"], made?.["user-02"], made?.["ver-stamp"]],
    ["New", "long.gone", ["Web"], "1"],
  );
  alm.admin.update("defects", id, { owner: null, "user-04": 2001 });
  assert.deepEqual([alm.admin.get("defects", id)?.["owner"], alm.admin.get("defects", id)?.["ver-stamp"]], ["", "2"]);
  alm.admin.remove("defects", id);
  assert.equal(alm.admin.get("defects", id), null);
  assert.throws(() => alm.admin.create("nothings", {}), /nothings/);
});
