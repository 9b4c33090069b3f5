import { constants, type Dirent } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { CommitTree } from "../tree.ts";
import { contentOf, DEPTH_LIMIT, faultOfName, type Irregular, tooLarge, tooMuch } from "./collect.ts";
import { type Git, gitText, isMissing } from "./git-binary.ts";
import { CONFIG_FOLDERS, type TreeLimits } from "./limits.ts";
import { printable } from "./object-reader.ts";

/** What stands in `revision` for files that are in no commit. */
export const WORKTREE = "WORKTREE";

interface Walk {
  readonly root: string;
  readonly limits: TreeLimits;
  readonly ignored: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly files: Map<string, Uint8Array>;
  readonly irregular: Irregular[];
  folders: number;
  bytes: number;
}

export interface WorkTreeOptions {
  readonly limits: TreeLimits;
  /** Tells which files git ignores; null: none are. */
  readonly git: Git | null;
}

/** Reads the three folders as they are on the disk, under the bounds and names that hold for commits. */
export async function readWorkTree(root: string, options: WorkTreeOptions, signal: AbortSignal): Promise<CommitTree> {
  const ignored = options.git === null ? new Set<string>() : await ignoredPaths(options.git, root, signal);
  const walk: Walk = {
    root,
    limits: options.limits,
    ignored,
    signal,
    files: new Map(),
    irregular: [],
    folders: 0,
    bytes: 0,
  };
  for (const folder of CONFIG_FOLDERS) await visitTop(walk, folder);
  return { revision: WORKTREE, subject: "", author: "", ...contentOf(walk.files, walk.irregular) };
}

async function ignoredPaths(git: Git, root: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const args = [
    "ls-files",
    "-z",
    "--others",
    "--ignored",
    "--exclude-standard",
    "--directory",
    "--",
    ...CONFIG_FOLDERS,
  ];
  const text = await gitText(git, [`--git-dir=${join(root, ".git")}`, `--work-tree=${root}`, ...args], {
    signal,
    cwd: root,
  });
  return new Set(text.split("\0").map((path) => path.replace(/\/$/, "")));
}

async function visitTop(walk: Walk, folder: string): Promise<void> {
  const found = await lstat(join(walk.root, folder)).catch(missingIsNull);
  if (found === null) return;
  if (found.isSymbolicLink()) await noteLink(walk, folder);
  else if (found.isDirectory()) await visitFolder(walk, folder, 0);
  else walk.irregular.push({ path: folder, kind: "bad-name", detail: "a file stands where a folder is expected" });
}

async function visitFolder(walk: Walk, path: string, depth: number): Promise<void> {
  walk.signal.throwIfAborted();
  const top = path.split("/", 1)[0] ?? "";
  walk.folders++;
  if (walk.folders > walk.limits.files) return noteOnce(walk, tooMuch(top, "files", walk.limits));
  if (depth >= DEPTH_LIMIT) {
    walk.irregular.push({ path, kind: "bad-name", detail: `nested deeper than ${DEPTH_LIMIT} folders` });
    return;
  }
  const entries = await readdir(join(walk.root, path), { withFileTypes: true, encoding: "buffer" }).catch(
    missingIsNull,
  );
  for (const entry of entries ?? []) await visit(walk, entry, path, depth);
}

async function visit(walk: Walk, entry: Dirent<Buffer>, parent: string, depth: number): Promise<void> {
  const { path, fault } = faultOfName(parent, entry.name);
  if (walk.ignored.has(path)) return;
  if (fault !== null) walk.irregular.push(fault);
  else if (entry.isSymbolicLink()) await noteLink(walk, path);
  else if (entry.isDirectory() && (await isRepository(join(walk.root, path))))
    walk.irregular.push({ path, kind: "submodule", detail: "a repository of its own" });
  else if (entry.isDirectory()) await visitFolder(walk, path, depth + 1);
  else if (entry.isFile()) await visitFile(walk, path);
  // Sockets, pipes and devices are nothing that git would commit.
}

async function visitFile(walk: Walk, path: string): Promise<void> {
  const top = path.split("/", 1)[0] ?? "";
  if (walk.files.size >= walk.limits.files) return noteOnce(walk, tooMuch(top, "files", walk.limits));
  const found = await readBounded(join(walk.root, path), walk.limits.file);
  if (found === null) return;
  if ("size" in found) {
    walk.irregular.push(tooLarge(path, found.size, walk.limits));
    return;
  }
  walk.bytes += found.content.length;
  if (walk.bytes > walk.limits.total) return noteOnce(walk, tooMuch(top, "bytes", walk.limits));
  walk.files.set(path, found.content);
}

async function readBounded(
  file: string,
  limit: number,
): Promise<{ readonly content: Uint8Array } | { readonly size: number } | null> {
  try {
    // The entry was a file a moment ago; a link put in its place meanwhile is not followed.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = await handle.stat();
    if (size > limit) return { size };
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await handle.read(buffer, 0, size, 0);
    return { content: buffer.subarray(0, bytesRead) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function noteLink(walk: Walk, path: string): Promise<void> {
  walk.irregular.push({ path, kind: "symlink", detail: printable(await readlink(join(walk.root, path))) });
}

async function isRepository(folder: string): Promise<boolean> {
  return (await lstat(join(folder, ".git")).catch(missingIsNull)) !== null;
}

function noteOnce(walk: Walk, entry: Irregular): void {
  if (!walk.irregular.some((known) => known.path === entry.path && known.detail === entry.detail))
    walk.irregular.push(entry);
}

function missingIsNull(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
