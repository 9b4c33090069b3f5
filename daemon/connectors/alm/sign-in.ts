import { createHash } from "node:crypto";
import type { ConnectorHost, HttpAnswer, HttpRequest } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { excerpt } from "../json-answer.ts";
import { escapeXml } from "./body.ts";
import type { CookieJar } from "./cookies.ts";
import { readException, refusal } from "./errors.ts";
import type { AlmSettings } from "./settings.ts";

export type Secret = Readonly<Record<string, string>>;
export type AuthMode = "password" | "apikey" | "basic";

export const SECRET_KEYS = ["user", "password", "client-id", "client-secret"] as const;

/** Thrown where the server refused the secret itself: asking again may lock the account out. */
export class SignInRefused extends ConnectorError {}

/** Sends one request with the jar's cookies and stores those of its answer. `path` is relative to the web root. */
export type RawSend = (request: Omit<HttpRequest, "url" | "signal"> & { readonly path: string }) => Promise<HttpAnswer>;

/** Throws `auth` where the secret has no complete set of values. */
export function authMode(settings: AlmSettings, secret: Secret, endpoint: string): AuthMode {
  const key = secret["client-id"] !== undefined && secret["client-secret"] !== undefined;
  const user = secret["user"] !== undefined && secret["password"] !== undefined;
  const mode = settings.auth ?? (key ? "apikey" : "password");
  if (mode === "apikey" ? key : user) return mode;
  const needs =
    mode === "apikey" ? "client-id and client-secret" : "user and password (or client-id and client-secret)";
  throw new ConnectorError("auth", `${endpoint}: the secret lacks ${needs}`);
}

/** Tells secrets apart without keeping them. */
export function fingerprint(secret: Secret): string {
  const entries = Object.entries(secret).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}

/** Fills the jar. Throws `SignInRefused` where the server does not take the secret, `unavailable` for anything else that goes wrong. */
export async function signIn(
  mode: AuthMode,
  secret: Secret,
  jar: CookieJar,
  send: RawSend,
  host: ConnectorHost,
): Promise<void> {
  if (mode === "apikey") await byKey(secret, send, host);
  else if (mode === "basic" || !(await byPassword(secret, send, host))) await byBasic(secret, send, host);
  if (jar.size === 0) {
    throw new ConnectorError(
      "unavailable",
      `${host.endpoint}: sign-in was answered without a session cookie; is the address the web root (…/qcbin)?`,
    );
  }
  if (mode !== "apikey" || jar.get("QCSession") === undefined) await openSiteSession(send, host);
}

/** False where the server has no such resource (11.x). */
async function byPassword(secret: Secret, send: RawSend, host: ConnectorHost): Promise<boolean> {
  const user = escapeXml(secret["user"] ?? "");
  const password = escapeXml(secret["password"] ?? "");
  const answer = await send({
    method: "POST",
    path: "/authentication-point/alm-authenticate",
    headers: { "Content-Type": "application/xml", Accept: "application/xml" },
    body: `<alm-authentication><user>${user}</user><password>${password}</password></alm-authentication>`,
    repeatable: true,
  });
  if (answer.status === 404 || answer.status === 405) return false;
  accept("sign-in by password", answer, host);
  return true;
}

async function byBasic(secret: Secret, send: RawSend, host: ConnectorHost): Promise<void> {
  const token = Buffer.from(`${secret["user"] ?? ""}:${secret["password"] ?? ""}`, "utf8").toString("base64");
  const headers = { Authorization: `Basic ${token}`, Accept: "application/xml" };
  const answer = await send({ method: "GET", path: "/authentication-point/authenticate", headers });
  accept("sign-in by Basic authentication", answer, host);
}

async function byKey(secret: Secret, send: RawSend, host: ConnectorHost): Promise<void> {
  const answer = await send({
    method: "POST",
    path: "/rest/oauth2/login",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ clientId: secret["client-id"], secret: secret["client-secret"] }),
    repeatable: true,
  });
  if (answer.status === 404 || answer.status === 405) {
    throw new ConnectorError("auth", `${host.endpoint}: this server has no API keys; give user and password`, {
      status: answer.status,
    });
  }
  accept("sign-in by API key", answer, host);
}

/** From 12.00 on; older servers open it with the first call, and clones of this API refuse the resource: both mean "go on". */
async function openSiteSession(send: RawSend, host: ConnectorHost): Promise<void> {
  const path = "/rest/site-session";
  const body = "<session-parameters><client-type>Syncline</client-type><time-out>60</time-out></session-parameters>";
  const headers = { "Content-Type": "application/xml", Accept: "application/xml" };
  const first = await send({ method: "POST", path, headers, body, repeatable: true });
  const answer =
    first.status === 400 || first.status === 415
      ? await send({ method: "POST", path, headers: { Accept: "application/xml" }, repeatable: true })
      : first;
  if ([403, 404, 405].includes(answer.status)) return;
  accept("opening a site session", answer, host);
}

function accept(what: string, answer: HttpAnswer, host: ConnectorHost): void {
  if (answer.status === 200 || answer.status === 201 || answer.status === 204) return;
  if (answer.status === 401 || answer.status === 403) {
    const said = readException(answer)?.title ?? "";
    const why = said === "" ? "" : `: ${excerpt(said)}`;
    throw new SignInRefused("auth", `${host.endpoint}: ${what} was refused (${answer.status})${why}`, {
      status: answer.status,
    });
  }
  throw refusal({ endpoint: host.endpoint, request: what, writes: false }, answer, new Map(), host.now());
}
