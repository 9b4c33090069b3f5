import type { Draft, WriteOutcome } from "../../core/connector.ts";
import { ConnectorError } from "../../core/errors.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { JournalEntry, Retry } from "../../core/store.ts";
import { stored } from "../decide/base.ts";
import { cellsOf } from "../decide/cells.ts";
import { mapFields } from "../decide/desire.ts";
import type { Frame } from "../decide/frame.ts";
import { withOwnValues } from "../decide/unmet.ts";
import { fail, say, UNCARRIED } from "../failure.ts";
import { adoptByRule } from "../pairing/adopt-by-rule.ts";
import { type PairInHand, syncFresh } from "../pairs.ts";
import { wakeReplaced } from "../parts/entity-link-replaced.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { waveOf } from "../tree/parents-first.ts";
import { awaitedIn, queueWaits } from "../tree/waiting.ts";
import { createAll, tellWritten, throwIfStopped } from "../writing/write.ts";
import { wouldMake } from "./create-missing.ts";
import { journalOf, type Made, missingIn, pairOf, tellNotes, unmetOf } from "./created.ts";
import { type Creation, planCreations, withReplaced } from "./creation.ts";
import { findLost } from "./lost.ts";

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
  for (const wave of waveOf(session, side, records)) await createWave(session, side, wave, replaces);
}

async function createWave(
  session: Session,
  side: Side,
  records: readonly TrackerRecord[],
  replaces: ReadonlyMap<string, string>,
): Promise<void> {
  const target = otherSide(side);
  const planned = await planCreations(session, side, records);
  await adoptByRule(session, side, planned.adoptions);
  const creations = planned.creations.map((creation) => withReplaced(creation, replaces.get(creation.source.id)));
  for (const { source, intent } of creations)
    session.writes.add({ side: target, action: "create", record: null, source: source.id, fields: intent.fields });
  if (session.dryRun) {
    for (const creation of creations) tellPlanned(session, side, creation);
    return session.tally.add(target, "created", creations.length);
  }
  if (creations.length === 0) return;
  session.store.commit({ intents: creations.map((c) => c.intent) });
  const before = creations.flatMap(({ intent }) => session.store.pair(intent.replaces ?? "") ?? []);
  const outcomes = await createAll(
    session,
    target,
    creations.map((c): Draft => ({ ref: c.intent.id, fields: c.intent.fields })),
  );
  const made = recordCreated(session, creations, outcomes, await session.frame());
  const found = await adoptLost(session, target, creations, outcomes);
  for (const one of [...made, ...found]) session.writes.made(target, one[target].id);
  await finish(session, target, [...made, ...found]);
  wakeReplaced(session, target, before);
  closeIntents(session, side, creations, [...made, ...found]);
  throwIfStopped(outcomes);
}

/** T40: a dry run tells what the run would tell of the new record, as far as it is known before the tracker has it. */
function tellPlanned(session: Session, side: Side, { source, desires }: Creation): void {
  session.planned.add(`${side} ${source.id}`);
  for (const [field, desire] of Object.entries(desires)) {
    if (desire.kind === "fault" && desire.awaits === undefined && !wouldMake(session, otherSide(side), desire.missing))
      fail(session, side, source, desire.message, field, UNCARRIED);
    if (desire.kind !== "value" || desire.value === null) continue;
    for (const text of desire.notes) say(session, "noted", side, source.id, field, text);
  }
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
      if (outcome.error.stored === "no") retries.push(refused(session, creation, outcome.error));
      return;
    }
    session.created[intent.side].add(outcome.record.id);
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

/** A name that is taken among the records at the top may be free once the record comes to lie where it belongs: it is tried as soon as it can. */
function refused(session: Session, { intent, source, desires }: Creation, error: ConnectorError): Retry {
  const side = otherSide(intent.side);
  const reason = `not created in ${endpointOf(session, intent.side)}: ${error.message}`;
  const failed = fail(session, side, source, reason, error.field, error);
  return queueWaits(session, side, source, failed, awaitedIn(desires)) ?? failed;
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
      retries.push(unanswered(session, target, source, why.get(intent.id)));
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

function unanswered(session: Session, target: Side, source: TrackerRecord, outcome: WriteOutcome | undefined): Retry {
  const reason = `${endpointOf(session, target)} gave no answer to the creation (${reasonOf(outcome)}); the next run looks whether it was stored`;
  return fail(session, otherSide(target), source, reason, null, NO_ANSWER);
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
    return [{ ...m, pair: { ...m.pair, base }, [target]: now, made: target }];
  });
  await syncFresh(session, whole);
}
