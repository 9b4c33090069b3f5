import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** What a simulated tracker has stored since its seed, so that a restarted one still has every record. JSON lines, append only. */
export interface Journal<T> {
  /** Entries in the order they were appended. A torn last line (the process died while writing it) is cut off and said on `note`. */
  replay(): Iterable<T>;
  /** Written before it returns; not flushed to disk, since a sandbox need not outlive a power failure. */
  append(entry: T): void;
  close(): void;
}

const CHUNK = 1 << 20;

/** `file` null keeps nothing. Throws where the file cannot be opened, and on replay where a line other than the last is not JSON. */
export function openJournal<T>(file: string | null, note: (message: string) => void = () => undefined): Journal<T> {
  if (file === null) return { replay: () => [], append: () => undefined, close: () => undefined };
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, "a+");
  let open = true;

  return {
    replay: () => replayFile<T>(fd, file, note),
    append(entry) {
      if (!open) return;
      const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
      let at = 0;
      while (at < bytes.length) at += writeSync(fd, bytes, at);
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function* replayFile<T>(fd: number, file: string, note: (message: string) => void): Generator<T> {
  let whole = 0;
  let number = 0;
  for (const line of lines(fd)) {
    number += 1;
    whole += line.length + 1;
    yield parseLine<T>(line, file, number);
  }
  const torn = fstatSync(fd).size - whole;
  if (torn <= 0) return;
  ftruncateSync(fd, whole);
  note(`${file}: dropped a torn last line of ${torn} bytes`);
}

/** Complete lines only, without their line feed. */
function* lines(fd: number): Generator<Buffer> {
  const size = fstatSync(fd).size;
  const chunk = Buffer.alloc(CHUNK);
  let rest: Buffer = Buffer.alloc(0);
  for (let position = 0; position < size; ) {
    const read = readSync(fd, chunk, 0, Math.min(CHUNK, size - position), position);
    if (read === 0) return;
    position += read;
    let data = Buffer.concat([rest, chunk.subarray(0, read)]);
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10)) {
      yield data.subarray(0, end);
      data = data.subarray(end + 1);
    }
    rest = data;
  }
}

function parseLine<T>(line: Buffer, file: string, number: number): T {
  try {
    return JSON.parse(line.toString("utf8")) as T;
  } catch (cause) {
    throw new Error(`${file}: line ${number} is not JSON`, { cause });
  }
}
