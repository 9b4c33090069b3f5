import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/** Environment as the host has it; never read from the process here. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The git program and the environment it is started with. */
export interface Git {
  readonly path: string;
  readonly version: string;
  /** For reading objects: nothing of the user's or the system's configuration counts. */
  readonly env: Environment;
  /** For talking to a remote: with the user's configuration, because ssh keys, credential helpers and proxies live there; never asks at a terminal. */
  readonly remoteEnv: Environment;
}

export interface GitAnswer {
  readonly code: number;
  readonly stdout: Buffer;
  /** At most 8 KiB. */
  readonly stderr: string;
}

export interface GitCall {
  readonly signal: AbortSignal;
  readonly env?: Environment;
  readonly cwd?: string;
  /** Bytes of output that are taken; more is an error. Default 8 MiB. */
  readonly limit?: number;
}

const OUTPUT_LIMIT = 8 * 1024 * 1024;
const STDERR_LIMIT = 8 * 1024;
/** A pre-receive hook sees the pushed objects only through these. */
const QUARANTINE = ["GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];
/** What a user may have set for signing in and for trust; harmless to anything else. */
const REMOTE = [/^GIT_SSH/, /^GIT_SSL_/, /^GIT_ASKPASS$/, /^GIT_PROXY_/, /^GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)$/];

/** Looks for `git` on the host's PATH; null where there is none that runs. */
export async function findGit(env: Environment, signal: AbortSignal): Promise<Git | null> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "git");
    if (!isAbsolute(path) || !(await executable(path))) continue;
    const git = { path, version: "", env: readingEnv(env), remoteEnv: remoteEnv(env) };
    const answer = await runGit(git, ["version"], { signal });
    if (answer.code === 0)
      return {
        ...git,
        version: answer.stdout
          .toString()
          .trim()
          .replace(/^git version /, ""),
      };
  }
  return null;
}

/** Runs git to its end. Rejects where it cannot be started, says too much or the signal is aborted (it is killed with its children). */
export async function runGit(git: Git, args: readonly string[], call: GitCall): Promise<GitAnswer> {
  call.signal.throwIfAborted();
  const limit = call.limit ?? OUTPUT_LIMIT;
  // A session of its own has no terminal: ssh cannot ask for a pass phrase there and hang. It also is a group that can be killed as one.
  const child = spawn(git.path, args, {
    env: definedOnly(call.env ?? git.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
  });
  const kill = () => killGroup(child.pid);
  call.signal.addEventListener("abort", kill, { once: true });
  const chunks: Buffer[] = [];
  const seen = { size: 0, stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    seen.size += chunk.length;
    if (seen.size > limit) return kill();
    chunks.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (seen.stderr.length < STDERR_LIMIT) seen.stderr += chunk.toString().slice(0, STDERR_LIMIT);
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    call.signal.throwIfAborted();
    if (seen.size > limit) throw new Error(`git ${args[0] ?? ""} answered with more than ${limit} bytes`);
    return { code: code ?? -1, stdout: Buffer.concat(chunks), stderr: seen.stderr.trim() };
  } finally {
    call.signal.removeEventListener("abort", kill);
  }
}

/** Runs git and throws its complaint where it fails. */
export async function gitText(git: Git, args: readonly string[], call: GitCall): Promise<string> {
  const answer = await runGit(git, args, call);
  if (answer.code !== 0)
    throw new Error(
      `git ${args.find((a) => !a.startsWith("-")) ?? ""}: ${answer.stderr || `ended with ${answer.code}`}`,
    );
  return answer.stdout.toString();
}

/** The environment without what is undefined, as `spawn` wants it. */
export function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function readingEnv(env: Environment): Environment {
  const quarantined = env["GIT_QUARANTINE_PATH"] !== undefined;
  return {
    ...withoutGit(env),
    ...(quarantined ? Object.fromEntries(QUARANTINE.map((name) => [name, env[name]])) : {}),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    ...SAME_EVERYWHERE,
  };
}

function remoteEnv(env: Environment): Environment {
  const kept = Object.entries(env).filter(([name]) => REMOTE.some((pattern) => pattern.test(name)));
  return {
    ...withoutGit(env),
    ...Object.fromEntries(kept),
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: "file:git:http:https:ssh",
    ...SAME_EVERYWHERE,
  };
}

const SAME_EVERYWHERE: Environment = { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C", LANGUAGE: "" };

/** Inherited GIT_ variables (a hook sets several) would point git at another repository. */
function withoutGit(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GIT_")));
}

async function executable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === "EACCES") return false;
    throw error;
  }
}

/** The file or folder is not there. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
