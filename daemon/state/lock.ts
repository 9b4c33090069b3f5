import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../core/errors.ts";
import { storeError } from "./database-errors.ts";

export interface StateLock {
  release(): Promise<void>;
}

const SQLITE_BUSY = 5;

/**
 * Takes a state folder for this process (created where it is missing). The lock is an SQLite file in an exclusive transaction: the operating
 * system lets go of it when the process dies, however it dies, so that no stale lock is ever left. `daemon.pid` beside it only tells people
 * who holds it. Throws `OperatorError` where another process has the folder or it cannot be used.
 */
export async function lockState(folder: string): Promise<StateLock> {
  await makeFolder(folder);
  const pidFile = join(folder, "daemon.pid");
  const db = await openExclusively(join(folder, "lock.sqlite"), folder, pidFile);
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    async release() {
      if (!db.isOpen) return;
      await rm(pidFile, { force: true });
      db.close();
    },
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OperatorError(
      `the state folder ${folder} cannot be made (${error instanceof Error ? error.message : String(error)})`,
      "name a folder that the account that runs Syncline may write to",
    );
  }
}

async function openExclusively(file: string, folder: string, pidFile: string): Promise<DatabaseSync> {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db?.close();
    if (!isBusy(error)) throw storeError(file, error);
    const holder = await holderOf(pidFile);
    throw new OperatorError(
      `the state folder ${folder} is in use by another Syncline${holder === null ? "" : ` (process ${holder})`}`,
      `${holder === null ? "stop that one" : `stop that one (kill ${holder})`}, or give this one a folder of its own with --state`,
    );
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === SQLITE_BUSY
  );
}

async function holderOf(pidFile: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(pidFile, "utf8")).trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    // The holder writes the file just after it took the lock: for a moment there is none.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
