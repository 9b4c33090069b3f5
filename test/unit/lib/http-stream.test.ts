import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { client, collect, listen, MEGABYTE, never, trouble } from "./stream-server.ts";

test("a download is read as it comes: far more than the bound of one answer, never held whole", async () => {
  const piece = Buffer.alloc(MEGABYTE, "a");
  const sent = { pieces: 0 };
  const server = await listen(async (_request, response) => {
    response.writeHead(200, { "Content-Type": "application/pdf", "Content-Length": 200 * MEGABYTE });
    while (sent.pieces < 200) {
      sent.pieces += 1;
      if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end();
  });
  const { answer, body } = await client({ maxBytes: MEGABYTE }).stream({
    method: "GET",
    url: server.url,
    signal: never,
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "application/pdf");
  assert.equal(answer.body.length, 0);
  assert.ok(body !== null);
  let length = 0;
  let ahead = 0;
  for await (const chunk of body) {
    length += chunk.length;
    ahead = Math.max(ahead, sent.pieces * MEGABYTE - length);
    if (length < 100 * MEGABYTE) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(length, 200 * MEGABYTE);
  assert.ok(ahead < 40 * MEGABYTE, `the server was ${ahead} bytes ahead of the reader`);
});

test("an empty download is a stream of nothing", async () => {
  const server = await listen((_request, response) => response.writeHead(200, { "Content-Length": 0 }).end());
  const { body } = await client().stream({ method: "GET", url: server.url, signal: never });
  assert.equal((await collect(body)).length, 0);
});

test("plain bytes are asked for; what is compressed all the same is unpacked", async () => {
  const text = "Grüße ".repeat(50_000);
  const asked: (string | undefined)[] = [];
  const server = await listen((request, response) => {
    asked.push(request.headers["accept-encoding"]);
    const brotli = request.url === "/br";
    response.writeHead(200, { "Content-Encoding": brotli ? "br" : "gzip" });
    response.end(brotli ? brotliCompressSync(text) : gzipSync(text));
  });
  const http = client();
  for (const path of ["/gzip", "/br"]) {
    const { body } = await http.stream({ method: "GET", url: server.url + path, signal: never });
    assert.equal((await collect(body)).toString(), text);
  }
  assert.deepEqual(asked, ["identity", "identity"]);
});

test("a compressed download that breaks off is trouble, not a short file", async () => {
  const packed = gzipSync(Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251)));
  const server = await listen((_request, response) => {
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": packed.length });
    response.write(packed.subarray(0, packed.length / 2), () => response.destroy());
  });
  const { body } = await client().stream({ method: "GET", url: server.url, signal: never });
  await assert.rejects(collect(body), trouble("unavailable", "no", /GET http:.*: /));
});

test("an answer that refuses has its text and no stream, whatever its length", async () => {
  const server = await listen((request, response) => {
    if (request.url === "/long") response.writeHead(404).end(Buffer.alloc(20 * MEGABYTE, "x"));
    else response.writeHead(403, { "X-Why": "because" }).end("not for you, ü");
  });
  const http = client({ maxBytes: 1_000 });
  const short = await http.stream({ method: "GET", url: server.url, signal: never });
  assert.deepEqual([short.answer.status, short.answer.text(), short.body], [403, "not for you, ü", null]);
  assert.equal(short.answer.headers["x-why"], "because");
  const long = await http.stream({ method: "GET", url: `${server.url}/long`, signal: never });
  assert.deepEqual([long.answer.status, long.body], [404, null]);
  assert.equal(long.answer.text().length, MEGABYTE);
});

test("redirects are not followed, and have no stream", async () => {
  const server = await listen((_request, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
  const { answer, body } = await client().stream({ method: "GET", url: server.url, signal: never });
  assert.deepEqual([answer.status, answer.headers["location"], body], [302, "/elsewhere", null]);
});

test("a download is asked for again while nothing of it came: 503, 500, a cut connection", async () => {
  const server = await listen((request, response, count) => {
    if (count === 1) response.writeHead(503).end();
    else if (count === 2) response.writeHead(500).end();
    else if (count === 3) request.socket.destroy();
    else response.end("at last");
  });
  const { body } = await client().stream({ method: "GET", url: server.url, signal: never });
  assert.equal((await collect(body)).toString(), "at last");
  assert.equal(server.seen(), 4);
});

test("a download that breaks off half-way is unavailable, and not asked for again behind the reader's back", async () => {
  for (const length of [{ "Content-Length": "1000000" }, {}]) {
    const server = await listen((_request, response) => {
      response.writeHead(200, length);
      response.write("half", () => response.destroy());
    });
    const { body } = await client().stream({ method: "GET", url: `${server.url}/file?token=abc`, signal: never });
    await assert.rejects(collect(body), (error) => {
      assert.doesNotMatch(String(error), /abc/);
      return trouble("unavailable", "no", /^GET http:\/\/127[^?]*\/file: /)(error);
    });
    assert.equal(server.seen(), 1);
  }
});

test("a download that stands still ends in trouble; one that is only slow to begin has the deadline", async () => {
  const still = await listen(
    (_request, response) => void response.writeHead(200, { "Content-Length": "9" }).write("half"),
  );
  const { body } = await client({ timeoutMs: 1_500 }).stream({ method: "GET", url: still.url, signal: never });
  await assert.rejects(collect(body), trouble("unavailable", "no", /stopped half-way/));
  const mute = await listen(() => undefined);
  await assert.rejects(
    client({ timeoutMs: 100 }).stream({ method: "GET", url: mute.url, signal: never }),
    trouble("unavailable", "no", /no answer within 0\.1 s \(4 attempts\)/),
  );
});

test("a download may take longer than the deadline of an answer", async () => {
  const server = await listen(async (_request, response) => {
    response.writeHead(200, { "Content-Length": 6 });
    for (let n = 0; n < 6; n++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      response.write("x");
    }
    response.end();
  });
  const { body } = await client({ timeoutMs: 400 }).stream({ method: "GET", url: server.url, signal: never });
  assert.equal((await collect(body)).toString(), "xxxxxx");
});

test("an abort ends a download with the signal's reason: before it begins, while it comes, and unread", async () => {
  const reason = new Error("the run was cancelled");
  const early = new AbortController();
  const mute = await listen(() => early.abort(reason));
  await assert.rejects(
    client().stream({ method: "GET", url: mute.url, signal: early.signal }),
    (error) => error === reason,
  );

  const half = await listen((_request, response) => {
    response.writeHead(200, { "Content-Length": 100 }).write("half");
  });
  const mid = new AbortController();
  const { body } = await client().stream({ method: "GET", url: half.url, signal: mid.signal });
  assert.ok(body !== null);
  await assert.rejects(
    async () => {
      for await (const _ of body) mid.abort(reason);
    },
    (error) => error === reason,
  );

  const unread = new AbortController();
  const left = await client().stream({ method: "GET", url: half.url, signal: unread.signal });
  unread.abort(reason);
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(collect(left.body), (error) => error === reason);
});

test("a download that is left early frees its socket", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await listen((request, response, count) => {
    if (count > 1) return void response.end("next");
    request.socket.once("close", () => closed.resolve());
    response.writeHead(200, { "Content-Length": 100 * MEGABYTE }).write(Buffer.alloc(MEGABYTE));
  });
  const http = client({ connections: 1 });
  const { body } = await http.stream({ method: "GET", url: server.url, signal: never });
  assert.ok(body !== null);
  for await (const _ of body) break;
  await closed.promise;
  const next = await http.stream({ method: "GET", url: server.url, signal: never });
  assert.equal((await collect(next.body)).toString(), "next");
});

test("close ends a download under way", async () => {
  const server = await listen((_request, response) => {
    response.writeHead(200, { "Content-Length": 100 }).write("half");
  });
  const http = client();
  const { body } = await http.stream({ method: "GET", url: server.url, signal: never });
  const reading = collect(body);
  await http.close();
  await assert.rejects(reading, trouble("unavailable", "no", /./));
});
