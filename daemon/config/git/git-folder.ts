import { lstat, open, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { OperatorError } from "../../core/errors.ts";
import { isMissing } from "./git-binary.ts";

/** Where a repository keeps its things. `own` differs from `shared` in a linked worktree only: its HEAD stands in `own`, all else in `shared`. */
export interface GitFolder {
  readonly own: string;
  readonly shared: string;
  /** Folder with the checked-out files; null for a bare repository. */
  readonly workTree: string | null;
  readonly format: RepositoryFormat;
}

export interface RepositoryFormat {
  readonly objects: "sha1" | "sha256" | "unknown";
  readonly refs: "files" | "reftable" | "unknown";
  readonly alternates: boolean;
  readonly partial: boolean;
}

const POINTER_LIMIT = 4096;
const CONFIG_LIMIT = 1024 * 1024;

/**
 * Finds the repository in a folder: bare, with a work tree, with a `.git` file (separate git folder, linked worktree, submodule). Never looks
 * further up. Throws `OperatorError` where there is none, which names one that the folder lies in.
 */
export async function findGitFolder(path: string): Promise<GitFolder> {
  const found = await lookForGitFolder(path);
  if (found !== null) return found;
  const above = await repositoryAbove(await realpath(path));
  if (above !== null)
    throw new OperatorError(
      `${path} is a folder inside the git repository ${above}.`,
      `Run this in ${above}, or name it with --repo ${above}.`,
    );
  throw new OperatorError(
    `${path} is not a git repository.`,
    "Name the folder of a bare repository or the top folder of a clone, or make one there with `git init`.",
  );
}

async function repositoryAbove(folder: string): Promise<string | null> {
  const parent = dirname(folder);
  if (parent === folder) return null;
  return (await looksLikeGit(join(parent, ".git"))) ? parent : repositoryAbove(parent);
}

/** As `findGitFolder`; null where the folder exists and is no repository. */
export async function lookForGitFolder(path: string): Promise<GitFolder | null> {
  const folder = await existingFolder(path);
  const inside = join(folder, ".git");
  const pointer = await pointsTo(inside);
  if (pointer !== null) return describe(pointer, folder);
  if (await looksLikeGit(inside)) return describe(inside, folder);
  if (await looksLikeGit(folder)) return describe(folder, null);
  return null;
}

async function existingFolder(path: string): Promise<string> {
  try {
    const folder = await realpath(path);
    if ((await stat(folder)).isDirectory()) return folder;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new OperatorError(
      `There is no folder ${path}.`,
      "Give the path or the address of the git repository that holds rules/, mappings/ and users/.",
    );
  }
  throw new OperatorError(`${path} is a file, not a git repository.`, "Give the folder of the repository.");
}

async function describe(own: string, workTree: string | null): Promise<GitFolder> {
  if (!(await looksLikeGit(own))) {
    throw new OperatorError(
      `${workTree ?? own} points to the git folder ${own}, where there is none.`,
      "The repository was moved or is not mounted: repair it with `git worktree repair`, or name the main repository.",
    );
  }
  const common = await readShort(join(own, "commondir"));
  const shared = common === null ? own : resolve(own, common.trim());
  return { own, shared, workTree, format: await readFormat(shared) };
}

/** Target of a `.git` file; null where it is none. */
async function pointsTo(file: string): Promise<string | null> {
  const found = await statOrNull(file);
  if (found?.isFile() !== true) return null;
  const match = /^gitdir: (.+)$/m.exec((await readShort(file)) ?? "");
  return match?.[1] === undefined ? null : resolve(dirname(file), match[1].trim());
}

async function looksLikeGit(folder: string): Promise<boolean> {
  // HEAD may be a symbolic link (git did so once), even one to a branch that is not born.
  const head = await lstat(join(folder, "HEAD")).catch(missingIsNull);
  if (head === null) return false;
  if ((await statOrNull(join(folder, "commondir"))) !== null) return true;
  return (await statOrNull(join(folder, "objects")))?.isDirectory() === true;
}

async function readFormat(shared: string): Promise<RepositoryFormat> {
  const extensions = await readExtensions(join(shared, "config"));
  const objects = extensions.get("objectformat") ?? "sha1";
  const refs = extensions.get("refstorage") ?? "files";
  const alternates = await readShort(join(shared, "objects", "info", "alternates"));
  return {
    objects: objects === "sha1" || objects === "sha256" ? objects : "unknown",
    refs: refs === "files" ? "files" : refs.startsWith("reftable") ? "reftable" : "unknown",
    alternates: alternates !== null && alternates.trim() !== "",
    partial: extensions.has("partialclone"),
  };
}

/** Keys of `[extensions]`, in lower case: git keeps them in the repository's own config, never in an included file. */
async function readExtensions(file: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const text = await readBounded(file, CONFIG_LIMIT);
  let section = "";
  for (const line of (text ?? "").split("\n")) {
    const header = /^\s*\[\s*([^\s\]]+)/.exec(line);
    if (header?.[1] !== undefined) section = header[1].toLowerCase();
    const pair = /^\s*([A-Za-z][\w-]*)\s*=\s*"?([^"#;]*)/.exec(line);
    if (section === "extensions" && pair?.[1] !== undefined)
      found.set(pair[1].toLowerCase(), (pair[2] ?? "").trim().toLowerCase());
  }
  return found;
}

function readShort(file: string): Promise<string | null> {
  return readBounded(file, POINTER_LIMIT);
}

async function readBounded(file: string, limit: number): Promise<string | null> {
  const found = await statOrNull(file);
  if (found === null || !found.isFile()) return null;
  if (found.size <= limit) return readFile(file, "utf8");
  await using handle = await open(file, "r");
  const buffer = Buffer.alloc(limit);
  const { bytesRead } = await handle.read(buffer, 0, limit, 0);
  return buffer.toString("utf8", 0, bytesRead);
}

async function statOrNull(path: string) {
  return stat(path).catch(missingIsNull);
}

function missingIsNull(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
