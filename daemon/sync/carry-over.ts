import type { TrackerRecord } from "../core/record.ts";
import type { Side } from "../core/snapshot.ts";
import type { Desires } from "./decide/desire.ts";
import { type Carriage, type Carriages, carryAll } from "./pipeline.ts";
import { endpointOf, type Session } from "./session.ts";

export interface Both {
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
}

export type Wishes =
  | { readonly ok: true; readonly toRight: Desires; readonly toLeft: Desires }
  | { readonly ok: false; readonly side: Side; readonly message: string };

/** What each side of each pair makes of its values for the other. Results in the order of the input. */
export async function wishesOf(session: Session, pairs: readonly Both[]): Promise<readonly Wishes[]> {
  const toRight = await carryBatch(
    session,
    pairs.map((p) => ({ record: p.left, current: p.right })),
    "right",
    false,
  );
  const toLeft = await carryBatch(
    session,
    pairs.map((p) => ({ record: p.right, current: p.left })),
    "left",
    false,
  );
  return pairs.map((_, i): Wishes => {
    const right = toRight[i];
    const left = toLeft[i];
    if (right === undefined || left === undefined) throw new Error("carryAll lost a record");
    if (!right.ok) return { ok: false, side: "left", message: failureText(right) };
    if (!left.ok) return { ok: false, side: "right", message: failureText(left) };
    return { ok: true, toRight: right.desires, toLeft: left.desires };
  });
}

/**
 * Carries a batch; where a value could not be carried and people or directories were read before this run, reads them anew and tries once
 * more: a release or user made since is no error.
 */
export async function carryBatch(
  session: Session,
  batch: readonly Carriage[],
  toward: Side,
  creating: boolean,
): Promise<readonly Carriages[]> {
  if (batch.length === 0) return [];
  const results = await carryAll(batch, await session.frame(), toward, creating, session.rules, session.signal);
  const stuck = results.some((r) => r.ok && Object.values(r.desires).some((d) => d.kind === "fault"));
  const settled =
    stuck && session.canRefresh()
      ? await carryAll(batch, await session.frame(true), toward, creating, session.rules, session.signal)
      : results;
  tellLogs(session, batch, settled, toward);
  return settled;
}

export function failureText(carried: Extract<Carriages, { ok: false }>): string {
  const { failure } = carried;
  const where = failure.file === null ? "" : ` (${failure.file}:${failure.line ?? 1}:${failure.column ?? 1})`;
  return `rule failed: ${failure.message}${where}`;
}

function tellLogs(session: Session, batch: readonly Carriage[], results: readonly Carriages[], toward: Side): void {
  const endpoint = endpointOf(session, toward === "right" ? "left" : "right");
  results.forEach((result, i) => {
    for (const message of result.logs) {
      session.emit({
        event: "rule.log",
        context: session.context,
        endpoint,
        record: batch[i]?.record.id ?? "",
        message,
      });
    }
  });
}
