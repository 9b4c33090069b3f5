import type { Diagnostic } from "../../core/diagnostic.ts";
import type { Emit, Verdict, VerdictKind } from "../../core/events.ts";
import type { CommitTree } from "../tree.ts";
import { type ActivePointer, HISTORY_LIMIT, type PublishMemory, type PublishRecord } from "./memory.ts";

/** A commit that is being attempted, as far as it is known. */
export interface Attempted {
  readonly revision: string;
  /** When it was first seen, milliseconds since 1970. */
  readonly since: number;
  /** Null until it is read. */
  readonly about: Pick<CommitTree, "subject" | "author"> | null;
}

/** Makes, tells and keeps verdicts. */
export interface Verdicts {
  make(
    attempted: Attempted,
    kind: VerdictKind,
    what?: { readonly diagnostics?: readonly Diagnostic[]; readonly reason?: string },
  ): Verdict;
  /** Tells it and keeps it; that it cannot be kept is noted, not thrown. */
  tell(verdict: Verdict): Promise<void>;
  /** Writes the pointer and the verdict in one step; throws where that fails. Tells nothing yet. */
  keepActive(verdict: Verdict, pointer: ActivePointer): Promise<void>;
  /** Tells without keeping. */
  announce(verdict: Verdict): void;
  last(): Verdict | null;
}

export function createVerdicts(memory: PublishMemory, emit: Emit, now: () => number): Verdicts {
  const state: { last: Verdict | null } = { last: null };

  function announce(verdict: Verdict): void {
    state.last = verdict;
    emit({ event: "config.verdict", verdict });
  }

  return {
    make: (attempted, kind, what = {}) => {
      const at = now();
      return {
        revision: attempted.revision,
        kind,
        subject: attempted.about?.subject ?? "",
        author: attempted.about?.author ?? "",
        at,
        tookMs: Math.max(0, at - attempted.since),
        diagnostics: what.diagnostics ?? [],
        reason: what.reason ?? "",
      };
    },
    tell: async (verdict) => {
      if (isRepeated(state.last, verdict)) return;
      announce(verdict);
      try {
        await memory.save({ ...memory.read(), history: added(memory.read(), verdict) });
      } catch (error) {
        emit({
          event: "config.watch",
          level: "warn",
          message: `The verdict on ${verdict.revision} could not be kept: ${String(error)}`,
        });
      }
    },
    keepActive: async (verdict, active) => {
      await memory.save({ active, history: added(memory.read(), verdict) });
    },
    announce,
    last: () => state.last,
  };
}

/** A commit that is tried again and again with the same trouble is one line in the log. */
function isRepeated(last: Verdict | null, next: Verdict): boolean {
  return (
    last !== null &&
    next.kind === "failed" &&
    last.kind === "failed" &&
    last.revision === next.revision &&
    last.reason === next.reason
  );
}

/** A later verdict on the newest entry's commit of the same kind takes its place: a restart attempts the tip again. */
function added(record: PublishRecord, verdict: Verdict): readonly Verdict[] {
  const [newest, ...older] = record.history;
  const kept =
    newest !== undefined && newest.revision === verdict.revision && newest.kind === verdict.kind
      ? older
      : record.history;
  return [verdict, ...kept].slice(0, HISTORY_LIMIT);
}
