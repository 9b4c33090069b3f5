import { createHash } from "node:crypto";
import type { Connector, ConnectorType, Http } from "../core/connector.ts";
import { ConnectorError, OperatorError } from "../core/errors.ts";
import type { Emit } from "../core/events.ts";
import type { EndpointConfig } from "../core/snapshot.ts";
import { watched } from "../lib/content.ts";

/** A connector that is kept from run to run with its session, and what it has sent. */
export interface OpenEndpoint {
  readonly connector: Connector;
  /** Requests sent so far, sign-in and repeats included. */
  requests(): number;
}

export interface PoolDeps {
  readonly types: readonly ConnectorType[];
  /** An HTTP client of its own for one endpoint. */
  readonly http: (onRequest: (report: RequestSeen) => void) => Http;
  readonly secret: (name: string, keys: readonly string[]) => Promise<Readonly<Record<string, string>>>;
  readonly emit: Emit;
  readonly now: () => number;
  /** Replaces the address in an endpoint's settings: the host's word over the configuration's. Null: as configured. */
  readonly address: (connection: string, endpoint: string) => string | null;
}

export interface RequestSeen {
  readonly method: string;
  readonly url: string;
  readonly status: number | null;
  readonly ms: number;
}

/** Connectors by connection and endpoint. One whose settings changed with a publish is opened anew, and the old one closed. */
export interface Pool {
  open(connection: string, endpoint: EndpointConfig): Promise<OpenEndpoint>;
  close(): Promise<void>;
}

interface Kept extends OpenEndpoint {
  readonly digest: string;
  readonly http: Http;
}

export function createPool(deps: PoolDeps): Pool {
  const kept = new Map<string, Kept>();

  async function discard(key: string): Promise<void> {
    const old = kept.get(key);
    kept.delete(key);
    await old?.connector.close();
    await old?.http.close();
  }

  return {
    async open(connection, endpoint) {
      const key = `${connection}/${endpoint.name}`;
      const digest = digestOf(endpoint);
      const known = kept.get(key);
      if (known?.digest === digest) return known;
      await discard(key);
      const opened = { ...openEndpoint(deps, connection, endpoint), digest };
      kept.set(key, opened);
      return opened;
    },
    async close() {
      for (const key of [...kept.keys()]) await discard(key);
    },
  };
}

function openEndpoint(deps: PoolDeps, connection: string, endpoint: EndpointConfig): Omit<Kept, "digest"> {
  const type = deps.types.find((t) => t.type === endpoint.type);
  if (type === undefined)
    throw new OperatorError(`There is no connector "${endpoint.type}".`, "Correct the endpoint's type.");
  let sent = 0;
  const http = named(
    endpoint.name,
    deps.http((report) => {
      sent++;
      deps.emit({ event: "endpoint.request", connection, endpoint: endpoint.name, ...report });
    }),
  );
  const connector = type.open(settingsOf(deps, connection, endpoint), {
    endpoint: endpoint.name,
    http,
    secret: () => (endpoint.secret === null ? Promise.resolve({}) : deps.secret(endpoint.secret, type.secretKeys)),
    now: deps.now,
    note: (message) => deps.emit({ event: "endpoint.note", connection, endpoint: endpoint.name, message }),
  });
  return { connector, http, requests: () => sent };
}

/** Trouble of the network says whose it is, as every refusal of a tracker does. */
function named(endpoint: string, http: Http): Http {
  async function blaming<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw blamed(endpoint, error);
    }
  }
  async function* blamingEach(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw blamed(endpoint, error);
    }
  }
  return {
    async send(request) {
      const { body } = request;
      const source = typeof body === "object" && "open" in body ? watched(body) : null;
      try {
        return await http.send(source === null ? request : { ...request, body: source.content });
      } catch (error) {
        // A file that is sent on comes from another tracker: its trouble has a name already.
        throw source !== null && error === source.failure() ? error : blamed(endpoint, error);
      }
    },
    async stream(request) {
      const { answer, body } = await blaming(() => http.stream(request));
      return { answer, body: body === null ? null : blamingEach(body) };
    },
    close: () => http.close(),
  };
}

function blamed(endpoint: string, error: unknown): unknown {
  if (!(error instanceof ConnectorError)) return error;
  return new ConnectorError(error.kind, `${endpoint}: ${error.message}`, {
    ...{ stored: error.stored, cause: error },
    ...(error.status === null ? {} : { status: error.status }),
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

function settingsOf(deps: PoolDeps, connection: string, endpoint: EndpointConfig): unknown {
  const address = deps.address(connection, endpoint.name);
  return address === null ? endpoint.settings : { ...(endpoint.settings as object), url: address };
}

function digestOf(endpoint: EndpointConfig): string {
  return createHash("sha256")
    .update(JSON.stringify([endpoint.type, endpoint.settings, endpoint.secret]))
    .digest("hex");
}
