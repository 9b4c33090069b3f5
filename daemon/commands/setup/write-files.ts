import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface FileWritten {
  /** In the repository. */
  readonly path: string;
  readonly state: "written" | "unchanged" | "kept";
}

/**
 * Writes all files beside the repository first, so that a full disk leaves nothing half done, then into it. What is there is replaced only where
 * `replace` says so, and else kept.
 */
export async function writeFiles(
  root: string,
  files: Readonly<Record<string, string>>,
  replace: (path: string) => boolean,
): Promise<readonly FileWritten[]> {
  await mkdir(root, { recursive: true });
  const making = await mkdtemp(join(root, ".syncline-new-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(making, path)), { recursive: true });
      await writeFile(join(making, path), text);
    }
    const written: FileWritten[] = [];
    for (const path of Object.keys(files))
      written.push({ path, state: await place(making, root, path, replace(path)) });
    return written;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function place(making: string, root: string, path: string, replace: boolean): Promise<FileWritten["state"]> {
  const [from, to] = [join(making, path), join(root, path)];
  await mkdir(dirname(to), { recursive: true });
  const there = await stat(to).catch(absentIsNull);
  if (there !== null && (await readFile(to)).equals(await readFile(from))) return "unchanged";
  if (there !== null && !replace) return "kept";
  if (replace) await rename(from, to);
  // Somebody else may write it at this very moment: that file is not overwritten either.
  else await copyFile(from, to, constants.COPYFILE_EXCL);
  return "written";
}

function absentIsNull(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
