import type { Fields, TrackerRecord, Value } from "../core/record.ts";
import { otherSide, type Side } from "../core/snapshot.ts";
import type { Intent, Retry } from "../core/store.ts";
import { carryBatch, failureText } from "./carry-over.ts";
import type { Desires } from "./decide/desire.ts";
import type { Frame } from "./decide/frame.ts";
import { fail, UNCARRIED } from "./failure.ts";
import type { Session } from "./session.ts";

/** A partner that is about to be made. */
export interface Creation {
  readonly source: TrackerRecord;
  readonly desires: Desires;
  readonly intent: Intent;
}

export function withReplaced(creation: Creation, pair: string | undefined): Creation {
  return pair === undefined ? creation : { ...creation, intent: { ...creation.intent, replaces: pair } };
}

export async function planCreations(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
): Promise<readonly Creation[]> {
  const target = otherSide(side);
  const frame = await session.frame();
  const carried = await carryBatch(
    session,
    records.map((record) => ({ record, current: null })),
    target,
    true,
  );
  const retries: Retry[] = [];
  const creations = records.flatMap((source, i): Creation[] => {
    const result = carried[i];
    if (result === undefined) throw new Error("carryBatch lost a record");
    const stop = result.ok
      ? (heldBack(result.desires) ?? missingRequired(result.desires, frame, target))
      : { field: null, message: failureText(result) };
    if (!result.ok || stop !== null) {
      const field = stop?.field ?? null;
      retries.push(fail(session, side, source, stop?.message ?? "", field, field === null ? null : UNCARRIED));
      return [];
    }
    return [
      {
        source,
        desires: result.desires,
        intent: intentOf(session, target, source, draftOf(result.desires, source, session, target)),
      },
    ];
  });
  if (retries.length > 0 && !session.dryRun) session.store.commit({ retries });
  return creations;
}

/** A field whose fault holds back the whole record (S46, S57, S58). */
function heldBack(desires: Desires): { field: string; message: string } | null {
  for (const [field, desire] of Object.entries(desires))
    if (desire.kind === "fault" && desire.holds === "record") return { field, message: desire.message };
  return null;
}

/** A field that the tracker demands and that could not be carried: the creation would be refused with a poorer message. */
function missingRequired(desires: Desires, frame: Frame, target: Side): { field: string; message: string } | null {
  for (const [field, desire] of Object.entries(desires)) {
    const constant = Object.hasOwn(frame[target].config.constants, field);
    if (desire.kind === "fault" && frame[target].schemas[field]?.required === true && !constant)
      return { field, message: desire.message };
  }
  return null;
}

/** What a new record starts with: constants, over them what rules and mapping give, and the partner's id in the marker. */
function draftOf(desires: Desires, source: TrackerRecord, session: Session, target: Side): Fields {
  const config = session.link[target];
  const fields: Record<string, Value> = { ...config.constants };
  for (const [field, desire] of Object.entries(desires)) {
    if (desire.kind === "value" && desire.value !== null) fields[field] = desire.value;
  }
  if (config.marker !== null) fields[config.marker] = source.id;
  return fields;
}

function intentOf(session: Session, side: Side, source: TrackerRecord, fields: Fields): Intent {
  const { context, newId, now } = session;
  return {
    id: newId(),
    kind: "create",
    side,
    source: source.id,
    target: null,
    fields,
    sourceFields: source.fields,
    before: {},
    run: context.run,
    at: now(),
  };
}
