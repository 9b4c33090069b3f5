import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** A tracker's front door: one address for its whole life, whatever simulator stands behind it. It counts writes and may keep them waiting. */
export interface Gate {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  aim(port: number): void;
  /** Every write waits so long before the tracker gets it, and reaches it even when whoever sent it is gone. */
  delayWrites(ms: number): void;
  /** Writes handed to the tracker since the start. */
  writes(): number;
  /** Resolves when no request is on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface State {
  port: number;
  delay: number;
  writes: number;
  under: number;
}

/** `holds`: the addresses of everything that holds records and what belongs to them; other posts (sign-in) are no writes. */
export async function openGate(holds: RegExp): Promise<Gate> {
  const state: State = { port: 0, delay: 0, writes: 0, under: 0 };
  const agent = new Agent({ keepAlive: true });
  const server = createServer({ keepAliveTimeout: 65_000 }, (message, response) => {
    state.under++;
    pass(message, response, state, agent, holds)
      .catch(() => response.destroy())
      .finally(() => state.under--);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aim: (port) => void Object.assign(state, { port }),
    delayWrites: (delay) => void Object.assign(state, { delay }),
    writes: () => state.writes,
    async idle() {
      while (state.under > 0) await wait(2);
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(message: IncomingMessage, response: ServerResponse, state: State, agent: Agent, holds: RegExp) {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method = "GET", url = "/", headers } = message;
  if (method !== "GET" && method !== "HEAD" && holds.test(url)) {
    if (state.delay > 0) await wait(state.delay);
    state.writes++;
  }
  const sent = request({ host: "127.0.0.1", port: state.port, method, path: url, headers, agent });
  sent.end(Buffer.concat(chunks));
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const body: Buffer[] = [];
  for await (const chunk of answer) body.push(chunk as Buffer);
  if (response.destroyed) return;
  response.sendDate = false;
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && name !== "transfer-encoding" && name !== "connection") response.setHeader(name, value);
  }
  response.writeHead(answer.statusCode ?? 500);
  response.end(Buffer.concat(body));
}
