/**
 * A simulated tracker: a real HTTP server on loopback, written from the tracker's reference as if by another team. It imports no connector.
 * Tests drive it over HTTP like anybody, and reach behind its back through `admin`.
 */
export interface Simulator {
  /** `http://127.0.0.1:PORT` plus the product's own root (`/qcbin`, `` for Agile Manager). */
  readonly url: string;
  readonly port: number;
  /** What a client needs to sign in and where to look, as printed by `syncline sandbox --json`. */
  readonly access: Readonly<Record<string, string | number>>;
  readonly faults: Faults;
  /** Requests answered (or dropped) since the start or since `reset()`. */
  readonly traffic: Traffic;
  close(): Promise<void>;
}

export interface Traffic {
  total(): number;
  /** By `METHOD /path/with/{id}` patterns, sign-in included. */
  byRoute(): Readonly<Record<string, number>>;
  reset(): void;
}

/** A misbehaviour, armed for the next `times` matching requests (default 1). */
export interface Fault {
  readonly kind:
    | "unauthorized" // 401 as after an expired session; the session is really gone
    | "rate-limited" // 429 with Retry-After: `seconds`
    | "error" // 500, nothing stored
    | "error-but-stored" // 500 although the write was done
    | "unavailable" // 503
    | "refused" // `status` (default 403), nothing stored
    | "drop-upload" // connection cut after the first piece of the request's body, nothing stored
    | "drop-before" // connection cut before the request is handled
    | "drop-after" // connection cut after it was handled, no answer
    | "slow" // the answer waits `seconds`
    | "html" // an HTML page with status 200 where data was due
    | "truncated" // the first half of the answer's body, connection closed
    | "cut" // the first half of what Content-Length says, then the connection is cut
    | "wrong-types" // well-formed, but numbers where texts are due and the other way round
    | "shift-page"; // another client edits or deletes a record between two pages: runs `act` before the request is handled
  readonly times?: number;
  readonly seconds?: number;
  /** Of `refused`. */
  readonly status?: number;
  /** Requests to let pass first. Default 0. */
  readonly after?: number;
  /** Only requests with this method. */
  readonly method?: string;
  /** Only requests whose path (with query) contains this text. */
  readonly path?: string;
  readonly act?: () => void;
}

export interface Faults {
  arm(fault: Fault): void;
  /** Faults armed and not used up. */
  pending(): number;
  clear(): void;
}

/** The tracker's own clock; tests set it, skew it, and move its zone. */
export interface SimulatorClock {
  /** Milliseconds since 1970. */
  now(): number;
}
