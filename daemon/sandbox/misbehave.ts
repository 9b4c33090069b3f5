import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { breakTypes } from "./break-types.ts";
import type { SandboxRequest, SandboxResponse } from "./message.ts";
import type { Fault } from "./simulator.ts";

/** What a tracker does with a request, and what the fault `unauthorized` asks of it. */
export interface Handling {
  handle(request: SandboxRequest): Promise<SandboxResponse> | SandboxResponse;
  /** Ends every session, for the fault `unauthorized`; the request then goes to `handle`, which refuses it in the tracker's own words. */
  onUnauthorized?(): void;
}

export const DROP = Symbol("drop");

export type Reply = SandboxResponse | typeof DROP;

/** What a request gets that meets `fault`. */
export async function meet(
  fault: Fault | null,
  request: SandboxRequest,
  handling: Handling,
  ending: AbortSignal,
): Promise<Reply> {
  const early = fault === null ? null : before(fault, handling);
  if (early !== null) return early;
  const reply = await handling.handle(request);
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
function before(fault: Fault, handling: Handling): Reply | null {
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
      handling.onUnauthorized?.();
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

export function half(body: string | Buffer | undefined): Buffer {
  const bytes = Buffer.from(body ?? "");
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

export function plain(status: number, text: string): SandboxResponse {
  return {
    status,
    headers: { "Content-Type": "text/html;charset=utf-8" },
    body: `<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`,
  };
}
