import type { HttpAnswer } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";

/** What an answer belongs to, for messages: endpoint name and request (`GET /issues.json?…`), both without secrets. */
export interface Asked {
  readonly endpoint: string;
  readonly request: string;
  /** True for a request that changes something: an answer that cannot be read then leaves open whether it was stored. */
  readonly writes: boolean;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Ends the reading of an answer that is not what the tracker's reference says. */
export type Fail = (what: string) => never;

/** The first 200 characters, line ends and tabs as blanks. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 200 ? line : `${line.slice(0, 200)}…`;
}

/** `Fail` for one answer: throws `unavailable` with endpoint, request, what is wrong, and the beginning of the body. */
export function failFor(asked: Asked, answer: HttpAnswer, hide: (text: string) => string = (text) => text): Fail {
  return (what) => {
    const shown = hide(excerpt(answer.text()));
    const stored = asked.writes ? "maybe" : "no";
    const message = `${asked.endpoint}: the answer to ${asked.request} ${what}. It begins: ${shown === "" ? "(empty)" : shown}`;
    throw new ConnectorError("unavailable", message, { stored, status: answer.status });
  };
}

/** The body as JSON; `fail` is called for anything else, a web page among it. */
export function readJson(answer: HttpAnswer, fail: Fail): unknown {
  const text = answer.text().replace(/^\uFEFF/, "");
  try {
    return JSON.parse(text);
  } catch {
    return fail(/^\s*</.test(text) ? "is a web page, not JSON" : "is not whole JSON");
  }
}

/** A sign-in page with status 200 comes from a proxy: the tracker has not seen the request. For answers whose body is not read otherwise. */
export function isPage(answer: HttpAnswer): boolean {
  return /^\uFEFF?\s*</.test(answer.text());
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Like `isObject`, but ends the reading for anything else. */
export function objectOf(value: unknown, what: string, fail: Fail): JsonObject {
  return isObject(value) ? value : fail(`has no object as ${what}`);
}

export function arrayOf(value: unknown, what: string, fail: Fail): readonly unknown[] {
  return Array.isArray(value) ? value : fail(`has no list as ${what}`);
}

/** A positive whole number: ids of both trackers are JSON numbers. */
export function idOf(value: unknown, what: string, fail: Fail): string {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : fail(`has no whole number as ${what}`);
}

/** The tracker's clock from the answer's `Date` header, UTC second; null where it does not tell. */
export function serverTime(answer: HttpAnswer): string | null {
  const at = Date.parse(answer.headers["date"] ?? "");
  return Number.isNaN(at) ? null : `${new Date(at).toISOString().slice(0, 19)}Z`;
}
