import type { HttpAnswer } from "../core/connector.ts";
import { ConnectorError, type ConnectorErrorKind } from "../core/errors.ts";
import { retryAfterMs } from "../lib/retry.ts";
import type { Asked } from "./json-answer.ts";

/** The error of an answer that is no success. `said`: the tracker's own words without secrets, or none; `now`: milliseconds since 1970. */
export function refused(
  answer: HttpAnswer,
  kind: ConnectorErrorKind,
  said: string,
  asked: Asked,
  now: number,
): ConnectorError {
  const { status } = answer;
  const wait = retryAfterMs(answer.headers["retry-after"], now);
  const message = `${asked.endpoint}: ${asked.request} answered ${status}: ${said === "" ? "(no text)" : said}`;
  return new ConnectorError(kind, message, {
    status,
    stored: asked.writes && status >= 500 ? "maybe" : "no",
    ...(wait === null ? {} : { retryAfterMs: wait }),
  });
}

/** By the status alone; `clash`: what a 409 is to this tracker. */
export function kindOfStatus(status: number, clash: "conflict" | "invalid"): ConnectorErrorKind {
  if (status === 401 || status === 403) return "auth";
  if (status === 404 || status === 410) return "notFound";
  if (status === 409) return clash;
  if (status === 429) return "rateLimited";
  if (status >= 500 || status === 408 || status < 400) return "unavailable";
  return "invalid";
}
