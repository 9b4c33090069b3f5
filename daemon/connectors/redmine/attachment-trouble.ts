import { ConnectorError } from "../../core/errors.ts";
import type { Attachment } from "../../core/parts.ts";
import type { Watched } from "../../lib/content.ts";

/** Whose trouble it is. */
interface Blame {
  readonly endpoint: string;
  /** Learnt from a refusal: the API does not tell it. */
  readonly limit: { maxSize: number | null };
}

/** A refusal of one file; `source` is what was sent, null where nothing was. 403 says that this file is out of reach, not that the account is. */
export async function about<T>(desk: Blame, name: string, source: Watched | null, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ConnectorError) || (source !== null && error === source.failure())) throw error;
    if (error.status === 403) {
      const message = `${desk.endpoint}: the file "${name}" was refused: the account's role may not do this with this issue's files. ${error.message}`;
      throw again(error, "invalid", message, error.stored);
    }
    if (source === null || (error.status !== 422 && error.status !== 413)) throw error;
    const { size } = source.content;
    const most = Number(/\((\d+)\)/.exec(error.message)?.[1] ?? Number.NaN);
    if (most < size) desk.limit.maxSize = most;
    const why = most < size || error.status === 413 ? "is larger than the server takes" : "was refused";
    const message = `${desk.endpoint}: the file "${name}" of ${size} bytes ${why}. ${error.message}`;
    throw again(error, "invalid", message, "no");
  }
}

export function bothThere({ endpoint }: Blame, name: string, error: ConnectorError): ConnectorError {
  const message = `${endpoint}: the new file "${name}" was added, but the one that it replaces could not be removed. ${error.message}`;
  return again(error, error.kind, message, "maybe");
}

export function again(
  cause: ConnectorError,
  kind: ConnectorError["kind"],
  message: string,
  stored: ConnectorError["stored"],
): ConnectorError {
  return new ConnectorError(kind, message, {
    stored,
    ...(cause.status === null ? {} : { status: cause.status }),
    ...(cause.retryAfterMs === null ? {} : { retryAfterMs: cause.retryAfterMs }),
    cause,
  });
}

export function gone({ endpoint }: Blame, { id, name }: Attachment): ConnectorError {
  return new ConnectorError("notFound", `${endpoint}: there is no attachment ${id} ("${name}")`);
}
