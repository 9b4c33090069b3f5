import cliProgress from "cli-progress";
import type { Emit } from "../core/events.ts";
import type { Screen } from "./log.ts";
import { plain } from "./words.ts";

export interface ProgressOptions {
  /** The terminal; nothing is drawn where it is none. */
  readonly stream: Terminal;
}

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  readonly emit: Emit;
  /** For `createLog`: lines and bar do not tear each other. */
  readonly screen: Screen;
  /** Takes the bar away for good. */
  stop(): void;
}

interface RunProgress {
  readonly link: string;
  /** By endpoint. */
  readonly parts: Map<string, { readonly done: number; readonly total: number | null }>;
}

const ERASE_LINE = "\r\u001b[2K";
const NOTHING: Progress = {
  emit: () => undefined,
  screen: { clear: () => undefined, draw: () => undefined },
  stop: () => undefined,
};

/** One bar at the foot of a terminal for the full runs under way: those are the ones a person waits for. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream } = options;
  if (stream.isTTY !== true) return NOTHING;
  const bar = makeBar(stream);
  const runs = new Map<string, RunProgress>();

  function show(): void {
    const parts = [...runs.values()].flatMap((run) => [...run.parts.values()]);
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    const total = parts.reduce((sum, part) => sum + Math.max(part.total ?? 0, part.done), 0);
    const links = [...runs.values()].map((run) => plain(run.link));
    const label = links.length === 1 ? (links[0] ?? "") : `${links.length} runs`;
    if (!bar.isActive) bar.start(total, done, { label });
    bar.setTotal(total);
    bar.update(done, { label });
  }
  function stop(): void {
    runs.clear();
    if (bar.isActive) bar.stop();
  }

  return {
    stop,
    emit(event) {
      if (event.event === "run.started" && event.kind === "full") {
        runs.set(event.context.run, { link: event.context.link, parts: new Map() });
        show();
      } else if (event.event === "run.progress") {
        const run = runs.get(event.context.run);
        if (run === undefined) return;
        run.parts.set(event.endpoint, { done: event.done, total: event.total });
        show();
      } else if (event.event === "run.ended" && runs.delete(event.context.run)) {
        if (runs.size === 0) stop();
        else show();
      } else if (event.event === "daemon.stopping") stop();
    },
    screen: {
      clear: () => void (bar.isActive && stream.write(ERASE_LINE)),
      draw: () => void (bar.isActive && bar.render()),
    },
  };
}

function makeBar(stream: Terminal): cliProgress.SingleBar {
  return new cliProgress.SingleBar({
    stream: barStream(stream),
    format: "{label} [{bar}] {percentage}% {value}/{total} records, {duration_formatted}",
    barsize: 24,
    fps: 10,
    clearOnComplete: true,
    emptyOnZero: true,
    forceRedraw: true,
    linewrap: null,
    hideCursor: null,
    gracefulExit: false,
  });
}

/** cli-progress puts the cursor back to where it stood when the bar began, into the midst of lines that were logged since. */
function barStream(stream: Terminal): NodeJS.WritableStream {
  const wrapped = {
    isTTY: true,
    get columns() {
      return stream.columns ?? 80;
    },
    write(text: string) {
      if (text !== "\u001b7" && text !== "\u001b8") stream.write(text);
      return true;
    },
  };
  return wrapped as unknown as NodeJS.WritableStream;
}
