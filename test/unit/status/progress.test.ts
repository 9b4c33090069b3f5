import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Event } from "../../../daemon/core/events.ts";
import { createLog } from "../../../daemon/status/log.ts";
import { createProgress } from "../../../daemon/status/progress.ts";
import { context } from "./events.ts";

const started: Event = { event: "run.started", context, kind: "full", reason: "first", dryRun: false };
const ended: Event = {
  event: "run.ended",
  context,
  kind: "full",
  status: "passed",
  tookMs: 1,
  counts: {},
  paired: 0,
  conflicts: 0,
  reason: "first",
};

function progressOf(done: number, total: number | null, endpoint = "alm"): Event {
  return { event: "run.progress", context, endpoint, done, total };
}

/** What a terminal shows of what was written to it: enough of one for a bar at the foot. */
function terminal(isTTY = true) {
  const screen = { lines: [""], written: "" };
  return {
    isTTY,
    columns: 100,
    screen,
    write(text: string) {
      screen.written += text;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what a terminal reads
      for (const part of text.match(/\u001b\[[0-9?]*[A-Za-z]|\n|\r|[^\u001b\n\r]+/g) ?? []) apply(screen, part);
      return true;
    },
  };
}

const column = new WeakMap<object, number>();

function apply(screen: { lines: string[] }, part: string): void {
  const at = column.get(screen) ?? 0;
  const line = screen.lines.pop() ?? "";
  if (part === "\n") {
    screen.lines.push(line, "");
    column.set(screen, 0);
  } else if (part === "\r" || part === "\u001b[1G") {
    screen.lines.push(line);
    column.set(screen, 0);
  } else if (part === "\u001b[2K") screen.lines.push("");
  else if (part === "\u001b[0K") screen.lines.push(line.slice(0, at));
  else if (part.startsWith("\u001b")) screen.lines.push(line);
  else {
    screen.lines.push(line.slice(0, at).padEnd(at) + part + line.slice(at + part.length));
    column.set(screen, at + part.length);
  }
}

describe("the progress bar", () => {
  test("shows how far a full run is, over both endpoints, and goes away with it", () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty });
    progress.emit(started);
    progress.emit(progressOf(80, 320));
    progress.emit(progressOf(50, 200, "agm"));
    progress.screen.draw();
    assert.match(tty.screen.lines.at(-1) ?? "", /^payments\/defects \[=+-+\] 25% 130\/520 records/);
    progress.emit(ended);
    assert.deepEqual(tty.screen.lines, [""]);
  });

  test("log lines stand whole above it", () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty });
    const log = createLog({
      destination: tty,
      pretty: true,
      level: "info",
      redact: (text) => text,
      now: () => 0,
      screen: progress.screen,
    });
    progress.emit(started);
    for (let done = 0; done < 30; done++) {
      progress.emit(progressOf(done, 30));
      log.emit({ event: "rule.log", context, endpoint: "alm", record: String(done), message: "written" });
    }
    const shown = [...tty.screen.lines];
    progress.emit(ended);
    assert.equal(shown.length, 31);
    for (const [index, line] of shown.slice(0, 30).entries()) {
      assert.match(
        line,
        new RegExp(`^\\d\\d:\\d\\d:\\d\\d payments/defects #a1b2c3d4 rule on alm ${index} says: written rev 1a2b3c4$`),
      );
    }
    assert.match(shown[30] ?? "", /^payments\/defects \[/);
    // Restoring a saved cursor position would jump back into the lines above.
    assert.equal(tty.screen.written.includes("\u001b8"), false);
  });

  test("a total that is not known yet, several runs, runs that are not its business", () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty });
    const other = { ...context, run: "other", link: "payments/requirements" };
    progress.emit({ ...started, kind: "incremental" });
    progress.emit(progressOf(5, 10));
    assert.equal(tty.screen.written, "");
    progress.emit(started);
    progress.emit({ ...started, context: other });
    progress.emit(progressOf(7, null));
    progress.screen.draw();
    assert.match(tty.screen.lines.at(-1) ?? "", /^2 runs \[=+\] 100% 7\/7 records/);
    progress.emit({ ...ended, context: other });
    progress.screen.draw();
    assert.match(tty.screen.lines.at(-1) ?? "", /^payments\/defects/);
    progress.stop();
    progress.stop();
    assert.equal(tty.screen.lines.at(-1), "");
  });

  test("nothing is written where there is no terminal", () => {
    const pipe = terminal(false);
    const progress = createProgress({ stream: pipe });
    for (const event of [started, progressOf(1, 2), ended]) progress.emit(event);
    progress.screen.clear();
    progress.screen.draw();
    assert.equal(pipe.screen.written, "");
  });
});
