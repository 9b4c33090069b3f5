import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { member, parseJson } from "./entity-read.ts";
import { AlmError, generalError, NoSuchPath } from "./errors.ts";
import { bodyType, contentType } from "./negotiate.ts";
import { empty, page } from "./reply.ts";
import type { AlmServer, Call } from "./server-state.ts";
import { childrenOf, parseXml, textIn } from "./xml.ts";

const GONE = "Thu, 01-Jan-1970 00:00:10 GMT";

/** `authentication-point/…` */
export function authenticationPoint(call: Call): SandboxResponse {
  const { server, request, rest } = call;
  switch (rest.join("/")) {
    case "alm-authenticate":
      if (!server.profile.almAuthenticate) throw new NoSuchPath();
      only(request, "POST");
      return almAuthenticate(server, request);
    case "authenticate":
      only(request, "GET", "POST");
      return basicAuthenticate(server, request);
    case "j_spring_security_check":
      only(request, "POST");
      return formAuthenticate(server, request);
    case "logout":
      return logout(server, request);
    default:
      throw new NoSuchPath();
  }
}

export function only(request: SandboxRequest, ...methods: readonly string[]): void {
  if (!methods.includes(request.method)) throw generalError(405, `Method ${request.method} is not allowed`);
}

function almAuthenticate(server: AlmServer, request: SandboxRequest): SandboxResponse {
  const { format } = bodyType(request);
  if (format === "json" && !server.profile.jsonSignIn) throw generalError(415, "Unsupported Media Type");
  const { user, password } = format === "json" ? jsonCredentials(request) : xmlCredentials(request);
  const login =
    checkPassword(server, user, password) ?? (server.profile.keyAsPassword ? checkKey(server, user, password) : null);
  if (login === null) return page(401, "Authentication failed", { "WWW-Authenticate": "ALMAUTH" });
  return empty(server.switches.signInStatus, { "Set-Cookie": [signInCookie(server.sessions.signIn(login))] });
}

function xmlCredentials(request: SandboxRequest): { readonly user: string; readonly password: string } {
  const { name, node } = parseXml(request.body.toString("utf8"));
  if (name !== "alm-authentication") throw generalError(400, `Expected alm-authentication, found '${name}'`);
  const text = (child: string): string => textIn(childrenOf(node, child)[0] ?? "");
  return { user: text("user"), password: text("password") };
}

function jsonCredentials(request: SandboxRequest): { readonly user: string; readonly password: string } {
  const body = member(parseJson(request.body.toString("utf8")), "alm-authentication");
  return { user: String(member(body, "user") ?? ""), password: String(member(body, "password") ?? "") };
}

/** The login where name and password fit. */
function checkPassword(server: AlmServer, user: string, password: string): string | null {
  const account = server.accounts.get(user);
  if (account === undefined || account.password !== password || server.switches.apiKeyOnly) return null;
  return account.login;
}

function checkKey(server: AlmServer, id: string, secret: string): string | null {
  const key = server.keys.get(id);
  return key?.active && key.secret === secret ? key.login : null;
}

function basicCredentials(request: SandboxRequest): { readonly user: string; readonly password: string } | null {
  const match = /^Basic\s+(\S+)$/i.exec(request.headers["authorization"] ?? "");
  if (match === null) return null;
  const text = Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const at = text.indexOf(":");
  return at === -1 ? null : { user: text.slice(0, at), password: text.slice(at + 1) };
}

function basicLogin(server: AlmServer, request: SandboxRequest): string | null {
  const given = basicCredentials(request);
  return given === null ? null : checkPassword(server, given.user, given.password);
}

function basicAuthenticate(server: AlmServer, request: SandboxRequest): SandboxResponse {
  const login = basicLogin(server, request);
  if (login === null)
    return page(401, "Authentication failed", { "WWW-Authenticate": `basic realm="${server.base()}"` });
  return empty(200, { "Set-Cookie": [signInCookie(server.sessions.signIn(login))] });
}

function formAuthenticate(server: AlmServer, request: SandboxRequest): SandboxResponse {
  if (contentType(request).type !== "application/x-www-form-urlencoded")
    throw generalError(415, "Unsupported Media Type");
  const form = new URLSearchParams(request.body.toString("utf8"));
  const login = checkPassword(server, form.get("j_username") ?? "", form.get("j_password") ?? "");
  if (login === null) return page(401, "Authentication failed");
  return empty(200, { "Set-Cookie": [signInCookie(server.sessions.signIn(login))] });
}

/** Deprecated, yet the shortest: all four cookies in one step. */
export function apiSignIn(call: Call): SandboxResponse {
  const { server, request } = call;
  if (!server.profile.deprecatedApi) throw new NoSuchPath();
  only(request, "POST");
  const login = basicLogin(server, request);
  if (login === null)
    return page(401, "Authentication failed", { "WWW-Authenticate": `basic realm="${server.base()}"` });
  return empty(200, { "Set-Cookie": signedInWhole(server, request, login) });
}

/** `rest/oauth2/login` */
export function keyLogin(call: Call): SandboxResponse {
  const { server, request } = call;
  if (!server.profile.apiKeys) throw new NoSuchPath();
  only(request, "POST");
  if (bodyType(request).format !== "json") throw generalError(415, "Unsupported Media Type");
  const body = parseJson(request.body.toString("utf8"));
  const key = server.keys.get(String(member(body, "clientId") ?? ""));
  if (key === undefined || key.secret !== String(member(body, "secret") ?? ""))
    throw generalError(401, "Invalid API key");
  if (!key.active) throw new AlmError(403, "operation-forbidden", "The API key is not active");
  return empty(200, { "Set-Cookie": signedInWhole(server, request, key.login) });
}

function signedInWhole(server: AlmServer, request: SandboxRequest, login: string): readonly string[] {
  return [signInCookie(server.sessions.signIn(login)), ...siteCookies(server, request, login, null)];
}

/** Opens a site session and returns the cookies that carry it. */
export function siteCookies(
  server: AlmServer,
  request: SandboxRequest,
  login: string,
  minutes: number | null,
): readonly string[] {
  const boundClient = request.headers["alm-client-type"] ?? null;
  const site = server.sessions.openSite(login, { minutes, boundClient });
  const user = Buffer.from(login).toString("base64url");
  const cookies = [
    `QCSession=${site.id};Path=/;HttpOnly`,
    `ALM_USER=${user};Path=/`,
    `JSESSIONID=${server.sessions.token()};Path=/qcbin`,
  ];
  return server.profile.siteSession ? [...cookies, `XSRF-TOKEN=${server.sessions.token()};Path=/`] : cookies;
}

export function signInCookie(value: string): string {
  return `LWSSO_COOKIE_KEY=${value};Path=/;HttpOnly`;
}

/** The answer that ends a site session's cookie. */
export function goneCookie(name: string): string {
  return `${name}="";Path=/;Expires=${GONE}`;
}

function logout(server: AlmServer, request: SandboxRequest): SandboxResponse {
  only(request, "POST", ...(server.switches.getLogout ? ["GET"] : []));
  if (request.method === "POST") checkXsrf(server, request);
  const { site } = server.sessions.standing(request);
  if (site !== null) server.sessions.endSite(site.id);
  server.sessions.endSignIn(request);
  if (server.switches.logoutStatus === 500) return page(500, "The user's token id was logged out");
  return empty(200, { "Set-Cookie": [goneCookie("LWSSO_COOKIE_KEY"), goneCookie("QCSession")] });
}

/** Double submit: header and cookie must agree; who made the value up does not matter. Throws 401. */
export function checkXsrf(server: AlmServer, request: SandboxRequest): void {
  if (!server.switches.xsrf || request.method === "GET" || request.method === "HEAD") return;
  const cookie = request.cookies.get("XSRF-TOKEN") ?? "";
  if (cookie !== "" && request.headers["x-xsrf-token"] === cookie) return;
  throw generalError(401, "Unauthorized request. For more details see XSRF Token section in REST API documentation.");
}
