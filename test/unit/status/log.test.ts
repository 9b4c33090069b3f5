import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { OperatorError } from "../../../daemon/core/errors.ts";
import type { Event } from "../../../daemon/core/events.ts";
import { createLog, type Log, type LogOptions } from "../../../daemon/status/log.ts";
import { ALL_EVENTS, context, rejected } from "./events.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-log-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function logged(events: readonly Event[], more: Partial<LogOptions> = {}): string[] {
  let text = "";
  const destination = { write: (part: string) => (text += part) };
  const redact = (part: string) => part.replaceAll('hunter"2', "***");
  const log = createLog({ destination, pretty: false, level: "debug", redact, now: () => 1_700_000_000_000, ...more });
  for (const event of events) log.emit(event);
  return text.split("\n").filter((line) => line !== "");
}

function parsed(events: readonly Event[], more: Partial<LogOptions> = {}): Record<string, unknown>[] {
  return logged(events, more).map((line) => JSON.parse(line));
}

describe("the log as JSON", () => {
  test("has one line per event with time, level, event and a message that is always the same", () => {
    const lines = parsed(ALL_EVENTS);
    assert.equal(lines.length, ALL_EVENTS.length - 1, "run.progress is no line");
    for (const line of lines) {
      assert.equal(line["time"], "2023-11-14T22:13:20.000Z");
      assert.equal(typeof line["msg"], "string");
      assert.equal("pid" in line || "hostname" in line, false);
    }
    const [one, other] = parsed([
      { event: "config.watch", level: "warn", message: "a" },
      { event: "config.watch", level: "debug", message: "b" },
    ]);
    assert.equal(one?.["msg"], other?.["msg"]);
  });

  test("every line of a run bears revision, connection, link and run", () => {
    const ofRun = ALL_EVENTS.filter((event) => "context" in event && event.event !== "run.progress");
    assert.ok(ofRun.length >= 6);
    for (const line of parsed(ofRun)) {
      const { revision, connection, link, run } = line;
      assert.deepEqual({ revision, connection, link, run }, context, String(line["event"]));
    }
  });

  test("levels are as the house has them", () => {
    const levels = Object.fromEntries(parsed(ALL_EVENTS.slice(3)).map((line) => [line["event"], line["level"]]));
    assert.equal(levels["config.verdict"], "warn");
    assert.equal(levels["record.held"], "warn");
    assert.equal(levels["record.written"], "info");
    assert.equal(levels["run.ended"], "info");
    assert.equal(levels["record.unchanged"], "debug");
    assert.equal(levels["endpoint.request"], "debug");
    assert.equal(
      parsed(ALL_EVENTS, { level: "info" }).some((line) => line["level"] === "debug"),
      false,
    );
    assert.deepEqual(
      new Set(parsed(ALL_EVENTS, { level: "warn" }).map((line) => line["event"])),
      new Set(["config.verdict", "config.watch", "record.held"]),
    );
  });

  test("a rejected commit has its diagnostics as data", () => {
    const [line] = parsed([{ event: "config.verdict", verdict: rejected }]);
    assert.equal(line?.["verdict"], "rejected");
    assert.deepEqual(line?.["diagnostics"], rejected.diagnostics);
  });

  test("secrets are taken out of every text, names of keys included, also those that JSON escapes", () => {
    const secret = 'hunter"2';
    const events: Event[] = [
      { event: "rule.log", context, endpoint: "alm", record: "1", message: `token ${secret}` },
      {
        event: "config.verdict",
        verdict: {
          ...rejected,
          subject: secret,
          diagnostics: rejected.diagnostics.map((diagnostic) => ({ ...diagnostic, message: secret, hint: secret })),
        },
      },
      {
        event: "run.ended",
        context,
        kind: "full",
        status: "error",
        tookMs: 1,
        counts: { [secret]: { read: 0, created: 0, updated: 0, deleted: 0, failed: 0, requests: 0 } },
        paired: 0,
        conflicts: 0,
        reason: secret,
      },
    ];
    for (const pretty of [true, false]) {
      const text = logged(events, { pretty }).join("\n");
      assert.equal(/hunter/.test(text), false, text);
      assert.ok(text.includes("***"));
    }
  });

  test("trouble is an error: an operator's with its hint, a bug with its stack", () => {
    let text = "";
    const log = createLog({
      destination: { write: (part) => (text += part) },
      pretty: false,
      level: "error",
      redact: (part) => part,
      now: () => 0,
    });
    log.trouble(new OperatorError("disk full", "free some space"));
    log.trouble(new TypeError("a bug"));
    log.trouble("odd");
    const [operator, bug, odd] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([operator.level, operator.detail, operator.hint], ["error", "disk full", "free some space"]);
    assert.match(bug.stack, /log\.test\.ts/);
    assert.equal(odd.detail, "odd");
  });
});

describe("the log on a terminal", () => {
  const pretty = (events: readonly Event[], more: Partial<LogOptions> = {}) =>
    logged(events, { pretty: true, ...more });

  test("has one line per verdict, run and written record, with link, run and revision", () => {
    const lines = pretty(ALL_EVENTS.filter((event) => ["run.ended", "record.written"].includes(event.event)));
    assert.equal(lines.length, 2);
    assert.match(
      lines[0] ?? "",
      /^\d\d:\d\d:\d\d full run payments\/defects #a1b2c3d4 passed \| alm 320 read, 12 created, 3 updated, 1 failed; agm 200 read, 3 updated; 40 pairs found; 1 conflict \(1\.2 s\) rev 1a2b3c4$/,
    );
    assert.match(
      lines[1] ?? "",
      /payments\/defects #a1b2c3d4 updated agm 1007 from 12 \(name, severity\) rev 1a2b3c4$/,
    );
  });

  test("a rejected commit lists every diagnostic as file:line:column with its hint", () => {
    const lines = pretty([{ event: "config.verdict", verdict: rejected }]);
    assert.match(lines[0] ?? "", /warn: commit ffff3c4 "break it" by Ann rejected: 2 problems/);
    assert.match(lines[1] ?? "", /^ {4}mappings\/payments\.toml:11:34: Unknown key "closd"\. \[unknown-key\]$/);
    assert.match(lines[2] ?? "", /hint: Did you mean "closed"\?/);
    assert.match(lines[3] ?? "", /^ {4}mappings\/payments\.toml:20:8: No cron text/);
  });

  test("what comes from trackers and commits can neither break lines nor steer the terminal", () => {
    const evil = "a\nb\u001b[2J\u009b31m\u202eend";
    const lines = pretty([
      { event: "record.held", context, endpoint: "alm", record: evil, field: evil, message: evil },
      { event: "rule.log", context, endpoint: "alm", record: "1", message: "x".repeat(100_000) },
      { event: "config.verdict", verdict: { ...rejected, subject: evil, author: evil, diagnostics: [], reason: evil } },
    ]);
    assert.equal(lines.length, 3);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
    for (const line of lines) assert.equal(/[\u0000-\u001f\u007f-\u009f\u202e]/.test(line), false);
    assert.ok((lines[1]?.length ?? 0) < 1000);
  });

  test("colours are by level, and only when asked for", () => {
    const held = ALL_EVENTS.filter((event) => event.event === "record.held");
    assert.equal(pretty(held)[0]?.includes("\u001b"), false);
    assert.ok(pretty(held, { color: true })[0]?.includes("\u001b[33m"));
  });

  test("every event has words", () => {
    assert.equal(pretty(ALL_EVENTS).filter((line) => line.includes("undefined") || line.includes("[object")).length, 0);
  });
});

describe("the log's destinations", () => {
  function fileLog(file: string): Log {
    return createLog({ destination: file, pretty: false, level: "info", redact: (text) => text, now: () => 0 });
  }

  test("a file is made with its folder, for its owner only, appended to, and opened anew after a rotation", () => {
    const file = join(folder, "logs", "a.log");
    const event = ALL_EVENTS[1] as Event;
    const log = fileLog(file);
    log.emit(event);
    assert.equal(readFileSync(file, "utf8").trim().split("\n").length, 1, "written before emit returns");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    fileLog(file).emit(event);
    assert.equal(readFileSync(file, "utf8").trim().split("\n").length, 2);
    renameSync(file, `${file}.1`);
    log.reopen();
    log.emit(event);
    log.flush();
    assert.equal(readFileSync(`${file}.1`, "utf8").trim().split("\n").length, 2);
    assert.equal(readFileSync(file, "utf8").trim().split("\n").length, 1);
  });

  test("kill -9 loses no line that was emitted", async () => {
    const file = join(folder, "killed.log");
    const child = spawnLogger(
      JSON.stringify(file),
      "for (let i = 0; i < 500; i++) log.emit(event); process.kill(process.pid, 'SIGKILL');",
      "ignore",
    );
    await once(child, "exit");
    assert.equal(readFileSync(file, "utf8").trim().split("\n").length, 500);
  });

  test("a reader of stdout that goes away is told once and does not end the daemon", async () => {
    const child = spawnLogger(
      '"stdout"',
      `let lost = 0; setInterval(() => { for (let i = 0; i < 50; i++) log.emit(event); if (lostCount() > 0) { process.exit(lostCount() === 1 ? 0 : 3); } }, 5);`,
      "pipe",
    );
    await once(child.stdout as NonNullable<typeof child.stdout>, "data");
    child.stdout?.destroy();
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  });

  function spawnLogger(destination: string, then: string, stdout: "ignore" | "pipe") {
    const module = new URL("../../../daemon/status/log.ts", import.meta.url).href;
    const script = `const { createLog } = await import(${JSON.stringify(module)}); let count = 0; const lostCount = () => count;
      const log = createLog({ destination: ${destination}, pretty: false, level: "info", redact: (t) => t, now: () => 0, lost: () => { count++; } });
      const event = { event: "daemon.stopping", reason: "x" }; ${then}`;
    return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", stdout, "inherit"] });
  }
});
