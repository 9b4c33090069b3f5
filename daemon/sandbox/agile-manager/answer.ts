import { gzipSync } from "node:zlib";
import type { SandboxRequest, SandboxResponse } from "../message.ts";
import type { Refusal } from "./refusal.ts";
import type { AgileManagerSwitches } from "./switches.ts";

export interface Envelope {
  readonly data: readonly unknown[];
  readonly TotalResults: number;
}

export function envelope(data: readonly unknown[]): Envelope {
  return { data, TotalResults: data.length };
}

/** The data API's own content type, odd as it is. */
export function json(status: number, body: unknown): SandboxResponse {
  return { status, headers: { "Content-Type": "application/json;q=0.9" }, body: JSON.stringify(body) };
}

/** 401 speaks OAuth whatever the data API does. */
export function refused(refusal: Refusal, switches: AgileManagerSwitches): SandboxResponse {
  const oauth = { error: refusal.code, error_description: refusal.message };
  const alm = { Id: "qccore.general-error", Title: refusal.message, ExceptionProperties: null, StackTrace: null };
  const answer = json(refusal.status, switches.errorBody === "alm" && refusal.status !== 401 ? alm : oauth);
  return { ...answer, headers: { ...answer.headers, ...refusal.headers } };
}

export function compressed(request: SandboxRequest, response: SandboxResponse): SandboxResponse {
  if (response.body === undefined || !/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) return response;
  return {
    ...response,
    headers: { ...response.headers, "Content-Encoding": "gzip" },
    body: gzipSync(response.body),
  };
}
