import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { OperatorError } from "../../core/errors.ts";
import type { Host } from "../host.ts";

/** Questions at a terminal. */
export interface Asker {
  /** What is typed, without blanks around it; `usual` where nothing is. Asks again while `wrong` says why not. */
  text(question: string, usual?: string | null, wrong?: (answer: string) => string | null): Promise<string>;
  /** The same, without showing what is typed. May be empty. */
  hidden(question: string): Promise<string>;
  say(text: string): void;
  close(): void;
}

/** Null where nobody could answer: what is missing must then be said on the command line. */
export function openAsker(host: Host): Asker | null {
  const { stdin, stderr, signal } = host;
  if (stdin?.isTTY !== true || stderr.isTTY !== true) return null;
  const shown = { muted: false };
  // The terminal echoes through readline: what is swallowed here is not seen.
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      if (!shown.muted) stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: true });
  const gone = new AbortController();
  lines.once("close", () => gone.abort());
  // In raw mode Ctrl-C is a key, not a signal.
  lines.on("SIGINT", () => lines.close());
  const ask = (question: string) =>
    lines.question(question, { signal: AbortSignal.any([signal, gone.signal]) }).catch((error: unknown) => {
      if (gone.signal.aborted && !signal.aborted)
        throw new OperatorError("The questions were broken off; nothing was written.", "Start again when you like.");
      throw error;
    });
  return {
    async text(question, usual = null, wrong = () => null) {
      for (;;) {
        const typed = (await ask(`${question}${usual === null || usual === "" ? "" : ` [${usual}]`}: `)).trim();
        const answer = typed === "" ? (usual ?? "") : typed;
        const why = answer === "" && usual === null ? "an answer is due" : wrong(answer);
        if (why === null) return answer;
        stderr.write(`  ${why}\n`);
      }
    },
    async hidden(question) {
      stderr.write(`${question}: `);
      shown.muted = true;
      try {
        return (await ask("")).trim();
      } finally {
        shown.muted = false;
        stderr.write("\n");
      }
    },
    say: (text) => void stderr.write(`${text}\n`),
    close: () => lines.close(),
  };
}
