import type { Event, RunContext, Verdict } from "../core/events.ts";
import type { RunStatus } from "../core/store.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One event as a log line: what it is called, how loud, and its data. No values of records: names of fields only. */
export interface LogEntry {
  readonly level: LogLevel;
  /** Always the same for an event; what differs stands in the fields. */
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type Of<K extends Event["event"]> = Extract<Event, { event: K }>;
type Entries = { readonly [K in Event["event"]]: (event: Of<K>) => LogEntry | null };

/**
 * Null for what is no line of its own (progress). error: someone must act on the daemon; warn: a commit rejected, a record held; info: one
 * line per verdict, run and written record; debug: why nothing was done.
 */
export function entryOf(event: Event): LogEntry | null {
  // The union is closed: each event meets the function of its own name.
  return (ENTRIES[event.event] as (event: Event) => LogEntry | null)(event);
}

const ENTRIES: Entries = {
  "daemon.started": ({ event, ...data }) => entry("info", "Syncline has started", event, data),
  "daemon.stopping": ({ event, reason }) => entry("info", "Syncline is stopping", event, { reason }),
  "config.verdict": ({ event, verdict }) =>
    entry(verdictLevel(verdict), "a commit has a verdict", event, verdictFields(verdict)),
  "config.watch": ({ event, level, message }) => entry(level, "watching the repository", event, { detail: message }),
  "trigger.scheduled": ({ event, due, ...data }) =>
    entry("debug", "a trigger is planned", event, { connection: connectionOf(data.link), ...data, due: iso(due) }),
  "trigger.skipped": ({ event, due, ...data }) =>
    entry("info", "a trigger was skipped", event, { connection: connectionOf(data.link), ...data, due: iso(due) }),
  "trigger.missed": ({ event, due, ...data }) =>
    entry("info", "runs were missed and are made up for once", event, {
      connection: connectionOf(data.link),
      ...data,
      due: iso(due),
    }),
  "run.queued": ({ event, ...data }) =>
    entry("info", "a run waits for the one under way", event, { connection: connectionOf(data.link), ...data }),
  "run.started": ({ event, context, kind, reason, dryRun }) =>
    entry("debug", "a run has begun", event, { ...contextFields(context), kind, reason, dryRun }),
  "run.progress": () => null,
  "run.ended": ({ event, context, ...data }) =>
    entry(runLevel(data.status), "a run has ended", event, { ...contextFields(context), ...data }),
  "link.stopped": ({ event, context, message, ...data }) =>
    entry("error", "a brake stopped a link", event, { ...contextFields(context), ...data, detail: message }),
  "record.written": ({ event, context, ...data }) =>
    entry("info", "a record was written", event, { ...contextFields(context), ...data }),
  "part.written": ({ event, context, ...data }) =>
    entry("info", "a part of a record was written", event, { ...contextFields(context), ...data }),
  "record.held": ({ event, context, message, ...data }) =>
    entry("warn", "a record is held", event, { ...contextFields(context), ...data, detail: message }),
  "record.noted": ({ event, context, message, ...data }) =>
    entry("warn", "about a record", event, { ...contextFields(context), ...data, detail: message }),
  "record.unchanged": ({ event, context, ...data }) =>
    entry("debug", "nothing to do for a record", event, { ...contextFields(context), ...data }),
  "rule.log": ({ event, context, message, ...data }) =>
    entry("info", "a rule says", event, { ...contextFields(context), ...data, detail: message }),
  "rule.lookup": ({ event, context, ...data }) =>
    entry("debug", "a rule asks", event, { ...contextFields(context), ...data }),
  "endpoint.note": ({ event, message, context, ...data }) =>
    entry("info", "about an endpoint", event, { ...runFields(context), ...data, detail: message }),
  "endpoint.request": ({ event, context, ...data }) =>
    entry("debug", "a request", event, { ...runFields(context), ...data }),
};

function entry(level: LogLevel, message: string, event: string, data: Readonly<Record<string, unknown>>): LogEntry {
  return { level, message, fields: { event, ...data } };
}

function contextFields(context: RunContext): Readonly<Record<string, unknown>> {
  const { revision, connection, link, run } = context;
  return { revision, connection, link, run };
}

function runFields(context: RunContext | undefined): Readonly<Record<string, unknown>> {
  return context === undefined ? {} : contextFields(context);
}

/** Keys of links are `connection/link`. */
function connectionOf(link: string): string {
  return link.slice(0, Math.max(0, link.indexOf("/")));
}

function verdictFields(verdict: Verdict): Readonly<Record<string, unknown>> {
  const { revision, kind, subject, author, at, tookMs, diagnostics, reason } = verdict;
  return { revision, verdict: kind, subject, author, at: iso(at), tookMs, diagnostics, reason };
}

function verdictLevel(verdict: Verdict): LogLevel {
  return verdict.kind === "rejected" || verdict.kind === "failed" ? "warn" : "info";
}

function runLevel(status: RunStatus): LogLevel {
  if (status === "error") return "error";
  return status === "failed" || status === "passed with errors" ? "warn" : "info";
}

/** Times the union gives in milliseconds since 1970; a broken one is shown as it is. */
function iso(at: number): string | number {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : date.toISOString();
}
