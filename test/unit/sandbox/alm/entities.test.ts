import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, DEFECT, entity, fieldsOf, signedIn, start, xml } from "./client.ts";

test("create in JSON: 201, Location, complete entity with defaults; workflow does not run", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const made = await one.post("defects", entity("defect", { ...DEFECT, "user-02": ["iOS", "Web"] }));
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("location"), `${alm.url}/rest/domains/DEMO/projects/PAYMENTS/defects/1`);
  assert.equal(made.json.Type, "defect");
  const fields = fieldsOf(made.json);
  assert.equal(fields["status"], "");
  assert.equal(fields["ver-stamp"], "1");
  assert.deepEqual(fields["user-02"], ["iOS", "Web"]);
  assert.match(String(fields["last-modified"]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
});

test("create in XML, read in XML: entities, CDATA and numeric references survive, empty values are spelled by type", async (t) => {
  const one = await signedIn(await start(t));
  const body = `<?xml version="1.0" encoding="UTF-8"?>
    <Entity Type="defect"><Fields>
      <Field Name="name"><Value>a &lt;b&gt; &amp; &#228;&#x20AC; "q"</Value></Field>
      <Field Name="user-03"><Value><![CDATA[<ACME & Co>]]></Value></Field>
      <Field Name="detected-by"><Value>jane.doe</Value></Field>
      <Field Name="creation-time"><Value>2026-01-31</Value></Field>
      <Field Name="severity"><Value>2-Medium</Value></Field>
      <Field Name="user-02"><Value>iOS</Value><Value>Web</Value></Field>
    </Fields></Entity>`;
  const made = await one.post("defects", body, xml);
  assert.equal(made.status, 201);
  const { text } = await one.get("defects/1", { accept: "application/xml" });
  assert.ok(text.startsWith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Entity Type="defect"><Fields>'));
  assert.ok(text.includes('<Field Name="name"><Value>a &lt;b&gt; &amp; ä€ &quot;q&quot;</Value></Field>'));
  assert.ok(text.includes('<Field Name="user-03"><Value>&lt;ACME &amp; Co&gt;</Value></Field>'));
  assert.ok(text.includes('<Field Name="user-02"><Value>iOS</Value><Value>Web</Value></Field>'));
  assert.ok(text.includes('<Field Name="owner"><Value></Value></Field>'));
  assert.ok(text.includes('<Field Name="closing-date"/>'));
  assert.ok(text.endsWith("</Fields><RelatedEntities/></Entity>"));
});

test("empty values in JSON are spelled by type", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  alm.admin.create("defects", {});
  alm.admin.create("requirements", {});
  const valuesOf = async (path: string, name: string) =>
    (await one.get(path)).json.Fields.find((field: { Name: string }) => field.Name === name).values;
  assert.deepEqual(await valuesOf("defects/1", "owner"), [{}]);
  assert.deepEqual(await valuesOf("defects/1", "target-rel"), [{}]);
  assert.deepEqual(await valuesOf("defects/1", "closing-date"), []);
  assert.deepEqual(await valuesOf("defects/1", "user-04"), []);
  assert.deepEqual(await valuesOf("requirements/1", "target-rel"), []);
});

test("formats: Accept, alt before Accept, XML by default, 406 and 415", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  alm.admin.create("defects", {});
  const type = async (path: string, accept: string) => (await one.get(path, { accept })).headers.get("content-type");
  assert.match((await type("defects/1", "application/json")) ?? "", /^application\/json/);
  assert.match((await type("defects/1", "*/*")) ?? "", /^application\/xml/);
  assert.match((await type("defects/1?alt=application/json", "application/xml")) ?? "", /^application\/json/);
  assert.match(
    (await type("defects/1", "text/html, application/json;q=0.4, application/xml;q=0.3")) ?? "",
    /^application\/json/,
  );
  assert.equal((await one.get("defects/1", { accept: "image/png" })).status, 406);
  assert.equal((await one.post("defects", "name=x", { type: "application/x-www-form-urlencoded" })).status, 415);
});

test("errors come in the negotiated format, as a page where nothing was accepted", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const json = await one.get("defects/99");
  assert.equal(json.status, 404);
  assert.equal(json.json.Id, "qccore.entity-not-found");
  assert.match(json.json.Title, /No entity of type defect with id 99/);
  assert.deepEqual(Object.keys(json.json), ["Id", "Title", "ExceptionProperties", "StackTrace"]);
  const asXml = await one.get("defects/99", { accept: "application/xml" });
  assert.match(asXml.text, /<QCRestException><Id>qccore\.entity-not-found<\/Id><Title>/);
  // fetch always sends an Accept header, so the request is made by hand.
  const { request } = await import("node:http");
  const cookie = [...one.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const contentType = await new Promise((resolve, reject) => {
    const url = `${alm.url}/rest/domains/DEMO/projects/PAYMENTS/defects/99`;
    request(url, { headers: { cookie }, agent: false }, (response) => {
      response.resume();
      resolve(response.headers["content-type"]);
    })
      .on("error", reject)
      .end();
  });
  assert.match(String(contentType), /text\/html/);
});

test("partial update: only what was sent changes, ver-stamp grows by one, ver-stamp and last-modified on input are ignored", async (t) => {
  let now = Date.UTC(2026, 0, 5, 8);
  const one = await signedIn(await start(t, { clock: { now: () => now } }));
  await one.post("defects", entity("defect", { ...DEFECT, owner: "jane.doe" }));
  now += 5_000;
  const changed = await one.put(
    "defects/1",
    entity("defect", { severity: "5-Urgent", "ver-stamp": "77", "last-modified": "2001-01-01 00:00:00" }),
  );
  assert.equal(changed.status, 200);
  const fields = fieldsOf(changed.json);
  assert.equal(fields["severity"], "5-Urgent");
  assert.equal(fields["owner"], "jane.doe");
  assert.equal(fields["ver-stamp"], "2");
  assert.equal(fields["last-modified"], "2026-01-05 09:00:05");
  const cleared = await one.put("defects/1", entity("defect", { owner: "" }));
  assert.equal(fieldsOf(cleared.json)["owner"], "");
  const again = await one.put("defects/1", {
    Fields: [
      { Name: "owner", values: [] },
      { Name: "user-02", values: null },
    ],
  });
  assert.equal(again.status, 200);
});

test("delete answers with the record, then it is gone; missing is 404; its id is not used again", async (t) => {
  const one = await signedIn(await start(t));
  await one.post("defects", entity("defect", DEFECT));
  const gone = await one.call("DELETE", "defects/1");
  assert.equal(gone.status, 200);
  assert.equal(fieldsOf(gone.json)["name"], DEFECT.name);
  assert.equal((await one.get("defects/1")).status, 404);
  assert.equal((await one.call("DELETE", "defects/1")).status, 404);
  assert.equal(fieldsOf((await one.post("defects", entity("defect", DEFECT))).json)["id"], "2");
});

test("26.1 says more in answers to writes", async (t) => {
  const one = await signedIn(await start(t, { version: "26.1" }));
  const asXml = await one.post("defects", entity("defect", DEFECT), { accept: "application/xml" });
  assert.ok(
    asXml.text.includes(
      '<Entity Type="defect" EntityStatus="Success" ErrorMessage=""><ChildrenCount><Value>0</Value></ChildrenCount><Fields>',
    ),
  );
  const read = await one.get("defects/1", { accept: "application/xml" });
  assert.ok(read.text.includes('<Entity Type="defect"><Fields>'));
  const asJson = await one.put("defects/1", entity("defect", { name: "x" }));
  assert.equal(asJson.json.EntityStatus, "Success");
  assert.equal(asJson.json["children-count"], 0);
});

test("references carry the name they stand for; several in a requirement's target-rel", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const dates = { "start-date": "2026-01-01", "end-date": "2026-06-30" };
  for (const name of ["R1", "R2"]) alm.admin.create("releases", { name, ...dates, "parent-id": "1" });
  const made = await one.post(
    "requirements",
    entity("requirement", { name: "Q", "target-rel": ["1", "2"], "type-id": "3" }),
  );
  assert.equal(made.status, 201);
  const read = await one.get("requirements/1", { accept: "application/xml" });
  assert.ok(
    read.text.includes(
      '<Field Name="target-rel"><Value ReferenceValue="R1">1</Value><Value ReferenceValue="R2">2</Value></Field>',
    ),
  );
  assert.ok(read.text.includes('<Field Name="type-id"><Value ReferenceValue="Functional">3</Value></Field>'));
  const joined = await one.put("requirements/1", entity("requirement", { "target-rel": "2;1" }));
  assert.deepEqual(fieldsOf(joined.json)["target-rel"], ["2", "1"]);
  alm.admin.remove("releases", 1);
  assert.deepEqual(alm.admin.get("requirements", 1)?.["target-rel"], ["2"]);
});

test("the server fills in what belongs to it on a requirement", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  const sent = { name: "Child", "type-id": "3", "parent-id": "1", status: "Passed" };
  await one.post("requirements", entity("requirement", { name: "Parent", "type-id": "1" }));
  const stamp = alm.admin.get("requirements", 1)?.["ver-stamp"];
  const made = fieldsOf((await one.post("requirements", entity("requirement", sent))).json);
  assert.equal(made["owner"], "sync");
  assert.equal(made["status"], "Not Covered");
  assert.equal(made["father-name"], "Parent");
  assert.match(String(made["hierarchical-path"]), /^AAA[A-Z]{6}$/);
  const parent = alm.admin.get("requirements", 1);
  assert.equal(parent?.["no-of-sons"], "1");
  assert.equal(Number(parent?.["ver-stamp"]), Number(stamp) + 1);
});

test("fields come in no fixed order", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  for (let count = 0; count < 4; count += 1) alm.admin.create("defects", {});
  const orders = (await one.get("defects")).json.entities.map((row: { Fields: { Name: string }[] }) =>
    row.Fields.map((field) => field.Name).join(),
  );
  assert.ok(new Set(orders).size > 1);
});

async function fails(
  one: Client,
  path: string,
  body: unknown,
  status: number,
  id: string,
  title: RegExp,
): Promise<void> {
  const answer = path.includes("/") ? await one.put(path, body) : await one.post(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)} → ${answer.text.slice(0, 200)}`);
  assert.equal(answer.json.Id, `qccore.${id}`);
  assert.match(answer.json.Title, title);
}

test("validation: each refusal has its status, its id and names the field by label", async (t) => {
  const one = await signedIn(await start(t));
  await one.post("defects", entity("defect", DEFECT));
  const defect = (more: Record<string, string | string[]>) => entity("defect", { ...DEFECT, ...more });
  await fails(
    one,
    "defects",
    entity("defect", { ...DEFECT, name: "" }),
    400,
    "required-field-missing",
    /The field 'Summary' is required/,
  );
  await fails(
    one,
    "defects/1",
    entity("defect", { severity: "" }),
    400,
    "required-field-missing",
    /'Severity' is required/,
  );
  await fails(one, "defects", defect({ "user-99": "x" }), 400, "unknown-field-name", /user-99/);
  await fails(one, "defects", defect({ severity: "Terrible" }), 400, "invalid-list-field-value", /Severity/);
  await fails(one, "defects", defect({ severity: "2-medium" }), 400, "invalid-list-field-value", /Severity/);
  await fails(one, "defects", defect({ owner: "nobody" }), 400, "invalid-list-field-value", /Assigned To/);
  await fails(one, "defects", defect({ "user-02": ["iOS", "Amiga"] }), 400, "invalid-list-field-value", /Platforms/);
  await fails(one, "defects", defect({ "user-04": "1,5" }), 400, "invalid-value-type-for-field", /Agile Manager ID/);
  await fails(
    one,
    "defects",
    defect({ "creation-time": "31.01.2026" }),
    400,
    "invalid-value-type-for-field",
    /Detected on Date/,
  );
  await fails(
    one,
    "defects",
    defect({ "closing-date": "2026-02-30" }),
    400,
    "invalid-value-type-for-field",
    /Closing Date/,
  );
  await fails(
    one,
    "defects",
    defect({ "closing-date": "2026-02-03T00:00:00Z" }),
    400,
    "invalid-value-type-for-field",
    /Closing Date/,
  );
  await fails(one, "defects", defect({ name: ["a", "b"] }), 400, "invalid-value-type-for-field", /Summary/);
  await fails(
    one,
    "defects",
    defect({ "target-rel": "99" }),
    500,
    "general-error",
    /'99' does not exist in table 'RELEASES'/,
  );
  await fails(one, "defects/1", entity("defect", { id: "5" }), 403, "operation-forbidden", /read-only/);
  await fails(one, "defects/1", entity("defect", { "has-linkage": "Y" }), 403, "operation-forbidden", /read-only/);
  await fails(one, "defects", entity("requirement", { name: "x" }), 400, "general-error", /requirement/);
  assert.equal((await one.put("defects/1", entity("defect", { id: "1", name: "same id is fine" }))).status, 200);
});

test("sizes are counted in bytes", async (t) => {
  const one = await signedIn(await start(t));
  const fits = "ä".repeat(20);
  assert.equal((await one.post("defects", entity("defect", { ...DEFECT, "user-03": fits }))).status, 201);
  await fails(
    one,
    "defects",
    entity("defect", { ...DEFECT, "user-03": `${fits}x` }),
    400,
    "general-error",
    /'Customer' is too long: 41 bytes/,
  );
});

test("project rules: cycle dates, order of dates, sibling names, parents, requirement types", async (t) => {
  const one = await signedIn(await start(t));
  const release = { name: "R", "start-date": "2026-01-01", "end-date": "2026-06-30", "parent-id": "1" };
  assert.equal((await one.post("releases", entity("release", release))).status, 201);
  await fails(
    one,
    "releases",
    entity("release", { ...release, "end-date": "2025-01-01" }),
    500,
    "general-error",
    /end date/,
  );
  const cycle = { name: "C", "start-date": "2026-01-01", "end-date": "2026-02-01", "parent-id": "1" };
  assert.equal((await one.post("release-cycles", entity("release-cycle", cycle))).status, 201);
  await fails(
    one,
    "release-cycles",
    entity("release-cycle", { ...cycle, "end-date": "2026-07-01" }),
    500,
    "general-error",
    /within/,
  );
  const folder = entity("release-folder", { name: "F", "parent-id": "1" });
  assert.equal((await one.post("release-folders", folder)).status, 201);
  await fails(one, "release-folders", folder, 500, "entity-already-exists", /^Duplicate/);
  const requirement = (more: object) => entity("requirement", { name: "Q", "type-id": "3", ...more });
  assert.equal((await one.post("requirements", requirement({}))).status, 201);
  await fails(one, "requirements", requirement({}), 500, "entity-already-exists", /^Duplicate/);
  await fails(
    one,
    "requirements",
    requirement({ "parent-id": "9" }),
    500,
    "general-error",
    /Invalid parent requirement/,
  );
  await fails(
    one,
    "requirements",
    requirement({ "parent-id": "-1" }),
    500,
    "general-error",
    /'-1' does not exist in table 'REQ'/,
  );
  await fails(
    one,
    "requirements",
    requirement({ name: "T", "type-id": "1", "rbt-risk": "A" }),
    400,
    "unknown-field-name",
    /Folder/,
  );
  await fails(
    one,
    "requirements",
    requirement({ name: "T", "target-rel": "1,2" }),
    500,
    "general-error",
    /given '1,2'/,
  );
  await fails(
    one,
    "requirements/1",
    entity("requirement", { "parent-id": "1" }),
    500,
    "general-error",
    /Invalid parent/,
  );
  assert.equal((await one.call("DELETE", "release-folders/1")).status, 500);
  assert.equal((await one.call("DELETE", "release-folders/1?force-delete-children=y")).status, 200);
  assert.equal((await one.get("release-cycles/1")).status, 404);
});

test("a field that the project requires can be passed over by the header", async (t) => {
  const { fieldTable } = await import("../../../../daemon/sandbox/alm/index.ts");
  const fields = { defect: fieldTable("user-10 | BG_USER_10 | Cost Center | String | 20 | P E F") };
  const one = await signedIn(await start(t, { content: { fields } }));
  await fails(one, "defects", entity("defect", DEFECT), 400, "required-field-missing", /Cost Center/);
  const headers = { "X-QC-Ignore-Customizable-Required-Fields-Validation": "Y" };
  assert.equal((await one.post("defects", entity("defect", DEFECT), { headers })).status, 201);
});

test("malformed bodies are 400", async (t) => {
  const one = await signedIn(await start(t));
  for (const body of ["<Entity><Fields></Entity>", "not xml", "<html/>", '<!DOCTYPE a [<!ENTITY b "c">]><Entity/>']) {
    assert.equal((await one.post("defects", body, xml)).status, 400, body);
  }
  for (const body of ["{", "[]", '{"Fields":3}', '{"Fields":[{"Name":"name","values":[{"value":{}}]}]}']) {
    assert.equal((await one.post("defects", body)).status, 400, body);
  }
});

test("a memo of many entities is read whole", async (t) => {
  const one = await signedIn(await start(t));
  const body = "&lt;p&gt;x &amp;amp; y&lt;/p&gt;".repeat(20_000);
  const sent = `<Entity Type="defect"><Fields>${Object.entries({ ...DEFECT, description: body })
    .map(([name, value]) => `<Field Name="${name}"><Value>${value}</Value></Field>`)
    .join("")}</Fields></Entity>`;
  const made = await one.post("defects", sent, { ...xml, accept: "application/json" });
  assert.equal(made.status, 201);
  assert.equal(String(fieldsOf(made.json)["description"]).split("<p>").length, 20_001);
});

test("a plain PUT to the collection changes every record that the query selects", async (t) => {
  const alm = await start(t);
  const one = await signedIn(alm);
  for (const status of ["New", "Open", "New"]) alm.admin.create("defects", { status });
  const answer = await one.put(
    `defects?query=${encodeURIComponent("{status[New]}")}`,
    entity("defect", { status: "Closed" }),
  );
  assert.equal(answer.status, 200);
  assert.deepEqual(
    alm.admin.list("defects").map((row) => row["status"]),
    ["Closed", "Open", "Closed"],
  );
});
