import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, DEFECT, entity, fieldsOf, ids, signedIn, start } from "./client.ts";

const json = { type: "application/json;type=collection" };
const asXml = { type: "application/xml; type=collection", accept: "application/xml" };

function collection(...names: readonly string[]): unknown {
  return { entities: names.map((name) => entity("defect", { ...DEFECT, name })) };
}

function xmlCollection(...entities: readonly Record<string, string>[]): string {
  const one = (fields: Record<string, string>) =>
    `<Entity Type="defect"><Fields>${Object.entries(fields)
      .map(([name, value]) => `<Field Name="${name}"><Value>${value}</Value></Field>`)
      .join("")}</Fields></Entity>`;
  return `<Entities>${entities.map(one).join("")}</Entities>`;
}

test("bulk create, update and delete answer 200 with the resulting entities in order", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const made = await one.post("defects", collection("a", "b", "c"), json);
  assert.equal(made.status, 200);
  assert.equal(made.json.TotalResults, 3);
  assert.deepEqual(
    made.json.entities.map((row: never) => fieldsOf(row)["name"]),
    ["a", "b", "c"],
  );
  const changed = await one.put("defects", xmlCollection({ id: "2", name: "B" }, { id: "1", name: "A" }), asXml);
  assert.equal(changed.status, 200);
  assert.match(changed.text, /<Entities TotalResults="2"><Entity Type="defect">/);
  assert.deepEqual(
    alm.admin.list("defects").map((row) => row["name"]),
    ["A", "B", "c"],
  );
  const gone = await one.call("DELETE", "defects?ids-to-delete=1,3");
  assert.equal(gone.status, 200);
  assert.deepEqual(ids(gone), [1, 3]);
  assert.equal(alm.admin.list("defects").length, 1);
});

test("some fail: 409, what succeeded stays, entries in request order", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const answer = await one.post("defects", collection("a", "", "c"), json);
  assert.equal(answer.status, 409);
  assert.equal(answer.json.Id, "qccore.bulk-operation-failed");
  const [property] = answer.json.ExceptionProperties;
  assert.equal(property.Name, "qccore.bulk-operation-failed");
  const entries = property.BulkValue.BulkEntries;
  assert.deepEqual(
    entries.map((entry: { Succeeded: boolean }) => entry.Succeeded),
    [true, false, true],
  );
  assert.equal(entries[0].EntityId, 1);
  assert.equal(fieldsOf(entries[0].Entity)["name"], "a");
  assert.equal(entries[1].EntityId, null);
  assert.equal(entries[1].Exception.Id, "qccore.required-field-missing");
  assert.equal(alm.admin.list("defects").length, 2);
});

test("all fail: 500; updates and deletes name the id", async (t) => {
  const one = await signedIn(await start(t));
  const entries = async (asked: Promise<Answer>) => {
    const answer = await asked;
    assert.equal(answer.status, 500);
    return answer.json.ExceptionProperties[0].BulkValue.BulkEntries[0];
  };
  const updated = await entries(one.put("defects", { entities: [entity("defect", { id: "9", name: "x" })] }, json));
  assert.deepEqual([updated.EntityId, updated.Exception.Id], [9, "qccore.entity-not-found"]);
  const deleted = await entries(one.call("DELETE", "defects?ids-to-delete=8"));
  assert.deepEqual([deleted.EntityId, deleted.Exception.Id], [8, "qccore.entity-not-found"]);
});

test("both documented XML spellings of a partial failure", async (t) => {
  const body = xmlCollection({ ...DEFECT, name: "ok" }, { name: "lacks all" });
  const samples = await (await signedIn(await start(t))).post("defects", body, asXml);
  assert.equal(samples.status, 409);
  assert.match(
    samples.text,
    /<ExceptionProperty name="qccore\.bulk-operation-failed"><value><BulkOperationFailed><BulkEntry Successful="true" EntityId="1" EntityType="defect"><Entity /,
  );
  assert.match(
    samples.text,
    /<BulkEntry Successful="false" EntityType="defect"><Id>qccore\.required-field-missing<\/Id>/,
  );
  const xsd = await (await signedIn(await start(t, { switches: { bulkXml: "xsd" } }))).post("defects", body, asXml);
  assert.match(xsd.text, /<BulkOperationResponse><BulkEntries><BulkEntry Succeeded="true"/);
  assert.match(xsd.text, /<BulkEntry Succeeded="false" EntityType="defect"><Exception><Id>/);
});

test("a collection without the marker is refused; one entity under the marker at its own address is not", async (t) => {
  const one = await signedIn(await start(t));
  assert.equal((await one.post("defects", collection("a"))).status, 400);
  assert.equal((await one.put("defects", collection("a"))).status, 400);
  await one.post("defects", collection("a"), json);
  assert.equal((await one.put("defects/1", entity("defect", { name: "A" }), json)).status, 200);
  assert.equal((await one.call("DELETE", "defects")).status, 405);
});

test("more than the limit is refused whole", async (t) => {
  const alm = await start(t, { switches: { maxBulk: 2 } });
  const one = await signedIn(alm);
  assert.equal((await one.post("defects", collection("a", "b", "c"), json)).status, 400);
  assert.equal(alm.admin.list("defects").length, 0);
});
