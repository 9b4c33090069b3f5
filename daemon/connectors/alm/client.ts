import type { ConnectorHost, HttpAnswer, HttpRequest, HttpStream } from "../../core/connector.ts";
import type { ConnectorError } from "../../core/errors.ts";
import type { Content } from "../../core/parts.ts";
import { type Asked, type Fail, failFor } from "../json-answer.ts";
import { type Labels, refusal } from "./errors.ts";
import { createSession, type SessionRequest } from "./session.ts";
import type { AlmSettings } from "./settings.ts";

export interface Call {
  readonly method: HttpRequest["method"];
  /** With leading slash, below the project unless `site` is set; query included. */
  readonly path: string;
  readonly site?: boolean;
  readonly body?: string | Content;
  readonly contentType?: string;
  readonly repeatable?: boolean;
  readonly signal: AbortSignal;
}

/** An answer and what belongs to it. */
export interface Reply {
  readonly answer: HttpAnswer;
  readonly asked: Asked;
  readonly ok: boolean;
  /** Throws `unavailable` for an answer that cannot be read. */
  readonly fail: Fail;
}

export interface AlmClient {
  /** Any status but those of a lost session; throws what `Session.send` throws. */
  call(call: Call): Promise<Reply>;
  /** GET that must succeed: throws the refusal as `ConnectorError`. */
  get(path: string, signal: AbortSignal, labels?: Labels): Promise<Reply>;
  /** GET of bytes, read as they come; `body` is null where `reply` refuses. */
  bytes(path: string, signal: AbortSignal): Promise<{ readonly reply: Reply; readonly body: HttpStream["body"] }>;
  /** Where a person would find what `path` (below the project) names. */
  url(path: string): string;
  /** GET below the web root without a session. */
  bare(path: string, signal: AbortSignal): Promise<HttpAnswer>;
  /** The refusal that an unsuccessful reply stands for. */
  refuse(reply: Reply, labels: Labels): ConnectorError;
  close(): Promise<void>;
}

const NO_LABELS: Labels = new Map();

/** Of the project, behind the web root. */
export function projectPath({ domain, project }: Pick<AlmSettings, "domain" | "project">): string {
  return `/rest/domains/${encodeURIComponent(domain)}/projects/${encodeURIComponent(project)}`;
}

/** JSON is asked for since it is cheaper to read, and readers take XML as well; writing is done in XML, whose field order does not matter. */
export function createClient(settings: AlmSettings, host: ConnectorHost): AlmClient {
  const session = createSession(settings, host);
  const project = projectPath(settings);

  async function call(call: Call): Promise<Reply> {
    const request: SessionRequest = {
      method: call.method,
      path: call.site ? call.path : project + call.path,
      headers: {
        Accept: "application/json",
        ...(call.contentType === undefined ? {} : { "Content-Type": call.contentType }),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.repeatable === undefined ? {} : { repeatable: call.repeatable }),
      signal: call.signal,
    };
    return replyOf(call, await session.send(request));
  }

  function replyOf(call: Pick<Call, "method" | "path">, answer: HttpAnswer): Reply {
    const asked: Asked = {
      endpoint: host.endpoint,
      request: `${call.method} ${shorten(call.path)}`,
      writes: call.method !== "GET",
    };
    return { answer, asked, ok: answer.status >= 200 && answer.status < 300, fail: failFor(asked, answer) };
  }

  async function bytes(path: string, signal: AbortSignal) {
    const headers = { Accept: "application/octet-stream" };
    const { answer, body } = await session.stream({ method: "GET", path: project + path, headers, signal });
    return { reply: replyOf({ method: "GET", path }, answer), body };
  }

  async function get(path: string, signal: AbortSignal, labels = NO_LABELS): Promise<Reply> {
    const reply = await call({ method: "GET", path, signal });
    if (!reply.ok) throw refusal(reply.asked, reply.answer, labels, host.now());
    return reply;
  }

  return {
    call,
    get,
    bytes,
    url: (path) => settings.url + project + path,
    bare: (path, signal) => session.bare({ method: "GET", path, headers: { Accept: "application/xml" }, signal }),
    refuse: (reply, labels) => refusal(reply.asked, reply.answer, labels, host.now()),
    close: session.close,
  };
}

const SHOWN_PATH = 160;

/** Readable in a message: decoded, and cut where it holds a long list of ids. */
function shorten(path: string): string {
  const text = path.replace(/%[0-7][0-9A-F]/gi, (code) => decodeURIComponent(code));
  return text.length <= SHOWN_PATH ? text : `${text.slice(0, SHOWN_PATH)}…`;
}
