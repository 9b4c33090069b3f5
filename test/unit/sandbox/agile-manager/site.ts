import type { TestContext } from "node:test";
import {
  type AgileManagerOptions,
  type AgileManagerSimulator,
  startAgileManagerSimulator,
} from "../../../../daemon/sandbox/agile-manager/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the server sends; the tests look into them
export type Any = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; null where it is none. */
  readonly json: Any;
}

export interface Site {
  readonly simulator: AgileManagerSimulator;
  /** Settable: milliseconds since 1970. */
  readonly clock: { time: number };
  token(): Promise<string>;
  /** Below `/agm/api/workspaces/1003/`, signed in. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<Answer>;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Creates one and returns it. */
  make(resource: string, fields: Readonly<Record<string, unknown>>): Promise<Any>;
  /** Any request, as is. */
  raw(method: string, path: string, init?: RequestInit): Promise<Answer>;
}

export const START = Date.parse("2026-03-02T08:15:30.500Z");

/** A simulator on a free port with a clock that stands still; empty unless told otherwise. Closed when the test ends. */
export async function openSite(t: TestContext, options: AgileManagerOptions = {}): Promise<Site> {
  const clock = { time: START };
  const simulator = await startAgileManagerSimulator({
    clock: { now: () => clock.time },
    content: "empty",
    ...options,
  });
  t.after(() => simulator.close());
  const root = "/agm/api/workspaces/1003/";

  async function raw(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${simulator.url}${path}`, { method, ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  }

  async function token(): Promise<string> {
    const answer = await raw("POST", "/agm/oauth/token", { body: credentials(simulator) });
    return answer.json.access_token;
  }

  async function send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    const all = { Authorization: `bearer ${await token()}`, ...type, ...headers };
    return raw(method, path.startsWith("/") ? path : `${root}${path}`, { ...init, headers: all });
  }

  return {
    simulator,
    clock,
    token,
    raw,
    send,
    get: (path, parameters = {}) => {
      const query = new URLSearchParams(parameters).toString();
      return send("GET", query === "" ? path : `${path}?${query}`);
    },
    async make(resource, fields) {
      const answer = await send("POST", resource, { data: [fields] });
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
      return answer.json.data[0];
    },
  };
}

export function credentials(simulator: AgileManagerSimulator, change: Readonly<Record<string, string>> = {}) {
  return new URLSearchParams({
    client_id: String(simulator.access["client-id"]),
    client_secret: String(simulator.access["client-secret"]),
    grant_type: "client_credentials",
    ...change,
  });
}

function parse(text: string): Any {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function ids(answer: Answer): readonly number[] {
  return answer.json.data.map((row: Any) => row.id);
}

export function names(answer: Answer): readonly string[] {
  return answer.json.data.map((row: Any) => row.name);
}
