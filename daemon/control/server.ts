import { randomBytes, timingSafeEqual } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { OperatorError } from "../core/errors.ts";
import { ACCESS_FILE, type Access, type Commands, NO_SUCH_COMMAND, type Trouble } from "./protocol.ts";

const MOST_BYTES = 64 * 1024;

export interface ControlServer {
  close(): Promise<void>;
}

/**
 * Lets the command line of the same account talk to the running daemon: HTTP on loopback, with a token that stands in a file of the state folder
 * which only the owner can read. Nothing else listens. `fail` is told of bugs.
 */
export async function serveControl(
  state: string,
  commands: Commands,
  fail: (error: unknown) => void,
): Promise<ControlServer> {
  const token = randomBytes(24).toString("hex");
  const server = createServer((request, response) => void answer(request, response, token, commands, fail));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const file = join(state, ACCESS_FILE);
  const access: Access = { port, token, pid: process.pid };
  await writeFile(file, `${JSON.stringify(access)}\n`, { mode: 0o600 });
  return {
    async close() {
      await rm(file, { force: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  commands: Commands,
  fail: (error: unknown) => void,
): Promise<void> {
  try {
    if (!mayAsk(request, token)) return send(response, 403, { error: "the token is wrong", hint: "" });
    const name = (request.url ?? "").slice(1);
    const command = Object.hasOwn(commands, name) ? commands[name as keyof Commands] : undefined;
    if (command === undefined)
      return send(response, NO_SUCH_COMMAND, {
        error: `the daemon does not know "${name}"`,
        hint: "Use the syncline of the same version.",
      });
    send(response, 200, (await command((await readBody(request)) as never)) ?? null);
  } catch (error) {
    if (!(error instanceof OperatorError)) fail(error);
    send(response, 500, troubleOf(error));
  }
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof OperatorError) return { error: error.message, hint: error.hint };
  const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { error: error instanceof Error ? error.message : String(error), hint: "", bug };
}

function mayAsk(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(String(request.headers["authorization"] ?? ""));
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MOST_BYTES) throw new OperatorError("the request is too large", "");
    parts.push(part);
  }
  return size === 0 ? {} : JSON.parse(Buffer.concat(parts).toString("utf8"));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
