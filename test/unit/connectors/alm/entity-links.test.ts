import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { almConnector } from "../../../../daemon/connectors/alm/index.ts";
import { ConnectorError } from "../../../../daemon/core/errors.ts";
import { createHttp } from "../../../../daemon/lib/http.ts";
import { type AlmOptions, startAlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";

const { signal } = new AbortController();

async function open(t: TestContext, options: AlmOptions) {
  const alm = await startAlmSimulator({ content: "empty", ...options });
  t.after(() => alm.close());
  const { url, domain, project, user, password } = alm.access;
  const parsed = almConnector.settings({ url, domain, project });
  assert.ok(parsed.ok);
  const http = createHttp({ userAgent: "test", now: Date.now, random: () => 0, sleep: async () => undefined });
  const secret = async () => ({ user: String(user), password: String(password) });
  const connector = almConnector.open(parsed.value, {
    endpoint: "alm",
    http,
    now: Date.now,
    note: () => undefined,
    secret,
  });
  t.after(() => connector.close());
  return { alm, connector, port: connector.entityLinks ?? assert.fail() };
}

test("S31 a server before 11.50: no links, said in words, and a list that is empty instead of an error", async (t) => {
  const { alm, connector, port } = await open(t, { version: "11" });
  const id = alm.admin.create("defects", { name: "a" });
  assert.match((await port.missing("defect", signal)) ?? "", /^not available on this server: .*11\.50/);
  assert.match((await port.missing("requirement", signal)) ?? "", /^not available on this server: .*traces/);
  assert.deepEqual(await port.list("defect", [id], signal), new Map([[id, []]]));
  const checks = await connector.test(["defect"], signal);
  assert.equal(checks.find(({ name }) => name === "defect: entity links")?.verdict, "warning");
});

test("S31 a server without traces has its defects' links all the same", async (t) => {
  const { alm, port } = await open(t, { switches: { reqTraces: false } });
  const [d, r] = [alm.admin.create("defects", { name: "d" }), alm.admin.create("requirements", { name: "r" })];
  alm.admin.create("defect-links", {
    "first-endpoint-id": d,
    "second-endpoint-type": "requirement",
    "second-endpoint-id": r,
  });
  assert.equal(await port.missing("defect", signal), null);
  assert.match((await port.missing("requirement/Functional", signal)) ?? "", /no traces/);
  assert.equal((await port.list("requirement", [r], signal)).get(r)?.length, 1);
  const end = { entity: "requirement", id: r };
  const draft = { type: "Trace", from: end, to: { ...end, id: "0" }, comment: "" };
  await assert.rejects(port.add(draft, signal), ConnectorError);
});

test("links of two records that are neither defects nor both requirements are refused before anything is sent", async (t) => {
  const { alm, port } = await open(t, {});
  const before = alm.traffic.total();
  const draft = { type: "", from: { entity: "test", id: "1" }, to: { entity: "requirement", id: "2" }, comment: "" };
  await assert.rejects(port.add(draft, signal), /ALM links defects with records and requirements with requirements/);
  assert.equal(alm.traffic.total(), before);
});
