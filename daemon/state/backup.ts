import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../core/errors.ts";
import { withStoreErrors } from "./database-errors.ts";

/** What of a state folder a backup holds. The rest is remade: locks, the control file, mirrors of a remote repository. Secrets are never in it. */
export interface BackupFiles {
  readonly store: string;
  readonly document: string;
  /** Folder of the last good content, with one file a digest. */
  readonly lastGood: string;
}

export interface BackedUp {
  readonly name: string;
  readonly bytes: number;
}

/** A publish may replace the last good content while it is copied. */
const ATTEMPTS = 5;

/**
 * Copies the state of a folder while its daemon works. The store is one consistent moment of it; the small document is whole (it is replaced by
 * a rename), and the content that it names is in the copy. `into` must be new or empty. On the disk when it resolves.
 */
export async function backUpState(state: string, into: string, files: BackupFiles): Promise<readonly BackedUp[]> {
  await makeEmpty(into);
  await copyDocument(state, into, files);
  await copyStore(join(state, files.store), join(into, files.store));
  const copied = (await readdir(into, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes: BackedUp[] = [];
  for (const entry of copied) {
    const path = join(entry.parentPath, entry.name);
    await using handle = await open(path, "r+");
    await handle.sync();
    sizes.push({ name: path.slice(into.length + 1), bytes: (await handle.stat()).size });
  }
  await syncFolder(join(into, files.lastGood));
  await syncFolder(into);
  return sizes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function makeEmpty(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const there = await readdir(folder);
    if (there.length === 0) return;
  } catch (error) {
    throw new OperatorError(
      `the folder ${folder} cannot be used (${error instanceof Error ? error.message : String(error)})`,
      "name a folder that can be made, or an empty one",
    );
  }
  throw new OperatorError(
    `the folder ${folder} is not empty`,
    "name a new folder for each backup: an older one is never overwritten",
  );
}

/** The document first, then what it names: should a publish come between, both are copied again. */
async function copyDocument(state: string, into: string, { document, lastGood }: BackupFiles): Promise<void> {
  const target = join(into, lastGood);
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const text = await readOrNull(join(state, document));
    if (text === null) return;
    await copyFile(join(state, document), join(into, document));
    for (const name of await listTrees(join(state, lastGood)))
      await copyIfThere(join(state, lastGood, name), join(target, name));
    const named = digestOf(text);
    if ((await readOrNull(join(state, document))) !== text) continue;
    if (named === null || (await listTrees(target)).some((name) => name.startsWith(named))) return;
  }
}

/** SQLite copies what was committed when it began; the daemon goes on writing meanwhile. Written under another name, so that a half copy is seen to be one. */
async function copyStore(file: string, target: string): Promise<void> {
  const unfinished = `${target}.unfinished`;
  const db = withStoreErrors(file, () => new DatabaseSync(file, { readOnly: true, timeout: 30_000 }));
  try {
    withStoreErrors(unfinished, () => db.prepare("VACUUM INTO ?").run(unfinished));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    db.close();
  }
  await chmod(unfinished, 0o600);
  await rename(unfinished, target);
}

function digestOf(document: string): string | null {
  const active = /"active":\s*\{[^{}]*?"digest":\s*"([0-9a-f]+)"/.exec(document);
  return active?.[1] ?? null;
}

async function listTrees(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".tree"));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
