import type { SourceFile } from "typescript/unstable/ast";
import { API, type Program, type Project, type Diagnostic as TsDiagnostic } from "typescript/unstable/async";
import type { Mark } from "./branches.ts";
import type { ReplicaUses } from "./replica-uses.ts";
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

/** What was found of types, and what was asked of single files' trees, by path. */
export interface Compiled {
  readonly found: readonly Finding[];
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
  readonly replicas: ReadonlyMap<string, readonly ReplicaUses[]>;
}

/** Paths of files of whose trees something is wanted: where they branch, what their rules do with the replica. */
export interface Wanted {
  readonly marked: readonly string[];
  readonly replicas: readonly string[];
}

export type Compile = (
  files: ReadonlyMap<string, string>,
  ambient: ReadonlyMap<string, string>,
  wanted: Wanted,
) => Promise<Compiled>;

/** TypeScript kept warm: what one check has parsed the next one finds parsed. One check at a time. */
export function createCompiler(): Compile {
  const state: { files: ReadonlyMap<string, string>; project: string | null; checks: number } = {
    files: new Map(),
    project: null,
    checks: 0,
  };
  const api = new API({ cwd: "/", fs: virtualFiles(() => state.files) });
  return async (files, ambient, { marked, replicas }) => {
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
    // What reads a file's tree is loaded where it is wanted: most checks have no use for it.
    const marks = await ofTrees(program, marked, async () => (await import("./branches.ts")).branchesOf);
    const uses = await ofTrees(program, replicas, async () => (await import("./replica-uses.ts")).replicaUsesOf);
    const ours = await Promise.all([...files].map((file) => oursIn(project, file)));
    await snapshot.dispose();
    return { found: [...found.flat().map(toFinding), ...ours.flat()], marks, replicas: uses };
  };
}

/** What TypeScript does not say. Of rules only: a test's expectations are waited for by whoever runs it. */
async function oursIn(
  { program, checker }: Project,
  [path, text]: readonly [string, string],
): Promise<readonly Finding[]> {
  if (!path.endsWith(".ts") || path.endsWith(".test.ts")) return [];
  // Most rules wait for nothing and keep nothing, and cost nothing here.
  const waits = /\basync\b|\blookup\b|\bPromise\b/.test(text);
  const keeps = /^(?:export\s+)?(?:let|var|const)\b/m.test(text);
  const source = waits || keeps ? await program.getSourceFile(`${ROOT}/${path}`) : undefined;
  if (source === undefined) return [];
  const place = `${ROOT}/${path}`;
  return [
    ...(waits ? await (await import("./floating.ts")).floatingOf(source, place, checker) : []),
    ...(keeps ? (await import("./remembered.ts")).rememberedOf(source, place) : []),
  ];
}

async function ofTrees<T>(
  program: Program,
  paths: readonly string[],
  load: () => Promise<(source: SourceFile) => T>,
): Promise<ReadonlyMap<string, T>> {
  const all = new Map<string, T>();
  if (paths.length === 0) return all;
  const read = await load();
  for (const path of paths) {
    const source = await program.getSourceFile(`${ROOT}/${path}`);
    if (source !== undefined) all.set(path, read(source));
  }
  return all;
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
