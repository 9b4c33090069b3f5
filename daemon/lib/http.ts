import { setImmediate as nextTurn } from "node:timers/promises";
import { Agent, type Dispatcher, request as undiciRequest } from "undici";
import type { Http, HttpAnswer, HttpRequest, HttpStream } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";
import { ACCEPTED_CODINGS, buildAnswer } from "./http-answer.ts";
import { bodyFor, lengthHeader, streamAgent, timeFor, toStream, UnreadableBody, untilOpen } from "./http-stream.ts";
import { isBadRequest, type Trouble, timeoutTrouble, troubleError, troubleOf } from "./http-trouble.ts";
import { type AttemptResult, backoffMs, createBudget, mayRepeat, type RetryBudget, retryAfterMs } from "./retry.ts";
import { sleep as realSleep } from "./sleep.ts";

/** One attempt of a request, for logs and counters. */
export interface RequestReport {
  readonly method: string;
  /** Values of query parameters that name secrets are masked. */
  readonly url: string;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly ms: number;
  /** 1-based. */
  readonly attempt: number;
}

export interface HttpOptions {
  /** Sockets per tracker. Default 8. */
  readonly connections?: number;
  /** Bound of one attempt, from sending to the last byte. Default 60 s. */
  readonly timeoutMs?: number;
  /** Bound of one answer, also once decompressed. Default 128 MiB. */
  readonly maxBytes?: number;
  /** PEM of certificate authorities to trust instead of the built-in ones. */
  readonly ca?: string;
  readonly userAgent: string;
  now(): number;
  /** In [0, 1). */
  random(): number;
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
  onRequest?(report: RequestReport): void;
  /** Repeats over all calls. Default: 60 in a row, then one a second. */
  readonly budget?: RetryBudget;
}

const MAX_ATTEMPTS = 4;
const CONNECT_MS = 10_000;
/** Idle sockets are closed after this time, which must be below the server's: a request sent into a closing socket is lost. */
const KEEP_ALIVE_MS = 4_000;

type Outcome<T> = { readonly answer: T } | { readonly trouble: Trouble };

/** One kind of exchange: how it is sent, and where its status stands. */
interface Exchange<T> {
  readonly agent: Agent;
  run(settings: Settings, request: HttpRequest, agent: Agent, signal: AbortSignal): Promise<T>;
  answerOf(result: T): HttpAnswer;
}

interface Settings {
  readonly options: HttpOptions;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly spend: (now: number) => boolean;
}

/**
 * HTTP for connectors: time and size bounds, decompression, no redirects, and repeats where they are safe (`retry.ts`), at most three per call.
 * Answers come back as they are, whatever their status. Network trouble that lasts throws `ConnectorError` `unavailable`, with `stored: "maybe"` for a
 * writing request that may have reached the server; an abort throws the signal's reason.
 */
export function createHttp(options: HttpOptions): Http {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const maxBytes = options.maxBytes ?? 128 * 1024 * 1024;
  const agent = new Agent({
    connections: options.connections ?? 8,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: 30_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
    connect: { timeout: Math.min(CONNECT_MS, timeoutMs), ...(options.ca === undefined ? {} : { ca: options.ca }) },
  });
  const spend = createBudget(options.budget ?? { capacity: 60, perSecond: 1 });
  const streams = streamAgent(options.connections ?? 8, timeoutMs, options.ca);
  const settings: Settings = { options, timeoutMs, maxBytes, sleep: options.sleep ?? realSleep, spend };
  const whole: Exchange<HttpAnswer> = { agent, run: exchange, answerOf: (answer) => answer };
  const streamed: Exchange<HttpStream> = { agent: streams, run: openStream, answerOf: ({ answer }) => answer };

  return {
    send: (request) => send(settings, request, whole),
    stream: (request) => send(settings, request, streamed),
    // Not close() first: undici then leaves a request under way pending for ever.
    close: async () => void (await Promise.all([agent.destroy(), streams.destroy()])),
  };
}

async function send<T>(settings: Settings, request: HttpRequest, how: Exchange<T>): Promise<T> {
  const what = `${request.method} ${bareUrl(request.url)}`;
  for (let attempt = 1; ; attempt++) {
    request.signal.throwIfAborted();
    const outcome = await attemptOnce(settings, request, attempt, what, how);
    const result = resultOf(outcome, settings.options.now(), how);
    const again =
      attempt < MAX_ATTEMPTS &&
      ("answer" in outcome || outcome.trouble.passing) &&
      mayRepeat({ method: request.method, repeatable: request.repeatable ?? false }, result) &&
      settings.spend(settings.options.now());
    if (!again) {
      if ("answer" in outcome) return outcome.answer;
      throw troubleError(what, outcome.trouble, request.method === "GET" || request.method === "HEAD", attempt);
    }
    const told = result.status === null ? null : result.retryAfter;
    await settings.sleep(told ?? backoffMs(attempt, settings.options.random()), request.signal);
  }
}

function resultOf<T>(outcome: Outcome<T>, now: number, how: Exchange<T>): AttemptResult {
  if ("trouble" in outcome) return { status: null, sent: outcome.trouble.sent };
  const { status, headers } = how.answerOf(outcome.answer);
  return { status, retryAfter: retryAfterMs(headers["retry-after"], now) };
}

async function attemptOnce<T>(
  settings: Settings,
  request: HttpRequest,
  attempt: number,
  what: string,
  how: Exchange<T>,
): Promise<Outcome<T>> {
  const { options, maxBytes } = settings;
  const started = options.now();
  const timeoutMs = timeFor(request.body, settings.timeoutMs);
  const deadline = AbortSignal.timeout(timeoutMs);
  const report = (status: number | null) =>
    options.onRequest?.({
      method: request.method,
      url: maskUrl(request.url),
      status,
      ms: options.now() - started,
      attempt,
    });
  try {
    const answer = await how.run(settings, request, how.agent, AbortSignal.any([request.signal, deadline]));
    report(how.answerOf(answer).status);
    return { answer };
  } catch (error) {
    report(null);
    request.signal.throwIfAborted();
    if (error instanceof UnreadableBody && !deadline.aborted) throw error.cause;
    if (isBadRequest(error))
      throw new ConnectorError("invalid", `${what}: the request cannot be made: ${(error as Error).message}`, {
        cause: error,
      });
    return { trouble: deadline.aborted ? timeoutTrouble(timeoutMs, error) : troubleOf(error, { maxBytes }) };
  }
}

async function exchange(
  settings: Settings,
  request: HttpRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const options = await optionsFor(settings, request, agent, signal, ACCEPTED_CODINGS);
  const response = await undiciRequest(request.url, options);
  // Always read to the end: an unread body keeps its socket from being used again.
  const bytes = new Uint8Array(await response.body.arrayBuffer());
  // undici frees a socket one turn of the event loop after its answer. Whoever asks again at once would get another one, and a server with one
  // thread (Puma) waits a fifth of a second on the old one before it looks there.
  await nextTurn();
  return buildAnswer(response.statusCode, response.headers, bytes, settings.maxBytes);
}

/** The deadline covers the time until the answer begins; a stream that then stands still is the agent's business. */
async function openStream(
  settings: Settings,
  request: HttpRequest,
  agent: Agent,
  opening: AbortSignal,
): Promise<HttpStream> {
  const { signal, opened } = untilOpen(request.signal, opening);
  try {
    const response = await undiciRequest(request.url, await optionsFor(settings, request, agent, signal, "identity"));
    return await toStream(response, `${request.method} ${bareUrl(request.url)}`, request.signal);
  } finally {
    opened();
  }
}

async function optionsFor(
  settings: Settings,
  request: HttpRequest,
  agent: Agent,
  signal: AbortSignal,
  codings: string,
): Promise<{ dispatcher: Agent } & Omit<Dispatcher.RequestOptions, "origin" | "path">> {
  return {
    dispatcher: agent,
    method: request.method,
    headers: {
      "user-agent": settings.options.userAgent,
      "accept-encoding": codings,
      ...lengthHeader(request.body),
      ...lowerCase(request.headers ?? {}),
    },
    body: await bodyFor(request.body, signal),
    headersTimeout: timeFor(request.body, settings.timeoutMs),
    signal,
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Without query, fragment and user info: for messages. */
function bareUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url.replace(/[?#].*$/, "") : `${parsed.origin}${parsed.pathname}`;
}

const SECRET_NAME = /key|token|secret|pass|pwd|auth|credential|session/i;

function maskUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url.replace(/[?#].*$/, "");
  const query = parsed.search
    .slice(1)
    .split("&")
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      return SECRET_NAME.test(name) ? `${name}=***` : pair;
    });
  return `${parsed.origin}${parsed.pathname}${parsed.search === "" ? "" : `?${query.join("&")}`}`;
}
