import type { HttpAnswer } from "../../core/connector.ts";
import { ConnectorError, type ConnectorErrorKind } from "../../core/errors.ts";
import { retryAfterMs } from "../../lib/retry.ts";
import { type Asked, excerpt, isObject } from "../json-answer.ts";

/** The sentences of `{"errors": […]}`; null for any other body. */
export function messagesOf(answer: HttpAnswer): readonly string[] | null {
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

export function statusError(
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
