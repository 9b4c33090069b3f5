/**
 * Tracker trouble, by what the engine must do about it:
 * - `auth`: sign-in refused or the account may not do this: nothing of this endpoint will work until somebody acts;
 * - `notFound`: the record is not there (or not visible);
 * - `conflict`: locked or changed by somebody else: read again and decide again;
 * - `invalid`: the tracker refuses this content: a person must change the record, the mapping or the tracker;
 * - `rateLimited`, `unavailable`: later, by itself.
 */
export type ConnectorErrorKind = "auth" | "notFound" | "conflict" | "invalid" | "rateLimited" | "unavailable";

export interface ConnectorErrorDetails {
  /** For a write: could the tracker have stored it all the same? `maybe` obliges the engine to look before it writes again. Default `no`. */
  readonly stored?: "no" | "maybe";
  /** Field name in the mapping's vocabulary, where the tracker names one. */
  readonly field?: string;
  /** The tracker's own wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** HTTP status, for the log. */
  readonly status?: number;
  readonly cause?: unknown;
}

export class ConnectorError extends Error {
  override readonly name = "ConnectorError";
  readonly kind: ConnectorErrorKind;
  readonly stored: "no" | "maybe";
  readonly field: string | null;
  readonly retryAfterMs: number | null;
  readonly status: number | null;

  /** `message` says what was asked of whom and what the answer was, without secrets: it reaches logs and reports as it is. */
  constructor(kind: ConnectorErrorKind, message: string, details: ConnectorErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.kind = kind;
    this.stored = details.stored ?? "no";
    this.field = details.field ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.status = details.status ?? null;
  }
}

/** A mistake in how the host runs Syncline (no such folder, state in use, secret missing): the message is for the operator, no stack. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
