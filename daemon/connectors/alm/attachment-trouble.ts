import { ConnectorError } from "../../core/errors.ts";
import type { Attachment } from "../../core/parts.ts";
import type { Watched } from "../../lib/content.ts";
import type { Alm } from "./alm.ts";
import type { Reply } from "./client.ts";
import { readException } from "./errors.ts";

const TOO_LARGE = /too (large|big)|exceed|maximum (file |attachment )?(size|length)|size limit|UPLOAD_ATTACH_MAX_SIZE/i;

/** The refusal of a file, in words that say what to do. `size`: of what was sent, null where nothing was. */
export function fileRefusal(alm: Alm, reply: Reply, name: string, size: number | null): ConnectorError {
  const error = alm.client.refuse(reply, new Map());
  const said = readException(reply.answer)?.title ?? "";
  const { status } = reply.answer;
  const what = `${alm.host.endpoint}: the file "${name}"`;
  const details = { status, cause: error } as const;
  if (size !== null && (status === 413 || TOO_LARGE.test(said))) {
    const message = `${what} of ${size} bytes is larger than the server takes (${said === "" ? status : said}); the site parameter UPLOAD_ATTACH_MAX_SIZE says how much`;
    return new ConnectorError("invalid", message, details);
  }
  // Seen of old servers with tiny files: they may have kept an empty one.
  if (size !== null && /failed to set content/i.test(said)) {
    const message = `${what} of ${size} bytes was refused: ${said}. Some servers do not take files that are empty or very small`;
    return new ConnectorError("invalid", message, { ...details, stored: "maybe" });
  }
  return forOneFile(alm, error, name);
}

/**
 * Requests about one file. 403 says that this file is out of reach (a blocked type, a missing right), not that the account is: the fields of all records
 * go on. `source`: what is sent, whose own trouble comes through as it is.
 */
export async function about<T>(
  alm: Alm,
  name: string,
  call: () => Promise<T>,
  source: Watched | null = null,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ConnectorError) || (source !== null && error === source.failure())) throw error;
    throw forOneFile(alm, error, name);
  }
}

function forOneFile(alm: Alm, error: ConnectorError, name: string): ConnectorError {
  if (error.kind !== "auth" || error.status !== 403) return error;
  const message = `${alm.host.endpoint}: the file "${name}" was refused: its type may be blocked on this site, or the account's group may not do this with attachments. ${error.message}`;
  return new ConnectorError("invalid", message, { status: 403, cause: error });
}

export function gone(alm: Alm, folder: string, { id, name }: Attachment): ConnectorError {
  const message = `${alm.host.endpoint}: there is no attachment ${id} ("${name}") in ${folder.slice(1)}`;
  return new ConnectorError("notFound", message);
}
