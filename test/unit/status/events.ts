import type { Event, RunContext, Verdict } from "../../../daemon/core/events.ts";

/** One event of every kind, for tests that want them all. */
export const context: RunContext = {
  revision: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
  connection: "payments",
  link: "payments/defects",
  run: "a1b2c3d4-0000-4000-8000-000000000000",
};

export const rejected: Verdict = {
  revision: "ffff3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
  kind: "rejected",
  subject: "break it",
  author: "Ann",
  at: 1_700_000_000_000,
  tookMs: 204,
  reason: "",
  diagnostics: [
    {
      severity: "error",
      code: "unknown-key",
      message: 'Unknown key "closd".',
      file: "mappings/payments.toml",
      line: 11,
      column: 34,
      hint: 'Did you mean "closed"?',
    },
    {
      severity: "error",
      code: "bad-cron",
      message: "No cron text.",
      file: "mappings/payments.toml",
      line: 20,
      column: 8,
      hint: "",
    },
  ],
};

const counts = { read: 320, created: 12, updated: 3, deleted: 0, failed: 1, requests: 9 };

export const ALL_EVENTS: readonly Event[] = [
  { event: "daemon.started", repository: "/srv/config.git", branch: "main", state: "/var/syncline", version: "0.1.0" },
  { event: "daemon.stopping", reason: "SIGTERM" },
  { event: "config.verdict", verdict: { ...rejected, kind: "active", diagnostics: [] } },
  { event: "config.verdict", verdict: rejected },
  { event: "config.watch", level: "warn", message: "the repository is gone" },
  { event: "trigger.scheduled", trigger: "t", link: "payments/defects", due: 1_700_000_000_000 },
  { event: "trigger.skipped", trigger: "t", link: "payments/defects", due: 1_700_000_000_000, why: "already running" },
  { event: "trigger.missed", trigger: "t", link: "payments/defects", due: 1_700_000_000_000, count: 3 },
  { event: "run.started", context, kind: "full", reason: "first", dryRun: false },
  { event: "run.progress", context, endpoint: "alm", done: 100, total: 320 },
  {
    event: "run.ended",
    context,
    kind: "full",
    status: "passed",
    tookMs: 1234,
    counts: { alm: counts, agm: { ...counts, read: 200, created: 0, failed: 0 } },
    paired: 40,
    conflicts: 1,
    reason: "first",
  },
  {
    event: "record.written",
    context,
    endpoint: "agm",
    record: "1007",
    action: "update",
    source: "12",
    fields: ["name", "severity"],
  },
  { event: "record.held", context, endpoint: "agm", record: "1008", field: "owner", message: "no such user" },
  { event: "record.unchanged", context, endpoint: "alm", record: "13", why: "own write" },
  { event: "rule.log", context, endpoint: "alm", record: "13", message: "hello" },
  { event: "endpoint.note", connection: "payments", endpoint: "alm", message: "old server" },
  {
    event: "endpoint.request",
    connection: "payments",
    endpoint: "alm",
    method: "GET",
    url: "https://alm/x",
    status: 200,
    ms: 12,
  },
  { event: "run.queued", link: "payments/defects", reason: "command line" },
];
