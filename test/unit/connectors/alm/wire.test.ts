import assert from "node:assert/strict";
import { test } from "node:test";
import { readBulk } from "../../../../daemon/connectors/alm/bulk.ts";
import { entitiesXml, readEntities } from "../../../../daemon/connectors/alm/wire.ts";
import { answerOf, fail } from "./fake.ts";

function page(body: string) {
  return readEntities(answerOf({ body }), fail);
}

const EMPTIES_XML = `<?xml version="1.0" encoding="UTF-8"?>
<Entities TotalResults="57">
  <Entity Type="defect" EntityStatus="Success" ErrorMessage="">
    <ChildrenCount><Value>0</Value></ChildrenCount>
    <Fields>
      <Field Name="id"><Value>7</Value></Field>
      <Field Name="a"><Value></Value></Field><Field Name="b"/><Field Name="c"><Value/></Field>
      <Field Name="user-03"><Value>red</Value><Value>blue</Value></Field>
      <Field Name="target-rel"><Value ReferenceValue="R2 2026">1003</Value></Field>
      <Field Name="memo"><Value><![CDATA[<p>a &amp; b</p>]]></Value></Field>
      <Field Name="text"><Value>  x &lt;b&gt; &#228;&#x1F600; &amp;lt; "'  </Value></Field>
    </Fields><RelatedEntities/>
  </Entity>
</Entities>`;

test("XML entities are read with every spelling of empty", () => {
  const { entities, total } = page(EMPTIES_XML);
  assert.equal(total, 57);
  assert.equal(entities[0]?.error, null);
  assert.deepEqual(Object.fromEntries(entities[0]?.fields ?? []), {
    id: ["7"],
    a: [],
    b: [],
    c: [],
    "user-03": ["red", "blue"],
    "target-rel": ["1003"],
    memo: ["<p>a &amp; b</p>"],
    text: ["  x <b> ä😀 &lt; \"'  "],
  });
});

test("JSON entities are read with every spelling of empty, alone and in a collection", () => {
  const entity = {
    Type: "defect",
    Fields: [
      { Name: "id", values: [{ value: "7" }] },
      { Name: "a", values: [] },
      { Name: "b", values: [{}] },
      { Name: "c", values: [{ value: null }] },
      { Name: "d", values: [{ value: "" }] },
      { Name: "e" },
      { Name: "f", values: [{ value: "1", ReferenceValue: "R" }, { value: "2" }] },
    ],
    "children-count": 0,
  };
  const expected = { id: ["7"], a: [], b: [], c: [], d: [], e: [], f: ["1", "2"] };
  assert.deepEqual(Object.fromEntries(page(JSON.stringify(entity)).entities[0]?.fields ?? []), expected);
  const collection = page(JSON.stringify({ entities: [entity], TotalResults: 3 }));
  assert.deepEqual(Object.fromEntries(collection.entities[0]?.fields ?? []), expected);
  assert.equal(collection.total, 3);
});

test("empty collections are empty", () => {
  assert.deepEqual(page('<Entities TotalResults="0"/>'), { entities: [], total: 0 });
  assert.deepEqual(page('{"entities":[],"TotalResults":0}'), { entities: [], total: 0 });
});

test("what is not what was asked for is said, not guessed", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["", /is empty/],
    ["<!DOCTYPE html><html><body>Sign in</body></html>", /web page/],
    ["<html><p>unclosed</html>", /web page/],
    [EMPTIES_XML.slice(0, 400), /not whole XML/],
    ['{"entities":[{"Fields":', /not whole JSON/],
    ["plain words", /neither JSON nor XML/],
    ["[]", /no object/],
    ['{"entities":{}}', /no list as entities/],
    ['{"entities":[7]}', /no object as an entity/],
    ['{"entities":[{"Fields":"x"}]}', /no list as Fields/],
    ['{"entities":[{"Fields":[{"Name":4,"values":[]}]}]}', /field without a name/],
    ['{"entities":[{"Fields":[{"Name":"id","values":[{"value":7}]}]}]}', /no text as a value of id/],
    ['{"entities":[],"TotalResults":"many"}', /TotalResults/],
    ["<Other/>", /neither Entity nor Entities/],
  ];
  for (const [body, message] of wrong) assert.throws(() => page(body), message, body);
});

test("an entity that names a DOCTYPE's entity is not expanded", () => {
  const text =
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><Entities TotalResults="1"><Entity Type="d"><Fields><Field Name="id"><Value>&a;&a;</Value></Field></Fields></Entity></Entities>';
  const read = () => page(text).entities[0]?.fields.get("id")?.join() ?? "";
  try {
    assert.ok(read().length < 100);
  } catch (error) {
    assert.ok(error instanceof Error);
  }
});

test("what is written is read back the same, but for what XML cannot hold", () => {
  const text = `ü < > & " ' ]]> \r\n\t😀 {[;`;
  const written = entitiesXml("defect", [
    new Map([
      ["name", [text]],
      ["multi", ["a", "b"]],
      ["empty", []],
      ["odd", ["a\u0000b\uFFFFc\uD800d"]],
    ]),
  ]);
  const fields = page(written).entities[0]?.fields;
  assert.deepEqual(fields?.get("name"), [text]);
  assert.deepEqual(fields?.get("multi"), ["a", "b"]);
  assert.deepEqual(fields?.get("empty"), []);
  assert.deepEqual(fields?.get("odd"), ["abc\uFFFDd"]);
});

const BULK = {
  json: JSON.stringify({
    Id: "qccore.bulk-operation-failed",
    Title: "bulk operation failed.",
    ExceptionProperties: [
      {
        Name: "qccore.bulk-operation-failed",
        BulkValue: {
          BulkEntries: [
            {
              Succeeded: true,
              EntityType: "defect",
              EntityId: 101,
              Entity: { Type: "defect", Fields: [{ Name: "id", values: [{ value: "101" }] }] },
            },
            {
              Succeeded: false,
              EntityType: "defect",
              EntityId: null,
              Exception: { Id: "qccore.required-field-missing", Title: "The field 'Summary' is required." },
            },
          ],
        },
      },
    ],
  }),
  samples: `<QCRestException><Id>qccore.bulk-operation-failed</Id><Title>t</Title><ExceptionProperties><ExceptionProperty name="x"><value><BulkOperationFailed>
    <BulkEntry Successful="true" EntityId="101" EntityType="defect"><Entity Type="defect"><Fields><Field Name="id"><Value>101</Value></Field></Fields></Entity></BulkEntry>
    <BulkEntry Successful="false" EntityId="" EntityType="defect"><Id>qccore.required-field-missing</Id><Title>The field 'Summary' is required.</Title><StackTrace/></BulkEntry>
    </BulkOperationFailed></value></ExceptionProperty></ExceptionProperties></QCRestException>`,
  xsd: `<QCRestException><Id>qccore.bulk-operation-failed</Id><Title>t</Title><ExceptionProperties><ExceptionProperty Name="x"><Value><BulkOperationResponse><BulkEntries>
    <BulkEntry Succeeded="true" EntityId="101" EntityType="defect"><Entity Type="defect"><Fields><Field Name="id"><Value>101</Value></Field></Fields></Entity></BulkEntry>
    <BulkEntry Succeeded="false" EntityType="defect"><Exception><Id>qccore.required-field-missing</Id><Title>The field 'Summary' is required.</Title></Exception></BulkEntry>
    </BulkEntries></BulkOperationResponse></Value></ExceptionProperty></ExceptionProperties></QCRestException>`,
};

for (const [spelling, body] of Object.entries(BULK)) {
  test(`the account of a partly failed bulk write is read: ${spelling}`, () => {
    const entries = readBulk(answerOf({ status: 409, body }), fail);
    assert.deepEqual(
      entries?.map((entry) => [entry.ok, entry.id, entry.entity?.fields.get("id")?.[0] ?? null, entry.exception]),
      [
        [true, "101", "101", null],
        [false, null, null, { id: "qccore.required-field-missing", title: "The field 'Summary' is required." }],
      ],
    );
  });
}

test("another refusal is no account of a bulk write", () => {
  assert.equal(readBulk(answerOf({ status: 500, body: '{"Id":"qccore.general-error","Title":"x"}' }), fail), null);
  assert.equal(readBulk(answerOf({ status: 502, body: "<html></html>" }), fail), null);
});
