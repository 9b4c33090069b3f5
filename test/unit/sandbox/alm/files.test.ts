import assert from "node:assert/strict";
import { test } from "node:test";
import { entity, fieldsOf, signedIn, start } from "./client.ts";

const OCTETS = "application/octet-stream";
const clock = () => {
  const state = { now: Date.UTC(2026, 0, 31, 12) };
  return { state, clock: { now: () => state.now } };
};

test("what a person attaches, replaces, describes and removes is seen over HTTP", async (t) => {
  const alm = await start(t);
  const defect = alm.admin.create("defects", {});
  const one = await signedIn(alm);
  const { attachments } = alm.admin;
  const id = attachments.add("defects", defect, { name: "a.txt", content: "one", description: "why" });
  assert.equal(alm.admin.get("defects", defect)?.["attachment"], "Y");
  const listed = async () => (await one.get(`defects/${defect}/attachments`)).json.entities.map(fieldsOf);
  const [file] = await listed();
  assert.deepEqual([file["id"], file["name"], file["file-size"], file["ref-type"]], [id, "a.txt", "3", "File"]);
  assert.match(file["description"], /^<html><body>\s*why\s*<\/body><\/html>$/);
  attachments.change("defects", defect, id, { name: "b.txt", content: "second" });
  assert.equal((await one.get(`defects/${defect}/attachments/b.txt`, { accept: OCTETS })).text, "second");
  const [shown] = attachments.list("defects", defect);
  assert.deepEqual([shown?.name, shown?.content.toString(), shown?.link], ["b.txt", "second", false]);
  attachments.remove("defects", defect, id);
  assert.deepEqual(await listed(), []);
  assert.equal(alm.admin.get("defects", defect)?.["attachment"], "");
  for (const wrong of [
    () => attachments.add("defects", 99, { name: "a", content: "" }),
    () => attachments.remove("defects", defect, id),
    () => attachments.add("defect-links", 1, { name: "a", content: "" }),
  ])
    assert.throws(wrong);
});

test("releases and cycles say Y and N in has-attachments", async (t) => {
  const alm = await start(t);
  const release = alm.admin.create("releases", { "start-date": "2026-01-01", "end-date": "2026-03-01" });
  const cycle = { "parent-id": release, "start-date": "2026-01-01", "end-date": "2026-02-01" };
  const records = [
    ["releases", release],
    ["release-cycles", alm.admin.create("release-cycles", cycle)],
  ] as const;
  for (const [collection, record] of records) {
    const id = alm.admin.attachments.add(collection, record, { name: "plan.txt", content: "x" });
    assert.equal(alm.admin.get(collection, record)?.["has-attachments"], "Y");
    alm.admin.attachments.remove(collection, record, id);
    assert.equal(alm.admin.get(collection, record)?.["has-attachments"], "N");
  }
});

test("replaced content moves size and time of the file; the record moves where children touch it, and else not at all", async (t) => {
  for (const childrenTouchParent of [false, true]) {
    const { state, clock: given } = clock();
    const alm = await start(t, { clock: given, switches: { childrenTouchParent } });
    const defect = alm.admin.create("defects", {});
    const id = alm.admin.attachments.add("defects", defect, { name: "a.txt", content: "one" });
    const one = await signedIn(alm);
    const path = `defects/${defect}/attachments/${id}?by-id=true`;
    const before = { file: fieldsOf((await one.get(path)).json), record: alm.admin.get("defects", defect) };
    state.now += 5_000;
    assert.equal((await one.call("PUT", path, { body: "longer", type: OCTETS })).status, 200);
    const after = { file: fieldsOf((await one.get(path)).json), record: alm.admin.get("defects", defect) };
    assert.deepEqual([before.file["file-size"], after.file["file-size"]], ["3", "6"]);
    assert.notEqual(after.file["last-modified"], before.file["last-modified"]);
    for (const stamp of ["last-modified", "ver-stamp"])
      assert.equal(after.record?.[stamp] !== before.record?.[stamp], childrenTouchParent, stamp);
  }
});

test("a name that is not English finds bytes and nothing else; by id everything is found", async (t) => {
  const alm = await start(t);
  const defect = alm.admin.create("defects", {});
  alm.admin.attachments.add("defects", defect, { name: "Prüfung.txt", content: "one" });
  const one = await signedIn(alm);
  const named = `defects/${defect}/attachments/${encodeURIComponent("Prüfung.txt")}`;
  assert.equal((await one.get(named, { accept: OCTETS })).text, "one");
  assert.equal((await one.get(`${named}?alt=${OCTETS}`)).text, "one");
  assert.equal((await one.get(named)).status, 404);
  assert.equal((await one.call("DELETE", named)).status, 404);
  assert.equal((await one.put(named, entity("attachment", { description: "x" }))).status, 404);
  assert.equal((await one.get(`defects/${defect}/attachments/1?by-id=true`)).status, 200);
});

test("before 12.x the last segment is a name, whatever the query says", async (t) => {
  const alm = await start(t, { version: "11" });
  const defect = alm.admin.create("defects", {});
  alm.admin.attachments.add("defects", defect, { name: "2", content: "called two" });
  alm.admin.attachments.add("defects", defect, { name: "b.txt", content: "is two" });
  const basic = `Basic ${Buffer.from("sync:sync-secret").toString("base64")}`;
  const signIn = await fetch(`${alm.url}/authentication-point/authenticate`, { headers: { authorization: basic } });
  const cookie = signIn.headers
    .getSetCookie()
    .map((one) => one.replace(/;.*/, ""))
    .join("; ");
  const url = `${alm.url}/rest/domains/DEMO/projects/PAYMENTS/defects/${defect}/attachments/2?by-id=true`;
  const answer = await fetch(url, { headers: { accept: OCTETS, cookie } });
  assert.equal(await answer.text(), "called two");
});

test("what comes in chunks is refused: the operation wants a length", async (t) => {
  const alm = await start(t);
  const defect = alm.admin.create("defects", {});
  const one = await signedIn(alm);
  const chunked = async (method: string, path: string) => {
    const cookie = [...one.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("bytes"));
        controller.close();
      },
    });
    const headers = {
      ...{ cookie, slug: "a.txt", "content-type": OCTETS, accept: "application/json" },
      "x-xsrf-token": one.cookies.get("XSRF-TOKEN") ?? "",
    };
    const url = `${alm.url}/rest/domains/DEMO/projects/PAYMENTS/${path}`;
    return (await fetch(url, { method, headers, body, duplex: "half" } as RequestInit)).status;
  };
  assert.equal(await chunked("POST", `defects/${defect}/attachments`), 411);
  const id = alm.admin.attachments.add("defects", defect, { name: "a.txt", content: "one" });
  assert.equal(await chunked("PUT", `defects/${defect}/attachments/${id}?by-id=true`), 411);
  assert.equal(alm.admin.attachments.list("defects", defect)[0]?.content.toString(), "one");
});

test("an address that somebody attached says URL and gives a text", async (t) => {
  const alm = await start(t);
  const defect = alm.admin.create("defects", {});
  const text = "[InternetShortcut]\r\nURL=https://example.com/\r\n";
  alm.admin.attachments.add("defects", defect, { name: "example.url", content: text, link: true });
  const one = await signedIn(alm);
  const path = `defects/${defect}/attachments/1?by-id=true`;
  assert.equal(fieldsOf((await one.get(path)).json)["ref-type"], "URL");
  assert.equal((await one.get(path, { accept: OCTETS })).text, text);
  assert.equal(alm.admin.attachments.list("defects", defect)[0]?.link, true);
});

test("a name longer than its field is refused", async (t) => {
  const alm = await start(t);
  const defect = alm.admin.create("defects", {});
  const one = await signedIn(alm);
  const slug = { slug: `${"n".repeat(300)}.txt` };
  const answer = await one.call("POST", `defects/${defect}/attachments`, { body: "x", type: OCTETS, headers: slug });
  assert.equal(answer.status, 400);
});
