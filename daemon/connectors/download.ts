import type { HttpAnswer } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";
import type { Attachment } from "../core/parts.ts";

/** Throws `invalid` for a file that is known to be larger than `maxBytes` before anything of it was asked for. */
export function refuseLarge(endpoint: string, { name, size }: Attachment, maxBytes: number): void {
  if (size !== null && size > maxBytes) throw tooLarge(endpoint, name, maxBytes);
}

/**
 * The bytes of a file as they come. Throws `invalid` beyond `maxBytes`; `conflict` at the end where their number is not the listed one: the file was
 * changed in between, or the answer is not it.
 */
export async function* bounded(
  endpoint: string,
  attachment: Attachment,
  maxBytes: number,
  answer: HttpAnswer,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { name, size } = attachment;
  const state = { length: 0 };
  for await (const piece of body) {
    state.length += piece.byteLength;
    if (state.length > maxBytes) throw tooLarge(endpoint, name, maxBytes);
    yield piece;
  }
  if (size === state.length || (size === null && !isForeignPage(answer, name))) return;
  if (isForeignPage(answer, name)) {
    throw new ConnectorError("unavailable", `${endpoint}: asked for the file "${name}", a web page came instead`);
  }
  const message = `${endpoint}: the file "${name}" has ${state.length} bytes, its list said ${size}: it was changed meanwhile, or the answer was cut short`;
  throw new ConnectorError("conflict", message);
}

/** A proxy answers with its sign-in page and status 200. */
function isForeignPage(answer: HttpAnswer, name: string): boolean {
  return /^text\/html\b/i.test(answer.headers["content-type"] ?? "") && !/\.x?html?$/i.test(name);
}

function tooLarge(endpoint: string, name: string, maxBytes: number): ConnectorError {
  return new ConnectorError("invalid", `${endpoint}: the file "${name}" is larger than ${maxBytes} bytes`);
}
