import type { SandboxRequest, SandboxResponse } from "../message.ts";
import { AlmError, NoSuchPath } from "./errors.ts";
import { domainsRoute, newerDomainsRoute } from "./project-route.ts";
import { empty, errorReply, page } from "./reply.ts";
import type { AlmServer, Route } from "./server-state.ts";
import { apiSignIn, authenticationPoint, keyLogin } from "./sign-in.ts";
import { isAuthenticated, isAuthenticatedV2, saVersion, serverTime, siteSession, siteVersion } from "./site.ts";

/** First segments of a path below the product's root; the longest that fits wins. */
const ROUTES: readonly (readonly [prefix: string, route: Route])[] = [
  ["authentication-point", authenticationPoint],
  ["api/authentication/sign-in", apiSignIn],
  ["rest/oauth2/login", keyLogin],
  ["rest/site-session", siteSession],
  ["rest/is-authenticated", isAuthenticated],
  ["v2/rest/is-authenticated", isAuthenticatedV2],
  ["rest/domains", domainsRoute],
  ["v2/rest/domains", newerDomainsRoute],
  ["rest/sa/version", saVersion],
  ["v2/sa/api/site-version", siteVersion],
  ["rest/server/time", serverTime],
  ["healthcheck", () => empty(200)],
];

/** Answers one request to the server. */
export function answer(server: AlmServer, request: SandboxRequest): SandboxResponse {
  try {
    if (request.method === "OPTIONS") return page(501, "Not Implemented");
    return dispatch(server, request);
  } catch (error) {
    if (!(error instanceof AlmError) && !(error instanceof NoSuchPath)) throw error;
    return errorReply(request, error, server.switches.stackTrace);
  }
}

function dispatch(server: AlmServer, request: SandboxRequest): SandboxResponse {
  const segments = segmentsOf(request.rawPath);
  if (segments[0] !== "qcbin") throw new NoSuchPath();
  const below = segments.slice(1);
  for (const [prefix, route] of ROUTES) {
    const parts = prefix.split("/");
    if (parts.every((part, index) => below[index] === part))
      return route({ server, request, rest: below.slice(parts.length) });
  }
  throw new NoSuchPath();
}

/** Decoded one by one: a domain's name may hold a slash. A slash at the end means nothing; what cannot be decoded names nothing there is. */
function segmentsOf(rawPath: string): readonly string[] {
  const segments = rawPath.split("/").slice(1).map(decode);
  return segments.at(-1) === "" ? segments.slice(0, -1) : segments;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
