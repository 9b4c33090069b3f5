import { plain } from "./words.ts";

/** Where a command that takes its time says what it is at: one line that is written over on a terminal, a line each elsewhere. */
export interface Steps {
  say(text: string): void;
  /** Takes the last line away on a terminal. */
  end(): void;
}

export interface StepStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ERASE_LINE = "\r\u001b[2K";

export function createSteps(stream: StepStream): Steps {
  if (stream.isTTY !== true) return { say: (text) => void stream.write(`${plain(text)}\n`), end: () => undefined };
  return {
    say: (text) => void stream.write(`${ERASE_LINE}${plain(text).slice(0, (stream.columns ?? 80) - 1)}`),
    end: () => void stream.write(ERASE_LINE),
  };
}
