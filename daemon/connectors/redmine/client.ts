import type { ConnectorHost, HttpAnswer } from "../../core/connector.ts";
import { ConnectorError, type ConnectorErrorKind } from "../../core/errors.ts";
import { createRedactor } from "../../lib/redact.ts";
import { retryAfterMs } from "../../lib/retry.ts";
import {
  type Asked,
  arrayOf,
  excerpt,
  type Fail,
  failFor,
  isObject,
  isPage,
  type JsonObject,
  objectOf,
  readJson,
  serverTime,
} from "../json-answer.ts";
import type { RedmineSettings } from "./settings.ts";

/** A key that was refused is not tried again for this long, unless the secret changes. */
const REFUSED_MS = 300_000;
/** Answers 422 with an empty list are lost races between writers on the server: the same PUT then succeeds. */
const RACES = 3;

export type Query = readonly (readonly [string, string])[];

export interface Got {
  readonly body: JsonObject;
  readonly fail: Fail;
  readonly asOf: string | null;
}

/** Wire calls. `path` has its leading slash and `.json`. */
export interface Client {
  get(path: string, query: Query, signal: AbortSignal): Promise<Got>;
  /** All rows of a list that the server pages, under `key`. */
  getAll(
    path: string,
    key: string,
    query: Query,
    signal: AbortSignal,
  ): Promise<{ readonly rows: readonly JsonObject[]; readonly fail: Fail }>;
  post(path: string, body: JsonObject, signal: AbortSignal): Promise<Got>;
  put(path: string, body: JsonObject, signal: AbortSignal): Promise<void>;
  remove(path: string, signal: AbortSignal): Promise<void>;
  /** Which key is in use, as a number that moves when the secret has changed. */
  generation(): number;
}

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query: Query;
  readonly body: JsonObject | null;
  readonly signal: AbortSignal;
}

interface State {
  key: string | null;
  generation: number;
  refused: { readonly key: string; readonly until: number; readonly error: ConnectorError } | null;
  /** Ends when the last request of the queue has ended. */
  tail: Promise<unknown>;
}

export function createClient(settings: RedmineSettings, host: ConnectorHost): Client {
  const state: State = { key: null, generation: 0, refused: null, tail: Promise.resolve() };
  const hide = createRedactor(() => (state.key === null ? [] : [state.key]));

  async function currentKey(fresh: boolean): Promise<string> {
    if (state.key !== null && !fresh) return state.key;
    const secret = await host.secret();
    const key = secret["api-key"] ?? "";
    if (key === "") throw new ConnectorError("auth", `${host.endpoint}: the secret has no api-key`);
    const { refused } = state;
    if (refused !== null && refused.key === key && host.now() < refused.until) throw refused.error;
    if (state.key !== key) state.generation++;
    state.key = key;
    return key;
  }

  function attempt(call: Call, key: string): Promise<HttpAnswer> {
    const query = call.query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    return host.http.send({
      method: call.method,
      url: `${settings.url}${call.path}${query.length === 0 ? "" : `?${query.join("&")}`}`,
      headers: {
        accept: "application/json",
        "x-redmine-api-key": key,
        ...(call.body === null ? {} : { "content-type": "application/json" }),
      },
      ...(call.body === null ? {} : { body: JSON.stringify(call.body) }),
      signal: call.signal,
      repeatable: call.method !== "POST",
    });
  }

  /** One request at a time: a server with one thread queues them anyway, one with several loses races between writers. */
  function queued<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const turn = state.tail.then(() => {
      call.signal.throwIfAborted();
      return run();
    });
    // Whoever asked gets the result or the error; the queue only waits.
    state.tail = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  async function exchange(call: Call): Promise<HttpAnswer> {
    const key = await currentKey(false);
    const answer = await attempt(call, key);
    if (answer.status !== 401) return answer;
    const fresh = await currentKey(true);
    const again = fresh === key ? answer : await attempt(call, fresh);
    if (again.status === 401) {
      const error = new ConnectorError(
        "auth",
        `${host.endpoint}: ${requestText(call)} answered 401: the API key was refused`,
        { status: 401 },
      );
      state.refused = { key: fresh, until: host.now() + REFUSED_MS, error };
      state.key = null;
      throw error;
    }
    return again;
  }

  async function send(call: Call): Promise<{ readonly answer: HttpAnswer; readonly fail: Fail }> {
    const asked: Asked = { endpoint: host.endpoint, request: requestText(call), writes: call.method !== "GET" };
    for (let race = 1; ; race++) {
      const answer = await queued(call, () => exchange(call));
      if (answer.status >= 200 && answer.status <= 299) return { answer, fail: failFor(asked, answer, hide) };
      const messages = messagesOf(answer);
      const lost = answer.status === 422 && messages?.length === 0;
      if (!lost || race === RACES) throw statusError(answer, messages, asked, hide, host.now());
    }
  }

  async function get(path: string, query: Query, signal: AbortSignal): Promise<Got> {
    const { answer, fail } = await send({ method: "GET", path, query, body: null, signal });
    return { body: objectOf(readJson(answer, fail), "answer", fail), fail, asOf: serverTime(answer) };
  }

  return {
    get,
    async getAll(path, key, query, signal) {
      const rows: JsonObject[] = [];
      for (;;) {
        const got = await get(path, [...query, ["limit", "100"], ["offset", String(rows.length)]], signal);
        const page = rowsOf(got, key);
        rows.push(...page);
        const total = got.body["total_count"];
        if (page.length === 0 || typeof total !== "number" || rows.length >= total) return { rows, fail: got.fail };
      }
    },
    async post(path, body, signal) {
      const { answer, fail } = await send({ method: "POST", path, query: [], body, signal });
      return { body: objectOf(readJson(answer, fail), "answer", fail), fail, asOf: serverTime(answer) };
    },
    async put(path, body, signal) {
      const { answer, fail } = await send({ method: "PUT", path, query: [], body, signal });
      if (isPage(answer)) fail("is a web page, not data");
    },
    async remove(path, signal) {
      const { answer, fail } = await send({ method: "DELETE", path, query: [], body: null, signal });
      if (isPage(answer)) fail("is a web page, not data");
    },
    generation: () => state.generation,
  };
}

export function rowsOf(got: Got, key: string): readonly JsonObject[] {
  return arrayOf(got.body[key], key, got.fail).map((row) => objectOf(row, `element of ${key}`, got.fail));
}

function requestText(call: Call): string {
  const query = call.query.map(([name, value]) => `${name}=${value}`);
  return excerpt(`${call.method} ${call.path}${query.length === 0 ? "" : `?${query.join("&")}`}`);
}

/** The sentences of `{"errors": […]}`; null for any other body. */
function messagesOf(answer: HttpAnswer): readonly string[] | null {
  const text = answer.text();
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const body: unknown = JSON.parse(text);
    const errors = isObject(body) ? body["errors"] : null;
    return Array.isArray(errors) ? errors.map(String) : null;
  } catch {
    return null;
  }
}

function statusError(
  answer: HttpAnswer,
  messages: readonly string[] | null,
  asked: Asked,
  hide: (text: string) => string,
  now: number,
): ConnectorError {
  const { status } = answer;
  const said = messages === null ? hide(excerpt(answer.text())) : messages.join("; ");
  const wait = retryAfterMs(answer.headers["retry-after"], now);
  const kind = status === 422 && messages?.length === 0 ? "conflict" : kindOf(status);
  return new ConnectorError(
    kind,
    `${asked.endpoint}: ${asked.request} answered ${status}: ${said === "" ? "(no text)" : said}`,
    {
      status,
      stored: asked.writes && status >= 500 ? "maybe" : "no",
      ...(wait === null ? {} : { retryAfterMs: wait }),
    },
  );
}

function kindOf(status: number): ConnectorErrorKind {
  if (status === 401 || status === 403) return "auth";
  if (status === 404 || status === 410) return "notFound";
  if (status === 409) return "conflict";
  if (status === 429) return "rateLimited";
  if (status >= 500 || status === 408 || status < 400) return "unavailable";
  return "invalid";
}
