import { access, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing } from "./git-binary.ts";
import { MIRROR_REF } from "./remote.ts";

/** Makes a bare repository complete or not at all: `init` works in a folder beside it. */
export async function makeBare(folder: string, init: (at: string) => Promise<void>): Promise<void> {
  const making = `${folder}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  await init(making);
  await writeWhole(join(making, "HEAD"), `ref: ${MIRROR_REF}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(making, folder);
}

export async function hasMirror(folder: string): Promise<boolean> {
  try {
    await access(join(folder, "HEAD"));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Locks that a killed fetch left behind; nobody but this process writes to the mirror. */
export async function removeLocks(folder: string): Promise<void> {
  for (const part of [folder, join(folder, "refs"), dirname(join(folder, MIRROR_REF))]) {
    const names = await readdir(part).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const name of names.filter((n) => n.endsWith(".lock"))) await rm(join(part, name), { force: true });
  }
}

/** Points the mirror's ref at a commit; null removes it. */
export async function writeMirrorRef(folder: string, oid: string | null): Promise<void> {
  const file = join(folder, MIRROR_REF);
  if (oid === null) return rm(file, { force: true });
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(file, `${oid}\n`);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.lock`;
  await using handle = await open(temporary, "w");
  await handle.writeFile(text);
  await handle.sync();
  await rename(temporary, file);
}
