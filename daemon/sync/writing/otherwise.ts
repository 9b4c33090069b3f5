import type { Patch, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { Side } from "../../core/snapshot.ts";
import type { Otherwise } from "../../fields/outcome.ts";
import type { FieldWrite } from "../decide/merge.ts";
import { say } from "../failure.ts";
import type { Session } from "../session.ts";

/** Writes what comes next for each field that the tracker refused: another address of a person, then the default user (T4, T5). */
export async function tryOtherwise(
  session: Session,
  side: Side,
  patch: Patch,
  writes: readonly FieldWrite[],
  outcome: WriteOutcome,
  send: (patch: Patch) => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  let settled = outcome;
  for (const { field, otherwise = [], hint } of writes) {
    if (!isRefused(settled, field, patch)) continue;
    for (const next of otherwise) {
      const tried = await send({ id: patch.id, fields: { [field]: next.value } });
      if (!tried.ok || tried.faults.length > 0) continue;
      settled = merged(settled, tried, field);
      tell(session, side, patch.id, field, next);
      break;
    }
    if (hint !== undefined && isRefused(settled, field, patch)) settled = withHint(settled, field, hint);
  }
  return settled;
}

function withHint(refused: WriteOutcome, field: string, hint: string): WriteOutcome {
  const more = (message: string) => `${message}; ${hint}`;
  if (refused.ok) {
    const faults = refused.faults.map((one) => (one.field === field ? { ...one, message: more(one.message) } : one));
    return { ...refused, faults };
  }
  const { error } = refused;
  const { kind, stored, status, retryAfterMs } = error;
  const known = { ...(status === null ? {} : { status }), ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  return { ok: false, error: new ConnectorError(kind, more(error.message), { stored, field, ...known, cause: error }) };
}

function isRefused(outcome: WriteOutcome, field: string, patch: Patch): boolean {
  if (outcome.ok) return outcome.faults.some((fault) => fault.field === field);
  // Of an update of several fields each was tried by itself: what is refused as a whole is this one field.
  return outcome.error.kind === "invalid" && outcome.error.stored === "no" && Object.keys(patch.fields).length === 1;
}

function merged(before: WriteOutcome, tried: Extract<WriteOutcome, { ok: true }>, field: string): WriteOutcome {
  if (!before.ok) return tried;
  const fields = { ...before.record.fields, ...tried.record.fields };
  return {
    ok: true,
    record: { ...tried.record, fields },
    faults: before.faults.filter((fault) => fault.field !== field),
  };
}

function tell(session: Session, side: Side, record: string, field: string, { note }: Otherwise): void {
  if (note !== null) say(session, "noted", side, record, field, note);
}
