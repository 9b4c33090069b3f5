import assert from "node:assert/strict";
import { test } from "node:test";
import { readBody } from "../../../../daemon/connectors/alm/body.ts";

test("an XML answer with a long HTML memo is read: its thousands of escaped signs are no attack", () => {
  const memo = "&lt;p&gt;Zeile &amp; Umlaut &#228;&lt;/p&gt;".repeat(8_000);
  const text = `<Entities TotalResults="1"><Entity Type="defect"><Fields><Field Name="description"><Value>${memo}</Value></Field></Fields></Entity></Entities>`;
  const body = readBody({
    status: 200,
    headers: { "content-type": "application/xml" },
    setCookie: [],
    body: Buffer.from(text),
    text: () => text,
  });
  assert.match(JSON.stringify(body), /Zeile & Umlaut ä/);
});
