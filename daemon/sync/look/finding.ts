import type { Side } from "../../core/snapshot.ts";
import type { Retry } from "../../core/store.ts";
import { NEVER } from "../failure.ts";
import type { Session } from "../session.ts";

/** What keeps a record from being synchronised, or that nothing does (`in step`, `due`). */
export type FindingKind =
  | "stopped"
  | "not there"
  | "partner"
  | "unlinked"
  | "conflict"
  | "retry"
  | "waits"
  | "rule"
  | "required"
  | "marker"
  | "creation off"
  | "filter"
  | "past"
  | "frozen"
  | "differs"
  | "due"
  | "in step";

export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  /** Milliseconds since 1970; null where nobody knows. */
  readonly since: number | null;
  /** Revision under which it came to be so; null where it is not about one. */
  readonly revision: string | null;
  /** `file:line` of the configuration; null where it is not about one. */
  readonly where: string | null;
  /** What to do; may be empty. */
  readonly hint: string;
}

export function finding(kind: FindingKind, message: string, more: Partial<Omit<Finding, "kind" | "message">>): Finding {
  return { kind, message, since: null, revision: null, where: null, hint: "", ...more };
}

export function originOf({ link }: Session): string {
  return `${link.origin.file}:${link.origin.line}`;
}

/** Whether nothing keeps the record from being synchronised. */
export function isSynced(findings: readonly Finding[]): boolean {
  return findings.every(({ kind }) => kind === "in step" || kind === "due" || kind === "differs");
}

export function retryFindings(session: Session, side: Side, key: string): readonly Finding[] {
  const retry = session.store.retry(side, key);
  return retry === null ? [] : [retryFinding(session, retry)];
}

function retryFinding(
  session: Session,
  { side, record, reason, field, attempts, since, due, revision }: Retry,
): Finding {
  const name = `${session.link[side].endpoint}:${record}${field === null ? "" : ` ${field}`}`;
  if (attempts === 0)
    return finding("waits", `${name} ${reason}`, {
      since,
      revision,
      hint: "it finishes by itself, without anybody's edit",
    });
  const newer = revision !== session.context.revision;
  const poison = due >= NEVER && !newer;
  const next = poison
    ? "only after a publish or an edit of the record"
    : newer || due <= session.now()
      ? "with the next run"
      : `at ${new Date(due).toISOString()}`;
  const times = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  return finding("retry", `${name} failed: ${reason} (${times}; tried again ${next})`, { since, revision });
}
