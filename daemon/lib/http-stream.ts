import { Readable } from "node:stream";
import { Agent, type Dispatcher } from "undici";
import type { HttpStream } from "../core/connector.ts";
import type { Content } from "../core/parts.ts";
import { buildAnswer } from "./http-answer.ts";
import { type Trouble, troubleError, troubleOf } from "./http-trouble.ts";

/** A body that is streamed gets this much more time for each megabyte: 100 kB/s is a slow line, not a dead one. */
const MS_PER_MEGABYTE = 10_000;

export function isContent(body: string | Uint8Array | Content | undefined): body is Content {
  return typeof body === "object" && "open" in body;
}

/** Milliseconds in which a request with this body must have its answer. */
export function timeFor(body: string | Uint8Array | Content | undefined, timeoutMs: number): number {
  return isContent(body) ? timeoutMs + Math.ceil(body.size / 1_000_000) * MS_PER_MEGABYTE : timeoutMs;
}

/** What undici sends for a body; a `Content` is opened anew for every attempt. */
export function bodyFor(body: string | Uint8Array | Content | undefined, signal: AbortSignal) {
  if (body === undefined) return null;
  return isContent(body) ? Readable.from(body.open(signal), { objectMode: false }) : body;
}

/** Trackers want the length beforehand: chunked uploads are refused by some. */
export function lengthHeader(body: string | Uint8Array | Content | undefined): Record<string, string> {
  return isContent(body) ? { "content-length": String(body.size) } : {};
}

/** Sockets for answers of any size: the bound is the reader's. A stream that stands still for `timeoutMs` ends with an error. */
export function streamAgent(connections: number, timeoutMs: number, ca: string | undefined): Agent {
  return new Agent({
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: -1,
    connect: { timeout: Math.min(10_000, timeoutMs), ...(ca === undefined ? {} : { ca }) },
  });
}

/** A 2xx answer keeps its body as a stream; any other is read whole, `maxBytes` at the most. */
export async function toStream(response: Dispatcher.ResponseData, what: string, maxBytes: number): Promise<HttpStream> {
  const { statusCode, headers, body } = response;
  if (statusCode < 200 || statusCode > 299) {
    const bytes = new Uint8Array(await body.arrayBuffer());
    return { answer: await buildAnswer(statusCode, headers, bytes.subarray(0, maxBytes), maxBytes), body: null };
  }
  const answer = await buildAnswer(statusCode, { ...headers, "content-encoding": undefined }, new Uint8Array(), 0);
  return { answer, body: guarded(body, what) };
}

async function* guarded(body: AsyncIterable<unknown>, what: string): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    throw troubleError(what, broken(error), true, 1);
  }
}

function broken(error: unknown): Trouble {
  return troubleOf(error, { maxBytes: 0 });
}
