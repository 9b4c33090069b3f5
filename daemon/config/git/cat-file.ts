import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { definedOnly, type Git } from "./git-binary.ts";
import {
  MissingObject,
  type ObjectContent,
  type ObjectInfo,
  type ObjectReader,
  type ObjectType,
} from "./object-reader.ts";

interface Question {
  readonly oid: string;
  readonly limit: number;
  readonly withContent: boolean;
  answer(content: ObjectContent): void;
  fail(error: Error): void;
}

/** What is being read of the answer that stands first in the queue. */
interface Reading {
  readonly type: ObjectType;
  readonly size: number;
  readonly kept: Buffer;
  seen: number;
}

/** Objects by two `git cat-file` processes that answer one question after the other: one for sizes only, so that a huge blob is never unpacked. */
export function openCatFile(git: Git, gitFolder: string): ObjectReader {
  const started: { batch?: Batch; check?: Batch } = {};
  const close = () => {
    started.batch?.close();
    started.check?.close();
  };
  return {
    info: (oid, signal) => {
      started.check ??= startBatch(git, gitFolder, "--batch-check");
      return started.check.ask(oid, 0, false, signal);
    },
    read: (oid, limit, signal) => {
      started.batch ??= startBatch(git, gitFolder, "--batch");
      return started.batch.ask(oid, limit, true, signal);
    },
    close,
  };
}

interface Batch {
  ask(oid: string, limit: number, withContent: boolean, signal: AbortSignal): Promise<ObjectContent>;
  close(): void;
}

function startBatch(git: Git, gitFolder: string, mode: "--batch" | "--batch-check"): Batch {
  const child = spawn(git.path, [`--git-dir=${gitFolder}`, "cat-file", mode], {
    env: definedOnly(git.env),
    stdio: "pipe",
  });
  const queue: Question[] = [];
  const said: { stderr: string; end: Error | null } = { stderr: "", end: null };
  const parser = createParser(queue);
  const failAll = (error: Error) => {
    said.end ??= error;
    for (const question of queue.splice(0)) question.fail(error);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    try {
      parser(chunk);
    } catch (error) {
      failAll(error as Error);
      child.kill("SIGKILL");
    }
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr = (said.stderr + chunk.toString()).slice(0, 2000);
  });
  // Where the process dies, stdin says EPIPE before `close` tells why.
  child.stdin.on("error", () => child.kill("SIGKILL"));
  child.on("error", failAll);
  child.on("close", () => failAll(new Error(`git cat-file: ${said.stderr.trim() || "ended unexpectedly"}`)));
  return {
    ask: (oid, limit, withContent, signal) => {
      if (said.end !== null) return Promise.reject(said.end);
      return ask(child, queue, { oid, limit, withContent }, signal);
    },
    close: () => child.kill("SIGKILL"),
  };
}

function ask(
  child: ChildProcessWithoutNullStreams,
  queue: Question[],
  what: Pick<Question, "oid" | "limit" | "withContent">,
  signal: AbortSignal,
): Promise<ObjectContent> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    // The answers of an aborted load still come in order; they are read and thrown away until the load closes the process.
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const done = () => signal.removeEventListener("abort", abort);
    queue.push({
      ...what,
      answer: (content) => {
        done();
        resolve(content);
      },
      fail: (error) => {
        done();
        reject(error);
      },
    });
    child.stdin.write(`${what.oid}\n`);
  });
}

/** Takes the output as it comes and answers the questions in their order; keeps no byte beyond a question's limit. */
function createParser(queue: Question[]): (chunk: Buffer) => void {
  const state: { line: string; reading: Reading | null } = { line: "", reading: null };

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (state.reading !== null) {
        at = takeContent(state.reading, chunk, at);
        if (state.reading.seen > state.reading.size) {
          queue.shift()?.answer({ type: state.reading.type, size: state.reading.size, content: state.reading.kept });
          state.reading = null;
        }
        continue;
      }
      const end = chunk.indexOf(0x0a, at);
      state.line += chunk.toString("latin1", at, end < 0 ? chunk.length : end);
      if (end < 0) return;
      state.reading = answerLine(queue, state.line);
      state.line = "";
      at = end + 1;
    }
  };
}

/** The content ends in a line feed of its own, which is counted and not kept. */
function takeContent(reading: Reading, chunk: Buffer, at: number): number {
  const wanted = reading.size + 1 - reading.seen;
  const taken = chunk.subarray(at, at + wanted);
  if (reading.seen < reading.kept.length) taken.copy(reading.kept, reading.seen, 0, reading.kept.length - reading.seen);
  reading.seen += taken.length;
  return at + taken.length;
}

function answerLine(queue: Question[], line: string): Reading | null {
  const question = queue[0];
  if (question === undefined) throw new Error("git cat-file says more than it was asked");
  const match = /^[0-9a-f]+ (commit|tree|blob|tag) (\d+)$/.exec(line);
  if (match === null) {
    queue.shift();
    question.fail(
      line.endsWith(" missing")
        ? new MissingObject(question.oid)
        : new Error(`git cat-file answered ${JSON.stringify(line)}`),
    );
    return null;
  }
  const info: ObjectInfo = { type: match[1] as ObjectType, size: Number(match[2]) };
  if (question.withContent) return { ...info, kept: Buffer.alloc(Math.min(info.size, question.limit)), seen: 0 };
  queue.shift();
  question.answer({ ...info, content: new Uint8Array() });
  return null;
}
