import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { AlmError } from "./errors.ts";
import { empty, errorReply, page } from "./reply.ts";
import type { AlmServer } from "./server-state.ts";
import type { SiteSession, Standing } from "./session.ts";
import { signInCookie, siteCookies } from "./sign-in.ts";

/** Who calls, or the answer that turns the call away. */
export type Admission =
  | {
      readonly admitted: true;
      readonly user: string;
      readonly site: SiteSession | null;
      readonly cookies: readonly string[];
    }
  | { readonly admitted: false; readonly response: SandboxResponse };

/** Looks at the sign-in cookie only, and says 401 however it was lost. */
export function admitSignedIn(server: AlmServer, request: SandboxRequest): Admission {
  const standing = server.sessions.standing(request);
  if (standing.user !== null)
    return { admitted: true, user: standing.user, site: standing.site, cookies: rolled(server, request) };
  const response = standing.signIn === "ended" ? signedOut(server, request) : stranger(server);
  return { admitted: false, response };
}

/** Sign-in and site session; on 11 the session comes with the first call. */
export function admitToProjects(server: AlmServer, request: SandboxRequest): Admission {
  const standing = server.sessions.standing(request);
  if (standing.user === null) return { admitted: false, response: turnAway(server, request, standing) };
  const cookies = rolled(server, request);
  if (standing.site !== null) return { admitted: true, user: standing.user, site: standing.site, cookies };
  const implicit = !server.profile.siteSession || (server.switches.expiredRenews && standing.siteLife === "expired");
  if (!implicit) return { admitted: false, response: turnAway(server, request, standing) };
  const opened = siteCookies(server, request, standing.user, null);
  const id = (opened[0] ?? "").replace(/^QCSession=([^;]*).*$/, "$1");
  const site = server.sessions.standing({ ...request, cookies: new Map([...request.cookies, ["QCSession", id]]) }).site;
  return { admitted: true, user: standing.user, site, cookies: [...cookies, ...opened] };
}

function rolled(server: AlmServer, request: SandboxRequest): readonly string[] {
  const value = server.switches.rollingSignIn ? server.sessions.roll(request) : null;
  return value === null ? [] : [signInCookie(value)];
}

function realm(server: AlmServer): Readonly<Record<string, string>> {
  return { "WWW-Authenticate": `LWSSO realm="${server.base()}/authentication-point"` };
}

function turnAway(server: AlmServer, request: SandboxRequest, standing: Standing): SandboxResponse {
  if (standing.signIn === "ended") return signedOut(server, request);
  if (standing.signIn === "expired" || standing.siteLife === "expired") return expired(server, request);
  return stranger(server);
}

function stranger(server: AlmServer): SandboxResponse {
  const title =
    "Authentication failed. Browser based integrations - to login append '?login-form-required=y' to the url";
  return page(401, title, realm(server));
}

function signedOut(server: AlmServer, request: SandboxRequest): SandboxResponse {
  const { signedOutStatus, stackTrace } = server.switches;
  const headers = signedOutStatus === 401 ? realm(server) : {};
  const error = new AlmError(signedOutStatus, "general-error", "The token id of this request was logged out", headers);
  return errorReply(request, error, stackTrace);
}

function expired(server: AlmServer, request: SandboxRequest): SandboxResponse {
  const { expiredStatus, expiredBody, stackTrace } = server.switches;
  const headers = expiredStatus === 401 ? realm(server) : {};
  if (expiredBody === "none") return empty(expiredStatus, headers);
  if (expiredBody === "html") return page(expiredStatus, "Session expired", headers);
  return errorReply(
    request,
    new AlmError(expiredStatus, "session-has-expired", "Session expired", headers),
    stackTrace,
  );
}
