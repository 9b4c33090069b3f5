import { ConnectorError } from "../core/errors.ts";

/** What kept a request from being answered. */
export interface Trouble {
  /** For people: `connection refused`, `no answer within 60 s`. */
  readonly words: string;
  /** False where the request provably never reached the server. */
  readonly sent: boolean;
  /** False where asking again cannot help: an untrusted certificate, an address that makes no sense, an answer too large. */
  readonly passing: boolean;
  readonly cause: unknown;
}

const NEVER_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name could not be looked up",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
};

const MAYBE_SENT: Readonly<Record<string, string>> = {
  ECONNRESET: "connection reset",
  EPIPE: "connection closed while sending",
  ETIMEDOUT: "connection timed out",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "the answer stopped half-way",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer broke off",
  UND_ERR_ABORTED: "the answer broke off",
  UND_ERR_DESTROYED: "connections were closed",
  UND_ERR_CLOSED: "connections were closed",
};

const TLS = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/;

export function troubleOf(error: unknown, bounds: { readonly maxBytes: number }): Trouble {
  const code = codeOf(error);
  const never = NEVER_SENT[code];
  if (never !== undefined) return { words: never, sent: false, passing: true, cause: error };
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return { words: "the server does not speak TLS there: is it http://?", sent: false, passing: false, cause: error };
  }
  if (TLS.test(code)) {
    const words = `no trusted TLS connection (${messageOf(error).trim()}); give the server's certificate authority to Syncline`;
    return { words, sent: false, passing: false, cause: error };
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE" || code === "ERR_BUFFER_TOO_LARGE") {
    return { words: `answer larger than ${bounds.maxBytes} bytes`, sent: true, passing: false, cause: error };
  }
  if (code === "UND_ERR_SOCKET") {
    return {
      words: "connection closed without an answer",
      sent: bytesWritten(error) !== 0,
      passing: true,
      cause: error,
    };
  }
  const words =
    MAYBE_SENT[code] ??
    (code.startsWith("Z_") || code.startsWith("ERR__ERROR_FORMAT") ? "answer could not be decompressed" : null);
  if (words !== null) return { words, sent: true, passing: true, cause: error };
  return { words: messageOf(error), sent: true, passing: code.startsWith("HPE_"), cause: error };
}

/** undici's own complaints about an address or a header: the request was never made. */
export function isBadRequest(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === "UND_ERR_INVALID_ARG" ||
    code === "ERR_INVALID_URL" ||
    code === "ERR_INVALID_CHAR" ||
    code === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"
  );
}

export function timeoutTrouble(ms: number, cause: unknown): Trouble {
  return { words: `no answer within ${Math.round(ms / 100) / 10} s`, sent: true, passing: true, cause };
}

/** `what` is method and address without query; `reads` where nothing can have been stored. */
export function troubleError(what: string, trouble: Trouble, reads: boolean, attempts: number): ConnectorError {
  const tries = attempts > 1 ? ` (${attempts} attempts)` : "";
  return new ConnectorError("unavailable", `${what}: ${trouble.words}${tries}`, {
    stored: reads || !trouble.sent ? "no" : "maybe",
    cause: trouble.cause,
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  // A host with several addresses gives one error for all of them.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error.cause === undefined ? "" : codeOf(error.cause);
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}

/** undici tells how much its socket had sent: nothing at all on one that was closed as it was opened. */
function bytesWritten(error: unknown): number | null {
  const { socket } = error as { socket?: { bytesWritten?: unknown } };
  return typeof socket?.bytesWritten === "number" ? socket.bytesWritten : null;
}
