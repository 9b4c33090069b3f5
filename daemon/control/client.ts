import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { OperatorError } from "../core/errors.ts";
import { ACCESS_FILE, type Access, type Commands } from "./protocol.ts";

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
  if (access === null || !isAlive(access.pid)) return null;
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

async function ask<T>(access: Access, command: string, order: unknown): Promise<T> {
  // A run may take hours; it is the daemon that ends it.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  try {
    const answer = await request(`http://127.0.0.1:${access.port}/${command}`, {
      method: "POST",
      headers: { authorization: `Bearer ${access.token}`, "content-type": "application/json" },
      body: JSON.stringify(order ?? {}),
      dispatcher: agent,
    });
    const body = (await answer.body.json()) as T & { error?: string; hint?: string };
    if (answer.statusCode !== 200)
      throw new OperatorError(body.error ?? `the daemon answered ${answer.statusCode}`, body.hint ?? "");
    return body;
  } finally {
    await agent.destroy();
  }
}
