import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { after, test } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import type { Http } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import { createHttp, type HttpOptions, type RequestReport } from "../../../daemon/lib/http.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const clean of cleanups.reverse()) await clean();
});

async function listen(handler: Handler): Promise<{ url: string; seen: () => number; server: Server }> {
  const state = { count: 0 };
  const server = createServer((request, response) => {
    state.count += 1;
    request.resume();
    request.once("end", () => handler(request, response, state.count));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => state.count, server };
}

function client(options: Partial<HttpOptions> = {}): { http: Http; pauses: number[]; reports: RequestReport[] } {
  const pauses: number[] = [];
  const reports: RequestReport[] = [];
  const http = createHttp({
    userAgent: "syncline-test",
    now: () => 1_000_000,
    random: () => 0,
    sleep: async (ms) => {
      pauses.push(ms);
    },
    onRequest: (report) => reports.push(report),
    ...options,
  });
  cleanups.push(() => http.close());
  return { http, pauses, reports };
}

const never = new AbortController().signal;

function trouble(stored: "no" | "maybe", words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.kind, "unavailable");
    assert.equal(error.stored, stored);
    assert.match(error.message, words);
    return true;
  };
}

test("answers come back with status, joined headers, cookies apart and the body", async () => {
  const server = await listen((request, response) => {
    response.writeHead(
      418,
      [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Two", "1"],
        ["X-Two", "2"],
      ].flat(),
    );
    response.end(`${request.method} ${request.headers["user-agent"]} ü`);
  });
  const answer = await client().http.send({ method: "GET", url: server.url, signal: never });
  assert.equal(answer.status, 418);
  assert.deepEqual(answer.setCookie, ["a=1", "b=2"]);
  assert.equal(answer.headers["x-two"], "1, 2");
  assert.equal(answer.headers["set-cookie"], undefined);
  assert.equal(answer.text(), "GET syncline-test ü");
});

test("compressed bodies are decompressed", async () => {
  const text = "Grüße ".repeat(100);
  const codings: Record<string, Buffer> = {
    gzip: gzipSync(text),
    br: brotliCompressSync(text),
    deflate: deflateSync(text),
    "Deflate ": deflateRawSync(text),
  };
  const server = await listen((request, response) => {
    const coding = decodeURIComponent((request.url ?? "/").slice(1));
    response.writeHead(200, { "Content-Encoding": coding }).end(codings[coding]);
  });
  const { http } = client();
  for (const coding of Object.keys(codings)) {
    const answer = await http.send({
      method: "GET",
      url: `${server.url}/${encodeURIComponent(coding)}`,
      signal: never,
    });
    assert.equal(answer.text(), text, coding);
  }
});

test("bytes that are no UTF-8 become replacement characters", async () => {
  const server = await listen((_request, response) => response.end(Buffer.from([0x61, 0xff, 0x62])));
  assert.equal((await client().http.send({ method: "GET", url: server.url, signal: never })).text(), "a�b");
});

test("requests one after another share a socket: a server with one thread looks at a second one only after a pause", async () => {
  const ports = new Set<number | undefined>();
  const server = await listen((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("x".repeat(request.method === "GET" ? 100_000 : 10));
  });
  const { http } = client();
  for (const method of ["GET", "POST", "PUT", "GET", "DELETE", "GET", "GET", "POST"] as const) {
    await http.send({ method, url: server.url, signal: never, ...(method === "POST" ? { body: "{}" } : {}) });
  }
  assert.equal(ports.size, 1);
});

test("redirects are not followed", async () => {
  const server = await listen((_request, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
  assert.equal((await client().http.send({ method: "GET", url: server.url, signal: never })).status, 302);
  assert.equal(server.seen(), 1);
});

for (const status of [429, 500, 502, 503, 504]) {
  test(`a GET answered ${status} is repeated, at most four attempts in all`, async () => {
    const server = await listen((_request, response) => response.writeHead(status).end("no"));
    const { http, pauses } = client();
    assert.equal((await http.send({ method: "GET", url: server.url, signal: never })).status, status);
    assert.equal(server.seen(), 4);
    assert.deepEqual(pauses, [250, 500, 1000]);
  });
}

test("what is not declared repeatable is not sent twice after 500, 502, 503 without Retry-After and 504", async () => {
  for (const status of [500, 502, 503, 504]) {
    const server = await listen((_request, response) => response.writeHead(status).end());
    assert.equal(
      (await client().http.send({ method: "POST", url: server.url, body: "x", signal: never })).status,
      status,
    );
    assert.equal(server.seen(), 1, String(status));
  }
});

test("a repeatable PUT is repeated after 503 but not after 500", async () => {
  const server = await listen((_request, response, count) => response.writeHead(count === 1 ? 503 : 500).end());
  const answer = await client().http.send({
    method: "PUT",
    url: server.url,
    body: "x",
    signal: never,
    repeatable: true,
  });
  assert.equal(answer.status, 500);
  assert.equal(server.seen(), 2);
});

test("Retry-After is waited for, in seconds or as a date, for a POST too", async () => {
  for (const [header, pause] of [
    ["7", 7_000],
    [new Date(1_000_000 + 9_000).toUTCString(), 9_000],
  ] as const) {
    const server = await listen((_request, response, count) => {
      if (count === 1) response.writeHead(429, { "Retry-After": header }).end();
      else response.end("done");
    });
    const { http, pauses } = client();
    assert.equal((await http.send({ method: "POST", url: server.url, body: "x", signal: never })).text(), "done");
    assert.deepEqual(pauses, [pause]);
  }
});

test("a pause of more than two minutes is not waited for: the answer comes back", async () => {
  const server = await listen((_request, response) => response.writeHead(429, { "Retry-After": "3600" }).end());
  assert.equal((await client().http.send({ method: "GET", url: server.url, signal: never })).status, 429);
  assert.equal(server.seen(), 1);
});

test("a connection that is refused was not sent: everything is repeated, nothing was stored", async () => {
  const closed = createTcpServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/x?token=abc`;
  await new Promise((resolve) => closed.close(resolve));
  const { http, reports } = client();
  await assert.rejects(http.send({ method: "POST", url, body: "x", signal: never }), (error) => {
    assert.doesNotMatch(String(error), /abc/);
    return trouble("no", /POST http:\/\/127.*\/x: connection refused \(4 attempts\)/)(error);
  });
  assert.equal(reports.length, 4);
  assert.equal(reports[0]?.status, null);
  assert.match(reports[0]?.url ?? "", /token=\*\*\*$/);
});

test("X10 https where the server speaks http says so in words, on one line, and is not tried again", async () => {
  const { url } = await listen((_, response) => void response.end());
  const { http, pauses } = client();
  await assert.rejects(
    http.send({ method: "GET", url: url.replace("http:", "https:"), headers: {}, signal: never }),
    (error) => trouble("no", /^GET \S+: the server does not speak TLS there: is it http:\/\/\?$/)(error),
  );
  assert.deepEqual(pauses, []);
});

test("a connection cut after a POST was sent may have stored it: one attempt, stored maybe", async () => {
  const server = await listen((request) => request.socket.destroy());
  await assert.rejects(
    client().http.send({ method: "POST", url: server.url, body: "x", signal: never }),
    trouble("maybe", /connection/),
  );
  assert.equal(server.seen(), 1);
});

test("a connection cut after a GET is repeated", async () => {
  const server = await listen((request, response, count) => {
    if (count === 1) request.socket.destroy();
    else response.end("second");
  });
  assert.equal((await client().http.send({ method: "GET", url: server.url, signal: never })).text(), "second");
});

test("an answer that breaks off half-way is trouble", async () => {
  const server = await listen((_request, response) => {
    response.writeHead(201, { "Content-Length": "100" });
    response.write("half", () => response.destroy());
  });
  await assert.rejects(
    client().http.send({ method: "POST", url: server.url, body: "x", signal: never }),
    trouble("maybe", /./),
  );
});

test("an answer beyond the bound is refused, also one that is small until it is decompressed, and is not asked for again", async () => {
  for (const packed of [false, true]) {
    const body = Buffer.alloc(200_000, "a");
    const server = await listen((_request, response) =>
      response.writeHead(200, packed ? { "Content-Encoding": "gzip" } : {}).end(packed ? gzipSync(body) : body),
    );
    const { http } = client({ maxBytes: 10_000 });
    await assert.rejects(
      http.send({ method: "GET", url: server.url, signal: never }),
      trouble("no", /answer larger than 10000 bytes/),
    );
    assert.equal(server.seen(), 1);
  }
});

test("no answer within the bound: a write may be stored", async () => {
  const server = await listen(() => undefined);
  await assert.rejects(
    client({ timeoutMs: 100 }).http.send({ method: "POST", url: server.url, body: "x", signal: never }),
    trouble("maybe", /no answer within 0\.1 s/),
  );
});

test("an abort throws the signal's reason, while sending and while pausing", async () => {
  const reason = new Error("the run was cancelled");
  const abort = new AbortController();
  const server = await listen(() => abort.abort(reason));
  await assert.rejects(
    client().http.send({ method: "GET", url: server.url, signal: abort.signal }),
    (error) => error === reason,
  );

  const second = new AbortController();
  const busy = await listen((_request, response) => {
    response.writeHead(503, { "Retry-After": "60" }).end();
    setImmediate(() => second.abort(reason));
  });
  const http = createHttp({ userAgent: "t", now: Date.now, random: () => 0 });
  cleanups.push(() => http.close());
  await assert.rejects(http.send({ method: "GET", url: busy.url, signal: second.signal }), (error) => error === reason);
  assert.equal(busy.seen(), 1);
});

test("repeats over all calls are bounded by the budget", async () => {
  const server = await listen((_request, response) => response.writeHead(503).end());
  const { http } = client({ budget: { capacity: 5, perSecond: 0 } });
  for (let i = 0; i < 10; i++) await http.send({ method: "GET", url: server.url, signal: never });
  assert.equal(server.seen(), 15);
});

test("close fails what is under way instead of leaving it pending", async () => {
  const server = await listen(() => void http.close());
  const { http } = client();
  await assert.rejects(http.send({ method: "GET", url: server.url, signal: never }), trouble("no", /closed/));
});

test("an address that makes no sense is invalid, not a crash", async () => {
  await assert.rejects(client().http.send({ method: "GET", url: "nonsense", signal: never }), (error) => {
    assert.ok(error instanceof ConnectorError);
    assert.equal(error.kind, "invalid");
    return true;
  });
});
