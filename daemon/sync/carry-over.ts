import type { TrackerRecord } from "../core/record.ts";
import { otherSide, type Side } from "../core/snapshot.ts";
import type { Pair } from "../core/store.ts";
import type { Desire, Desires } from "./decide/desire.ts";
import { type Carriage, type Carriages, carryAll } from "./pipeline.ts";
import { endpointOf, type Session } from "./session.ts";
import { lookAbove } from "./tree/ancestors.ts";
import { partnerUrl } from "./writing/partner-url.ts";

export interface Both {
  readonly left: TrackerRecord;
  readonly right: TrackerRecord;
  /** What both last agreed on; absent where nobody knows. */
  readonly pair?: Pick<Pair, "base">;
}

export type Wishes =
  | {
      readonly ok: true;
      readonly toRight: Desires;
      readonly toLeft: Desires;
      /** A rule's word that the pair is to be left alone from now on (X24). */
      readonly unlink?: string;
    }
  | { readonly ok: false; readonly side: Side; readonly message: string };

/** What each side of each pair makes of its values for the other. Results in the order of the input. */
export async function wishesOf(session: Session, pairs: readonly Both[]): Promise<readonly Wishes[]> {
  const toRight = await wishesToward(session, pairs, "right");
  const toLeft = await wishesToward(session, pairs, "left");
  return pairs.map((_, i): Wishes => {
    const right = toRight[i];
    const left = toLeft[i];
    if (right === undefined || left === undefined) throw new Error("carryAll lost a record");
    if (!right.ok) return { ok: false, side: "left", message: failureText(right) };
    if (!left.ok) return { ok: false, side: "right", message: failureText(left) };
    const unlink = right.unlink ?? left.unlink;
    return { ok: true, toRight: right.desires, toLeft: left.desires, ...(unlink === undefined ? {} : { unlink }) };
  });
}

/** What one side of each pair makes of its values for the side `toward`. Results in the order of the input. */
export async function wishesToward(
  session: Session,
  pairs: readonly Both[],
  toward: Side,
): Promise<readonly Carriages[]> {
  const from = otherSide(toward);
  const batch = pairs.map((pair) => ({ record: pair[from], current: pair[toward], ...agreed(pair, from) }));
  const carried = await carryBatch(session, batch, toward, false);
  return carried.map((one, i) => {
    const record = batch[i]?.record;
    if (!one.ok || record === undefined) return one;
    return { ...one, desires: { ...one.desires, ...partnerUrl(session, toward, record) } };
  });
}

/** A pair that is new has agreed on nothing. */
function agreed({ pair }: Both, from: Side): Pick<Carriage, "agreed"> {
  if (pair === undefined || (Object.keys(pair.base.left).length === 0 && Object.keys(pair.base.right).length === 0))
    return {};
  return { agreed: { record: pair.base[from], current: pair.base[otherSide(from)] } };
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
  await lookAbove(
    session,
    otherSide(toward),
    batch.map(({ record }) => record),
  );
  const results = await carryAll(batch, await session.frame(), toward, creating, session.rules, session.signal);
  const stuck = results.some((r) => r.ok && Object.values(r.desires).some(isStuck));
  const settled =
    stuck && session.canRefresh()
      ? await carryAll(batch, await session.frame(true), toward, creating, session.rules, session.signal)
      : results;
  tellLogs(session, batch, settled, toward);
  rememberJoins(session, settled, toward);
  return settled;
}

/** What waits for another record to be paired is in no directory. */
function isStuck(desire: Desire): boolean {
  return desire.kind === "fault" && desire.awaits === undefined;
}

/** T24: what a name matched once stays matched, whatever it is called from then on. */
function rememberJoins(session: Session, results: readonly Carriages[], toward: Side): void {
  const matches = results.flatMap((result) =>
    result.ok
      ? Object.values(result.desires).flatMap((desire) => (desire.kind === "value" ? (desire.joins ?? []) : []))
      : [],
  );
  const joins = session.references.learn(toward, matches);
  if (joins.length > 0 && !session.dryRun) session.store.commit({ joins });
}

export function failureText({ failure }: Extract<Carriages, { ok: false }>): string {
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
