import { redmineConnector } from "../../../../daemon/connectors/redmine/index.ts";
import type { Connector, Http, HttpAnswer, HttpRequest } from "../../../../daemon/core/connector.ts";

export interface FakeAnswer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  /** The `Date` header; null sends none. */
  readonly date?: string | null;
}

export type Answerer = (request: HttpRequest, path: string, query: URLSearchParams) => FakeAnswer;

/** A connector whose every request `answer` answers; the account is `bot`, without administrator's rights, unless `answer` says otherwise. */
export function fakeRedmine(
  answer: Answerer,
  settings: Readonly<Record<string, unknown>> = {},
  secret = { "api-key": "first-key" },
  now = () => 0,
  stream: Http["stream"] = () => Promise.reject(new Error("not scripted")),
) {
  const requests: string[] = [];
  const parsed = redmineConnector.settings({ url: "http://redmine.test/", project: "alpha", ...settings });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const connector: Connector = redmineConnector.open(parsed.value, {
    endpoint: "red",
    http: {
      stream,
      send: async (request) => {
        const url = new URL(request.url);
        requests.push(`${request.method} ${url.pathname}`);
        return toAnswer(answer(request, url.pathname, url.searchParams));
      },
      close: async () => undefined,
    },
    secret: async () => secret,
    now,
    note: () => undefined,
  });
  return { connector, requests };
}

export const ACCOUNT: FakeAnswer = { json: { user: { id: 1, login: "bot", admin: false } } };

function toAnswer({ status = 200, json, text, date = "Sun, 22 Nov 2026 00:00:05 GMT" }: FakeAnswer): HttpAnswer {
  const body = text ?? (json === undefined ? "" : JSON.stringify(json));
  return {
    status,
    headers: date === null ? {} : { date },
    setCookie: [],
    body: new TextEncoder().encode(body),
    text: () => body,
  };
}

export function issue(id: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id,
    tracker: { id: 1, name: "Bug" },
    subject: `issue ${id}`,
    updated_on: "2026-11-21T22:38:02Z",
    custom_fields: [],
    ...more,
  };
}
