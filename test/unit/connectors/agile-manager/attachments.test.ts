import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import type { Attachment } from "../../../../daemon/core/parts.ts";
import type { AgileManagerSwitches } from "../../../../daemon/sandbox/agile-manager/index.ts";
import { agileManagerFixture } from "../../../contract/agile-manager-fixture.ts";
import { collect, draftOf } from "../../../contract/attachments.ts";

const signal = new AbortController().signal;

async function open(t: TestContext, switches: Partial<AgileManagerSwitches> = {}) {
  const fixture = await agileManagerFixture(switches);
  const connector = await fixture.open();
  t.after(async () => {
    await connector.close();
    await fixture.close();
  });
  const { admin, faults, traffic, url } = fixture.simulator;
  const record = String(admin.create("backlog_items", { subtype: "defect", name: "with files" }));
  return { admin, faults, traffic, url, record, port: connector.attachments ?? assert.fail("no attachments") };
}

async function refused(promise: Promise<unknown>, kind: string, words: RegExp): Promise<ConnectorError> {
  const error = await promise.then(
    () => assert.fail("not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, words);
  return error;
}

test("a server without attachments is told, and not taken for records without files", async (t) => {
  const { port, record } = await open(t, { attachments: "off" });
  await refused(port.list("defect", [record], signal), "invalid", /no attachments for defect/);
  assert.equal((await port.list("defect", ["987654321"], signal)).size, 0);
});

test("an entity type without files is told as such", async (t) => {
  const { admin, port } = await open(t);
  const [sprint] = admin.list("sprints");
  await refused(port.list("sprint", [String(sprint?.["id"])], signal), "invalid", /no attachments for sprint/);
  await refused(port.list("requirement", ["1"], signal), "notFound", /no entity type "requirement"/);
});

test("what is refused of one file names it, with its size", async (t) => {
  const { port, record } = await open(t, { maxAttachmentBytes: 4 });
  const error = await refused(
    port.add("defect", record, draftOf("a.txt", "12345"), signal),
    "invalid",
    /"a\.txt" of 5 bytes was refused.*larger than 4 bytes/,
  );
  assert.deepEqual([error.stored, error.status], ["no", 400]);
});

test("a change adds the new file before the old one goes; where that stays both are there and it says so", async (t) => {
  const { admin, faults, port, record } = await open(t);
  const file = await port.add("defect", record, draftOf("a.txt", "one"), signal);
  faults.arm({ kind: "error", method: "DELETE", path: "/attachments/", times: 9 });
  const both = { content: true, description: false };
  const error = await refused(
    port.change("defect", record, file, draftOf("a.txt", "two"), both, signal),
    "unavailable",
    /new file "a\.txt" was added, but the one that it replaces could not be removed/,
  );
  assert.equal(error.stored, "maybe");
  const texts = () => admin.attachments.list("backlog_items", record).map(({ content }) => content.toString());
  assert.deepEqual(texts(), ["one", "two"]);
  faults.clear();
  faults.arm({ kind: "error", method: "POST", path: "/attachments" });
  await refused(port.change("defect", record, file, draftOf("a.txt", "three"), both, signal), "unavailable", /./);
  assert.deepEqual(texts(), ["one", "two"]);
});

test("one request a record, of records that are there", async (t) => {
  const { admin, traffic, port, record } = await open(t);
  admin.attachments.add("backlog_items", record, { name: "a.txt", content: "a" });
  await port.list("defect", [record], signal);
  traffic.reset();
  assert.equal((await port.list("defect", [record, record, "no id"], signal)).size, 1);
  assert.equal(traffic.total(), 1);
});

test("a file that somebody replaced under its id has another stamp, and other bytes", async (t) => {
  const { admin, port, record } = await open(t);
  const id = admin.attachments.add("backlog_items", record, { name: "a.txt", content: "one", description: "why" });
  const list = async () => (await port.list("defect", [record], signal)).get(record) as readonly Attachment[];
  const [before = assert.fail()] = await list();
  assert.deepEqual([before.id, before.description, before.size], [id, "why", 3]);
  admin.attachments.change("backlog_items", record, id, { content: "twice" });
  const [after = assert.fail()] = await list();
  assert.notEqual(after.stamp, before.stamp);
  assert.equal((await collect(port.read("defect", record, after, 9, signal))).toString(), "twice");
  await refused(collect(port.read("defect", record, before, 9, signal)), "conflict", /has 5 bytes, its list said 3/);
});

test("addresses are the API's, below the configured one", async (t) => {
  const { url, port, record } = await open(t);
  const file = await port.add("defect", record, draftOf("a.txt", "one"), signal);
  assert.equal(file.url, `${url}/agm/api/workspaces/1003/backlog_items/${record}/attachments/${file.id}`);
});
