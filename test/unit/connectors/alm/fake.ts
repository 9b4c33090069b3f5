import assert from "node:assert/strict";
import { almConnector } from "../../../../daemon/connectors/alm/index.ts";
import type { Connector, HttpAnswer, HttpRequest } from "../../../../daemon/core/connector.ts";

export interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly setCookie?: readonly string[];
  readonly body?: string;
}

export function answerOf(said: Said): HttpAnswer {
  const body = new TextEncoder().encode(said.body ?? "");
  return {
    status: said.status ?? 200,
    headers: said.headers ?? {},
    setCookie: said.setCookie ?? [],
    body,
    text: () => new TextDecoder().decode(body),
  };
}

/** Ends a reading as a connector's `Fail` does, with a plain error. */
export function fail(what: string): never {
  throw new Error(what);
}

export interface Scripted {
  readonly connector: Connector;
  readonly requests: HttpRequest[];
  readonly notes: string[];
  /** `METHOD path-below-the-web-root` of each request so far. */
  routes(): readonly string[];
  secret: Readonly<Record<string, string>>;
  now: number;
}

const P = "/rest/domains/D/projects/P";

/** Answers of a server that signs everybody in; what it does not know goes to `script`, by route without the project's path. */
export function scripted(
  script: (route: string, request: HttpRequest) => Said | undefined,
  settings: Readonly<Record<string, unknown>> = {},
): Scripted {
  const parsed = almConnector.settings({ url: "http://alm.test/qcbin", domain: "D", project: "P", ...settings });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const requests: HttpRequest[] = [];
  const notes: string[] = [];
  const route = (request: HttpRequest) =>
    `${request.method} ${decodeURIComponent(request.url).replace("http://alm.test/qcbin", "").replace(P, "")}`;
  const state: { secret: Readonly<Record<string, string>>; now: number } = {
    secret: { user: "u", password: "pw" },
    now: Date.UTC(2026, 0, 15, 12),
  };
  const connector = almConnector.open(parsed.value, {
    endpoint: "alm",
    now: () => state.now,
    note: (message) => notes.push(message),
    secret: async () => state.secret,
    http: {
      stream: () => Promise.reject(new Error("not scripted")),
      close: async () => undefined,
      send: async (request) => {
        request.signal.throwIfAborted();
        requests.push(request);
        return answerOf(script(route(request), request) ?? usual(route(request)));
      },
    },
  });
  return {
    connector,
    requests,
    notes,
    routes: () => requests.map(route),
    get secret() {
      return state.secret;
    },
    set secret(value) {
      state.secret = value;
    },
    get now() {
      return state.now;
    },
    set now(value) {
      state.now = value;
    },
  };
}

function usual(route: string): Said {
  if (route.includes("alm-authenticate")) return { setCookie: ["LWSSO_COOKIE_KEY=l;Path=/;HttpOnly"] };
  if (route === "POST /rest/site-session")
    return { status: 201, setCookie: ["QCSession=q;Path=/", "XSRF-TOKEN=x;Path=/"] };
  if (route === "GET /rest/server/time")
    return { body: '{"TimeInMillis":1767258000000,"DateTime":"2026-01-01 10:00:00"}' };
  if (route.startsWith("GET /customization/entities/defect/fields")) return { body: FIELDS };
  return { status: 404, body: '{"Id":"qccore.general-error","Title":"not scripted"}' };
}

const field = (name: string, type: string, more: object = {}) => ({
  name,
  label: `The ${name}`,
  type,
  size: 255,
  editable: true,
  active: true,
  ...more,
});

export const FIELDS = JSON.stringify({
  Fields: {
    Field: [
      field("id", "Number", { editable: false }),
      field("name", "String", { required: true }),
      field("description", "Memo", { filterable: false }),
      field("last-modified", "DateTime"),
      field("ver-stamp", "Number", { active: false }),
      field("effort", "Number"),
      field("due", "Date"),
    ],
  },
});

export function rowJson(values: Readonly<Record<string, string>>): object {
  return { Type: "defect", Fields: Object.entries(values).map(([Name, value]) => ({ Name, values: [{ value }] })) };
}

export function pageJson(rows: readonly Readonly<Record<string, string>>[], total = rows.length): Said {
  return {
    body: JSON.stringify({ entities: rows.map(rowJson), TotalResults: total }),
    headers: { "content-type": "application/json" },
  };
}

export const never: AbortSignal = new AbortController().signal;
