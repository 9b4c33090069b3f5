import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Content } from "../../../daemon/core/parts.ts";
import { bodyOf, client, echo, listen, MEGABYTE, never, pieces, trouble, watched } from "./stream-server.ts";

test("a content is uploaded with its length, not in chunks", async () => {
  const server = await echo();
  const { content, state } = watched(11, () => pieces("hel", "", "lo ", "world"));
  const answer = await client().send({ method: "POST", url: server.url, body: content, signal: never });
  assert.deepEqual(JSON.parse(answer.text()), { length: "11", body: "hello world" });
  assert.deepEqual(state, { opened: 1, left: 1 });
});

test("an empty content is uploaded with length 0", async () => {
  const server = await echo();
  const { content } = watched(0, () => pieces());
  for (const method of ["POST", "PUT"] as const) {
    const answer = await client().send({ method, url: server.url, body: content, signal: never });
    assert.deepEqual(JSON.parse(answer.text()), { length: "0", body: "" });
  }
});

test("a large content is read no faster than it is sent", async () => {
  const taken = { bytes: 0 };
  const server = await listen(async (request, response) => {
    for await (const chunk of request) taken.bytes += (chunk as Buffer).length;
    response.end();
  });
  const state = { given: 0, ahead: 0 };
  const content: Content = {
    size: 100 * MEGABYTE,
    async *open() {
      for (let n = 0; n < 100; n++) {
        state.given += MEGABYTE;
        state.ahead = Math.max(state.ahead, state.given - taken.bytes);
        yield new Uint8Array(MEGABYTE);
      }
    },
  };
  const answer = await client().send({ method: "PUT", url: server.url, body: content, signal: never });
  assert.equal(answer.status, 200);
  assert.equal(taken.bytes, 100 * MEGABYTE);
  assert.ok(state.ahead < 40 * MEGABYTE, `${state.ahead} bytes were read before they were sent`);
});

test("a repeat opens the content anew", async () => {
  const server = await listen(async (request, response, count) => {
    const body = await bodyOf(request);
    if (count === 1) response.writeHead(429).end();
    else response.end(body);
  });
  const { content, state } = watched(4, () => pieces("ab", "cd"));
  const answer = await client().send({ method: "POST", url: server.url, body: content, signal: never });
  assert.equal(answer.text(), "abcd");
  assert.deepEqual(state, { opened: 2, left: 2 });
});

test("a connection cut after an upload may have stored it; a repeatable one is sent again", async () => {
  const server = await listen(async (request, response, count) => {
    const body = await bodyOf(request);
    if (count < 3) request.socket.destroy();
    else response.end(body);
  });
  const { content, state } = watched(4, () => pieces("ab", "cd"));
  const request = { url: server.url, body: content, signal: never };
  await assert.rejects(client().send({ ...request, method: "POST" }), trouble("unavailable", "maybe", /POST http/));
  const answer = await client().send({ ...request, method: "PUT", repeatable: true });
  assert.equal(answer.text(), "abcd");
  assert.equal(state.opened, 3);
});

test("the source's own trouble comes through as it is, is not repeated, and the server never sees a whole request", async () => {
  const lost = new ConnectorError("unavailable", "GET http://source/file: the answer broke off");
  const broken = watched(6, async function* () {
    yield* pieces("abc", "def");
    throw lost;
  });
  const whole = { requests: 0 };
  const server = await listen((request, response) => {
    request.once("end", () => {
      whole.requests += 1;
      response.end();
    });
    request.on("error", () => undefined).resume();
  });
  await assert.rejects(
    client().send({ method: "PUT", url: server.url, body: broken.content, signal: never, repeatable: true }),
    (error) => error === lost,
  );
  assert.deepEqual(broken.state, { opened: 1, left: 1 });
  assert.equal(whole.requests, 0);
});

test("a content that is shorter or longer than it was said is a conflict, and never becomes a whole request", async () => {
  const whole = { requests: 0 };
  const server = await listen((request, response) => {
    request.once("end", () => {
      whole.requests += 1;
      response.end();
    });
    request.on("error", () => undefined).resume();
  });
  for (const [size, words] of [
    [7, /of 7 bytes turned out to have only 6/],
    [5, /of 5 bytes turned out to have more than 5/],
    [3, /of 3 bytes turned out to have more than 3/],
    [0, /of 0 bytes turned out to have more than 0/],
  ] as const) {
    const { content, state } = watched(size, () => pieces("abc", "def"));
    await assert.rejects(
      client().send({ method: "POST", url: server.url, body: content, signal: never }),
      trouble("conflict", "no", words),
    );
    assert.equal(state.left, 1);
  }
  assert.equal(whole.requests, 0);
});

test("an answer that comes before the upload has ended counts, and the content is left", async () => {
  const server = await listen((_request, response) => {
    response.writeHead(413, { Connection: "close" }).end("too large");
  });
  const { content, state } = watched(500 * MEGABYTE, async function* () {
    for (;;) yield new Uint8Array(MEGABYTE);
  });
  const answer = await client().send({ method: "POST", url: server.url, body: content, signal: never });
  assert.deepEqual([answer.status, answer.text()], [413, "too large"]);
  assert.equal(state.opened, state.left);
});

test("an abort ends an upload with the signal's reason, and the content is left", async () => {
  const reason = new Error("the run was cancelled");
  const abort = new AbortController();
  const server = await listen((request) => request.once("data", () => abort.abort(reason)));
  const left = Promise.withResolvers<void>();
  const content: Content = {
    size: 10 * MEGABYTE,
    async *open(signal) {
      try {
        for (let n = 0; n < 3; n++) yield new Uint8Array(MEGABYTE);
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      } finally {
        left.resolve();
      }
    },
  };
  await assert.rejects(
    client().send({ method: "POST", url: server.url, body: content, signal: abort.signal }),
    (error) => error === reason,
  );
  await left.promise;
});

test("an upload has time for its size beside the time for an answer", async () => {
  const server = await listen(async (request, response) => {
    await bodyOf(request);
    setTimeout(() => response.end("stored"), 300);
  });
  const http = client({ timeoutMs: 100 });
  await assert.rejects(
    http.send({ method: "POST", url: server.url, body: "x", signal: never }),
    trouble("unavailable", "maybe", /no answer within/),
  );
  const { content } = watched(MEGABYTE, async function* () {
    yield new Uint8Array(MEGABYTE);
  });
  const answer = await http.send({ method: "POST", url: server.url, body: content, signal: never });
  assert.equal(answer.text(), "stored");
});
