import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Diagnostic } from "../../core/diagnostic.ts";
import { START, sortDiagnostics } from "../content/report.ts";
import type { Mark } from "./branches.ts";
import type { ReplicaUses } from "./replica-uses.ts";
import type { CheckReply, CheckRequest } from "./typecheck-child.ts";
import { toDiagnostic } from "./typecheck-message.ts";

/** Checks the types of rules, in a process that is kept for the next commit: a cold check takes some 150 ms, a warm one 10. */
export interface TypeChecker {
  /**
   * `files`: texts by path inside the repository; `ambient`: declarations by module name (`syncline`) or by a `.d.ts` name. Diagnostics are of
   * `files` only, by line; `replicasOf`: paths of files whose rules' use of the replica is wanted. Rejects where TypeScript cannot be run or `signal`
   * is aborted.
   */
  check(
    files: ReadonlyMap<string, string>,
    ambient: ReadonlyMap<string, string>,
    signal: AbortSignal,
    replicasOf?: readonly string[],
  ): Promise<TypesChecked>;
  close(): Promise<void>;
}

export interface TypesChecked {
  readonly diagnostics: readonly Diagnostic[];
  readonly replicas: ReadonlyMap<string, readonly ReplicaUses[]>;
}

/** The same compiler, asked where files branch as well. */
export interface BranchFinder {
  /** Branches of the files `marked`, by path; empty where there are diagnostics. Rejects as `check` does. */
  branches(
    files: ReadonlyMap<string, string>,
    ambient: ReadonlyMap<string, string>,
    marked: readonly string[],
    signal: AbortSignal,
  ): Promise<Branched>;
}

export interface Branched {
  readonly diagnostics: readonly Diagnostic[];
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
}

export interface TypeCheckerOptions {
  /** Longest time for one check, in milliseconds. Types can be made to compute for ever. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 15_000;

export function createTypeChecker(options: TypeCheckerOptions = {}): TypeChecker & BranchFinder {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const state: { child: ChildProcess | null; turn: Promise<void> } = { child: null, turn: Promise.resolve() };

  function drop(): void {
    const { child } = state;
    state.child = null;
    if (child !== null) endGroup(child);
  }

  async function checkNow(request: CheckRequest, signal: AbortSignal): Promise<Branched & TypesChecked> {
    signal.throwIfAborted();
    if (state.child === null || !state.child.connected) state.child = startChild();
    const answer = await ask(state.child, request, deadlineMs, signal);
    if (answer.kind === "reply" && answer.reply.ok) {
      signal.throwIfAborted();
      const { found, marks, replicas } = answer.reply;
      const diagnostics = sortDiagnostics(found.flatMap((one) => toDiagnostic(one, request.files) ?? []));
      return { diagnostics, marks, replicas };
    }
    drop();
    signal.throwIfAborted();
    if (answer.kind === "late")
      return { diagnostics: [tooLong(request.files, deadlineMs)], marks: new Map(), replicas: new Map() };
    throw new Error(`TypeScript cannot be run: ${answer.kind === "gone" ? answer.why : messageOf(answer)}`);
  }

  async function inTurn(request: CheckRequest, signal: AbortSignal): Promise<Branched & TypesChecked> {
    // One at a time: the compiler has one set of files.
    const before = state.turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    state.turn = promise;
    await before;
    try {
      return await checkNow(request, signal);
    } finally {
      resolve();
    }
  }

  return {
    check: (files, ambient, signal, replicas = []) =>
      inTurn({ files, ambient, wanted: { marked: [], replicas } }, signal),
    branches: (files, ambient, marked, signal) => inTurn({ files, ambient, wanted: { marked, replicas: [] } }, signal),
    async close() {
      await state.turn;
      drop();
    },
  };
}

function messageOf(answer: Answer): string {
  return answer.kind === "reply" && !answer.reply.ok ? answer.reply.message : "aborted";
}

type Answer =
  | { readonly kind: "reply"; readonly reply: CheckReply }
  | { readonly kind: "late" }
  | { readonly kind: "aborted" }
  | { readonly kind: "gone"; readonly why: string };

/** Never rejects; listeners, timer and the hold on the daemon's life end with it. */
async function ask(child: ChildProcess, request: CheckRequest, ms: number, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const onMessage = (reply: unknown) => resolve({ kind: "reply", reply: reply as CheckReply });
  const onExit = (code: number | null, why: string | null) =>
    resolve({ kind: "gone", why: why ?? `exit code ${code}` });
  const onError = (error: Error) => resolve({ kind: "gone", why: error.message });
  const onAbort = () => resolve({ kind: "aborted" });
  const timer = setTimeout(() => resolve({ kind: "late" }), ms);
  child.on("message", onMessage).on("exit", onExit);
  signal.addEventListener("abort", onAbort, { once: true });
  child.ref();
  child.channel?.ref();
  child.send(request, (error) => {
    if (error !== null) onError(error);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    child.off("message", onMessage).off("exit", onExit);
    child.unref();
    child.channel?.unref();
  }
}

function startChild(): ChildProcess {
  const name = `./typecheck-child${extname(import.meta.url)}`;
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [], {
    // A group of its own: the compiler is the child's child, and both must go.
    detached: true,
    env: {},
    execArgv: ["--no-warnings"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // Whoever waits is told by `exit`; without a listener this event would end the daemon.
  child.on("error", () => child.kill("SIGKILL"));
  return child;
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // Gone by itself in this moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function tooLong(files: ReadonlyMap<string, string>, deadlineMs: number): Diagnostic {
  const file = [...files.keys()].sort()[0] ?? "";
  const message = `The types of the rules could not be checked in ${deadlineMs / 1000} s.`;
  const hint = "Look for a type that refers to itself without end.";
  return { severity: "error", code: "rule-type", message, file, ...START, hint };
}
