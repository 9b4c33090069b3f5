import type { ConnectorHost, HttpAnswer } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import { createRedactor } from "../../lib/redact.ts";
import { orAbort } from "../abort.ts";
import { type Asked, excerpt, failFor, isObject, objectOf, readJson } from "../json-answer.ts";

/** A sign-in that was refused is not tried again with the same secret for this long: the server may lock the client. */
const REFUSED_MS = 300_000;

export interface Session {
  /** A token that is worth a try; signs in where there is none. */
  token(signal: AbortSignal): Promise<string>;
  /** Says that the server refused `token`; does nothing where another has taken its place. */
  discard(token: string): void;
  /** Masks secret and token. */
  hide(text: string): string;
  close(): void;
}

interface Token {
  readonly text: string;
  /** From here on a new one is asked for ahead of time, in milliseconds since 1970. */
  readonly renewAt: number;
}

interface Secret {
  readonly id: string;
  readonly value: string;
}

interface State {
  token: Token | null;
  pending: Promise<Token> | null;
  refused: { readonly secret: Secret; readonly until: number; readonly error: ConnectorError } | null;
  masked: readonly string[];
}

/** OAuth 2.0 client credentials at `<server>/agm/oauth/token`: one sign-in at a time, whoever asks for it. */
export function createSession(server: string, host: ConnectorHost): Session {
  const state: State = { token: null, pending: null, refused: null, masked: [] };
  const closing = new AbortController();
  const hide = createRedactor(() => state.masked);

  async function signIn(): Promise<Token> {
    const secret = await readSecret(host);
    const { refused } = state;
    if (refused !== null && sameSecret(refused.secret, secret) && host.now() < refused.until) throw refused.error;
    state.masked = [secret.value, ...(state.token === null ? [] : [state.token.text])];
    try {
      const token = await askForToken(server, host, secret, hide, closing.signal);
      // The server may hand back the same dying token: then nothing is won by asking again, its end is told by a 401.
      const same = state.token?.text === token.text;
      state.token = same ? { text: token.text, renewAt: Number.POSITIVE_INFINITY } : token;
      state.refused = null;
      state.masked = [secret.value, token.text];
      return state.token;
    } catch (error) {
      if (error instanceof ConnectorError && error.kind === "auth") {
        state.refused = { secret, until: host.now() + REFUSED_MS, error };
      }
      throw error;
    }
  }

  function signInOnce(): Promise<Token> {
    state.pending ??= signIn().finally(() => {
      state.pending = null;
    });
    return state.pending;
  }

  return {
    async token(signal) {
      const { token } = state;
      if (token !== null && host.now() < token.renewAt) return token.text;
      return (await orAbort(signInOnce(), signal)).text;
    },
    discard(text) {
      if (state.token?.text === text) state.token = null;
    },
    hide,
    close() {
      closing.abort(new Error("the connector was closed"));
      state.token = null;
    },
  };
}

async function readSecret(host: ConnectorHost): Promise<Secret> {
  const secret = await host.secret();
  const id = secret["client-id"];
  const value = secret["client-secret"];
  if (id === undefined || id === "" || value === undefined || value === "") {
    const missing = id === undefined || id === "" ? "client-id" : "client-secret";
    throw new ConnectorError("auth", `${host.endpoint}: the secret has no ${missing}`);
  }
  return { id, value };
}

function sameSecret(a: Secret, b: Secret): boolean {
  return a.id === b.id && a.value === b.value;
}

async function askForToken(
  server: string,
  host: ConnectorHost,
  secret: Secret,
  hide: (text: string) => string,
  signal: AbortSignal,
): Promise<Token> {
  const form = { client_id: secret.id, client_secret: secret.value, grant_type: "client_credentials" };
  const answer = await host.http.send({
    method: "POST",
    url: `${server}/agm/oauth/token`,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    signal,
    repeatable: true,
  });
  const asked: Asked = { endpoint: host.endpoint, request: "POST /agm/oauth/token", writes: false };
  if (answer.status !== 200) throw refusal(answer, asked, secret, hide);
  return tokenOf(answer, asked, host, hide);
}

function tokenOf(answer: HttpAnswer, asked: Asked, host: ConnectorHost, hide: (text: string) => string): Token {
  const fail = failFor(asked, answer, (text) => hide(text).replace(/("access_token"\s*:\s*")[^"]*/g, "$1***"));
  const body = objectOf(readJson(answer, fail), "answer", fail);
  const text = body["access_token"];
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text)) return fail("has no access_token");
  const seconds = body["expires_in"];
  const life = typeof seconds === "number" && seconds > 0 ? seconds * 1000 : 3_600_000;
  return { text, renewAt: host.now() + life - Math.min(60_000, life / 10) };
}

function refusal(answer: HttpAnswer, asked: Asked, secret: Secret, hide: (text: string) => string): ConnectorError {
  const said = hide(excerpt(reasonOf(answer)));
  if (answer.status !== 400 && answer.status !== 401 && answer.status !== 403) {
    const kind = answer.status === 429 ? "rateLimited" : "unavailable";
    const message = `${asked.endpoint}: ${asked.request} answered ${answer.status}: ${said}`;
    return new ConnectorError(kind, message, { status: answer.status });
  }
  const message = `${asked.endpoint}: sign-in of ${secret.id} was refused (${answer.status}): ${said}`;
  return new ConnectorError("auth", message, { status: answer.status });
}

/** The sentence in an error answer, whatever its style; the whole body where it has none. */
export function reasonOf(answer: HttpAnswer): string {
  const text = answer.text();
  if (!text.trimStart().startsWith("{")) return text;
  try {
    const body: unknown = JSON.parse(text);
    const keys = ["error_description", "description", "message", "Title", "error"];
    const found = isObject(body) ? keys.map((key) => body[key]).find((value) => typeof value === "string") : undefined;
    return typeof found === "string" ? found : text;
  } catch {
    return text;
  }
}
