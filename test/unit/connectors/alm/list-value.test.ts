import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connector } from "../../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import { never, type Said, scripted } from "./fake.ts";

const FIELDS = JSON.stringify({
  Fields: {
    Field: [
      { name: "id", label: "ID", type: "Number", editable: false },
      { name: "req-product", label: "Product", type: "LookupList", size: 70, listId: 279, verify: true },
      { name: "name", label: "Name", type: "String", size: 255 },
    ],
  },
});

function server(answer: Said) {
  return scripted((route) => {
    if (route.startsWith("GET /customization/entities/requirement/fields")) return { body: FIELDS };
    return route.startsWith("POST /v2/") ? answer : undefined;
  });
}

async function refusal(connector: Connector, field: string): Promise<ConnectorError> {
  const error = await connector.addOption?.("requirement", field, "Till", never).then(
    () => new Error("it was made"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConnectorError, String(error));
  return error;
}

test("X19 a list value is added to the list of its field, as a bare item and only once", async () => {
  const alm = server({ status: 201, body: '{"id":9,"value":"Till","items":[]}' });
  await alm.connector.addOption?.("requirement", "req-product", "Till", never);
  const request = alm.requests.at(-1);
  assert.equal(request?.url, "http://alm.test/qcbin/v2/rest/domains/D/projects/P/customization/used-lists/279/items");
  assert.deepEqual([request?.method, request?.body, request?.repeatable], ["POST", '{"value":"Till"}', undefined]);
  assert.equal(request?.headers?.["Content-Type"], "application/json");
});

test("X19 a server without that operation, an account without the right, and a field without a list each say so", async () => {
  for (const status of [404, 405]) {
    const error = await refusal(server({ status }).connector, "req-product");
    assert.equal(error.kind, "invalid");
    assert.match(error.message, /alm: this server's API cannot add to lists \(ALM can from 24\.1 on\).*"Till"/);
  }
  const forbidden = { status: 403, body: '{"Id":"qccore.operation-forbidden","Title":"not you"}' };
  assert.match((await refusal(server(forbidden).connector, "req-product")).message, /not you/);
  assert.match((await refusal(server({}).connector, "name")).message, /field "name" of requirement has no list/);
  assert.equal((await refusal(server({ status: 500 }).connector, "req-product")).stored, "maybe");
});
