import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { API } from "typescript/unstable/async";
import type { Diagnostic as TsDiagnostic } from "typescript/unstable/async";
import type { Diagnostic } from "../core/diagnostic.ts";
import { START, sortDiagnostics } from "./report.ts";
import { toDiagnostic } from "./typecheck-message.ts";
import { createProjectFiles, projectPath } from "./typecheck-files.ts";

/** Checks the types of rules. TypeScript runs in a process of its own, which is kept for the next commit: a warm check takes 10 ms, a cold one 60. */
export interface TypeChecker {
  /**
   * `files`: texts by path inside the repository; `ambient`: declarations by module name (`syncline`) or by a `.d.ts` name. Diagnostics are of
   * `files` only, by line. Rejects where TypeScript cannot be run or `signal` is aborted.
   */
  check(files: ReadonlyMap<string, string>, ambient: ReadonlyMap<string, string>, signal: AbortSignal): Promise<readonly Diagnostic[]>;
  close(): Promise<void>;
}

export interface TypeCheckerOptions {
  /** Longest time for one check, in milliseconds. Types can be made to compute for ever. */
  readonly deadlineMs?: number;
}

interface Compiler {
  readonly api: API;
  /** TypeScript reads a project's list of files once, whatever is said to have changed: each check is a project of its own. */
  readonly project: { now: string; before: string | null };
  setFiles(files: ReadonlyMap<string, string>, ambient: ReadonlyMap<string, string>): void;
  /** Ends the process at once; a check under way never ends by itself. */
  kill(): void;
  hold(): void;
  letGo(): void;
}

const DEADLINE_MS = 15_000;

export function createTypeChecker(options: TypeCheckerOptions = {}): TypeChecker {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const state: { compiler: Compiler | null; last: Promise<unknown> } = { compiler: null, last: Promise.resolve() };

  const drop = () => {
    state.compiler?.kill();
    state.compiler = null;
  };

  async function checkNow(files: ReadonlyMap<string, string>, ambient: ReadonlyMap<string, string>, signal: AbortSignal): Promise<readonly Diagnostic[]> {
    signal.throwIfAborted();
    state.compiler ??= startCompiler();
    const compiler = state.compiler;
    compiler.setFiles(files, ambient);
    const limit = new AbortController();
    try {
      const late = wait(deadlineMs, "late" as const, { signal: AbortSignal.any([signal, limit.signal]) });
      const found = await Promise.race([diagnose(compiler), late]);
      compiler.letGo();
      if (found !== "late") return sortDiagnostics(found.flatMap((one) => toDiagnostic(one, files) ?? []));
      drop();
      return [tooLong(files, deadlineMs)];
    } catch (error) {
      drop();
      signal.throwIfAborted();
      throw error;
    } finally {
      limit.abort();
    }
  }

  return {
    // One at a time: the compiler has one set of files.
    check(files, ambient, signal) {
      const run = state.last.then(() => checkNow(files, ambient, signal));
      state.last = run.catch(() => undefined);
      return run;
    },
    async close() {
      await state.last;
      drop();
    },
  };
}

async function diagnose(compiler: Compiler): Promise<readonly TsDiagnostic[]> {
  const { now, before } = compiler.project;
  const snapshot = await compiler.api.updateSnapshot({
    openProjects: [now],
    closeProjects: before === null ? [] : [before],
    fileChanges: { invalidateAll: true },
  });
  compiler.hold();
  const project = snapshot.getProject(now);
  if (project === undefined) throw new Error("TypeScript did not open the project of the rules");
  const { program } = project;
  const found = await Promise.all([
    program.getSyntacticDiagnostics(),
    program.getSemanticDiagnostics(),
    program.getGlobalDiagnostics(),
    program.getProgramDiagnostics(),
  ]);
  await snapshot.dispose();
  return found.flat();
}

function startCompiler(): Compiler {
  const held: { files: ReadonlyMap<string, string> } = { files: new Map() };
  const api = new API({ cwd: "/", fs: virtualFiles(() => held.files) });
  const child = () => childOf(api);
  const project: Compiler["project"] = { now: "", before: null };
  const tally = { checks: 0 };
  return {
    api,
    project,
    setFiles(files, ambient) {
      tally.checks += 1;
      project.before = project.now === "" ? null : project.now;
      project.now = projectPath(tally.checks);
      held.files = createProjectFiles(project.now, files, ambient);
    },
    kill: () => child()?.kill("SIGKILL"),
    hold: () => keepAlive(child(), true),
    letGo: () => keepAlive(child(), false),
  };
}

/** The API has no way to end a process that computes for ever, nor to leave it running without keeping ours alive; the version is pinned. */
function childOf(api: API): ChildProcess | null {
  return (api as unknown as { client?: { process?: ChildProcess } }).client?.process ?? null;
}

function keepAlive(child: ChildProcess | null, alive: boolean): void {
  for (const handle of [child, child?.stdin, child?.stdout] as { ref?(): void; unref?(): void }[]) {
    if (alive) handle?.ref?.();
    else handle?.unref?.();
  }
}

/** Only what is given exists, beside TypeScript's own libraries: nothing of this machine can be read by a reference in a rule. */
function virtualFiles(files: () => ReadonlyMap<string, string>) {
  const isLibrary = (path: string) => /\/@typescript\/[^/]+\/lib\/lib\.[a-z0-9.]+\.d\.ts$/.test(path);
  return {
    readFile: (path: string) => files().get(path) ?? (isLibrary(path) ? undefined : null),
    fileExists: (path: string) => (isLibrary(path) ? undefined : files().has(path)),
    directoryExists: (path: string) => [...files().keys()].some((file) => file.startsWith(`${path === "/" ? "" : path}/`)),
    getAccessibleEntries: () => ({ files: [], directories: [] }),
    realpath: (path: string) => path,
  };
}

function tooLong(files: ReadonlyMap<string, string>, deadlineMs: number): Diagnostic {
  const file = [...files.keys()].sort()[0] ?? "";
  const message = `The types of the rules could not be checked in ${deadlineMs / 1000} s.`;
  return { severity: "error", code: "rule-type", message, file, ...START, hint: "Look for a type that refers to itself without end." };
}
