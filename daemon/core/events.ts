import type { Diagnostic } from "./diagnostic.ts";
import type { PartWrite } from "./parts.ts";
import type { Side } from "./snapshot.ts";
import type { RunCounts, RunStatus } from "./store.ts";

/** What became of a commit (`failed`: we could not tell, it is tried again). */
export type VerdictKind = "active" | "rejected" | "failed" | "superseded";

export interface Verdict {
  readonly revision: string;
  readonly kind: VerdictKind;
  readonly subject: string;
  readonly author: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** From the moment the commit was known to the verdict, milliseconds. */
  readonly tookMs: number;
  readonly diagnostics: readonly Diagnostic[];
  /** For `failed`: what went wrong. */
  readonly reason: string;
}

/** What bears on a run: every log line of it has these (R2). */
export interface RunContext {
  readonly revision: string;
  readonly connection: string;
  readonly link: string;
  readonly run: string;
}

/** Everything that happens, told to `status/`: a closed union. */
export type Event =
  | {
      readonly event: "daemon.started";
      readonly repository: string;
      readonly branch: string;
      readonly state: string;
      readonly version: string;
    }
  | { readonly event: "daemon.stopping"; readonly reason: string }
  | { readonly event: "config.verdict"; readonly verdict: Verdict }
  | { readonly event: "config.watch"; readonly level: "debug" | "warn"; readonly message: string }
  | { readonly event: "trigger.scheduled"; readonly trigger: string; readonly link: string; readonly due: number }
  | {
      readonly event: "trigger.skipped";
      readonly trigger: string;
      readonly link: string;
      readonly due: number;
      readonly why: string;
    }
  | {
      readonly event: "trigger.missed";
      readonly trigger: string;
      readonly link: string;
      readonly due: number;
      readonly count: number;
    }
  /** A run waits until the one of its link that is under way has ended: somebody asked for it, which no trigger's skipping does away with (T36). */
  | { readonly event: "run.queued"; readonly link: string; readonly reason: string }
  | {
      readonly event: "run.started";
      readonly context: RunContext;
      readonly kind: "incremental" | "full";
      readonly reason: string;
      readonly dryRun: boolean;
    }
  | {
      readonly event: "run.progress";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly done: number;
      readonly total: number | null;
    }
  | {
      readonly event: "run.ended";
      readonly context: RunContext;
      readonly kind: "incremental" | "full";
      readonly status: RunStatus;
      readonly tookMs: number;
      readonly counts: Readonly<Record<string, RunCounts>>;
      readonly paired: number;
      readonly conflicts: number;
      readonly reason: string;
    }
  | {
      readonly event: "link.stopped";
      readonly context: RunContext;
      readonly brake: string;
      readonly message: string;
      readonly would: { readonly create: number; readonly update: number; readonly delete: number };
    }
  | {
      readonly event: "record.written";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly action: "create" | "update" | "delete" | "pair";
      readonly source: string;
      readonly fields: readonly string[];
    }
  /** An attachment, a comment or an entity link of a record was written. */
  | {
      readonly event: "part.written";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly part: PartWrite["kind"];
      readonly action: PartWrite["action"];
      readonly name: string;
      readonly source: string;
    }
  | {
      readonly event: "record.held";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly field: string | null;
      readonly message: string;
    }
  /** Something a person should know of a record that was dealt with all the same: a conflict that the policy decided, a cut text. */
  | {
      readonly event: "record.noted";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly field: string | null;
      readonly message: string;
    }
  | {
      readonly event: "record.unchanged";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly why: string;
    }
  | {
      readonly event: "rule.log";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly message: string;
    }
  /** A rule asked something of its tracker (X18). */
  | {
      readonly event: "rule.lookup";
      readonly context: RunContext;
      readonly endpoint: string;
      readonly record: string;
      readonly question: string;
      readonly answer: string;
    }
  | {
      readonly event: "endpoint.note";
      /** Absent outside of a run. */
      readonly context?: RunContext;
      readonly connection: string;
      readonly endpoint: string;
      readonly message: string;
    }
  | {
      readonly event: "endpoint.request";
      readonly context?: RunContext;
      readonly connection: string;
      readonly endpoint: string;
      readonly method: string;
      readonly url: string;
      readonly status: number | null;
      readonly ms: number;
    };

export type Emit = (event: Event) => void;

/** Filters in the trackers' own languages; a side without one is passed over. */
export type Queries = Readonly<Partial<Record<Side, string>>>;

/** A wish that a link be run; `due` (milliseconds since 1970) is the moment it stands for, for triggers. */
export interface RunRequest {
  readonly link: string;
  readonly full: boolean;
  readonly dryRun: boolean;
  readonly reason: string;
  readonly due: number | null;
  /** Only records that one of these selects (X7). Absent: every record. */
  readonly queries?: readonly Queries[];
  /** A full run that brings every pair to what the mapping makes of it now, edited or not (T20). */
  readonly backfill?: true;
}
