import { copyFile, link, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface DurableFile {
  readonly path: string;
  readonly backup: string;
  /** Null where the file is not there. */
  read(): Promise<string | null>;
  /** The text before the last write; null where there is none. */
  readBackup(): Promise<string | null>;
  /** Replaces the text; on the disk when it resolves. Where it fails the old text stands. Not to be called twice at once. */
  write(text: string, options?: { readonly keepBackup: boolean }): Promise<void>;
  /** Removes what a killed process left half-written. */
  clean(): Promise<void>;
}

/**
 * A small text file that is either the old or the new one, whatever happens: temporary file, fsync, rename, fsync of the folder (a rename
 * alone promises nothing on a power cut). The text before stays as `<file>.bak`.
 */
export function durableFile(path: string): DurableFile {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.tmp`);
  const backup = `${path}.bak`;
  async function clean(): Promise<void> {
    await rm(temporary, { force: true });
    await rm(`${temporary}.bak`, { force: true });
  }
  return {
    path,
    backup,
    read: () => readOrNull(path),
    readBackup: () => readOrNull(backup),
    clean,
    async write(text, options = { keepBackup: true }) {
      try {
        await writeSynced(temporary, text);
        if (options.keepBackup) await keepBackup(path, `${temporary}.bak`, backup);
        await rename(temporary, path);
        await syncFolder(folder);
      } catch (error) {
        await clean();
        throw error;
      }
    },
  };
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "w", 0o600);
  try {
    await handle.writeFile(text, "utf8");
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A second name for the current file, put in place by a rename: at no moment is either name without a whole text. */
async function keepBackup(path: string, temporary: string, backup: string): Promise<void> {
  await rm(temporary, { force: true });
  try {
    await link(path, temporary);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    // File systems without hard links (some network shares) get a copy.
    await copyFile(path, temporary);
  }
  await rename(temporary, backup);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
