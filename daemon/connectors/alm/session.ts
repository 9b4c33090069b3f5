import type { ConnectorHost, HttpAnswer, HttpRequest, HttpStream } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { type Exchange, STREAMED, WHOLE } from "../exchange.ts";
import { type CookieJar, createJar } from "./cookies.ts";
import { readException, SESSION_EXPIRED } from "./errors.ts";
import type { AlmSettings } from "./settings.ts";
import { authMode, fingerprint, type RawSend, SignInRefused, signIn } from "./sign-in.ts";

/** `path` begins with a slash and is relative to the web root. */
export type SessionRequest = Omit<HttpRequest, "url"> & { readonly path: string };

export interface Session {
  /** Signs in where needed, once for all who wait; signs in anew and repeats once where the session turns out to be gone. */
  send(request: SessionRequest): Promise<HttpAnswer>;
  /** The same for an answer that is read as it comes. */
  stream(request: SessionRequest): Promise<HttpStream>;
  /** One request without a session, e.g. to see whether the server is there. */
  bare(request: SessionRequest): Promise<HttpAnswer>;
  /** Signs out and closes connections; never throws. */
  close(): Promise<void>;
}

/** After a refusal the same secret is not offered again for this long: accounts get locked out. */
const REFUSAL_MS = 60_000;
const SIGN_OUT_MS = 5_000;

interface State {
  /** Counts sign-ins; 0 before the first. */
  generation: number;
  /** Counts the jar's emptyings. */
  epoch: number;
  signedIn: boolean;
  signingIn: Promise<void> | null;
  refused: { readonly secret: string; readonly until: number; readonly error: ConnectorError } | null;
}

/** What a session keeps while it lives. */
interface Live {
  readonly settings: AlmSettings;
  readonly host: ConnectorHost;
  readonly jar: CookieJar;
  readonly closing: AbortController;
  /** Path of the web root, e.g. `/qcbin`. */
  readonly root: string;
  readonly state: State;
}

export function createSession(settings: AlmSettings, host: ConnectorHost): Session {
  const live: Live = {
    settings,
    host,
    jar: createJar(),
    closing: new AbortController(),
    root: new URL(settings.url).pathname.replace(/\/$/, ""),
    state: { generation: 0, epoch: 0, signedIn: false, signingIn: null, refused: null },
  };
  return {
    send: (request) => send(live, request, WHOLE),
    stream: (request) => send(live, request, STREAMED),
    bare: (request) => raw(live, request),
    close: () => close(live),
  };
}

function raw(live: Live, request: SessionRequest): Promise<HttpAnswer> {
  return exchange(live, request, WHOLE);
}

async function exchange<T>(live: Live, request: SessionRequest, how: Exchange<T>): Promise<T> {
  const { settings, host, jar, root, state } = live;
  const { path, ...rest } = request;
  const pathname = root + path.replace(/\?.*$/, "");
  const { epoch } = state;
  const headers = { ...rest.headers, ...sessionHeaders(jar, request.method, pathname) };
  const result = await how.ask(host.http, { ...rest, url: settings.url + path, headers });
  // A late answer to the session before must not clear the new one's cookies.
  if (state.epoch === epoch) jar.store(how.answerOf(result).setCookie, pathname, host.now());
  return result;
}

function sessionHeaders(jar: CookieJar, method: string, pathname: string): Record<string, string> {
  const cookie = jar.header(pathname);
  const token = method === "GET" || method === "HEAD" ? undefined : jar.get("XSRF-TOKEN");
  return { ...(cookie === "" ? {} : { Cookie: cookie }), ...(token === undefined ? {} : { "X-XSRF-TOKEN": token }) };
}

/** Not tied to the signal of whoever came first: the others wait for the same sign-in. */
async function freshSignIn(live: Live): Promise<void> {
  const { settings, host, jar, state, closing } = live;
  const secret = await host.secret();
  const mark = fingerprint(secret);
  const barred = state.refused !== null && state.refused.secret === mark && host.now() < state.refused.until;
  if (barred && state.refused !== null) throw refusedBefore(state.refused.error);
  const sendRaw: RawSend = (request) => raw(live, { ...request, signal: closing.signal });
  jar.clear();
  state.epoch += 1;
  try {
    await signIn(authMode(settings, secret, host.endpoint), secret, jar, sendRaw, host);
  } catch (error) {
    if (error instanceof SignInRefused) state.refused = { secret: mark, until: host.now() + REFUSAL_MS, error };
    throw error;
  }
  state.refused = null;
  state.signedIn = true;
  state.generation += 1;
}

async function ensure(live: Live, signal: AbortSignal): Promise<number> {
  const { state } = live;
  if (!state.signedIn) {
    state.signingIn ??= freshSignIn(live).finally(() => {
      state.signingIn = null;
    });
    await abortable(state.signingIn, signal);
  }
  return state.generation;
}

async function send<T>(live: Live, request: SessionRequest, how: Exchange<T>): Promise<T> {
  const { host, state } = live;
  request.signal.throwIfAborted();
  const generation = await ensure(live, request.signal);
  const result = await exchange(live, request, how);
  if (!isGone(how.answerOf(result))) return result;
  // Somebody else may have noticed first and signed in already.
  if (state.generation === generation) state.signedIn = false;
  await ensure(live, request.signal);
  const again = await exchange(live, request, how);
  const second = how.answerOf(again);
  if (!isGone(second)) return again;
  const said = readException(second)?.title ?? "";
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  const message = `${host.endpoint}: signed in, but ${what} is refused (${second.status}${said === "" ? "" : `: ${said}`})`;
  throw new ConnectorError("auth", message, { status: second.status });
}

async function close(live: Live): Promise<void> {
  const { host, state, closing } = live;
  if (state.signedIn) {
    state.signedIn = false;
    await signOut((request) => raw(live, request), host);
  }
  closing.abort(new ConnectorError("unavailable", `${host.endpoint}: the connection is closed`));
  await host.http.close().catch((error: unknown) => host.note(`closing connections: ${String(error)}`));
}

/** Both steps, since either alone leaves a cookie valid; a server that answers 500 has signed out all the same. */
async function signOut(raw: (request: SessionRequest) => Promise<HttpAnswer>, host: ConnectorHost): Promise<void> {
  const signal = AbortSignal.timeout(SIGN_OUT_MS);
  const headers = { Accept: "application/xml" };
  try {
    await raw({ method: "DELETE", path: "/rest/site-session", headers, signal });
    await raw({ method: "POST", path: "/authentication-point/logout", headers, signal });
  } catch (error) {
    host.note(
      `sign-out did not get through, the session ends by itself: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** True for what an ended session (or a stale XSRF token, which a new session replaces) looks like. */
function isGone(answer: HttpAnswer): boolean {
  if (answer.status === 401) return true;
  if (answer.status === 403) {
    const exception = readException(answer);
    return exception === null || exception.id === SESSION_EXPIRED;
  }
  return answer.status === 500 && /logged out/i.test(readException(answer)?.title ?? "");
}

function refusedBefore(error: ConnectorError): ConnectorError {
  return new ConnectorError(
    "auth",
    `${error.message}; not tried again before a minute has passed or the secret changes`,
    error.status === null ? {} : { status: error.status },
  );
}

function abortable(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
