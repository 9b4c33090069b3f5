import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createFaults } from "../../../daemon/sandbox/faults.ts";
import type { SandboxRequest, SandboxResponse } from "../../../daemon/sandbox/message.ts";
import { serve } from "../../../daemon/sandbox/server.ts";
import type { Fault } from "../../../daemon/sandbox/simulator.ts";
import { createTraffic } from "../../../daemon/sandbox/traffic.ts";

interface Bench {
  readonly url: string;
  readonly handled: SandboxRequest[];
  readonly faults: ReturnType<typeof createFaults>;
  readonly traffic: ReturnType<typeof createTraffic>;
  readonly ended: string[];
  close(): Promise<void>;
}

async function bench(
  t: { after(fn: () => Promise<void>): void },
  handle: (request: SandboxRequest) => SandboxResponse = () => ({
    status: 200,
    headers: { "Content-Type": "application/json" },
    body: '{"id":"7","n":5}',
  }),
): Promise<Bench> {
  const handled: SandboxRequest[] = [];
  const ended: string[] = [];
  const faults = createFaults();
  const traffic = createTraffic();
  const server = await serve({
    port: 0,
    faults,
    traffic,
    now: () => Date.UTC(2026, 0, 1, 12),
    onUnauthorized: () => void ended.push("sessions"),
    handle(request) {
      handled.push(request);
      return handle(request);
    },
  });
  t.after(() => server.close());
  return { url: server.url, handled, faults, traffic, ended, close: server.close };
}

async function meet(
  b: Bench,
  fault: Fault,
  path = "/rest/things/7",
): Promise<{ status: number; text: string; headers: Headers; handled: number }> {
  b.faults.arm(fault);
  const before = b.handled.length;
  const response = await fetch(b.url + path, { method: "POST", body: "x" });
  return {
    status: response.status,
    text: await response.text(),
    headers: response.headers,
    handled: b.handled.length - before,
  };
}

test("a request reaches the handler whole, and the Date header follows the given clock", async (t) => {
  const b = await bench(t);
  const response = await fetch(`${b.url}/rest/a%2Fb%20c?query=%7Bid%5B1%5D%7D&x=a+b`, {
    method: "put",
    body: "hällo",
    headers: { cookie: 'A=1; B="q"; C=' },
  });
  const [request] = b.handled;
  assert.equal(request?.method, "PUT");
  assert.equal(request?.path, "/rest/a/b c");
  assert.equal(request?.rawPath, "/rest/a%2Fb%20c");
  assert.equal(request?.query.get("query"), "{id[1]}");
  assert.equal(request?.query.get("x"), "a b");
  assert.equal(request?.body.toString(), "hällo");
  assert.deepEqual(
    [...(request?.cookies ?? [])],
    [
      ["A", "1"],
      ["B", "q"],
      ["C", ""],
    ],
  );
  assert.equal(response.headers.get("date"), "Thu, 01 Jan 2026 12:00:00 GMT");
});

test("faults that keep the request from being handled", async (t) => {
  const b = await bench(t);
  const limited = await meet(b, { kind: "rate-limited", seconds: 7 });
  assert.deepEqual([limited.status, limited.headers.get("retry-after"), limited.handled], [429, "7", 0]);
  const error = await meet(b, { kind: "error" });
  assert.deepEqual([error.status, error.handled], [500, 0]);
  const unavailable = await meet(b, { kind: "unavailable" });
  assert.deepEqual([unavailable.status, unavailable.handled], [503, 0]);
  const html = await meet(b, { kind: "html" });
  assert.deepEqual([html.status, html.handled], [200, 0]);
  assert.match(html.text, /^<html>/);
  await assert.rejects(meet(b, { kind: "drop-before" }));
  assert.equal(b.handled.length, 0);
});

test("faults after the request was handled", async (t) => {
  const b = await bench(t);
  const stored = await meet(b, { kind: "error-but-stored" });
  assert.deepEqual([stored.status, stored.handled], [500, 1]);
  await assert.rejects(meet(b, { kind: "drop-after" }));
  assert.equal(b.handled.length, 2);
  const truncated = await meet(b, { kind: "truncated" });
  assert.deepEqual([truncated.status, truncated.text, truncated.headers.get("connection")], [200, '{"id":"7', "close"]);
  const swapped = await meet(b, { kind: "wrong-types" });
  assert.equal(swapped.text, '{"id":7,"n":"5"}');
});

test("an answer that is cut has its whole length in the head, and half of its body", async (t) => {
  const b = await bench(t);
  b.faults.arm({ kind: "cut" });
  const response = await fetch(b.url);
  assert.deepEqual([response.status, response.headers.get("content-length")], [200, "16"]);
  const came: Uint8Array[] = [];
  await assert.rejects(async () => {
    for await (const piece of response.body ?? []) came.push(piece);
  });
  assert.equal(Buffer.concat(came).toString(), '{"id":"7');
  assert.equal(b.handled.length, 1);
  assert.equal((await meet(b, { kind: "slow", seconds: 0 })).status, 200);
});

test("slow answers wait, and closing does not wait for them", async (t) => {
  const b = await bench(t);
  const from = performance.now();
  assert.equal((await meet(b, { kind: "slow", seconds: 0.05 })).status, 200);
  assert.ok(performance.now() - from >= 45);
  const hanging = assert.rejects(meet(b, { kind: "slow", seconds: 60 }));
  while (b.handled.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await b.close();
  await hanging;
});

test("wrong types in XML break one closing tag", async (t) => {
  const b = await bench(t, () => ({ status: 200, body: "<Entity><Value>1</Value></Entity>" }));
  assert.equal((await meet(b, { kind: "wrong-types" })).text, "<Entity><Value>1</Value></ntity>");
});

test("shift-page acts before the request is handled; unauthorized ends the sessions first", async (t) => {
  const b = await bench(t);
  const seen: number[] = [];
  const shifted = await meet(b, { kind: "shift-page", act: () => void seen.push(b.handled.length) });
  assert.deepEqual([shifted.status, seen], [200, [0]]);
  await meet(b, { kind: "unauthorized" });
  assert.deepEqual(b.ended, ["sessions"]);
});

test("a fault is armed for some requests: times, after, method, part of the path and query", async (t) => {
  const b = await bench(t);
  b.faults.arm({ kind: "unavailable", times: 2, after: 1, method: "GET", path: "things?query={id" });
  const ask = async (method: string, path: string) => (await fetch(b.url + path, { method })).status;
  assert.equal(await ask("GET", "/rest/things"), 200);
  assert.equal(await ask("POST", "/rest/things?query=%7Bid"), 200);
  assert.equal(await ask("GET", "/rest/things?query=%7Bid"), 200);
  assert.equal(await ask("GET", "/rest/things?query=%7Bid"), 503);
  assert.equal(b.faults.pending(), 1);
  assert.equal(await ask("GET", "/rest/things?query=%7Bid"), 503);
  assert.equal(await ask("GET", "/rest/things?query=%7Bid"), 200);
  assert.equal(b.faults.pending(), 0);
  b.faults.arm({ kind: "error" });
  b.faults.clear();
  assert.equal(await ask("GET", "/"), 200);
});

test("traffic counts answered and dropped requests by pattern", async (t) => {
  const b = await bench(t);
  await fetch(`${b.url}/rest/things/7/lock`);
  await fetch(`${b.url}/rest/things/8/lock`);
  await assert.rejects(meet(b, { kind: "drop-before" }, "/rest/things"));
  assert.equal(b.traffic.total(), 3);
  assert.deepEqual(b.traffic.byRoute(), { "GET /rest/things/{id}/lock": 2, "POST /rest/things": 1 });
  b.traffic.reset();
  assert.equal(b.traffic.total(), 0);
});

test("truncated and wrong types damage what a compressed answer says, not its compression", async (t) => {
  const b = await bench(t, () => ({
    status: 200,
    headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" },
    body: gzipSync('{"id":"7","n":5}'),
  }));
  assert.equal(await (await fetch(b.url)).text(), '{"id":"7","n":5}');
  const truncated = await meet(b, { kind: "truncated" });
  assert.deepEqual([truncated.text, truncated.headers.get("content-encoding")], ['{"id":"7', null]);
  const swapped = await meet(b, { kind: "wrong-types" });
  assert.deepEqual([swapped.text, swapped.headers.get("content-type")], ['{"id":7,"n":"5"}', "application/json"]);
});

test("slashes at the front of a path are one: they name no host", async (t) => {
  const b = await bench(t);
  await fetch(`${b.url}//agm/api/x?y=1`);
  assert.deepEqual([b.handled[0]?.path, b.handled[0]?.query.get("y")], ["/agm/api/x", "1"]);
});

test("a path with malformed percent encoding reaches the tracker as it was sent", async (t) => {
  const b = await bench(t, () => ({ status: 401 }));
  assert.equal((await fetch(`${b.url}/%E0%A4%A/x`)).status, 401);
  assert.deepEqual([b.handled[0]?.path, b.handled[0]?.rawPath], ["/%E0%A4%A/x", "/%E0%A4%A/x"]);
});

test("a bug in a simulator shows as its text", async (t) => {
  const b = await bench(t, () => {
    throw new Error("oops");
  });
  const bug = await fetch(b.url);
  assert.equal(bug.status, 500);
  assert.match(await bug.text(), /sandbox bug: Error: oops/);
});

test("a body above the bound is 413", async (t) => {
  const b = await bench(t);
  const socket = connect(Number(new URL(b.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000000\r\n\r\n");
  const chunk = Buffer.alloc(1 << 20);
  const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  for (let sent = 0; sent < 66; sent += 1) socket.write(chunk);
  assert.match(await answer, /^HTTP\/1\.1 413/);
  socket.destroy();
  assert.equal(b.handled.length, 0);
});

test("only loopback listens, close is safe twice, an aborted signal closes", async () => {
  const stop = new AbortController();
  const options = {
    port: 0,
    faults: createFaults(),
    traffic: createTraffic(),
    now: () => 0,
    handle: () => ({ status: 200 }),
  };
  const server = await serve({ ...options, signal: stop.signal });
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  await fetch(server.url);
  stop.abort();
  await server.close();
  await server.close();
  await assert.rejects(fetch(server.url));
  await assert.rejects(serve({ ...options, signal: stop.signal }));
});

test("a taken port is an error", async (t) => {
  const b = await bench(t);
  const options = { faults: createFaults(), traffic: createTraffic(), now: () => 0, handle: () => ({ status: 200 }) };
  await assert.rejects(serve({ ...options, port: Number(new URL(b.url).port) }), /EADDRINUSE/);
});
