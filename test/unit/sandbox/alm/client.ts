import { type AlmOptions, type AlmSimulator, startAlmSimulator } from "../../../../daemon/sandbox/alm/index.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, for tests to look into. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape.
  readonly json: any;
}

export interface Ask {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Default `application/json` where there is a body. */
  readonly type?: string;
  /** Default `application/json`; the empty text sends none. */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client as a stranger would write it: a cookie jar and the XSRF header. */
export interface Client {
  readonly cookies: Map<string, string>;
  /** `path` below the project, or below the product's root with a leading slash. */
  call(method: string, path: string, ask?: Ask): Promise<Answer>;
  get(path: string, ask?: Ask): Promise<Answer>;
  post(path: string, body: unknown, ask?: Ask): Promise<Answer>;
  put(path: string, body: unknown, ask?: Ask): Promise<Answer>;
}

export function client(simulator: AlmSimulator): Client {
  const cookies = new Map<string, string>();
  const project = `/rest/domains/${simulator.access["domain"]}/projects/${simulator.access["project"]}`;

  async function call(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const headers: Record<string, string> = {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    };
    const xsrf = cookies.get("XSRF-TOKEN");
    if (xsrf !== undefined) headers["x-xsrf-token"] = xsrf;
    if (ask.body !== undefined) headers["content-type"] = ask.type ?? "application/json";
    const accept = ask.accept ?? "application/json";
    if (accept !== "") headers["accept"] = accept;
    const url = simulator.url + (path.startsWith("/") ? path : `${project}/${path}`);
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: { ...headers, ...ask.headers },
      ...(ask.body === undefined ? {} : { body: ask.body }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "" || value === '""') cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
  }

  const send =
    (method: string) =>
    (path: string, body: unknown, ask: Ask = {}) =>
      call(method, path, { ...ask, body: typeof body === "string" ? body : JSON.stringify(body) });
  return { cookies, call, get: (path, ask) => call("GET", path, ask), post: send("POST"), put: send("PUT") };
}

export const CREDENTIALS = "<alm-authentication><user>sync</user><password>sync-secret</password></alm-authentication>";

export async function signedIn(simulator: AlmSimulator, user = "sync"): Promise<Client> {
  const made = client(simulator);
  const body = CREDENTIALS.replace(/sync/g, user);
  const first = await made.call("POST", "/authentication-point/alm-authenticate", { body, type: "application/xml" });
  const second = await made.call("POST", "/rest/site-session");
  if (first.status > 201 || second.status > 201) throw new Error(`sign-in answered ${first.status}, ${second.status}`);
  return made;
}

/** A simulator for one test, closed at its end. */
export async function start(
  test: { after(fn: () => Promise<void>): void },
  options: AlmOptions = {},
): Promise<AlmSimulator> {
  const simulator = await startAlmSimulator({ content: "empty", ...options });
  test.after(() => simulator.close());
  return simulator;
}

/** An entity in JSON. Several values of a field as an array. */
export function entity(type: string, fields: Readonly<Record<string, string | readonly string[]>>): unknown {
  const list = Object.entries(fields).map(([Name, value]) => ({
    Name,
    values: (typeof value === "string" ? [value] : value).map((one) => ({ value: one })),
  }));
  return { Fields: list, Type: type };
}

export const DEFECT = {
  name: "Crash on save",
  "detected-by": "jane.doe",
  "creation-time": "2026-01-31",
  severity: "2-Medium",
};

/** Fields of an entity in JSON: single values as text, several as an array, none as `""`. */
export function fieldsOf(answer: {
  readonly Fields: readonly { Name: string; values: { value?: string }[] }[];
}): Record<string, string | string[]> {
  return Object.fromEntries(
    answer.Fields.map(({ Name, values }) => {
      const texts = values.map((value) => value.value ?? "");
      return [Name, texts.length > 1 ? texts : (texts[0] ?? "")];
    }),
  );
}

export function ids(answer: Answer): number[] {
  return answer.json.entities.map((one: Parameters<typeof fieldsOf>[0]) => Number(fieldsOf(one)["id"]));
}

export const xml = { accept: "application/xml", type: "application/xml" };
