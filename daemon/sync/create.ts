import type { Draft, WriteOutcome } from "../core/connector.ts";
import { ConnectorError } from "../core/errors.ts";
import type { Fields, TrackerRecord, Value } from "../core/record.ts";
import { otherSide, type Side } from "../core/snapshot.ts";
import type { Intent, JournalEntry, Pair, Retry } from "../core/store.ts";
import { equalValues } from "../fields/equal.ts";
import { carryBatch, failureText } from "./carry-over.ts";
import { nextBase, stored } from "./decide/base.ts";
import { cellsOf } from "./decide/cells.ts";
import { type Desires, mapFields } from "./decide/desire.ts";
import type { Frame } from "./decide/frame.ts";
import { uncarriedOf, withOwnValues, withUnmet } from "./decide/unmet.ts";
import { fail, say, UNCARRIED } from "./failure.ts";
import { findLost } from "./lost.ts";
import { newPair } from "./newcomers.ts";
import { type PairInHand, readAll, syncFresh } from "./pairs.ts";
import { endpointOf, type Session } from "./session.ts";
import { createAll, tellWritten, throwIfStopped } from "./write.ts";

interface Creation {
  readonly source: TrackerRecord;
  readonly desires: Desires;
  readonly intent: Intent;
}

/** A new pair; `uncarried`: fields of the new record for which the source's value could not be carried. */
interface Made extends PairInHand {
  readonly uncarried: ReadonlySet<string>;
}

/**
 * Makes partners for records of `side`, each exactly once: intent, creation, pair; what a lost answer made is looked for before
 * anything else. `replaces`: by source record, the pair whose deleted record the new one stands in for.
 */
export async function createPartners(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
  replaces: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  if (records.length === 0) return;
  const target = otherSide(side);
  const planned = await planCreations(session, side, records);
  const creations = planned.map((creation) => withReplaced(creation, replaces.get(creation.source.id)));
  if (session.dryRun) return session.tally.add(target, "created", creations.length);
  if (creations.length === 0) return;
  session.store.commit({ intents: creations.map((c) => c.intent) });
  const outcomes = await createAll(
    session,
    target,
    creations.map((c): Draft => ({ ref: c.intent.id, fields: c.intent.fields })),
  );
  const made = recordCreated(session, creations, outcomes, await session.frame());
  const found = await adoptLost(session, target, creations, outcomes);
  await finish(session, target, [...made, ...found]);
  closeIntents(session, side, creations, [...made, ...found]);
  throwIfStopped(outcomes);
}

function withReplaced(creation: Creation, pair: string | undefined): Creation {
  return pair === undefined ? creation : { ...creation, intent: { ...creation.intent, replaces: pair } };
}

async function planCreations(
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

function recordCreated(
  session: Session,
  creations: readonly Creation[],
  outcomes: readonly WriteOutcome[],
  frame: Frame,
): Made[] {
  const made: Made[] = [];
  const journal: JournalEntry[] = [];
  const retries: Retry[] = [];
  const done: string[] = [];
  creations.forEach((creation, i) => {
    const outcome = outcomes[i];
    const { intent, source } = creation;
    if (outcome === undefined) throw new Error("a connector answered fewer outcomes than it was given drafts");
    if (!outcome.ok) {
      if (outcome.error.stored === "no") done.push(intent.id);
      if (outcome.error.stored === "no")
        retries.push(
          fail(
            session,
            otherSide(intent.side),
            source,
            `not created in ${endpointOf(session, intent.side)}: ${outcome.error.message}`,
            outcome.error.field,
            outcome.error,
          ),
        );
      return;
    }
    const unmet = unmetOf(session, creation, outcome);
    const inHand = pairOf(session, creation, outcome.record, unmet, frame);
    made.push(inHand);
    tellNotes(session, intent.side, outcome.record, creation.desires);
    journal.push(...journalOf(session, creation, inHand.pair, outcome.record, unmet));
    tellWritten(
      session,
      intent.side,
      outcome.record.id,
      "create",
      `${endpointOf(session, otherSide(intent.side))}:${source.id}`,
      Object.keys(intent.fields),
    );
  });
  const side = creations[0]?.intent.side ?? "left";
  session.tally.add(side, "created", made.length);
  const doneRetries = made.map((m) => ({ side: otherSide(side), record: m[otherSide(side)].id }));
  session.store.commit({ pairs: made.map((m) => m.pair), journal, retries, doneIntents: done, doneRetries });
  return made;
}

function tellNotes(session: Session, side: Side, created: TrackerRecord, desires: Desires): void {
  for (const [field, desire] of Object.entries(desires)) {
    if (desire.kind !== "value" || !Object.hasOwn(created.fields, field)) continue;
    for (const text of desire.notes) say(session, "noted", side, created.id, field, text);
  }
}

/** Fields that were not stored as sent. They are tried again at once by themselves, and told then; nothing writes constants a second time. */
function unmetOf(
  session: Session,
  { intent, desires }: Creation,
  { record, faults }: Extract<WriteOutcome, { ok: true }>,
): ReadonlySet<string> {
  for (const { field, message } of faults)
    if (desires[field]?.kind !== "value") say(session, "held", intent.side, record.id, field, message);
  return new Set([...faults.map(({ field }) => field), ...stuck(desires)]);
}

/** Values that could not be carried: the record was made without them, and their source counts as edited until they get there. */
function stuck(desires: Desires): readonly string[] {
  return Object.entries(desires).flatMap(([field, desire]) => (desire.kind === "fault" ? [field] : []));
}

function pairOf(
  session: Session,
  { intent, source, desires: toTarget }: Creation,
  created: TrackerRecord,
  unmet: ReadonlySet<string>,
  frame: Frame,
): Made {
  const { side } = intent;
  const left = side === "left" ? created : source;
  const right = side === "left" ? source : created;
  const toSource = mapFields(created.fields, frame, otherSide(side));
  const wishes = side === "left" ? { toLeft: toTarget, toRight: toSource } : { toRight: toTarget, toLeft: toSource };
  const made = newPair(session, left, right);
  // A record that stands in for a deleted one takes over its pair: the store then never has both, nor neither.
  const fresh = { ...made, id: intent.replaces ?? made.id };
  const base = nextBase(fresh.base, { left, right, ...wishes }, [], frame);
  const cells = cellsOf(frame, wishes.toRight, wishes.toLeft);
  const uncarried = uncarriedOf(toTarget);
  const open = withUnmet(base, new Set([...unmet, ...uncarried]), side, cells);
  return { pair: { ...fresh, base: open }, left, right, linking: true, uncarried };
}

function journalOf(
  session: Session,
  { intent, source, desires }: Creation,
  pair: Pair,
  created: TrackerRecord,
  unmet: ReadonlySet<string>,
): JournalEntry[] {
  const { link, context } = session;
  return Object.entries(intent.fields)
    .filter(([field]) => Object.hasOwn(created.fields, field) && !unmet.has(field))
    .map(([field, sent]): JournalEntry => {
      const desire = desires[field];
      const origin = desire?.kind === "value" ? desire.origin : `${link.origin.file}:${link.origin.line}`;
      const after = Object.hasOwn(created.fields, field) ? (created.fields[field] ?? null) : sent;
      return {
        run: context.run,
        revision: context.revision,
        at: session.now(),
        pair: pair.id,
        side: intent.side,
        record: created.id,
        kind: "create",
        field,
        before: null,
        after,
        origin,
        source: source.id,
        sourceVersion: source.version,
      };
    });
}

/** What creations without an answer left behind is found now, if it is there; if not, the intent stays open for the next run to look again. */
async function adoptLost(
  session: Session,
  target: Side,
  creations: readonly Creation[],
  outcomes: readonly WriteOutcome[],
): Promise<Made[]> {
  const lost = creations.filter((_, i) => isLost(outcomes[i]));
  if (lost.length === 0) return [];
  const found = await findLost(
    session,
    target,
    lost.map((c) => c.intent),
  );
  const frame = await session.frame();
  const made: Made[] = [];
  const retries: Retry[] = [];
  const journal: JournalEntry[] = [];
  const why = new Map(creations.map((c, i) => [c.intent.id, outcomes[i]]));
  lost.forEach((creation) => {
    const { intent, source } = creation;
    const record = found.get(intent.id);
    if (record === undefined) {
      retries.push(
        fail(
          session,
          otherSide(target),
          source,
          `${endpointOf(session, target)} gave no answer to the creation (${reasonOf(why.get(intent.id))}); the next run looks whether it was stored`,
          null,
          NO_ANSWER,
        ),
      );
      return;
    }
    const unmet = missingIn(session, creation, record);
    const inHand = pairOf(session, creation, record, unmet, frame);
    made.push(inHand);
    journal.push(...journalOf(session, creation, inHand.pair, record, unmet));
    tellWritten(
      session,
      target,
      record.id,
      "create",
      `${endpointOf(session, otherSide(target))}:${source.id}`,
      Object.keys(intent.fields),
    );
  });
  session.tally.add(target, "created", made.length);
  session.store.commit({ pairs: made.map((m) => m.pair), journal, retries });
  return made;
}

/** A creation that takes two requests may have lost the second: nobody else can have edited the record in this moment. */
function missingIn(session: Session, { intent, desires }: Creation, { fields }: TrackerRecord): ReadonlySet<string> {
  const { schemas } = session.schemas[intent.side];
  const missing = Object.entries(intent.fields).filter(([field, sent]) => {
    const schema = schemas[field];
    const given = desires[field]?.kind === "value" && schema !== undefined && Object.hasOwn(fields, field);
    return given && !equalValues(schema, fields[field] ?? null, sent);
  });
  return new Set([...missing.map(([field]) => field), ...stuck(desires)]);
}

const NO_ANSWER = new ConnectorError("unavailable", "no answer", { stored: "maybe" });

function reasonOf(outcome: WriteOutcome | undefined): string {
  return outcome?.ok === false ? outcome.error.message : "";
}

function isLost(outcome: WriteOutcome | undefined): boolean {
  return outcome?.ok === false && outcome.error.stored === "maybe";
}

/** A creation is over when both records name each other: until then its intent stays open, so that a killed run's markers are completed. */
function closeIntents(session: Session, side: Side, creations: readonly Creation[], made: readonly PairInHand[]): void {
  const sources = new Set(made.map((m) => m[side].id));
  const done = creations.filter(({ source }) => sources.has(source.id)).map(({ intent }) => intent.id);
  if (done.length > 0) session.store.commit({ doneIntents: done });
}

/** New records are read back whole: what the tracker itself filled in flows to the side that has nothing there (E80), and markers are completed. */
async function finish(session: Session, target: Side, made: readonly Made[]): Promise<void> {
  if (made.length === 0) return;
  const records = await readAll(
    session,
    target,
    made.map((m) => m[target].id),
  );
  const frame = await session.frame();
  const whole = made.flatMap(({ uncarried, ...m }): PairInHand[] => {
    const record = records.get(m[target].id);
    if (record === undefined) return [];
    const now = stored(m[target], record);
    const back = mapFields(now.fields, frame, otherSide(target));
    const base = withOwnValues(m.pair.base, uncarried, now.fields, back, target, cellsOf(frame, {}, {}));
    return [{ ...m, pair: { ...m.pair, base }, [target]: now }];
  });
  await syncFresh(session, whole);
}
