import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WAIT_MS = 100;
const LONGEST_MS = 20 * 60_000;

/**
 * One test file at a time: files that share a tracker count its records and change its settings, and run in processes of their own. Ends with the process; a
 * dead one's turn is over.
 */
export function takeTurn(folder: string): void {
  const lock = join(folder, "turn");
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; ) {
    if (tryLock(lock)) {
      process.once("exit", () => rmSync(lock, { recursive: true, force: true }));
      return;
    }
    if (holderOf(lock) === process.pid) return;
    if (!isAlive(lock)) rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(cell, 0, 0, WAIT_MS);
  }
  throw new Error(`${lock} is held by another test for too long`);
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, "pid"), String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(lock: string): boolean {
  try {
    // Just made, and not yet written into: somebody is there.
    const pid = holderOf(lock);
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** 0 where nothing tells. */
function holderOf(lock: string): number {
  try {
    return Number(readFileSync(join(lock, "pid"), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
