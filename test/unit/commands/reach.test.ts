import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import type { Host } from "../../../daemon/commands/host.ts";
import { PATIENCE } from "../../../daemon/commands/probe.ts";
import type { EndpointAnswer } from "../../../daemon/commands/setup/answers.ts";
import { reach } from "../../../daemon/commands/setup/look.ts";
import { connectorTypes } from "../../../daemon/connectors/registry.ts";
import { OperatorError } from "../../../daemon/core/errors.ts";

/** Takes every connection and says nothing. */
async function silentServer(t: TestContext): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(name: string, kind: string, settings: Readonly<Record<string, string | number>>): EndpointAnswer {
  const type = connectorTypes.find((one) => one.type === kind);
  const parsed = type?.settings(settings);
  if (type === undefined || parsed?.ok !== true) throw new Error(kind);
  return { name, type, settings, parsed: parsed.value, secret: name };
}

test("X10 a tracker that takes the call and says nothing is told soon, both at once; the patience of a run is another", async (t) => {
  const url = await silentServer(t);
  const signal = new AbortController().signal;
  const stdout = new PassThrough();
  const host: Host = { stdout, stderr: stdout, env: {}, cwd: ".", now: Date.now, random: () => 0.9, signal };
  const values = { user: "sync", password: "x", "client-id": "a", "client-secret": "b" };
  const looking = {
    host,
    answers: {
      connection: "payments",
      left: answer("alm", "alm", { url: `${url}/qcbin`, domain: "D", project: "P" }),
      right: answer("agm", "agile-manager", { url, workspace: 1003 }),
    },
    plan: { folder: "", missing: new Map(), secrets: { read: async () => values, values: () => [] } },
    steps: { say: () => undefined, end: () => undefined },
    note: () => undefined,
  };
  const patience = { ...PATIENCE, timeoutMs: 100 };
  await assert.rejects(
    reach(looking, patience),
    (error) =>
      error instanceof OperatorError &&
      /^ {2}alm: reach: .*no answer within 0\.1 s \(3 attempts\)/m.test(error.message) &&
      /^ {2}agm: sign-in: .*no answer within 0\.1 s/m.test(error.message),
  );
  const { timeoutMs = Number.NaN, budget } = PATIENCE;
  assert.ok(timeoutMs * (1 + (budget?.capacity ?? Number.NaN)) <= 30_000);
});
