import type { ConnectorHost, HttpAnswer, HttpRequest } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Content } from "../../core/parts.ts";
import { createRedactor } from "../../lib/redact.ts";
import { type Exchange, STREAMED, WHOLE } from "../exchange.ts";
import {
  type Asked,
  arrayOf,
  excerpt,
  type Fail,
  failFor,
  isPage,
  type JsonObject,
  objectOf,
  readJson,
  serverTime,
} from "../json-answer.ts";
import { messagesOf, statusError } from "./refusal.ts";
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

export interface PutHow {
  /** Login in whose name it is done; the server listens to administrators' keys only, and does it in the key's own name for others. */
  readonly as?: string;
  /** False: done twice it is not the same as once. Default: true. */
  readonly repeatable?: boolean;
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
  put(path: string, body: JsonObject, signal: AbortSignal, how?: PutHow): Promise<void>;
  patch(path: string, body: JsonObject, signal: AbortSignal): Promise<void>;
  remove(path: string, signal: AbortSignal): Promise<void>;
  upload(path: string, query: Query, content: Content, signal: AbortSignal): Promise<Got>;
  /** The bytes that `path` names, as they come. */
  bytes(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly answer: HttpAnswer; readonly body: AsyncIterable<Uint8Array> }>;
  /** Which key is in use, as a number that moves when the secret has changed. */
  generation(): number;
}

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query: Query;
  readonly body: JsonObject | null;
  /** In place of `body`. */
  readonly content?: Content;
  readonly signal: AbortSignal;
  readonly how?: PutHow;
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

  function requestOf(call: Call, key: string): HttpRequest {
    const query = call.query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    const json = call.body === null ? null : { type: "application/json", content: JSON.stringify(call.body) };
    const body = call.content === undefined ? json : { type: "application/octet-stream", content: call.content };
    return {
      method: call.method,
      url: `${settings.url}${call.path}${query.length === 0 ? "" : `?${query.join("&")}`}`,
      headers: {
        accept: "application/json",
        "x-redmine-api-key": key,
        ...(body === null ? {} : { "content-type": body.type }),
        ...(call.how?.as === undefined ? {} : { "x-redmine-switch-user": call.how.as }),
      },
      ...(body === null ? {} : { body: body.content }),
      signal: call.signal,
      repeatable: call.how?.repeatable ?? call.method !== "POST",
    };
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

  async function exchange<T>(call: Call, how: Exchange<T>): Promise<T> {
    const key = await currentKey(false);
    const first = await how.ask(host.http, requestOf(call, key));
    if (how.answerOf(first).status !== 401) return first;
    const fresh = await currentKey(true);
    const again = fresh === key ? first : await how.ask(host.http, requestOf(call, fresh));
    if (how.answerOf(again).status === 401) {
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

  async function sendBy<T>(call: Call, how: Exchange<T>): Promise<{ readonly result: T; readonly fail: Fail }> {
    const asked: Asked = { endpoint: host.endpoint, request: requestText(call), writes: call.method !== "GET" };
    for (let race = 1; ; race++) {
      // A download beside the queue: an upload that it feeds would wait for itself.
      const result = await (how === WHOLE ? queued(call, () => exchange(call, how)) : exchange(call, how));
      const answer = how.answerOf(result);
      if (answer.status >= 200 && answer.status <= 299) return { result, fail: failFor(asked, answer, hide) };
      const messages = messagesOf(answer);
      const lost = answer.status === 422 && messages?.length === 0;
      if (!lost || race === RACES) throw statusError(answer, messages, asked, hide, host.now());
    }
  }

  async function send(call: Call): Promise<{ readonly answer: HttpAnswer; readonly fail: Fail }> {
    const { result, fail } = await sendBy(call, WHOLE);
    return { answer: result, fail };
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
    async put(path, body, signal, how = {}) {
      const { answer, fail } = await send({ method: "PUT", path, query: [], body, signal, how });
      if (isPage(answer)) fail("is a web page, not data");
    },
    async remove(path, signal) {
      const { answer, fail } = await send({ method: "DELETE", path, query: [], body: null, signal });
      if (isPage(answer)) fail("is a web page, not data");
    },
    async patch(path, body, signal) {
      const { answer, fail } = await send({ method: "PATCH", path, query: [], body, signal });
      if (isPage(answer)) fail("is a web page, not data");
    },
    async upload(path, query, content, signal) {
      const { answer, fail } = await send({ method: "POST", path, query, body: null, content, signal });
      return { body: objectOf(readJson(answer, fail), "answer", fail), fail, asOf: serverTime(answer) };
    },
    async bytes(path, signal) {
      const { result, fail } = await sendBy({ method: "GET", path, query: [], body: null, signal }, STREAMED);
      return { answer: result.answer, body: result.body ?? fail("has no body") };
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
