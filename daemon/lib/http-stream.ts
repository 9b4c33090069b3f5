import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createUnzip } from "node:zlib";
import { Agent, type Dispatcher } from "undici";
import type { HttpStream } from "../core/connector.ts";
import type { Content } from "../core/parts.ts";
import { exactly } from "./content.ts";
import { buildAnswer } from "./http-answer.ts";
import { troubleError, troubleOf } from "./http-trouble.ts";

/** A body that is streamed gets this much more time for each megabyte: 100 kB/s is a slow line, not a dead one. */
const MS_PER_MEGABYTE = 10_000;

/** What is kept of an answer that refuses: its text goes into a message. */
const REFUSAL_BYTES = 1024 * 1024;

type Body = string | Uint8Array | Content | undefined;

/** The content of a request could not be read: `cause` is its own trouble, not the tracker's that it is sent to. */
export class UnreadableBody extends Error {
  override readonly name = "UnreadableBody";
}

function isContent(body: Body): body is Content {
  return typeof body === "object" && "open" in body;
}

/** Milliseconds in which a request with this body must have its answer. */
export function timeFor(body: Body, timeoutMs: number): number {
  return isContent(body) ? timeoutMs + Math.ceil(body.size / 1_000_000) * MS_PER_MEGABYTE : timeoutMs;
}

/** What undici sends for a body; a `Content` is opened anew for every attempt. Throws `UnreadableBody`, while it is sent too. */
export async function bodyFor(body: Body, signal: AbortSignal): Promise<string | Uint8Array | Readable | null> {
  if (body === undefined) return null;
  if (!isContent(body)) return body;
  // Without its last piece it is no whole request: one that breaks off, or turns out to have another length, is never acted upon.
  if (body.size > 0) return Readable.from(unread(exactly(body, signal)), { objectMode: false });
  for await (const _ of unread(exactly(body, signal)));
  return new Uint8Array();
}

async function* unread(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    throw new UnreadableBody("the content could not be read", { cause: error });
  }
}

/** Trackers want the length beforehand: chunked uploads are refused by some. */
export function lengthHeader(body: Body): Record<string, string> {
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

/**
 * A signal for a stream's request: `opening` (the caller's and the deadline's) counts until `opened` is called, from then on the caller's alone, since
 * nobody knows how long a stream takes.
 */
export function untilOpen(caller: AbortSignal, opening: AbortSignal): { readonly signal: AbortSignal; opened(): void } {
  const late = new AbortController();
  const expire = () => late.abort(opening.reason);
  if (opening.aborted) expire();
  opening.addEventListener("abort", expire, { once: true });
  return {
    signal: AbortSignal.any([caller, late.signal]),
    opened: () => opening.removeEventListener("abort", expire),
  };
}

/** A 2xx answer keeps its body as a stream; of any other the text is read. */
export async function toStream(
  response: Dispatcher.ResponseData,
  what: string,
  signal: AbortSignal,
): Promise<HttpStream> {
  const { statusCode, headers, body } = response;
  if (statusCode < 200 || statusCode > 299) {
    const bytes = await beginning(body, REFUSAL_BYTES);
    return { answer: await buildAnswer(statusCode, headers, bytes, REFUSAL_BYTES), body: null };
  }
  const coding = String(headers["content-encoding"] ?? "")
    .trim()
    .toLowerCase();
  const answer = await buildAnswer(statusCode, { ...headers, "content-encoding": undefined }, new Uint8Array(), 0);
  return { answer, body: guarded(unpacked(body, coding), what, signal) };
}

async function beginning(body: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length >= most) break;
  }
  return Buffer.concat(pieces).subarray(0, most);
}

/** Only plain bytes are asked for; a server or proxy that compresses all the same is understood. */
function unpacked(body: Readable, coding: string): Readable {
  const unzip =
    coding === "br"
      ? createBrotliDecompress()
      : coding === "gzip" || coding === "x-gzip" || coding === "deflate"
        ? createUnzip()
        : null;
  if (unzip === null) return body;
  // What goes wrong reaches the reader through the stream itself.
  pipeline(body, unzip).catch((error: unknown) => unzip.destroy(error as Error));
  return unzip;
}

async function* guarded(body: Readable, what: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) yield piece as Uint8Array;
  } catch (error) {
    signal.throwIfAborted();
    throw troubleError(what, troubleOf(error, { maxBytes: 0 }), true, 1);
  }
}
