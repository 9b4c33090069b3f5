import { pino } from "pino";
import { OperatorError } from "../core/errors.ts";
import type { Emit } from "../core/events.ts";
import { entryOf, type LogEntry, type LogLevel } from "./entry.ts";
import { lineOf } from "./line.ts";
import { localClock, plain } from "./words.ts";

export interface LogOptions {
  /** `stdout`, a file's path (made with its folder, mode 0600, appended to), or anything that takes text. */
  readonly destination: "stdout" | (string & {}) | TextSink;
  /** One readable line per event instead of JSON. */
  readonly pretty: boolean;
  readonly level: LogLevel;
  /** Takes secrets out of a text; applied to every text of every line. */
  redact(text: string): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Colours in pretty lines. Default false. */
  readonly color?: boolean;
  /** Told once when the destination takes no more lines (a reader that went away, a full disk): they are lost, the work goes on. */
  readonly lost?: (error: unknown) => void;
  /** What shares the terminal with the lines and must get out of their way: `createProgress().screen`. */
  readonly screen?: Screen;
}

export interface TextSink {
  write(text: string): unknown;
}

export interface Screen {
  clear(): void;
  draw(): void;
}

export interface Log {
  readonly emit: Emit;
  /** What has no event: a bug, a disk that is full. Level `error`; an `OperatorError` with its hint, anything else with its stack. */
  trouble(error: unknown): void;
  flush(): void;
  /** Opens the file anew, after it was moved away. Nothing for other destinations. */
  reopen(): void;
}

interface Output extends TextSink {
  flush(): void;
  reopen(): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const COLORS: Readonly<Record<LogLevel, string>> = { debug: "90", info: "39", warn: "33", error: "31" };
/** Lines that wait for a destination that takes none; more are dropped. */
const MOST_WAITING = 16 * 1024 * 1024;

/** The log: each line is written before `emit` returns (transports lose everything when the process is killed). */
export function createLog(options: LogOptions): Log {
  const output = openOutput(options);
  const write = options.pretty ? prettyWriter(options, output) : jsonWriter(options, output);
  const wanted = (level: LogLevel) => RANK[level] >= RANK[options.level];
  return {
    emit(event) {
      const entry = entryOf(event);
      if (entry !== null && wanted(entry.level)) write(entry, () => lineOf(event));
    },
    trouble(error) {
      const entry = troubleEntry(error);
      write(entry, () => `${entry.message}: ${troubleLine(error)}`);
    },
    flush: () => output.flush(),
    reopen: () => output.reopen(),
  };
}

type Write = (entry: LogEntry, line: () => string) => void;

function jsonWriter(options: LogOptions, output: Output): Write {
  const logger = pino(
    {
      level: options.level,
      base: {},
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
  return ({ level, message, fields }) => logger[level](redactAll(fields, options.redact), message);
}

function prettyWriter(options: LogOptions, output: Output): Write {
  return ({ level }, line) => {
    const time = localClock(options.now());
    const loud = level === "warn" || level === "error" ? `${level}: ` : "";
    const text = options.redact(`${loud}${line()}`);
    options.screen?.clear();
    output.write(
      options.color ? `\u001b[2m${time}\u001b[22m \u001b[${COLORS[level]}m${text}\u001b[39m\n` : `${time} ${text}\n`,
    );
    options.screen?.draw();
  };
}

function openOutput({ destination, lost }: LogOptions): Output {
  if (typeof destination !== "string") {
    return { write: (text) => destination.write(text), flush: () => undefined, reopen: () => undefined };
  }
  const toFile = destination !== "stdout";
  const sink = pino.destination({
    dest: toFile ? destination : 1,
    sync: true,
    maxLength: MOST_WAITING,
    ...(toFile ? { mkdir: true, append: true, mode: 0o600 } : {}),
  });
  // Without a listener `| head` would take the daemon down.
  let told = false;
  sink.on("error", (error: unknown) => {
    if (!told) lost?.(error);
    told = true;
  });
  return {
    write: (text) => sink.write(text),
    flush: () => sink.flushSync(),
    reopen: () => (toFile ? sink.reopen() : undefined),
  };
}

/** Redacts texts before they are serialised: escaped in JSON, a secret with a quote in it would no longer be found. */
function redactAll<T>(value: T, redact: (text: string) => string): T {
  return redacted(value, redact) as T;
}

function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((each) => redacted(each, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), redacted(each, redact)]));
}

function troubleEntry(error: unknown): LogEntry {
  const fields =
    error instanceof OperatorError
      ? { detail: error.message, hint: error.hint }
      : error instanceof Error
        ? { detail: error.message, stack: error.stack ?? "" }
        : { detail: String(error) };
  return { level: "error", message: "something is wrong", fields: { event: "daemon.trouble", ...fields } };
}

function troubleLine(error: unknown): string {
  if (error instanceof OperatorError) return plain(`${error.message}; ${error.hint}`);
  if (!(error instanceof Error)) return plain(String(error));
  const stack = (error.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at "));
  return [plain(`${error.name}: ${error.message}`), ...stack.map(plain)].join("\n    ");
}
