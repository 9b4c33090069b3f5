import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FaultQueue } from "./faults.ts";
import { decode, flatten, parseCookies, readBody, type SandboxRequest, type SandboxResponse } from "./message.ts";
import { DROP, type Handling, half, meet, plain } from "./misbehave.ts";
import type { TrafficCounter } from "./traffic.ts";

export interface ServeOptions extends Handling {
  /** 0 takes any free port. */
  readonly port: number;
  readonly signal?: AbortSignal;
  readonly faults: FaultQueue;
  readonly traffic: TrafficCounter;
  /** The tracker's clock in milliseconds since 1970; the `Date` header follows it. */
  now(): number;
}

export interface SandboxServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Cuts every connection, waiting ones included. Safe to call twice. */
  close(): Promise<void>;
}

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

/** What a sender meets when the line breaks while it sends. */
async function dropUpload(message: IncomingMessage): Promise<void> {
  for await (const _ of message.iterator({ destroyOnReturn: false })) break;
  message.socket.destroy();
}
