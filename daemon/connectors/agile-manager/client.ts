import type { ConnectorHost, HttpAnswer, HttpRequest } from "../../core/connector.ts";
import type { ConnectorError } from "../../core/errors.ts";
import { type Exchange, STREAMED, WHOLE } from "../exchange.ts";
import {
  type Asked,
  arrayOf,
  excerpt,
  type Fail,
  failFor,
  isObject,
  isPage,
  type JsonObject,
  readJson,
  serverTime,
} from "../json-answer.ts";
import type { Form } from "../multipart.ts";
import { kindOfStatus, refused } from "../refused.ts";
import { createSession, reasonOf } from "./session.ts";
import type { AgileManagerSettings } from "./settings.ts";

export type Query = Readonly<Record<string, string | number>>;

/** Rows of one answer, and how to complain of them. */
export interface Answered {
  readonly rows: readonly JsonObject[];
  readonly fail: Fail;
}

export interface Listing extends Answered {
  /** Matches of the query, not of the page; null where the server leaves it out. */
  readonly total: number | null;
  /** UTC second by the server's clock. */
  readonly asOf: string | null;
}

/** Wire calls. `path` is relative to the workspace: `backlog_items`, `backlog_items/2031`. */
export interface Client {
  list(path: string, query: Query, signal: AbortSignal): Promise<Listing>;
  /** The workspaces that the API client may see. */
  workspaces(signal: AbortSignal): Promise<Listing>;
  create(path: string, body: JsonObject, signal: AbortSignal): Promise<Answered>;
  /** No rows where the answer tells nothing. `repeatable` (default): the same write twice leaves the same record, whoever wrote in between. */
  update(path: string, body: JsonObject, signal: AbortSignal, repeatable?: boolean): Promise<Answered>;
  remove(path: string, signal: AbortSignal): Promise<void>;
  upload(path: string, form: Form, signal: AbortSignal): Promise<Answered>;
  /** The bytes that `path` names, as they come. */
  bytes(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly answer: HttpAnswer; readonly body: AsyncIterable<Uint8Array> }>;
  /** The address of what `path` names. */
  url(path: string): string;
  close(): void;
}

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: JsonObject;
  /** In place of `body`. */
  readonly form?: Form;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Default: as the method has it. */
  readonly repeatable?: boolean;
}

export function createClient(settings: AgileManagerSettings, host: ConnectorHost): Client {
  const session = createSession(settings.url, host);
  const workspace = `workspaces/${settings.workspace}`;

  function requestOf(call: Call, token: string): HttpRequest {
    const query = call.query === undefined ? "" : `?${encodeQuery(call.query)}`;
    const json = call.body === undefined ? null : { type: "application/json", content: JSON.stringify(call.body) };
    const body = call.form === undefined ? json : { type: call.form.contentType, content: call.form.content };
    return {
      method: call.method,
      url: `${settings.url}/agm/api/${call.path}${query}`,
      headers: {
        accept: call.accept ?? "application/json",
        authorization: `bearer ${token}`,
        ...(body === null ? {} : { "content-type": body.type }),
      },
      ...(body === null ? {} : { body: body.content }),
      signal: call.signal,
      // The same PUT twice leaves the same record; a DELETE that finds nothing has been done.
      repeatable: call.repeatable ?? call.method !== "POST",
    };
  }

  /** One answer with a status of success. A 401 costs one new sign-in and one repeat: the server looks at the token before all else. */
  async function exchange<T>(call: Call, how: Exchange<T>): Promise<{ readonly result: T; readonly fail: Fail }> {
    const token = await session.token(call.signal);
    const first = await how.ask(host.http, requestOf(call, token));
    const refused = how.answerOf(first).status === 401;
    if (refused) session.discard(token);
    const again = () => session.token(call.signal).then((fresh) => how.ask(host.http, requestOf(call, fresh)));
    const result = refused ? await again() : first;
    const answer = how.answerOf(result);
    const asked: Asked = { endpoint: host.endpoint, request: requestText(call), writes: call.method !== "GET" };
    if (answer.status < 200 || answer.status > 299) throw statusError(answer, asked, session.hide, host.now());
    return { result, fail: failFor(asked, answer, session.hide) };
  }

  async function send(call: Call): Promise<{ readonly answer: HttpAnswer; readonly fail: Fail }> {
    const { result, fail } = await exchange(call, WHOLE);
    return { answer: result, fail };
  }

  async function listAt(path: string, query: Query, signal: AbortSignal): Promise<Listing> {
    const { answer, fail } = await send({ method: "GET", path, query, signal });
    return listingOf(answer, fail);
  }

  return {
    list: (path, query, signal) => listAt(`${workspace}/${path}`, query, signal),
    workspaces: (signal) => listAt("workspaces", {}, signal),
    async create(path, body, signal) {
      const call: Call = { method: "POST", path: `${workspace}/${path}`, body: { data: [body] }, signal };
      const { answer, fail } = await send(call);
      return { rows: rowsOf(readJson(answer, fail), fail), fail };
    },
    async update(path, body, signal, repeatable = true) {
      const { answer, fail } = await send({ method: "PUT", path: `${workspace}/${path}`, body, signal, repeatable });
      if (isPage(answer)) return fail("is a web page, not data");
      return { rows: rowsIfAny(answer), fail };
    },
    async remove(path, signal) {
      const { answer, fail } = await send({ method: "DELETE", path: `${workspace}/${path}`, signal });
      if (isPage(answer)) fail("is a web page, not data");
    },
    async upload(path, form, signal) {
      const { answer, fail } = await send({ method: "POST", path: `${workspace}/${path}`, form, signal });
      return { rows: rowsOf(readJson(answer, fail), fail), fail };
    },
    async bytes(path, signal) {
      const call: Call = { method: "GET", path: `${workspace}/${path}`, accept: "application/octet-stream", signal };
      const { result, fail } = await exchange(call, STREAMED);
      return { answer: result.answer, body: result.body ?? fail("has no body") };
    },
    url: (path) => `${settings.url}/agm/api/${workspace}/${path}`,
    close: () => session.close(),
  };
}

/** Percent-encodes all of a value, quotes included: `+` for a blank is not understood everywhere. */
function encodeQuery(query: Query): string {
  return Object.entries(query)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value)).replaceAll("'", "%27")}`)
    .join("&");
}

function requestText(call: Call): string {
  const query = Object.entries(call.query ?? {}).map(([key, value]) => `${key}=${value}`);
  return excerpt(`${call.method} /agm/api/${call.path}${query.length === 0 ? "" : `?${query.join("&")}`}`);
}

function listingOf(answer: HttpAnswer, fail: Fail): Listing {
  const body = readJson(answer, fail);
  const total = isObject(body) ? (body["TotalResults"] ?? null) : null;
  if (total !== null && (typeof total !== "number" || !Number.isSafeInteger(total) || total < 0)) {
    return fail("has no whole number as TotalResults");
  }
  return { rows: rowsOf(body, fail), total, asOf: serverTime(answer), fail };
}

/** `{data: […]}`, or one bare entity. */
function rowsOf(body: unknown, fail: Fail): readonly JsonObject[] {
  if (isObject(body) && body["data"] === undefined && body["id"] !== undefined) return [body];
  const data = isObject(body) ? arrayOf(body["data"], "data", fail) : fail("is no object");
  return data.map((row) => (isObject(row) ? row : fail("has something else than objects in data")));
}

/** Bodies of PUT answers are known too little to be relied on: what does not look like entities counts as nothing. */
function rowsIfAny(answer: HttpAnswer): readonly JsonObject[] {
  const none = new Error("not entities");
  try {
    const stop: Fail = () => {
      throw none;
    };
    return rowsOf(readJson(answer, stop), stop);
  } catch (error) {
    if (error !== none) throw error;
    return [];
  }
}

/** 409 is a name that is taken, not a clash of writers: this server has no locks. */
function statusError(answer: HttpAnswer, asked: Asked, hide: (text: string) => string, now: number): ConnectorError {
  return refused(answer, kindOfStatus(answer.status, "invalid"), hide(excerpt(reasonOf(answer))), asked, now);
}
