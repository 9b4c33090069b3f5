import assert from "node:assert/strict";
import { test } from "node:test";
import { almConnector } from "../../../../daemon/connectors/alm/index.ts";
import { createHttp } from "../../../../daemon/lib/http.ts";
import { startAlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";

test("a list value that somebody adds is seen by the next look at the schema, although nothing was refused", async (t) => {
  const alm = await startAlmSimulator({ content: "empty" });
  t.after(() => alm.close());
  const { domain, project, user, password } = alm.access;
  const settings = almConnector.settings({ url: alm.url, domain, project });
  assert.ok(settings.ok);
  const connector = almConnector.open(settings.value, {
    endpoint: "alm",
    http: createHttp({ userAgent: "test", now: Date.now, random: Math.random }),
    secret: async () => ({ user: String(user), password: String(password) }),
    now: Date.now,
    note: () => undefined,
  });
  t.after(() => connector.close());
  const { signal } = new AbortController();
  const options = async () => (await connector.describe("defect", signal)).fields["severity"]?.options ?? [];
  const before = await options();
  alm.admin.setList("Severity", [...before, "6-Blocker"]);
  assert.deepEqual(await options(), [...before, "6-Blocker"]);
});
