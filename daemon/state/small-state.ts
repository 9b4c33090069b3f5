import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Adapter, Low } from "lowdb";
import { OperatorError } from "../core/errors.ts";
import { type DurableFile, durableFile } from "./durable-file.ts";

/** A small JSON document of the daemon's own (active revision, verdicts, trigger bookkeeping), whole in memory, whole on the disk. */
export interface SmallState<T> {
  /** As it stands on the disk. Not to be changed in place. */
  readonly data: T;
  /** What was wrong with the file when it was opened and what was used instead; null where it was sound. */
  readonly recovered: string | null;
  /**
   * Changes a copy of the data (in place, or by returning another) and resolves when it is on the disk; only then `data` shows it. Changes are
   * applied one after the other, those that wait share one write. Rejects with what `change` threw, or with `OperatorError` where the disk
   * refused; then `data` and file stand as they were.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a change in place returns nothing
  update(change: (draft: T) => T | void): Promise<T>;
}

/** Version of the file's outer form; a file of a later one is refused, not guessed at. */
const FORMAT = 1;

interface Loaded<T> {
  readonly data: T | null;
  readonly recovered: string | null;
}

/**
 * Opens or begins a document. Keys that the file lacks come from `defaults`. A file that is missing, empty or broken is replaced by the copy
 * from before the last write (`<file>.bak`); where that is no good either: `OperatorError`. lowdb's own file adapter is not used: it never
 * syncs, and leaves temporary files behind when it is killed.
 */
export async function openSmallState<T extends object>(file: string, defaults: T): Promise<SmallState<T>> {
  const disk = durableFile(file);
  await diskTrouble(file, async () => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await disk.clean();
  });
  const loaded = await load<T>(disk);
  const current = { ...structuredClone(defaults), ...loaded.data };
  if (loaded.recovered !== null) {
    await diskTrouble(file, () => disk.write(serialize(current), { keepBackup: false }));
  }
  return smallState(file, disk, current, loaded.recovered);
}

/** The document as another process sees it, without touching anything: for `syncline status` beside a running daemon. */
export async function readSmallState<T extends object>(file: string, defaults: T): Promise<T> {
  const loaded = await load<T>(durableFile(file));
  return { ...structuredClone(defaults), ...loaded.data };
}

interface Waiting<T> {
  // biome-ignore lint/suspicious/noConfusingVoidType: as above
  readonly change: (draft: T) => T | void;
  resolve(data: T): void;
  reject(error: unknown): void;
}

function smallState<T extends object>(
  file: string,
  disk: DurableFile,
  initial: T,
  recovered: string | null,
): SmallState<T> {
  const adapter: Adapter<T> = { read: async () => null, write: (data) => disk.write(serialize(data)) };
  const db = new Low<T>(adapter, initial);
  const waiting: Waiting<T>[] = [];
  let current = initial;
  let writing = false;

  async function drain(): Promise<void> {
    writing = true;
    while (waiting.length > 0) await writeBatch(waiting.splice(0));
    writing = false;
  }
  async function writeBatch(batch: readonly Waiting<T>[]): Promise<void> {
    const { next, done } = applyAll(current, batch);
    if (done.length === 0) return;
    try {
      db.data = next;
      await diskTrouble(file, () => db.write());
    } catch (error) {
      for (const entry of done) entry.reject(error);
      return;
    }
    current = next;
    for (const entry of done) entry.resolve(next);
  }

  return {
    get data() {
      return current;
    },
    recovered,
    update: (change) =>
      new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject });
        // drain never rejects: every failure goes to those who wait for the write.
        if (!writing) void drain();
      }),
  };
}

/** Applies waiting changes in order; one that throws is left out and its caller told. */
function applyAll<T>(current: T, batch: readonly Waiting<T>[]): { next: T; done: Waiting<T>[] } {
  const done: Waiting<T>[] = [];
  let next = current;
  for (const entry of batch) {
    try {
      const draft = structuredClone(next);
      next = entry.change(draft) ?? draft;
      done.push(entry);
    } catch (error) {
      entry.reject(error);
    }
  }
  return { next, done };
}

async function load<T>(disk: DurableFile): Promise<Loaded<T>> {
  const text = await diskTrouble(disk.path, () => disk.read());
  const sound = text === null ? null : parse<T>(disk.path, text);
  if (sound !== null) return { data: sound, recovered: null };
  const previous = await diskTrouble(disk.backup, () => disk.readBackup());
  if (text === null && previous === null) return { data: null, recovered: null };
  const fault = text === null ? "is missing" : text.length === 0 ? "is empty" : "is broken";
  const data = previous === null ? null : parse<T>(disk.backup, previous);
  if (data === null) {
    throw new OperatorError(
      `the state file ${disk.path} ${fault}, and there is no good copy of it in ${disk.backup}`,
      "put back a backup of it, or remove both files: Syncline then begins this file anew",
    );
  }
  return { data, recovered: `${disk.path} ${fault}; the copy from before the last write was used` };
}

/** Null where the text is no whole document. Throws where it is one of a newer Syncline: that must not be overwritten. */
function parse<T>(path: string, text: string): T | null {
  const document = parseJson(text);
  if (!isObject(document) || typeof document["format"] !== "number" || !isObject(document["data"])) return null;
  if (document["format"] !== FORMAT) {
    throw new OperatorError(
      `the state file ${path} has format ${document["format"]}, this Syncline knows ${FORMAT}`,
      "use the newer Syncline that wrote it, or another state folder",
    );
  }
  return document["data"] as T;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function serialize(data: object): string {
  return `${JSON.stringify({ format: FORMAT, data }, null, 2)}\n`;
}

async function diskTrouble<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const full = error.code === "ENOSPC" || error.code === "EDQUOT";
    throw new OperatorError(
      `the state file ${file} cannot be ${full ? "written: the disk is full" : "used"} (${error.message})`,
      full ? "free some space" : "check that the account that runs Syncline may read and write the state folder",
    );
  }
}
