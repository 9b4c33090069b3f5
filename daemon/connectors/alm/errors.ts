import type { HttpAnswer } from "../../core/connector.ts";
import { ConnectorError, type ConnectorErrorKind } from "../../core/errors.ts";
import { retryAfterMs } from "../../lib/retry.ts";
import { type Asked, excerpt, isObject } from "../json-answer.ts";
import { type Body, child, readBody, textOf } from "./body.ts";

/** ALM's own words for a refusal: `QCRestException`. */
export interface AlmException {
  readonly id: string;
  readonly title: string;
}

export const BULK_FAILED = "qccore.bulk-operation-failed";
export const SESSION_EXPIRED = "qccore.session-has-expired";
export const ENTITY_NOT_FOUND = "qccore.entity-not-found";
export const UNKNOWN_FIELD = "qccore.unknown-field-name";
export const INVALID_LIST_VALUE = "qccore.invalid-list-field-value";

/** The Id says more than the status: 11.x answers 500 where later ones answer 400. */
const KINDS: Readonly<Record<string, ConnectorErrorKind>> = {
  "qccore.required-field-missing": "invalid",
  [UNKNOWN_FIELD]: "invalid",
  [INVALID_LIST_VALUE]: "invalid",
  "qccore.invalid-value-type-for-field": "invalid",
  "qccore.invalid-filter-expression": "invalid",
  "qccore.invalid-query-value": "invalid",
  "qccore.entity-already-exists": "invalid",
  [ENTITY_NOT_FOUND]: "notFound",
  "qccore.lock-failure": "conflict",
  "qccore.entity-locked": "conflict",
  "qccore.request-conflict": "conflict",
  "qccore.check-in-failure": "conflict",
  "qccore.check-out-failure": "conflict",
  "qccore.undo-check-out-failure": "conflict",
  [SESSION_EXPIRED]: "auth",
};

/** Null where the body is no exception of ALM's. */
export function readException(answer: HttpAnswer): AlmException | null {
  return exceptionOf(readBody(answer));
}

function exceptionOf(body: Body): AlmException | null {
  if (body.kind === "json") {
    const outer = body.value;
    const value = isObject(outer) && isObject(outer["QCRestException"]) ? outer["QCRestException"] : outer;
    if (!isObject(value) || typeof value["Id"] !== "string") return null;
    return { id: value["Id"], title: typeof value["Title"] === "string" ? value["Title"] : "" };
  }
  if (body.kind !== "xml") return null;
  const node = child(body.value, "QCRestException");
  const id = textOf(node, "Id");
  return id === undefined ? null : { id: id.trim(), title: (textOf(node, "Title") ?? "").trim() };
}

/** Field names by label and by name, both in lower case. */
export type Labels = ReadonlyMap<string, string>;

/** `answer` is one that refuses (any status but 2xx). `now` in milliseconds, for `Retry-After` as a date. */
export function refusal(asked: Asked, answer: HttpAnswer, labels: Labels, now: number): ConnectorError {
  const exception = readException(answer);
  const after = retryAfterMs(answer.headers["retry-after"], now);
  if (exception !== null) return exceptionError(asked, exception, answer.status, labels, after);
  const moved = answer.headers["location"];
  const said =
    moved !== undefined && answer.status < 400
      ? `a redirection to ${moved}; is the address right?`
      : excerpt(stripTags(answer.text()));
  const message = `${asked.endpoint}: ${asked.request} was answered ${answer.status}: ${said === "" ? "(no text)" : said}`;
  // A 404 that is not ALM's own is a proxy's or a wrong address: it must not pass for "this record is gone".
  const kind = answer.status === 404 ? "unavailable" : kindOfStatus(answer.status);
  return new ConnectorError(kind, message, {
    status: answer.status,
    stored: storedAfter(asked, answer.status, after),
    ...(after === null ? {} : { retryAfterMs: after }),
  });
}

/** `status` is 400 for an exception inside a bulk answer, which has none of its own. */
export function exceptionError(
  asked: Asked,
  exception: AlmException,
  status: number,
  labels: Labels,
  retryAfter: number | null = null,
): ConnectorError {
  const field = fieldNamed(exception.title, labels);
  const kind = kindOf(exception, status, field, asked.writes);
  // Only an Id that says what is wrong with the request proves that it was not carried out; a general 500 may have been stored.
  const told = KINDS[exception.id] !== undefined;
  const message = `${asked.endpoint}: ${asked.request} was refused: ${exception.title === "" ? exception.id : exception.title} (${exception.id}, ${status})`;
  return new ConnectorError(kind, message, {
    status,
    stored: told ? "no" : storedAfter(asked, status, retryAfter),
    ...(retryAfter === null ? {} : { retryAfterMs: retryAfter }),
    ...(field === null ? {} : { field }),
  });
}

function kindOf(exception: AlmException, status: number, field: string | null, writes: boolean): ConnectorErrorKind {
  const known = KINDS[exception.id];
  if (known !== undefined) return known;
  if (/is not checked out by/i.test(exception.title)) return "conflict";
  if (/locked by/i.test(exception.title)) return "conflict";
  if (/^no entity of type/i.test(exception.title)) return "notFound";
  // A right that is missing for one field is that field's trouble, not the endpoint's.
  if (exception.id === "qccore.operation-forbidden" || status === 403)
    return writes && field !== null ? "invalid" : "auth";
  if (status === 500 && writes && (field !== null || CONTENT.test(exception.title))) return "invalid";
  if (/^not existing field/i.test(exception.title)) return "invalid";
  return kindOfStatus(status);
}

/** Titles with which ALM blames the content of a write by a general 500. */
const CONTENT =
  /^duplicate|invalid parent|does not exist in table|should contain only|too long|exceed|maximum (length|size)|must be (before|after|between)|\bdates?\b/i;

function kindOfStatus(status: number): ConnectorErrorKind {
  if (status === 401 || status === 403) return "auth";
  if (status === 404) return "notFound";
  if (status === 409 || status === 423) return "conflict";
  if (status === 429) return "rateLimited";
  return status >= 400 && status < 500 && status !== 408 ? "invalid" : "unavailable";
}

function storedAfter(asked: Asked, status: number, retryAfter: number | null): "no" | "maybe" {
  if (!asked.writes || status === 429 || (status === 503 && retryAfter !== null)) return "no";
  return status >= 500 || status === 408 || status < 300 ? "maybe" : "no";
}

/** ALM names fields by label, in quotes, one per refusal. */
function fieldNamed(title: string, labels: Labels): string | null {
  for (const match of title.matchAll(/'([^']+)'|"([^"]+)"|‘([^’]+)’/g)) {
    const said = (match[1] ?? match[2] ?? match[3] ?? "").trim().toLowerCase();
    const name = labels.get(said);
    if (name !== undefined) return name;
  }
  return null;
}

function stripTags(text: string): string {
  return text.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
}
