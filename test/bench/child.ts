import { type ChildProcess, fork } from "node:child_process";

/** What a child answers to, by name. */
export type Commands = Readonly<Record<string, (given: never) => unknown>>;

export interface Child {
  /** Throws what the command threw, or that the child died. */
  ask<T>(command: string, given?: unknown): Promise<T>;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

interface Reply {
  readonly value?: unknown;
  readonly error?: string;
}

/** Starts a module of this folder as a process of its own, so that its processor time and memory are its own. One command at a time. */
export function startChild(module: string, given: unknown, nodeOptions: readonly string[] = []): Child {
  const child = fork(new URL(module, import.meta.url), [JSON.stringify(given)], {
    execArgv: [...nodeOptions],
    serialization: "advanced",
  });
  return {
    ask: <T>(command: string, given: unknown = null) => ask<T>(child, module, command, given),
    end() {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      return new Promise((resolve) => {
        child.once("exit", () => resolve());
        if (child.connected) child.disconnect();
      });
    },
  };
}

function ask<T>(child: ChildProcess, module: string, command: string, given: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`${module} died (${code}) during "${command}"`));
    child.once("exit", died);
    child.once("message", (reply: Reply) => {
      child.off("exit", died);
      if (reply.error === undefined) resolve(reply.value as T);
      else reject(new Error(`${module}: ${command}: ${reply.error}`));
    });
    child.send({ command, given });
  });
}

/** The child's end: opens with what it was started with, answers until the parent lets go, then closes. */
export function serveParent<G>(
  open: (given: G) => Promise<{ readonly commands: Commands; close(): Promise<void> }>,
): void {
  // Not before the module that calls this is whole.
  const opening = Promise.resolve().then(() => open(JSON.parse(process.argv[2] ?? "null") as G));
  process.on("message", (message: { readonly command: string; readonly given: never }) => {
    void answer(opening, message).then((reply) => process.send?.(reply));
  });
  process.once("disconnect", () => void opening.then((opened) => opened.close()));
}

async function answer(
  opening: Promise<{ readonly commands: Commands }>,
  message: { readonly command: string; readonly given: never },
): Promise<Reply> {
  try {
    const command = (await opening).commands[message.command];
    if (command === undefined) throw new Error(`no command ${message.command}`);
    return { value: await command(message.given) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
