import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type GitBox, isolatedEnv } from "../unit/config-git/git-box.ts";
import { COMPILED, collect, type Ended, ROOT } from "./command.ts";

/** What says how this machine reaches the package registry. */
const REGISTRY =
  /^(npm_config_(cache|userconfig|globalconfig|registry|proxy|https_proxy|cafile|noproxy)|(https?|no)_proxy|NODE_EXTRA_CA_CERTS)$/i;

const LEFT_OUT = new Set([".git", "node_modules", "dist", ".syncline"]);

/** This project as an unpacked archive has it: no git folder, nothing built; its packages are linked instead of installed. */
export function copyProject(box: GitBox, name = "project"): string {
  const folder = box.path(name);
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(path.slice(ROOT.length).split("/")[0] ?? ""),
  });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** An environment in which `npm` and `node` are found, the `node` being the one that runs the tests. */
export function npmEnv(box: GitBox): Record<string, string> {
  const env = isolatedEnv(box.root);
  const home = process.env["HOME"] ?? box.root;
  return {
    ...COMPILED,
    npm_config_cache: join(home, ".npm"),
    npm_config_userconfig: join(home, ".npmrc"),
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => REGISTRY.test(name))),
    ...env,
    PATH: [join(ROOT, "node_modules/.bin"), env["PATH"]].join(delimiter),
    npm_config_update_notifier: "false",
    npm_config_fetch_retries: "0",
  };
}

/** A command line as a person types it. Its whole process group can be ended, as Ctrl-C does it. */
export interface Shell {
  stdout(): string;
  /** Resolves when what was printed matches; fails where the command ends first or `timeoutMs` (default 60 s) have passed. */
  said(pattern: RegExp, timeoutMs?: number): Promise<void>;
  ended(): Promise<Ended>;
  interrupt(): Promise<Ended>;
  /** Whatever happened: nothing of it goes on. */
  kill(): void;
}

export function shell(line: string, cwd: string, env: Readonly<Record<string, string>>): Shell {
  const child = spawn("sh", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const stdout = collect(child, "stdout");
  const stderr = collect(child, "stderr");
  const closed = once(child, "close") as Promise<[code: number | null]>;
  const ended = async () => ({ code: (await closed)[0], stdout: stdout(), stderr: stderr() });
  return {
    stdout,
    ended,
    async said(pattern, timeoutMs = 60_000) {
      await new Promise<void>((resolve, reject) => {
        const fail = () =>
          reject(new Error(`${line}: ${pattern} was not said:\n${stdout().slice(-3000)}\n${stderr()}`));
        const timer = setTimeout(fail, timeoutMs);
        const look = () => {
          if (!pattern.test(stdout())) return;
          clearTimeout(timer);
          resolve();
        };
        child.stdout?.on("data", () => queueMicrotask(look));
        child.once("close", fail);
        if (child.exitCode !== null) fail();
        look();
      });
    },
    interrupt() {
      signalGroup(child, "SIGINT");
      return ended();
    },
    kill: () => signalGroup(child, "SIGKILL"),
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
