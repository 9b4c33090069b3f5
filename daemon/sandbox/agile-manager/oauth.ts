import { createHash } from "node:crypto";
import type { SandboxRequest, SandboxResponse } from "../message.ts";
import type { Random } from "../random.ts";
import { Refusal } from "./refusal.ts";
import type { AgileManagerSwitches } from "./switches.ts";

export interface Tokens {
  /** Answers `/agm/oauth/token`: POST or GET, parameters in a form body or in the query string. Throws `Refusal`. */
  grant(request: SandboxRequest): SandboxResponse;
  /** Throws `Refusal` 401 where the request bears no living token. */
  check(request: SandboxRequest): void;
  /** Forgets every token, as after an administrator revoked them. */
  revoke(): void;
}

export interface TokenOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly switches: AgileManagerSwitches;
  readonly random: Random;
  now(): number;
}

/** Tokens remembered beyond their expiry, to tell an expired one from an unknown one. */
const REMEMBERED = 1000;

export function createTokens(options: TokenOptions): Tokens {
  /** Expiry by token, oldest first. */
  const expiries = new Map<string, number>();

  function current(): string {
    const now = options.now();
    const newest = [...expiries].at(-1);
    if (options.switches.tokenRenewal === "same" && newest !== undefined && newest[1] > now) return newest[0];
    const token = newToken(options.random);
    expiries.set(token, now + options.switches.tokenLife * 1000);
    const oldest = expiries.keys().next().value;
    if (expiries.size > REMEMBERED && oldest !== undefined) expiries.delete(oldest);
    return token;
  }

  function grant(request: SandboxRequest): SandboxResponse {
    if (request.method !== "POST" && request.method !== "GET") {
      throw new Refusal(405, "method_not_allowed", `Request method '${request.method}' not supported`, {
        Allow: "GET, POST",
      });
    }
    checkGrant(parameters(request), options);
    const token = current();
    const left = (expiries.get(token) ?? 0) - options.now();
    // Whole seconds left once this answer is out: 3599 of a fresh hour.
    const body = {
      access_token: token,
      token_type: "bearer",
      expires_in: Math.max(0, Math.ceil(left / 1000) - 1),
      scope: "read trust write",
    };
    const headers = {
      "Content-Type": "application/json;charset=UTF-8",
      "Cache-Control": "no-store",
      Pragma: "no-cache",
    };
    return { status: 200, headers, body: JSON.stringify(body) };
  }

  function check(request: SandboxRequest): void {
    const token = /^bearer\s+(\S+)\s*$/i.exec(request.headers["authorization"] ?? "")?.[1];
    if (token === undefined) {
      throw unauthorized("unauthorized", "An Authentication object was not found in the SecurityContext");
    }
    const expiry = expiries.get(token);
    if (expiry === undefined) throw unauthorized("invalid_token", `Invalid access token: ${token}`);
    if (expiry <= options.now()) throw unauthorized("invalid_token", `Access token expired: ${token}`);
  }

  return { grant, check, revoke: () => expiries.clear() };
}

function parameters(request: SandboxRequest): URLSearchParams {
  const all = new URLSearchParams(request.query);
  const type = request.headers["content-type"] ?? "";
  if (request.method === "POST" && /^application\/x-www-form-urlencoded/i.test(type)) {
    for (const [name, value] of new URLSearchParams(request.body.toString("utf8"))) {
      if (!all.has(name)) all.append(name, value);
    }
  }
  return all;
}

function checkGrant(given: URLSearchParams, options: TokenOptions): void {
  if (given.get("client_id") !== options.clientId || given.get("client_secret") !== options.clientSecret) {
    throw unauthorized("invalid_client", "Bad client credentials");
  }
  const grant = given.get("grant_type");
  if (grant === null || grant === "") throw new Refusal(400, "invalid_request", "Missing grant type");
  if (grant !== "client_credentials") {
    throw new Refusal(400, "unsupported_grant_type", `Unsupported grant type: ${grant}`);
  }
}

function unauthorized(code: string, message: string): Refusal {
  const challenge = `Bearer realm="agm", error="${code}", error_description="${message}"`;
  return new Refusal(401, code, message, { "WWW-Authenticate": challenge });
}

/** `555000123_1f0c9b1e-7a11-4c55-9f62-2f0b6a1d9e10` */
function newToken(random: Random): string {
  const noise = [random.next(), random.next(), random.next()].join();
  const hex = createHash("sha256").update(noise).digest("hex");
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `9${hex.slice(17, 20)}`, hex.slice(20, 32)];
  return `${random.int(100_000_000, 999_999_999)}_${uuid.join("-")}`;
}
