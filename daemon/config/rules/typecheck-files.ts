/** Where the files of a commit stand for TypeScript. */
export const ROOT = "/repository";
/** Code of a finding of ours, above all of TypeScript's own: a promise that nobody waits for. */
export const FLOATING = 100_001;
/** The same: something that a rule keeps from one call to the next. */
export const REMEMBERED = 100_002;
const AMBIENT = "/syncline";

const OPTIONS = {
  target: "es2024",
  // No DOM and no Node: what the cage does not have is a type error.
  lib: ["es2024"],
  types: [],
  module: "preserve",
  moduleResolution: "bundler",
  moduleDetection: "force",
  resolveJsonModule: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
  skipLibCheck: true,
  forceConsistentCasingInFileNames: true,
};

export function projectPath(number: number): string {
  return `${ROOT}/tsconfig-${number}.json`;
}

/** All files of the project, by absolute path. */
export function createProjectFiles(
  project: string,
  files: ReadonlyMap<string, string>,
  ambient: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  const roots: string[] = [];
  const paths: Record<string, string[]> = {};
  for (const [path, text] of files) {
    all.set(`${ROOT}/${path}`, text);
    if (path.endsWith(".ts")) roots.push(`${ROOT}/${path}`);
  }
  for (const [name, text] of ambient) {
    const path = name.endsWith(".ts") ? `${AMBIENT}/${name}` : `${AMBIENT}/${name}/index.ts`;
    all.set(path, text);
    roots.push(path);
    if (!name.endsWith(".ts")) paths[name] = [path];
  }
  all.set(project, JSON.stringify({ compilerOptions: { ...OPTIONS, paths }, files: roots.sort() }));
  return all;
}
