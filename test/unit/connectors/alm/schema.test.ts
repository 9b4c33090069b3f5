import assert from "node:assert/strict";
import { test } from "node:test";
import { almConnector } from "../../../../daemon/connectors/alm/index.ts";
import { stockSchema } from "../../../../daemon/connectors/alm/stock.ts";
import { createHttp } from "../../../../daemon/lib/http.ts";
import { startAlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";
import { never, type Said, scripted } from "./fake.ts";

const FIELDS_XML = `<Fields>
  <Field PhysicalName="BG_SEVERITY" Name="severity" Label="Severity"><Size>70</Size><List-Id>279</List-Id><Required>true</Required><Type>LookupList</Type>
    <Verify>true</Verify><Virtual>false</Virtual><Active>true</Active><Editable>true</Editable><SupportsMultivalue>false</SupportsMultivalue></Field>
  <Field PhysicalName="BG_TARGET_REL" Name="target-rel"><Size>-1</Size><Type>Reference</Type>
    <References><RelationReference RelationName="r" ReferencedEntityType="release"/></References></Field>
  <Field Name="secret-thing" Label="x"><Type>String</Type><Size>10</Size><Active>false</Active></Field>
  <Field Name="sum" Label="Sum"><Type>String</Type><Size>99999</Size><Virtual>true</Virtual></Field>
  <Field Name="area" Label="Area"><Type>LookupList</Type><Size>40</Size><List-Id>0</List-Id><Verify>false</Verify></Field>
</Fields>`;
const LISTS_XML = `<Lists><List><Name>Severity</Name><Id>279</Id><Items><Item value="1-Low" logicalName="l"/><Item value="Area"><Item value="Sub area"/></Item></Items></List></Lists>`;
const LISTS_JSON = JSON.stringify({
  lists: [
    { Name: "Severity", Id: 279, Items: [{ value: "1-Low" }, { value: "Area", Items: [{ value: "Sub area" }] }] },
  ],
});

async function described(lists: Said, fields: Said = { body: FIELDS_XML }) {
  const { connector } = scripted((route) =>
    route.endsWith("/fields") ? fields : route.endsWith("/lists") || route.endsWith("/used-lists") ? lists : undefined,
  );
  return connector.describe("defect", never);
}

test("metadata becomes a schema, from XML and JSON, trees of list values flattened", async () => {
  for (const body of [LISTS_XML, LISTS_JSON]) {
    const { fields, open } = await described({ body });
    assert.deepEqual(fields["severity"], {
      name: "severity",
      label: "Severity",
      kind: "option",
      multiple: false,
      required: true,
      readOnly: false,
      options: ["1-Low", "Area", "Sub area"],
      verified: true,
    });
    assert.deepEqual(fields["target-rel"], {
      name: "target-rel",
      label: "target-rel",
      kind: "reference",
      multiple: false,
      required: false,
      readOnly: false,
      target: "release",
    });
    assert.equal(fields["secret-thing"], undefined);
    assert.equal(fields["sum"]?.readOnly, true);
    assert.equal(fields["sum"]?.maxLength, undefined);
    assert.deepEqual(fields["area"]?.maxLength, { size: 40, unit: "bytes" });
    assert.equal(fields["area"]?.verified, false);
    assert.deepEqual(open, []);
  }
});

test("metadata that is none is a clean error", async () => {
  for (const body of [
    "<html></html>",
    '{"Fields":{"Field":[{"name":7}]}}',
    '{"Fields":{"Field":[{"name":"a","type":"String","required":"perhaps"}]}}',
    "{",
    "[]",
  ]) {
    await assert.rejects(
      described({ body: LISTS_XML }, { body }),
      { name: "ConnectorError", kind: "unavailable" },
      body,
    );
  }
});

test("people come with all their addresses, whatever the letter case of the members", async () => {
  const bodies = [
    '<Users><User Name="jane" FullName="Jane Doe"><email>j@x.test; jd@x.test,k@x.test</email><UserActive>true</UserActive></User><User Name="bob" FullName=""><email/><UserActive>false</UserActive></User></Users>',
    '{"Users":{"User":[{"Name":"jane","FullName":"Jane Doe","email":"j@x.test;jd@x.test,k@x.test"},{"Name":"bob","UserActive":false}]}}',
    '{"users":{"user":[{"name":"jane","fullName":"Jane Doe","Email":"j@x.test;jd@x.test,k@x.test"},{"name":"bob","userActive":"false"}]}}',
  ];
  for (const body of bodies) {
    const { connector } = scripted((route) => (route.endsWith("/users") ? { body } : undefined));
    assert.deepEqual(await connector.people(never), [
      { login: "jane", name: "Jane Doe", emails: ["j@x.test", "jd@x.test", "k@x.test"], active: true },
      { login: "bob", name: "bob", emails: [], active: false },
    ]);
  }
  const single = scripted((route) =>
    route.endsWith("/users") ? { body: '{"Users":{"User":{"Name":"jane"}}}' } : undefined,
  );
  assert.equal((await single.connector.people(never))?.length, 1);
});

test("the stock schema agrees with what a stock server describes", async () => {
  const simulator = await startAlmSimulator({ content: "empty", version: "26.1" });
  const { url, domain, project, user, password } = simulator.access;
  const settings = almConnector.settings({ url, domain, project });
  assert.ok(settings.ok);
  const http = createHttp({ userAgent: "t", now: Date.now, random: () => 0 });
  const secret = async () => ({ user: String(user), password: String(password) });
  const connector = almConnector.open(settings.value, {
    endpoint: "alm",
    http,
    now: Date.now,
    note: () => undefined,
    secret,
  });
  for (const entity of almConnector.entities) {
    const real = await connector.describe(entity, never);
    const stock = stockSchema(entity);
    for (const [name, field] of Object.entries(real.fields)) {
      const known = stock?.fields[name];
      if (known === undefined) {
        assert.ok(
          stock?.open.some((pattern) => new RegExp(pattern).test(name)) || /^rbt-|^vc-|^request-|check-?out/.test(name),
          `${entity}.${name} is unknown to the stock schema`,
        );
        continue;
      }
      assert.deepEqual([name, known.kind, known.multiple], [name, field.kind, field.multiple], entity);
      if (field.target !== undefined && known.target !== undefined) assert.equal(known.target, field.target, name);
    }
  }
  assert.equal(stockSchema("nonsense"), null);
  assert.equal(stockSchema("constructor"), null);
  await connector.close();
  await simulator.close();
});

test("settings are checked, each problem at its key", () => {
  const good = almConnector.settings({ url: "https://alm.example.com/qcbin/", domain: "D", project: "P" });
  assert.deepEqual(good, {
    ok: true,
    value: { url: "https://alm.example.com/qcbin", domain: "D", project: "P", page_size: 2000 },
  });
  const bad = almConnector.settings({
    url: "ftp://x",
    domain: "",
    zone: "Mars",
    page_size: 5000,
    auth: "magic",
    passwrd: 1,
  });
  assert.ok(!bad.ok);
  assert.deepEqual(bad.issues.map((issue) => issue.path.join(".")).sort(), [
    "auth",
    "domain",
    "page_size",
    "passwrd",
    "project",
    "url",
    "zone",
  ]);
  assert.ok(bad.known.includes("page_size"));
});
