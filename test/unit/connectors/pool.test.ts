import assert from "node:assert/strict";
import { test } from "node:test";
import { createPool } from "../../../daemon/connectors/pool.ts";
import type { Connector, ConnectorHost, ConnectorType, Http, HttpAnswer } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Content } from "../../../daemon/core/parts.ts";

const signal = new AbortController().signal;
const ANSWER: HttpAnswer = { status: 200, headers: {}, setCookie: [], body: new Uint8Array(), text: () => "" };

/** The HTTP client that a connector of this endpoint is handed. */
async function httpOf(endpoint: string, given: Partial<Http>): Promise<Http> {
  const hosts: ConnectorHost[] = [];
  const type: ConnectorType = {
    ...{ type: "fake", title: "Fake", secretKeys: [], entities: [] },
    settings: (value) => ({ ok: true, value }),
    stock: () => null,
    checkFilter: () => null,
    open(_settings, host) {
      hosts.push(host);
      return { close: async () => undefined } as unknown as Connector;
    },
  };
  const missing = () => Promise.reject(new Error("not scripted"));
  const pool = createPool({
    types: [type],
    http: () => ({ send: missing, stream: missing, close: async () => undefined, ...given }),
    secret: async () => ({}),
    emit: () => undefined,
    now: () => 0,
    address: () => null,
  });
  const origin = { file: "mappings/a.toml", line: 1, column: 1 };
  await pool.open("a", { name: endpoint, type: "fake", settings: {}, secret: null, origin } as Parameters<
    typeof pool.open
  >[1]);
  return hosts[0]?.http ?? assert.fail("no host");
}

/** Sends as `lib/http.ts` does: what the content throws comes through as it is. */
const readingAll: Partial<Http> = {
  async send({ body }) {
    if (typeof body === "object" && "open" in body) for await (const _ of body.open(signal));
    return ANSWER;
  },
};

test("trouble of the network names the endpoint, for whole answers and streams", async () => {
  const lost = new ConnectorError("unavailable", "GET http://x: connection refused", { stored: "maybe", status: 1 });
  async function* broken(): AsyncIterable<Uint8Array> {
    yield new Uint8Array(1);
    throw lost;
  }
  const http = await httpOf("alm", {
    send: () => Promise.reject(lost),
    stream: async () => ({ answer: ANSWER, body: broken() }),
  });
  const named = (error: unknown) => {
    assert.ok(error instanceof ConnectorError);
    assert.deepEqual([error.message, error.stored, error.status], [`alm: ${lost.message}`, "maybe", 1]);
    return true;
  };
  await assert.rejects(http.send({ method: "GET", url: "http://x", signal }), named);
  const { body } = await http.stream({ method: "GET", url: "http://x", signal });
  await assert.rejects(async () => {
    for await (const _ of body ?? []);
  }, named);
});

test("trouble of a content that is sent on keeps the name of where it comes from", async () => {
  const http = await httpOf("agm", readingAll);
  const lost = new ConnectorError("unavailable", "alm: GET http://x: the answer broke off");
  const content: Content = {
    size: 2,
    async *open() {
      yield new Uint8Array(1);
      throw lost;
    },
  };
  await assert.rejects(
    http.send({ method: "POST", url: "http://y", body: content, signal }),
    (error) => error === lost,
  );
  const whole: Content = {
    size: 1,
    async *open() {
      yield new Uint8Array(1);
    },
  };
  assert.equal((await http.send({ method: "POST", url: "http://y", body: whole, signal })).status, 200);
});
