import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { breakTypes } from "./break-types.ts";
import type { FaultQueue } from "./faults.ts";
import type { Fault } from "./simulator.ts";
import type { TrafficCounter } from "./traffic.ts";

export interface SandboxRequest {
  /** Upper case. */
  readonly method: string;
  /** Decoded path without query; as sent where its percent encoding is malformed, which is for the tracker to refuse, after it has asked who calls. */
  readonly path: string;
  /** Path as sent, still encoded, without query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  /** Names in lower case, repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The first cookie of each name, undecoded. */
  readonly cookies: ReadonlyMap<string, string>;
}

export interface SandboxResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly signal?: AbortSignal;
  readonly faults: FaultQueue;
  readonly traffic: TrafficCounter;
  handle(request: SandboxRequest): Promise<SandboxResponse> | SandboxResponse;
  /** The tracker's clock in milliseconds since 1970; the `Date` header follows it. */
  now(): number;
  /** Ends every session, for the fault `unauthorized`; the request then goes to `handle`, which refuses it in the tracker's own words. */
  onUnauthorized?(): void;
}

export interface SandboxServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Cuts every connection, waiting ones included. Safe to call twice. */
  close(): Promise<void>;
}

/** Bytes of one request body. */
const MAX_BODY = 64 * 1024 * 1024;

const DROP = Symbol("drop");
type Reply = SandboxResponse | typeof DROP;

/** A loopback HTTP server that misbehaves on demand. Throws where the port is taken. */
export async function serve(options: ServeOptions): Promise<SandboxServer> {
  options.signal?.throwIfAborted();
  const ending = new AbortController();
  const server = createServer({ keepAliveTimeout: 65_000 }, (message, response) => {
    answer(message, response, options, ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted) fail(response, options, error);
    });
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;

  function close(): Promise<void> {
    ending.abort();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  options.signal?.addEventListener("abort", () => void close(), { once: true });
  return { url: `http://127.0.0.1:${port}`, port, close };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(message: IncomingMessage, response: ServerResponse, options: ServeOptions, ending: AbortSignal) {
  const method = (message.method ?? "GET").toUpperCase();
  // Clients whose configured address ends in a slash send `//agm/…`, which would otherwise be the host `agm`.
  const url = new URL((message.url ?? "/").replace(/^[/\\]+/, "/"), "http://127.0.0.1");
  const path = decode(url.pathname) ?? url.pathname;
  options.traffic.count(method, path);
  const fault = options.faults.take({ method, path: `${path}${decode(url.search) ?? url.search}` });
  if (fault?.kind === "drop-upload") return dropUpload(message);
  const body = await readBody(message);
  if (body === null) return send(response, options, plain(413, "request body too large"), true);

  const request: SandboxRequest = {
    method,
    path,
    rawPath: url.pathname,
    query: url.searchParams,
    headers: flatten(message),
    body,
    cookies: parseCookies(message.headers.cookie ?? ""),
  };
  const reply = await meet(fault, request, options, ending);
  if (reply === DROP) message.socket.destroy();
  else if (fault?.kind === "cut") cut(response, options, reply);
  else send(response, options, reply, fault?.kind === "truncated");
}

/** What a request gets that meets `fault`. */
async function meet(
  fault: Fault | null,
  request: SandboxRequest,
  options: ServeOptions,
  ending: AbortSignal,
): Promise<Reply> {
  const early = fault === null ? null : before(fault, options);
  if (early !== null) return early;
  const reply = await options.handle(request);
  switch (fault?.kind) {
    case "drop-after":
      return DROP;
    case "error-but-stored":
      return plain(500, "Internal Server Error");
    case "slow":
      await wait((fault.seconds ?? 1) * 1000, undefined, { signal: ending });
      return reply;
    case "truncated":
      return { ...unzipped(reply), body: half(unzipped(reply).body) };
    case "wrong-types":
      return { ...unzipped(reply), body: breakTypes(unzipped(reply).body) };
    default:
      return reply;
  }
}

/** The answer of a fault that keeps the request from being handled; null where it is handled all the same. */
function before(fault: Fault, options: ServeOptions): Reply | null {
  switch (fault.kind) {
    case "drop-before":
      return DROP;
    case "rate-limited":
      return { ...plain(429, "Too Many Requests"), headers: { "Retry-After": String(fault.seconds ?? 1) } };
    case "error":
      return plain(500, "Internal Server Error");
    case "refused":
      return plain(fault.status ?? 403, "Refused");
    case "unavailable":
      return plain(503, "Service Unavailable");
    case "html":
      return { ...plain(200, "Welcome. Please sign in."), headers: { "Content-Type": "text/html;charset=utf-8" } };
    case "unauthorized":
      options.onUnauthorized?.();
      return null;
    case "shift-page":
      fault.act?.();
      return null;
    default:
      return null;
  }
}

/** Damage is done to what the answer says, not to its compression. */
function unzipped(reply: SandboxResponse): SandboxResponse {
  const headers = Object.entries(reply.headers ?? {});
  const rest = headers.filter(([name]) => name.toLowerCase() !== "content-encoding");
  if (rest.length === headers.length || reply.body === undefined) return reply;
  return { ...reply, headers: Object.fromEntries(rest), body: gunzipSync(reply.body) };
}

function half(body: string | Buffer | undefined): Buffer {
  const bytes = Buffer.from(body ?? "");
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

function plain(status: number, text: string): SandboxResponse {
  return {
    status,
    headers: { "Content-Type": "text/html;charset=utf-8" },
    body: `<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`,
  };
}

function fail(response: ServerResponse, options: ServeOptions, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // A bug of the simulator, not a simulated one: the text must reach whoever writes the test.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  send(response, options, { status: 500, headers: { "Content-Type": "text/plain" }, body: `sandbox bug: ${text}` });
}

function send(response: ServerResponse, options: ServeOptions, reply: SandboxResponse, close = false): void {
  if (response.destroyed) return;
  const body = begin(response, options, reply, close);
  response.end(body);
}

/** What a reader of a long answer meets when the line breaks. */
function cut(response: ServerResponse, options: ServeOptions, reply: SandboxResponse): void {
  if (response.destroyed) return;
  const body = begin(response, options, reply, true);
  response.flushHeaders();
  response.write(half(body), () => response.destroy());
}

/** Sets status and headers. */
function begin(response: ServerResponse, options: ServeOptions, reply: SandboxResponse, close: boolean): Buffer {
  const body = Buffer.from(reply.body ?? "");
  response.sendDate = false;
  response.setHeader("Date", new Date(options.now()).toUTCString());
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  if (close) response.setHeader("Connection", "close");
  response.setHeader("Content-Length", body.length);
  response.statusCode = reply.status;
  return body;
}

/** Null where the body is longer than the bound; the rest is then not read. */
/** What a sender meets when the line breaks while it sends. */
async function dropUpload(message: IncomingMessage): Promise<void> {
  for await (const _ of message.iterator({ destroyOnReturn: false })) break;
  message.socket.destroy();
}

async function readBody(message: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function flatten(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}

function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (name !== "" && !cookies.has(name))
      cookies.set(
        name,
        part
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, "$1"),
      );
  }
  return cookies;
}
