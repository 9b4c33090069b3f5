import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFECT, entity, signedIn, start } from "./client.ts";

test("entities: descriptors in both formats", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const names = (await one.get("customization/entities")).json.EntityResourceDescriptors.map(
    (row: { Name: string }) => row.Name,
  );
  for (const name of ["defect", "requirement", "release", "release-cycle", "release-folder", "defect-link"])
    assert.ok(names.includes(name), name);
  const text = (await one.get("customization/entities/defect", { accept: "application/xml" })).text;
  assert.match(
    text,
    /<EntityResourceDescriptor collectionName="defects" baseUrl="http[^"]*\/defects"><Table>BUG<\/Table><Name>defect<\/Name>/,
  );
  assert.match(text, /<IsFirstLevelResource supportsGET="true"/);
  assert.equal((await one.get("customization/entities/nothing/fields")).status, 404);
});

test("fields: XML in Pascal and kebab case, JSON in camel case", async (t) => {
  const one = await signedIn(await start(t));
  const { text } = await one.get("customization/entities/defect/fields", { accept: "application/xml" });
  assert.match(
    text,
    /<Field PhysicalName="BG_SEVERITY" Name="severity" Label="Severity"><Size>70<\/Size><History>true<\/History><List-Id>\d+<\/List-Id><Required>true</,
  );
  assert.match(
    text,
    /<References><RelationReference RelationName="defectToTargetReleaseConnection" ReferencedEntityType="release"\/><\/References>/,
  );
  const fields = (await one.get("customization/entities/defect/fields")).json.Fields.Field;
  const severity = fields.find((field: { name: string }) => field.name === "severity");
  assert.equal(severity.physicalName, "BG_SEVERITY");
  assert.equal(severity.required, true);
  assert.equal(severity.verify, true);
  const platforms = fields.find((field: { label: string }) => field.label === "Platforms");
  assert.deepEqual([platforms.name, platforms.supportsMultivalue, platforms.system], ["user-02", true, false]);
  const target = fields.find((field: { name: string }) => field.name === "target-rel");
  assert.equal(target.fieldRelationReferences.references[0].referencedEntityType, "release");
  const required = (await one.get("customization/entities/defect/fields?required=true")).json.Fields.Field.map(
    (field: { name: string }) => field.name,
  );
  assert.deepEqual(required.sort(), ["creation-time", "detected-by", "name", "severity"]);
});

test("what the metadata call a list's values is just what the server takes", async (t) => {
  const one = await signedIn(await start(t));
  const fields = (await one.get("customization/entities/defect/fields")).json.Fields.Field;
  const lists = (await one.get("customization/used-lists")).json.lists;
  const listId = fields.find((field: { name: string }) => field.name === "severity").listId;
  const list = lists.find((row: { Id: number }) => row.Id === listId);
  assert.equal(list.Name, "Severity");
  assert.equal(list.LogicalName, "hp.qc.severity");
  for (const item of list.Items) {
    assert.equal(
      (await one.post("defects", entity("defect", { ...DEFECT, severity: item.value }))).status,
      201,
      item.value,
    );
  }
  assert.match(
    (await one.get("customization/lists?name=Severity", { accept: "application/xml" })).text,
    /<Items><Item value="1-Low" logicalName="/,
  );
  assert.deepEqual(
    (await one.get("customization/lists?id=1")).json.lists[0].Items.map((item: { value: string }) => item.value),
    ["N", "Y"],
  );
});

test("a list that an administrator changes counts at once, in metadata and in validation", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  alm.admin.setList("Severity", ["A", "B"]);
  assert.equal((await one.post("defects", entity("defect", DEFECT))).status, 400);
  assert.equal((await one.post("defects", entity("defect", { ...DEFECT, severity: "B" }))).status, 201);
});

test("users with their addresses, one by name, unknown 404", async (t) => {
  const one = await signedIn(await start(t));
  const users = (await one.get("customization/users")).json.Users.User;
  const jane = users.find((user: { Name: string }) => user.Name === "jane.doe");
  assert.deepEqual([jane.FullName, jane.email], ["Jane Doe", "jane.doe@example.com"]);
  assert.equal(users.find((user: { Name: string }) => user.Name === "vera.toth").email, "");
  assert.equal(users.find((user: { Name: string }) => user.Name === "william.gray").UserActive, false);
  const asXml = await one.get("customization/users/jane.doe", { accept: "application/xml" });
  assert.match(
    asXml.text,
    /<User Name="jane\.doe" FullName="Jane Doe"><userAvatarCache>-1<\/userAvatarCache><description\/><email>jane\.doe@example\.com<\/email>/,
  );
  assert.equal((await one.get("customization/users?name=jane.doe")).json.Users.User.length, 1);
  assert.equal((await one.get("customization/users/nobody")).status, 404);
});

test("requirement types with their fields; asking for defect types fails as on a real server", async (t) => {
  const one = await signedIn(await start(t));
  const { types } = (await one.get("customization/entities/requirement/types")).json;
  assert.deepEqual(
    types.map((type: { id: string }) => type.id),
    ["0", "1", "2", "3", "4", "5", "6", "66"],
  );
  const folder = (await one.get("customization/entities/requirement/types/1/fields")).json.Fields.Field.map(
    (field: { name: string }) => field.name,
  );
  assert.ok(folder.includes("name") && !folder.includes("rbt-risk"));
  assert.match(
    (await one.get("customization/entities/requirement/types", { accept: "application/xml" })).text,
    /<types><type name="Undefined" id="0">/,
  );
  assert.equal((await one.get("customization/entities/defect/types")).status, 500);
});

test("relations with aliases, trailing slash included; extensions from 12 on", async (t) => {
  const one = await signedIn(await start(t));
  const { text } = await one.get("customization/relations/", { accept: "application/xml" });
  assert.match(
    text,
    /<Alias Unique="false" Name="release"\/>.*<Alias Unique="true" Name="defect-to-target-release-mirror"\/>/,
  );
  const json = (await one.get("customization/entities/requirement/relations")).json;
  assert.equal(json.TotalResults, json.Relation.length);
  assert.equal((await one.get("customization/extensions")).json.Extensions.Extension[0].Name, "QUALITY_CENTER");
});

test("metadata have an ETag that spares sending them again", async (t) => {
  const one = await signedIn(await start(t));
  const etag = (await one.get("customization/entities")).headers.get("etag") ?? "";
  assert.notEqual(etag, "");
  assert.equal((await one.get("customization/entities", { headers: { "if-none-match": etag } })).status, 304);
});

test("11 differs: names of stamps, 500 for unknown fields, no extensions, no first-level links", async (t) => {
  const alm = await start(t, { version: "11" });
  const { client } = await import("./client.ts");
  const one = client(alm);
  await one.get("/authentication-point/authenticate", {
    headers: { authorization: `Basic ${btoa("sync:sync-secret")}` },
  });
  assert.equal((await one.post("defects", entity("defect", { ...DEFECT, nothing: "x" }))).status, 500);
  assert.equal((await one.get("customization/extensions")).status, 404);
  assert.equal((await one.get("defect-links")).status, 404);
  const fields = (await one.get("customization/entities/defect/fields")).json.Fields.Field.map(
    (field: { name: string }) => field.name,
  );
  assert.ok(fields.includes("bug-ver-stamp") && !fields.includes("ver-stamp"));
});
