import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, fieldsOf, ids, signedIn, start } from "./client.ts";

test("a lock keeps others out until it is given back or its session ends", async (t) => {
  const alm = await start(t);
  alm.admin.create("defects", {});
  const [one, two] = [await signedIn(alm), await signedIn(alm)];
  const change = entity("defect", { name: "x" });
  assert.equal((await one.call("POST", "defects/1/lock")).status, 200);
  assert.equal((await one.get("defects/1/lock")).json.LockStatusEntity.LockStatus, "LOCKED_BY_ME");
  for (const answer of [
    await two.put("defects/1", change),
    await two.call("POST", "defects/1/lock"),
    await two.call("DELETE", "defects/1"),
  ]) {
    assert.equal(answer.status, 403);
    assert.equal(answer.json.Id, "qccore.lock-failure");
    assert.match(answer.json.Title, /The entity is locked by user 'sync'/);
  }
  assert.equal((await one.put("defects/1", change)).status, 200);
  assert.equal((await one.call("DELETE", "defects/1/lock")).status, 200);
  assert.equal((await two.put("defects/1", change)).status, 200);
  await one.call("POST", "defects/1/lock");
  await one.call("DELETE", "/rest/site-session");
  assert.equal((await two.put("defects/1", change)).status, 200);
});

test("a lock of the desktop client stops REST", async (t) => {
  const alm = await start(t);
  alm.admin.create("defects", {});
  const one = await signedIn(alm);
  alm.admin.lock("defects", 1, "bob");
  assert.match((await one.put("defects/1", entity("defect", { name: "x" }))).json.Title, /'bob'/);
  alm.admin.update("defects", 1, { name: "by bob" });
  alm.admin.unlock("defects", 1);
  assert.equal((await one.put("defects/1", entity("defect", { name: "x" }))).status, 200);
});

test("audits: only fields with history, no creation; JSON collapses one property to an object", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  alm.admin.create("defects", { status: "New" });
  assert.deepEqual((await one.get("defects/1/audits")).json, { Audits: { TotalResults: 0 } });
  await one.put("defects/1", entity("defect", { status: "Open", name: "no history", description: "none either" }));
  await one.put("defects/1", entity("defect", { status: "Fixed", owner: "jane.doe" }));
  const { Audits } = (await one.get("defects/1/audits")).json;
  assert.equal(Audits.TotalResults, 2);
  assert.deepEqual(Audits.Audit[0].Properties.Property, {
    Name: "status",
    Label: "Status",
    OldValue: "New",
    NewValue: "Open",
  });
  assert.equal(Audits.Audit[1].Properties.Property.length, 2);
  assert.equal(Audits.Audit[0].User, "sync");
  const text = (await one.get("defects/1/audits", { accept: "application/xml" })).text;
  assert.match(
    text,
    /<Property Name="status" Label="Status"><OldValue>New<\/OldValue><NewValue>Open<\/NewValue><\/Property>/,
  );
  await one.call("DELETE", "defects/1");
  const whole = (await one.get(`audits?query=${encodeURIComponent("{action[DELETE]}")}`)).json.Audits;
  assert.equal(whole.Audit.ParentId, 1);
});

test("attachments: by slug, by form, override, rename, by id, download, delete; the parent says Y", async (t) => {
  const alm = await start(t);
  alm.admin.create("defects", {});
  const one = await signedIn(alm);
  const octets = { accept: "application/octet-stream" };
  const raw = await one.call("POST", "defects/1/attachments", {
    body: "hello",
    type: "application/octet-stream",
    headers: { slug: encodeURIComponent("lög.txt") },
  });
  assert.equal(raw.status, 201);
  assert.equal(fieldsOf(raw.json)["name"], "lög.txt");
  assert.equal(fieldsOf(raw.json)["file-size"], "5");
  assert.equal(alm.admin.get("defects", 1)?.["attachment"], "Y");
  const form = (name: string, content: string, override: string) =>
    ["filename", name, "description", "Server log", "override-existing-attachment", override].reduce(
      (text, value, index) =>
        index % 2 === 0
          ? `${text}--X\r\nContent-Disposition: form-data; name="${value}"\r\n\r\n`
          : `${text}${value}\r\n`,
      "",
    ) +
    `--X\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--X--\r\n`;
  const upload = (override: string, content: string) =>
    one.call("POST", "defects/1/attachments", {
      body: form("log.txt", content, override),
      type: "multipart/form-data; boundary=X",
    });
  assert.equal(fieldsOf((await upload("n", "one\r\ntwo")).json)["name"], "log.txt");
  assert.equal(fieldsOf((await upload("n", "other")).json)["name"], "log_1.txt");
  const replaced = fieldsOf((await upload("y", "replaced")).json);
  assert.deepEqual([replaced["name"], replaced["id"]], ["log.txt", "2"]);
  const file = await one.get("defects/1/attachments/log.txt", octets);
  assert.deepEqual([file.text, file.headers.get("content-type")], ["replaced", "text/plain"]);
  assert.equal((await one.get("defects/1/attachments/1?by-id=true", octets)).text, "hello");
  assert.match((await one.get("defects/1/attachments/log.txt", { accept: "*/*" })).text, /<Entity Type="attachment">/);
  assert.equal((await one.get("defects/1/attachments/log.txt", { accept: "image/png" })).status, 406);
  assert.deepEqual(ids(await one.get("defects/1/attachments")), [1, 2, 3]);
  assert.equal(
    fieldsOf((await one.put("defects/1/attachments/log_1.txt", entity("attachment", { name: "second.txt" }))).json)[
      "name"
    ],
    "second.txt",
  );
  const put = await one.call("PUT", "defects/1/attachments/2?by-id=true", {
    body: "12",
    type: "application/octet-stream",
  });
  assert.equal(fieldsOf(put.json)["file-size"], "2");
  for (const id of [1, 2, 3])
    assert.equal((await one.call("DELETE", `defects/1/attachments/${id}?by-id=true`)).status, 200);
  assert.equal((await one.get("defects/1/attachments/1?by-id=true")).status, 404);
  assert.equal(alm.admin.get("defects", 1)?.["attachment"], "");
});

test("defect links: both directions, duplicates and self links refused, only comment and type change", async (t) => {
  const alm = await start(t, { version: "17" });
  for (let count = 0; count < 3; count += 1) alm.admin.create("defects", {});
  alm.admin.create("requirements", {});
  const one = await signedIn(alm);
  const link = (first: string, second: string, type = "defect") =>
    one.post(
      "defect-links",
      entity("defect-link", { "first-endpoint-id": first, "second-endpoint-id": second, "second-endpoint-type": type }),
    );
  const made = await link("1", "2");
  assert.equal(made.status, 201);
  assert.equal(fieldsOf(made.json)["owner"], "sync");
  assert.equal((await link("3", "1", "requirement")).status, 201);
  assert.equal(fieldsOf((await one.get("defects/2")).json)["has-linkage"], "Y");
  for (const answer of [await link("1", "2"), await link("2", "1"), await link("1", "1"), await link("1", "9")])
    assert.equal(answer.status, 500);
  const find = async (query: string) => ids(await one.get(`defect-links?query=${encodeURIComponent(query)}`));
  assert.deepEqual(await find("{first-endpoint-id[1]}"), [1]);
  assert.deepEqual(await find("{second-endpoint-type[defect];second-endpoint-id[2]}"), [1]);
  assert.equal(
    (await one.post("defect-links", entity("defect-link", { "first-endpoint-type": "defect" }))).status,
    400,
  );
  assert.equal((await one.put("defect-links/1", entity("defect-link", { comment: "seen together" }))).status, 200);
  assert.equal((await one.put("defect-links/1", entity("defect-link", { "first-endpoint-id": "3" }))).status, 403);
  assert.deepEqual(ids(await one.get(`defects?query=${encodeURIComponent("{from-connected-to-defect.id[1]}")}`)), [2]);
  await one.call("DELETE", "defects/1");
  assert.deepEqual(await find("{id[>0]}"), [2]);
});

test("requirement traces have a direction: both ways are two, a second one of the same way and one to itself are refused", async (t) => {
  const alm = await start(t, { version: "26.1", switches: { childrenTouchParent: true } });
  const [a, b] = ["one", "two"].map((name) => alm.admin.create("requirements", { name })) as [string, string];
  const one = await signedIn(alm);
  const trace = (from: string, to: string) =>
    one.post("req-traces", entity("req-trace", { "from-req-id": from, "to-req-id": to, comment: "leads to" }));
  const stamp = alm.admin.get("requirements", b)?.["ver-stamp"];
  const made = await trace(a, b);
  assert.equal(made.status, 201);
  assert.equal(fieldsOf(made.json)["comment"], "leads to");
  assert.notEqual(alm.admin.get("requirements", b)?.["ver-stamp"], stamp);
  assert.equal((await trace(b, a)).status, 201);
  for (const answer of [await trace(a, b), await trace(a, a), await trace(a, "99")]) assert.equal(answer.status, 500);
  const find = async (query: string) => ids(await one.get(`req-traces?query=${encodeURIComponent(query)}`));
  assert.deepEqual(await find(`{from-req-id[${a}]}`), [1]);
  assert.deepEqual(await find(`{to-req-id[${a} OR 77]}`), [2]);
  alm.admin.remove("requirements", b);
  assert.deepEqual(await find("{id[>0]}"), []);
});
