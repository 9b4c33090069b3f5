import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { OperatorError } from "../core/errors.ts";
import { ACCESS_FILE, type Access, type Commands, NO_SUCH_COMMAND, type Trouble } from "./protocol.ts";

/** Milliseconds for an answer over loopback. */
const PING_MS = 5_000;

export interface Daemon {
  readonly pid: number;
  ask<K extends keyof Commands>(
    command: K,
    ...order: Parameters<Commands[K]>
  ): Promise<Awaited<ReturnType<Commands[K]>>>;
}

/** The daemon that runs on a state folder; null where none does. */
export async function findDaemon(state: string): Promise<Daemon | null> {
  const access = await readAccess(join(state, ACCESS_FILE));
  // After a kill the file stays, and somebody else may have its process id, or its port.
  if (access === null || !isAlive(access.pid) || !(await answers(access))) return null;
  return { pid: access.pid, ask: (command, ...order) => ask(access, command, order[0]) };
}

async function readAccess(file: string): Promise<Access | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Access;
  } catch (error) {
    // No file: no daemon. A file cut short is one of a daemon that was killed while it started.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function answers(access: Access): Promise<boolean> {
  const agent = new Agent();
  try {
    const { statusCode, body } = await request(`${addressOf(access)}/`, {
      method: "POST",
      headers: headersOf(access),
      signal: AbortSignal.timeout(PING_MS),
      dispatcher: agent,
    });
    await body.dump();
    return statusCode === NO_SUCH_COMMAND;
  } catch (error) {
    // A daemon that is too busy to answer is one all the same.
    return error instanceof Error && error.name === "TimeoutError";
  } finally {
    await agent.destroy();
  }
}

async function ask<T>(access: Access, command: string, order: unknown): Promise<T> {
  // A run may take hours; it is the daemon that ends it.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  try {
    const answer = await request(`${addressOf(access)}/${command}`, {
      method: "POST",
      headers: headersOf(access),
      body: JSON.stringify(order ?? {}),
      dispatcher: agent,
    });
    const body = (await answer.body.json()) as T & Partial<Trouble>;
    if (answer.statusCode === 200) return body;
    if (body.bug !== undefined) throw new Error(`the daemon says: ${body.bug}`);
    throw new OperatorError(body.error ?? `the daemon answered ${answer.statusCode}`, body.hint ?? "");
  } catch (error) {
    if (!isCut(error)) throw error;
    throw new OperatorError(
      `The daemon (process ${access.pid}) ended before it answered.`,
      "Nothing is lost: `syncline status` says how it left things; start it again.",
    );
  } finally {
    await agent.destroy();
  }
}

function addressOf(access: Access): string {
  return `http://127.0.0.1:${access.port}`;
}

function headersOf(access: Access): Record<string, string> {
  return { authorization: `Bearer ${access.token}`, "content-type": "application/json" };
}

function isCut(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "ECONNREFUSED";
}
