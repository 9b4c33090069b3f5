import type { HttpAnswer } from "../../core/connector.ts";
import type { ConnectorError } from "../../core/errors.ts";
import { type Asked, excerpt, isObject } from "../json-answer.ts";
import { kindOfStatus, refused } from "../refused.ts";

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
  const kind = status === 422 && messages?.length === 0 ? "conflict" : kindOfStatus(status, "conflict");
  return refused(answer, kind, said, asked, now);
}
