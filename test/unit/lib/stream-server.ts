import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import type { Http, HttpStream } from "../../../daemon/core/connector.ts";
import { ConnectorError } from "../../../daemon/core/errors.ts";
import type { Content } from "../../../daemon/core/parts.ts";
import { createHttp, type HttpOptions } from "../../../daemon/lib/http.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => unknown;

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const clean of cleanups.reverse()) await clean();
});

export async function listen(handler: Handler): Promise<{ readonly url: string; seen(): number }> {
  const state = { count: 0 };
  const server = createServer((request, response) => {
    state.count += 1;
    Promise.resolve(handler(request, response, state.count)).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => state.count };
}

export function client(options: Partial<HttpOptions> = {}): Http {
  const http = createHttp({
    userAgent: "syncline-test",
    now: () => 1_000_000,
    random: () => 0,
    sleep: async () => undefined,
    ...options,
  });
  cleanups.push(() => http.close());
  return http;
}

export const never = new AbortController().signal;
export const MEGABYTE = 1024 * 1024;

export function trouble(kind: string, stored: "no" | "maybe", words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.equal(error.stored, stored, error.message);
    assert.match(error.message, words);
    return true;
  };
}

export async function collect(body: HttpStream["body"]): Promise<Buffer> {
  assert.ok(body !== null, "there is no body");
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A content that says how often it was opened and how often it was left. */
export function watched(size: number, pieces: (signal: AbortSignal) => AsyncIterable<Uint8Array>) {
  const state = { opened: 0, left: 0 };
  const content: Content = {
    size,
    async *open(signal) {
      state.opened += 1;
      try {
        yield* pieces(signal);
      } finally {
        state.left += 1;
      }
    },
  };
  return { content, state };
}

export async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await request.toArray());
}

/** A server that tells what came: content length, transfer encoding, and the body. */
export function echo() {
  return listen(async (request, response) => {
    const body = await bodyOf(request);
    const { "content-length": length, "transfer-encoding": coding } = request.headers;
    response.end(JSON.stringify({ length, coding, body: body.toString("latin1") }));
  });
}
