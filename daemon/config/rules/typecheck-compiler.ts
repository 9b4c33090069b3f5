import { API, type Program, type Diagnostic as TsDiagnostic } from "typescript/unstable/async";
import type { Mark } from "./branches.ts";
import { createProjectFiles, projectPath, ROOT } from "./typecheck-files.ts";

/** One finding of TypeScript, as it crosses to the daemon. */
export interface Finding {
  /** Absolute path in the project; null for what concerns no file. */
  readonly path: string | null;
  /** UTF-16 offset. */
  readonly offset: number;
  readonly code: number;
  /** First the message, then what explains it. */
  readonly texts: readonly string[];
}

/** `marks`: of the files that were asked for. */
export interface Compiled {
  readonly found: readonly Finding[];
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
}

/** `marked`: paths of files whose branches are wanted. */
export type Compile = (
  files: ReadonlyMap<string, string>,
  ambient: ReadonlyMap<string, string>,
  marked: readonly string[],
) => Promise<Compiled>;

/** TypeScript kept warm: what one check has parsed the next one finds parsed. One check at a time. */
export function createCompiler(): Compile {
  const state: { files: ReadonlyMap<string, string>; project: string | null; checks: number } = {
    files: new Map(),
    project: null,
    checks: 0,
  };
  const api = new API({ cwd: "/", fs: virtualFiles(() => state.files) });
  return async (files, ambient, marked) => {
    // TypeScript reads a project's list of files once, whatever is said to have changed: each check is a project of its own.
    state.checks += 1;
    const before = state.project;
    const now = projectPath(state.checks);
    state.project = now;
    state.files = createProjectFiles(now, files, ambient);
    const snapshot = await api.updateSnapshot({
      openProjects: [now],
      closeProjects: before === null ? [] : [before],
      fileChanges: { invalidateAll: true },
    });
    const project = snapshot.getProject(now);
    if (project === undefined) throw new Error("TypeScript did not open the project of the rules");
    const { program } = project;
    const found = await Promise.all([
      program.getSyntacticDiagnostics(),
      program.getSemanticDiagnostics(),
      program.getGlobalDiagnostics(),
      program.getProgramDiagnostics(),
    ]);
    const marks = marked.length === 0 ? new Map<string, readonly Mark[]>() : await marksIn(program, marked);
    await snapshot.dispose();
    return { found: found.flat().map(toFinding), marks };
  };
}

/** What reads a file's tree is loaded where tests are run only: a check has no use for it. */
async function marksIn(program: Program, paths: readonly string[]): Promise<ReadonlyMap<string, readonly Mark[]>> {
  const { branchesOf } = await import("./branches.ts");
  const marks = new Map<string, readonly Mark[]>();
  for (const path of paths) {
    const source = await program.getSourceFile(`${ROOT}/${path}`);
    if (source !== undefined) marks.set(path, branchesOf(source));
  }
  return marks;
}

function toFinding(found: TsDiagnostic): Finding {
  return { path: found.fileName ?? null, offset: found.pos, code: found.code, texts: flatten(found) };
}

function flatten(found: TsDiagnostic): readonly string[] {
  return [found.text, ...(found.messageChain ?? []).flatMap(flatten)];
}

/** Only what is given exists, beside TypeScript's own libraries: nothing of this machine can be read by a reference in a rule. */
function virtualFiles(files: () => ReadonlyMap<string, string>) {
  const isLibrary = (path: string) => /\/@typescript\/[^/]+\/lib\/lib\.[a-z0-9.]+\.d\.ts$/.test(path);
  return {
    readFile: (path: string) => files().get(path) ?? (isLibrary(path) ? undefined : null),
    fileExists: (path: string) => (isLibrary(path) ? undefined : files().has(path)),
    directoryExists: (path: string) =>
      [...files().keys()].some((file) => file.startsWith(`${path === "/" ? "" : path}/`)),
    getAccessibleEntries: () => ({ files: [], directories: [] }),
    realpath: (path: string) => path,
  };
}
