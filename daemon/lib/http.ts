import { setImmediate as nextTurn } from "node:timers/promises";
import { Agent, type Dispatcher, request as undiciRequest } from "undici";
import type { Http, HttpAnswer, HttpRequest } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";
import { ACCEPTED_CODINGS, buildAnswer } from "./http-answer.ts";
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
  /** Idle sockets are closed after this time, which must be below the server's: a request sent into a closing socket is lost. Default 4 s. */
  readonly keepAliveMs?: number;
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

type Outcome = { readonly answer: HttpAnswer } | { readonly trouble: Trouble };

interface Settings {
  readonly options: HttpOptions;
  readonly agent: Agent;
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
    keepAliveTimeout: options.keepAliveMs ?? 4_000,
    keepAliveMaxTimeout: 30_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBytes,
    connect: { timeout: Math.min(CONNECT_MS, timeoutMs), ...(options.ca === undefined ? {} : { ca: options.ca }) },
  });
  const spend = createBudget(options.budget ?? { capacity: 60, perSecond: 1 });
  const settings: Settings = { options, agent, timeoutMs, maxBytes, sleep: options.sleep ?? realSleep, spend };

  return {
    send: (request) => send(settings, request),
    // Not close() first: undici then leaves a request under way pending for ever.
    close: () => agent.destroy(),
  };
}

async function send(settings: Settings, request: HttpRequest): Promise<HttpAnswer> {
  const what = `${request.method} ${bareUrl(request.url)}`;
  for (let attempt = 1; ; attempt++) {
    request.signal.throwIfAborted();
    const outcome = await attemptOnce(settings, request, attempt, what);
    const result = resultOf(outcome, settings.options.now());
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

function resultOf(outcome: Outcome, now: number): AttemptResult {
  if ("trouble" in outcome) return { status: null, sent: outcome.trouble.sent };
  return { status: outcome.answer.status, retryAfter: retryAfterMs(outcome.answer.headers["retry-after"], now) };
}

async function attemptOnce(settings: Settings, request: HttpRequest, attempt: number, what: string): Promise<Outcome> {
  const { options, timeoutMs, maxBytes } = settings;
  const started = options.now();
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
    const answer = await exchange(settings, request, AbortSignal.any([request.signal, deadline]));
    report(answer.status);
    return { answer };
  } catch (error) {
    report(null);
    request.signal.throwIfAborted();
    if (isBadRequest(error))
      throw new ConnectorError("invalid", `${what}: the request cannot be made: ${(error as Error).message}`, {
        cause: error,
      });
    return { trouble: deadline.aborted ? timeoutTrouble(timeoutMs, error) : troubleOf(error, { maxBytes }) };
  }
}

async function exchange(settings: Settings, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const options: { dispatcher: Agent } & Omit<Dispatcher.RequestOptions, "origin" | "path"> = {
    dispatcher: settings.agent,
    method: request.method,
    headers: {
      "user-agent": settings.options.userAgent,
      "accept-encoding": ACCEPTED_CODINGS,
      ...lowerCase(request.headers ?? {}),
    },
    body: request.body ?? null,
    signal,
  };
  const response = await undiciRequest(request.url, options);
  // Always read to the end: an unread body keeps its socket from being used again.
  const bytes = new Uint8Array(await response.body.arrayBuffer());
  // undici frees a socket one turn of the event loop after its answer. Whoever asks again at once would get another one, and a server with one
  // thread (Puma) waits a fifth of a second on the old one before it looks there.
  await nextTurn();
  return buildAnswer(response.statusCode, response.headers, bytes, settings.maxBytes);
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
