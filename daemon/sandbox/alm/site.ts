import type { SandboxResponse } from "../message.ts";
import { type Admission, admitSignedIn } from "./access.ts";
import { generalError, NoSuchPath } from "./errors.ts";
import { answerFormat, contentType, type Format } from "./negotiate.ts";
import { empty, reply } from "./reply.ts";
import type { AlmServer, Call } from "./server-state.ts";
import { checkXsrf, goneCookie, only, siteCookies } from "./sign-in.ts";
import { childrenOf, element, escapeXml, parseXml, textElement, textIn, XML_HEAD } from "./xml.ts";

/** `rest/is-authenticated`: XML only. */
export function isAuthenticated(call: Call): SandboxResponse {
  only(call.request, "GET");
  return signedIn(call, ({ user }) => {
    answerFormat(call.request, ["xml"]);
    return reply("xml", `${XML_HEAD}${element("AuthenticationInfo", {}, textElement("Username", user))}`);
  });
}

/** `v2/rest/is-authenticated`: JSON only. */
export function isAuthenticatedV2(call: Call): SandboxResponse {
  if (!call.server.profile.v2) throw new NoSuchPath();
  only(call.request, "GET");
  return signedIn(call, ({ user }) => {
    answerFormat(call.request, ["json"]);
    return reply("json", JSON.stringify({ AuthenticationInfo: { Username: user } }));
  });
}

type Admitted = Extract<Admission, { admitted: true }>;

function signedIn(call: Call, then: (admission: Admitted) => SandboxResponse): SandboxResponse {
  const admission = admitSignedIn(call.server, call.request);
  return admission.admitted ? withCookies(then(admission), admission.cookies) : admission.response;
}

export function withCookies(response: SandboxResponse, cookies: readonly string[]): SandboxResponse {
  if (cookies.length === 0) return response;
  const own = response.headers?.["Set-Cookie"] ?? [];
  return {
    ...response,
    headers: { ...response.headers, "Set-Cookie": [...cookies, ...(typeof own === "string" ? [own] : own)] },
  };
}

/** `rest/site-session` */
export function siteSession(call: Call): SandboxResponse {
  const { server, request } = call;
  if (!server.profile.siteSession) throw new NoSuchPath();
  return signedIn(call, (admission) => {
    switch (request.method) {
      case "POST":
        return openSession(call, admission);
      case "GET":
      case "PUT":
        checkXsrf(server, request);
        return admission.site === null ? noSession() : empty(200);
      case "DELETE":
        checkXsrf(server, request);
        if (admission.site !== null) server.sessions.endSite(admission.site.id);
        return empty(200, { "Set-Cookie": [goneCookie("QCSession")] });
      default:
        throw generalError(405, `Method ${request.method} is not allowed`);
    }
  });
}

function noSession(): SandboxResponse {
  throw generalError(401, "There is no site session");
}

function openSession(call: Call, admission: Admitted): SandboxResponse {
  const { server, request } = call;
  let minutes: number | null = null;
  let clientType = request.headers["alm-client-type"] ?? "";
  if (request.body.length > 0) {
    if (!["application/xml", "text/xml"].includes(contentType(request).type))
      throw generalError(415, "Unsupported Media Type");
    const { name, node } = parseXml(request.body.toString("utf8"));
    if (name !== "session-parameters") throw generalError(400, `Expected session-parameters, found '${name}'`);
    const text = (child: string): string => textIn(childrenOf(node, child)[0] ?? "").trim();
    if (/^\d+$/.test(text("time-out"))) minutes = Number(text("time-out"));
    clientType = text("client-type") || clientType;
  }
  const { clientTypes, siteSessionStatus } = server.switches;
  if (clientTypes.length > 0 && !clientTypes.includes(clientType))
    throw generalError(403, `Client type '${clientType}' is not allowed`);
  return empty(siteSessionStatus, { "Set-Cookie": siteCookies(server, request, admission.user, minutes) });
}

/** `rest/domains…` as far as it lists: every domain and project that the caller may enter. */
export function domains(call: Call): SandboxResponse {
  const { server, request, rest } = call;
  only(request, "GET");
  const format = answerFormat(request);
  const { domain, name } = server.project;
  if (rest.length === 0) return domainList(server, format, request.query.get("include-projects-info") === "y");
  if (rest.length !== 2 || rest[1] !== "projects") throw new NoSuchPath();
  if (rest[0] !== domain) throw generalError(404, `Domain '${rest[0]}' does not exist`);
  if (format === "xml") return reply(format, XML_HEAD + projectsXml(name));
  return reply(format, JSON.stringify(projectsJson(server, name)));
}

function projectsXml(name: string): string {
  return element("Projects", {}, element("Project", { Name: name }));
}

function projectsJson(server: AlmServer, name: string): unknown {
  const project = { Name: name };
  return { Projects: { Project: server.switches.collapseSingles ? project : [project] } };
}

function domainList(server: AlmServer, format: Format, withProjects: boolean): SandboxResponse {
  const { domain, name } = server.project;
  if (format === "xml") {
    const inner = withProjects ? [projectsXml(name)] : [];
    return reply(format, XML_HEAD + element("Domains", {}, element("Domain", { Name: domain }, ...inner)));
  }
  const one = { Name: domain, ...(withProjects ? (projectsJson(server, name) as object) : {}) };
  const list = { Domain: server.switches.collapseSingles ? one : [one] };
  return reply(format, JSON.stringify(server.switches.domainsRoot === "wrapped" ? { Domains: list } : list));
}

const BUILDS: Readonly<
  Record<string, readonly [text: string, major: number, minor: number, patch: number, internal: string]>
> = {
  "11": ["11.00.00", 11, 0, 0, "11.00.0.1"],
  "12.01": ["12.01.00", 12, 0, 1, "12.01.0.1"],
  "12.55": ["12.55.00 (Patch 2)", 12, 5, 5, "12.55.0.2"],
  "16": ["16.00.00", 16, 0, 0, "16.00.0.0"],
  "17": ["17.00.00 (Patch 1)", 17, 0, 0, "17.00.0.1"],
  "24.1": ["18.00.00", 18, 0, 0, "18.00.0.0"],
  "26.1": ["20.00.00", 20, 0, 0, "20.00.0.143"],
};

function guarded(call: Call, answer: () => SandboxResponse): SandboxResponse {
  only(call.request, "GET");
  return call.server.switches.versionNeedsSignIn ? signedIn(call, answer) : answer();
}

/** `rest/sa/version`: the number the server calls itself by, which from 24.1 on is not the one on the box. */
export function saVersion(call: Call): SandboxResponse {
  return guarded(call, () => {
    const format = answerFormat(call.request);
    const [text, major, minor, patch] = BUILDS[call.server.profile.version] ?? ["", 0, 0, 0];
    const members = {
      SiteVersion: text,
      MajorVersion: major,
      MinorVersion: minor,
      MinorMinorVersion: patch,
      PatchLevel: /Patch (\d+)/.exec(text)?.[1] ?? 0,
      FormatVersion: 1,
    };
    if (format === "json") return reply(format, JSON.stringify({ SiteVersions: members }));
    const inner = Object.entries(members).map(([name, value]) => textElement(name, value));
    return reply(format, XML_HEAD + element("SiteVersions", {}, ...inner));
  });
}

/** `v2/sa/api/site-version` */
export function siteVersion(call: Call): SandboxResponse {
  if (!call.server.profile.v2) throw new NoSuchPath();
  return guarded(call, () => {
    answerFormat(call.request, ["json"]);
    const build = BUILDS[call.server.profile.version]?.[4] ?? "";
    const full = `${Number(build.split(".")[0])}.0 (Build ${build})`;
    const external = Number(call.server.profile.version);
    return reply("json", JSON.stringify({ "site-version": { "full-version": full, "external-version": external } }));
  });
}

/** `rest/server/time`: the one place where the server's zone shows. */
export function serverTime(call: Call): SandboxResponse {
  return guarded(call, () => {
    const format = answerFormat(call.request);
    const { clock } = call.server;
    const now = clock.now();
    if (format === "json") return reply(format, JSON.stringify({ TimeInMillis: now, DateTime: clock.stamp(now) }));
    const inner = [textElement("TimeInMillis", now), `<DateTime>${escapeXml(clock.stamp(now))}</DateTime>`];
    return reply(format, XML_HEAD + element("ServerTime", {}, ...inner));
  });
}
