import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A real Redmine behind a web server, which adds the `Date` that Redmine's own leaves out. What was asked is written down, and answers can be lost on
 * the way.
 */
export interface RedmineProxy {
  readonly url: string;
  /** `METHOD /path` of each request since the array was emptied. */
  readonly asked: string[];
  readonly switches: Switches;
  /** The tests' own requests: not written down, never disturbed. The answer's JSON; throws for any status but 2xx. */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  close(): void;
}

interface Switches {
  /** Seconds by which the `Date` of answers is ahead of the clock. */
  aheadSeconds: number;
  /** Sent to the server instead of the client's key; null leaves it. */
  key: string | null;
  /** Asked when the server has done what was asked and before the client is told; true loses the answer. */
  lose: (line: string) => boolean;
}

interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function startRedmineProxy(target: string, key: string): Promise<RedmineProxy> {
  // One socket: a server with one thread waits a while on the last one before it looks at another.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const asked: string[] = [];
  const switches: Switches = { aheadSeconds: 0, key: null, lose: () => false };
  const server = createServer(async (request, response) => {
    const method = request.method ?? "GET";
    const path = request.url ?? "/";
    const line = `${method} ${path.replace(/\?.*/, "")}`;
    asked.push(line);
    const { host: _host, connection: _connection, ...headers } = request.headers;
    if (switches.key !== null) headers["x-redmine-api-key"] = switches.key;
    const answer = await exchange(agent, target + path, method, headers, Buffer.concat(await request.toArray()));
    if (switches.lose(line)) return void request.socket.destroy();
    const date = new Date(Date.now() + switches.aheadSeconds * 1000).toUTCString();
    const { connection: _theirs, "transfer-encoding": _chunked, ...kept } = answer.headers;
    response.writeHead(answer.status, { ...kept, date, "content-length": answer.body.length }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    switches,
    async call(method, path, body) {
      const headers = { "x-redmine-api-key": key, "content-type": "application/json" };
      const sent = Buffer.from(body === undefined ? "" : JSON.stringify(body));
      const answer = await exchange(agent, target + path, method, headers, sent);
      const text = answer.body.toString("utf8");
      if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text.trim() === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    },
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

function exchange(agent: Agent, url: string, method: string, headers: OutgoingHttpHeaders, body: Buffer) {
  return new Promise<Exchange>((resolve, reject) => {
    const sent = body.length === 0 ? headers : { ...headers, "content-length": body.length };
    const request = httpRequest(url, { method, headers: sent, agent }, async (answer) => {
      const parts = Buffer.concat(await answer.toArray());
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parts });
    });
    request.once("error", reject);
    request.end(body);
  });
}
