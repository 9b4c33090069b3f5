import type { Diagnostic } from "../core/diagnostic.ts";
import type { Verdict } from "../core/events.ts";
import type { LinkStore, RunCounts, RunReport, RunStatus, Stop, Store } from "../core/store.ts";
import type { RunningRun, StatusFacts, StatusNote } from "./collector.ts";
import { type Coverage, coverageOf } from "./coverage.ts";

/** What `syncline status` shows; with `--json` exactly this. Times are ISO 8601, UTC. */
export interface StatusReport {
  readonly at: string;
  /** Null where none runs. */
  readonly daemon: { readonly pid: number | null; readonly version: string; readonly since: string } | null;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly state: string | null;
  readonly revision: {
    /** What the branch asks for, as far as it is known. */
    readonly wanted: string | null;
    /** The last commit that was judged. */
    readonly attempted: string | null;
    readonly active: string | null;
    readonly activeSince: string | null;
    readonly activeSubject: string | null;
    readonly digest: string | null;
  };
  /** Of the last commit that was judged. */
  readonly verdict: StatusVerdict | null;
  /** The active revision is the wanted one. */
  readonly converged: boolean;
  /** What keeps the daemon from seeing the repository. */
  readonly watching: { readonly since: string; readonly message: string } | null;
  readonly links: readonly LinkStatus[];
  readonly notes: readonly StatusNote[];
}

export interface StatusVerdict {
  readonly revision: string;
  readonly kind: Verdict["kind"];
  readonly subject: string;
  readonly author: string;
  readonly at: string;
  readonly tookMs: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly reason: string;
}

export interface LinkStatus {
  readonly link: string;
  /** The connection's, as the mapping has it; the empty text where it has none or no daemon runs. */
  readonly description: string;
  /** False for a link that has memory but is not in the active revision. */
  readonly configured: boolean;
  readonly running: (Omit<RunningRun, "link" | "since"> & { readonly since: string }) | null;
  readonly lastRun: {
    readonly run: string;
    readonly status: RunStatus;
    readonly kind: "incremental" | "full";
    readonly dryRun: boolean;
    readonly reason: string;
    readonly revision: string;
    readonly started: string;
    readonly ended: string;
    readonly counts: Readonly<Record<string, RunCounts>>;
    readonly paired: number;
    readonly conflicts: number;
    /** Errors and warnings, suppressed ones included. */
    readonly messages: number;
  } | null;
  /** When deletions were last looked for: the last full run that came to its end (T15). Null where none is kept. */
  readonly deletionsSeen: string | null;
  /** A brake has stopped it: nothing is written until `syncline resume`. */
  readonly stopped:
    | (Omit<Stop, "since" | "side" | "allowed"> & { readonly since: string; readonly resumed: boolean })
    | null;
  readonly pairs: number;
  /** The record that was written last, and when; null where the journal has none (X9). */
  readonly lastWrite: { readonly endpoint: string; readonly record: string; readonly at: string } | null;
  /** Records that wait to be tried again, counted up to 10,000. */
  readonly retries: number;
  /** Writes whose outcome is not known yet. */
  readonly intents: number;
  /** Pairs with fields that wait for a person; null where the store cannot tell. */
  readonly held: number | null;
  readonly coverage: Coverage;
  readonly nextDue: { readonly at: string; readonly full: boolean } | null;
}

export interface StatusInput {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly store: Store;
  /** `SqliteStore.heldCount`. */
  readonly heldCount?: (link: string) => number;
  /** Null where no daemon runs. */
  readonly facts: StatusFacts | null;
  readonly pid: number | null;
  /** The publisher's record: what a restart comes up with, and verdicts, newest first. */
  readonly active: {
    readonly revision: string;
    readonly digest: string;
    readonly subject: string;
    readonly at: number;
  } | null;
  readonly history: readonly Verdict[];
  /** The branch's tip where it was just read; else the last commit that was judged counts as wanted. */
  readonly wanted?: string | null;
  /** Keys of the active revision's links; null where they are not known: every link counts as configured then. */
  readonly links: readonly string[] | null;
  /** A link's description in the active revision. Absent: none is known. */
  readonly describe?: (link: string) => string;
  /** A link's endpoints by the configuration, the left one first: until its first run has ended no report knows them. */
  readonly endpoints?: (link: string) => readonly [string, string] | null;
  readonly due: readonly { readonly link: string; readonly full: boolean; readonly due: number | null }[];
}

const MOST_RETRIES = 10_000;
/** Dry runs in a row after which the last real one is no longer looked for. */
const MOST_DRY_RUNS = 50;
const MOST_REPORTS = 500;

/** Puts the report together. Reads the store, changes nothing. */
export function statusReport(input: StatusInput): StatusReport {
  const { facts, active, history } = input;
  const last = facts?.lastVerdict ?? history.find((verdict) => verdict.kind !== "superseded") ?? null;
  const wanted = input.wanted ?? last?.revision ?? active?.revision ?? null;
  const started = facts?.started ?? null;
  const configured = input.links === null ? null : new Set(input.links);
  const keys = [...new Set([...(input.links ?? []), ...input.store.links()])].sort();
  return {
    at: iso(input.now),
    daemon: started === null ? null : { pid: input.pid, version: started.version, since: iso(started.at) },
    repository: started?.repository ?? null,
    branch: started?.branch ?? null,
    state: started?.state ?? null,
    revision: {
      wanted,
      attempted: last?.revision ?? null,
      active: active?.revision ?? null,
      activeSince: active === null ? null : iso(active.at),
      activeSubject: active?.subject ?? null,
      digest: active?.digest ?? null,
    },
    verdict: last === null ? null : { ...last, at: iso(last.at) },
    converged: active !== null && active.revision === wanted,
    watching: facts?.watching == null ? null : { since: iso(facts.watching.at), message: facts.watching.message },
    links: keys.map((key) => linkStatus(input, key, configured?.has(key) ?? true)),
    notes: facts?.notes ?? [],
  };
}

function linkStatus(input: StatusInput, key: string, configured: boolean): LinkStatus {
  const link = input.store.link(key);
  const running = input.facts?.running.find((run) => run.link === key);
  const next = input.due
    .filter((trigger) => trigger.link === key && trigger.due !== null)
    .sort((a, b) => Number(a.due) - Number(b.due))[0];
  const last = input.store.reports({ link: key, limit: MOST_DRY_RUNS }).find((report) => !report.dryRun);
  return {
    link: key,
    description: input.describe?.(key) ?? "",
    configured,
    running: running === undefined ? null : runningOf(running),
    lastRun: lastRunOf(last),
    deletionsSeen: deletionsSeen(input.store.reports({ link: key, limit: MOST_REPORTS })),
    stopped: stoppedOf(link.stop()),
    pairs: link.pairCount(),
    lastWrite: lastWriteOf(link, last, input.endpoints?.(key) ?? null),
    retries: link.retries(MOST_RETRIES).length,
    intents: link.intents().length,
    held: input.heldCount?.(key) ?? null,
    coverage: coverageOf(link, MOST_RETRIES),
    nextDue: next === undefined ? null : { at: iso(Number(next.due)), full: next.full },
  };
}

function runningOf({ link: _link, since, ...run }: RunningRun): NonNullable<LinkStatus["running"]> {
  return { ...run, since: iso(since) };
}

/** Reports count by endpoint, the left one first. */
function lastWriteOf(
  link: LinkStore,
  report: RunReport | undefined,
  configured: readonly [string, string] | null,
): LinkStatus["lastWrite"] {
  const [entry] = link.journal({ limit: 1 });
  if (entry === undefined) return null;
  const at = entry.side === "left" ? 0 : 1;
  const endpoint = Object.keys(report?.counts ?? {})[at] ?? configured?.[at] ?? entry.side;
  return { endpoint, record: entry.record, at: iso(entry.at) };
}

function deletionsSeen(reports: readonly RunReport[]): string | null {
  const full = reports.find((r) => r.kind === "full" && !r.dryRun && r.status !== "error" && r.status !== "cancelled");
  return full === undefined ? null : iso(full.started);
}

function stoppedOf(stop: Stop | null): LinkStatus["stopped"] {
  if (stop === null) return null;
  const { brake, reason, would, run, revision, since, allowed } = stop;
  return { brake, reason, would, run, revision, since: iso(since), resumed: allowed !== null };
}

function lastRunOf(report: RunReport | undefined): LinkStatus["lastRun"] {
  if (report === undefined) return null;
  const { run, status, kind, dryRun, reason, revision, counts, paired, conflicts, messages, suppressed } = report;
  const times = { started: iso(report.started), ended: iso(report.ended) };
  return {
    run,
    status,
    kind,
    dryRun,
    reason,
    revision,
    ...times,
    counts,
    paired,
    conflicts,
    messages: messages.length + suppressed,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
