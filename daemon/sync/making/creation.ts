import type { Fields, TrackerRecord, Value } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Intent, Retry } from "../../core/store.ts";
import { whyUnfit } from "../../fields/unfit.ts";
import { failureText } from "../carry-over.ts";
import type { Desires } from "../decide/desire.ts";
import type { Frame } from "../decide/frame.ts";
import { matchRows } from "../decide/match.ts";
import { isRuled, withoutUnfit } from "../decide/ruled.ts";
import { fail, UNCARRIED } from "../failure.ts";
import type { Adoption } from "../pairing/adopt-by-rule.ts";
import { endpointOf, type Session } from "../session.ts";
import { awaitedIn, queueWaits } from "../tree/waiting.ts";
import { partnerUrl } from "../writing/partner-url.ts";
import { carryNew } from "../writing/plan-whole.ts";

/** A partner that is about to be made. */
export interface Creation {
  readonly source: TrackerRecord;
  readonly desires: Desires;
  readonly intent: Intent;
}

export function withReplaced(creation: Creation, pair: string | undefined): Creation {
  return pair === undefined ? creation : { ...creation, intent: { ...creation.intent, replaces: pair } };
}

/** What is to become of records that have no partner. */
export interface Plans {
  readonly creations: readonly Creation[];
  /** A rule names the partner instead. */
  readonly adoptions: readonly Adoption[];
}

export async function planCreations(session: Session, side: Side, records: readonly TrackerRecord[]): Promise<Plans> {
  const target = otherSide(side);
  const frame = await session.frame();
  const carried = (await carryNew(session, side, records)).map((one, i) =>
    one.ok ? { ...one, desires: withoutUnfit(one.desires, frame, target, records[i]?.id ?? "") } : one,
  );
  const retries: Retry[] = [];
  const adoptions: Adoption[] = [];
  const creations = records.flatMap((source, i): Creation[] => {
    const result = carried[i];
    if (result === undefined) throw new Error("carryBatch lost a record");
    if (result.ok && result.unlink !== undefined) {
      tellUnwanted(session, side, source, result.unlink);
      return [];
    }
    if (result.ok && result.adopt !== undefined) {
      adoptions.push({ source, ...result.adopt });
      return [];
    }
    const stop = result.ok
      ? (heldBack(result.desires, session.link[target].update === false) ??
        unmatched(result.desires, session, target) ??
        missingRequired(result.desires, frame, target) ??
        unfitConstant(result.desires, frame, target))
      : { field: null, message: failureText(result) };
    if (!result.ok || stop !== null) {
      retries.push(...held(session, side, source, result.ok ? result.desires : {}, stop));
      return [];
    }
    if (session.dryRun) queueWaits(session, side, source, null, awaitedIn(result.desires));
    return [
      {
        source,
        desires: result.desires,
        intent: intentOf(session, target, source, draftOf(result.desires, source, session, target)),
      },
    ];
  });
  if (retries.length > 0 && !session.dryRun) session.store.commit({ retries });
  return { creations, adoptions };
}

/** Of a record without a partner there is nothing to unlink: it gets none. */
function tellUnwanted(session: Session, side: Side, { id }: TrackerRecord, reason: string): void {
  const why = `a rule wants no partner for it: ${reason}`;
  session.emit({
    event: "record.unchanged",
    context: session.context,
    endpoint: endpointOf(session, side),
    record: id,
    why,
  });
}

/** Why a record gets no partner now. `waits`: only until another record is paired. */
interface Stop {
  readonly field: string | null;
  readonly message: string;
  readonly waits?: boolean;
}

function held(
  session: Session,
  side: Side,
  source: TrackerRecord,
  desires: Desires,
  stop: Stop | null,
): readonly Retry[] {
  const cause = stop?.field == null ? null : UNCARRIED;
  const failed =
    stop?.waits === true ? null : fail(session, side, source, stop?.message ?? "", stop?.field ?? null, cause);
  const retry = queueWaits(session, side, source, failed, awaitedIn(desires));
  return retry === null ? [] : [retry];
}

/**
 * A field whose fault holds back the whole record (S46, S57, S58). `never`: records are made, but not changed afterwards (E30): what waits for
 * another record would never get there.
 */
function heldBack(desires: Desires, never: boolean): Stop | null {
  const holding = Object.entries(desires).flatMap(([field, desire]): Stop[] => {
    if (desire.kind !== "fault") return [];
    const waits = desire.awaits !== undefined;
    return desire.holds === "record" || (waits && never) ? [{ field, message: desire.message, waits }] : [];
  });
  return holding.find(({ waits }) => waits !== true) ?? holding[0] ?? null;
}

/** While it cannot be said which record matches, making one might double it (X13). */
function unmatched(desires: Desires, { link }: Session, target: Side): Stop | null {
  for (const row of matchRows(link)) {
    const field = row[target];
    const desire = desires[field];
    if (desire?.kind !== "fault") continue;
    return {
      field,
      message: `it cannot be matched: ${desire.message}`,
      waits: desire.awaits !== undefined,
    };
  }
  return null;
}

/** A field that the tracker demands and that has no value: the creation would be refused with a poorer message (E61, E86). */
function missingRequired(desires: Desires, frame: Frame, target: Side): Stop | null {
  for (const [field, desire] of Object.entries(desires)) {
    const schema = frame[target].schemas[field];
    if (schema?.required !== true || Object.hasOwn(frame[target].config.constants, field)) continue;
    if (desire.kind === "fault") return { field, message: desire.message, waits: desire.awaits !== undefined };
    const empty = desire.kind === "value" && desire.value === null && schema.defaulted !== true;
    if (empty)
      return {
        field,
        message: `"${schema.label}" is required in ${frame[target].endpoint}, and ${
          isRuled(desire, frame) ? "a rule leaves it empty" : emptySource(field, frame, target)
        }`,
      };
  }
  return null;
}

function emptySource(field: string, frame: Frame, target: Side): string {
  const from = frame[otherSide(target)];
  const name = frame.link.fields.find((row) => row[target] === field)?.[from.side];
  const label = from.schemas[name ?? ""]?.label;
  return label === undefined ? "it has no value" : `"${label}" of ${from.endpoint} is empty: fill it in`;
}

/** A constant that the tracker would refuse: told before anything is sent, and in a dry run too (T40). Where a row has a value, the row counts. */
function unfitConstant(desires: Desires, frame: Frame, target: Side): Stop | null {
  const { config, schemas, endpoint } = frame[target];
  for (const [field, value] of Object.entries(config.constants)) {
    const desire = desires[field];
    const schema = schemas[field];
    if (schema === undefined || (desire?.kind === "value" && desire.value !== null)) continue;
    const why = [value ?? []].flat().flatMap((one) => whyUnfit(one, schema, endpoint) ?? [])[0];
    if (why !== undefined)
      return { field, message: `the mapping's constant cannot be stored: ${why}; correct the constant` };
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
  for (const [field, desire] of Object.entries(partnerUrl(session, target, source)))
    if (desire.kind === "value") fields[field] = desire.value;
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
