import type { TrackerRecord } from "../../core/record.ts";
import { DEFAULT_BRAKES, otherSide, SIDES } from "../../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../../core/store.ts";
import { tooMuch } from "../decide/brake.ts";
import { hasChanged } from "../decide/detect.ts";
import { fail } from "../failure.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { RunTrouble } from "../trouble.ts";
import { inBatches, removeAll, tellWritten } from "../writing/write.ts";
import type { Tell } from "./undo.ts";
import { UNDO_OF, type Whole } from "./undo-plan.ts";

const CHUNK = 100;

interface Doomed {
  readonly whole: Whole;
  readonly pair: Pair;
  readonly record: TrackerRecord;
}

/**
 * Deletes records that Syncline made and nobody has edited since; only when asked to, and no more than the link's brake or the given number lets
 * pass. Their partners stay, and get no new partner: the pair remembers that the record is gone.
 */
export async function removeCreated(
  session: Session,
  created: readonly Whole[],
  deleteCreated: number | null,
  tell: Tell,
): Promise<void> {
  const doomed: Doomed[] = [];
  for (const chunk of inBatches(created, CHUNK)) doomed.push(...(await choose(session, chunk, deleteCreated, tell)));
  for (const { whole } of doomed) {
    const step = { action: "delete" as const, field: null, now: null, back: null };
    if (session.dryRun) tell.step(whole.side, whole.record, step);
  }
  if (session.dryRun || doomed.length === 0) return;
  weigh(session, doomed.length, deleteCreated ?? 0);
  for (const chunk of inBatches(doomed, CHUNK)) {
    session.signal.throwIfAborted();
    for (const side of SIDES)
      await remove(
        session,
        side,
        chunk.filter((d) => d.whole.side === side),
        tell,
      );
  }
}

async function choose(
  session: Session,
  wholes: readonly Whole[],
  deleteCreated: number | null,
  tell: Tell,
): Promise<readonly Doomed[]> {
  const doomed: Doomed[] = [];
  for (const side of SIDES) {
    const mine = wholes.filter((whole) => whole.side === side);
    const ids = mine.map((whole) => whole.record);
    const records = ids.length === 0 ? new Map<string, TrackerRecord>() : await readAll(session, side, ids);
    for (const whole of mine) {
      const record = records.get(whole.record);
      const pair = session.store.pairs(side, [whole.record]).get(whole.record);
      if (record === undefined) continue;
      const why = whyNot(session, whole, pair, record, deleteCreated);
      if (why !== null || pair === undefined) tell.left(side, whole.record, null, why ?? "");
      else doomed.push({ whole, pair, record });
    }
  }
  return doomed;
}

function whyNot(
  session: Session,
  whole: Whole,
  pair: Pair | undefined,
  record: TrackerRecord,
  deleteCreated: number | null,
): string | null {
  if (deleteCreated === null) return "it was made by the run; made records are deleted only with --delete-created";
  if (pair === undefined) return "the record is no longer paired";
  if (hasChanged(record, pair, session.schemas[whole.side])) return "it was edited since it was made";
  const edits = session.store.journal({ side: whole.side, record: whole.record, limit: 500 });
  const later = edits.find(
    (e) => e.run !== whole.run && !e.origin.startsWith(UNDO_OF) && e.field !== session.link[whole.side].marker,
  );
  return later === undefined ? null : `it was written again since, by run ${later.run}`;
}

function weigh(session: Session, count: number, allowed: number): void {
  const load = { pairs: session.store.pairCount(), usual: null };
  const brakes = session.link.brakes ?? DEFAULT_BRAKES;
  const why = tooMuch("delete", count, load, brakes, allowed === 0 ? null : { create: 0, update: 0, delete: allowed });
  if (why !== null)
    throw new RunTrouble("", null, `the undo would make ${why}; say how many may go: --delete-created ${count}`);
}

async function remove(
  session: Session,
  side: Doomed["whole"]["side"],
  doomed: readonly Doomed[],
  tell: Tell,
): Promise<void> {
  if (doomed.length === 0) return;
  const intents = doomed.map((one) => intentOf(session, one));
  // Marked first: were the daemon killed in between, a missing record without the mark would take its partner with it.
  session.store.commit({ intents, pairs: doomed.map(({ pair }) => ({ ...pair, gone: side })) });
  const outcomes = await removeAll(
    session,
    side,
    doomed.map(({ whole }) => whole.record),
  );
  doomed.forEach((one, i) => {
    const outcome = outcomes[i];
    const done = [intents[i]?.id ?? ""];
    const { whole, pair } = one;
    if (outcome?.ok === true) {
      session.tally.add(side, "deleted");
      session.store.commit({ doneIntents: done, journal: journalOf(session, one) });
      tellWritten(session, side, whole.record, "delete", `${endpointOf(session, otherSide(side))}:${whole.source}`, []);
      tell.step(side, whole.record, { action: "delete", field: null, now: null, back: null });
      return;
    }
    const why = `not deleted: ${outcome?.ok === false ? outcome.error.message : "no answer"}`;
    fail(session, side, one.record, why);
    tell.left(side, whole.record, null, why);
    const maybe = outcome?.ok === false && outcome.error.stored === "maybe";
    session.store.commit({ doneIntents: done, ...(maybe ? {} : { pairs: [pair] }) });
  });
}

function intentOf(session: Session, { whole, record }: Doomed): Intent {
  const { context, newId, now } = session;
  return {
    ...{ id: newId(), kind: "delete", side: whole.side, source: whole.source, target: whole.record },
    ...{ fields: {}, sourceFields: {}, before: record.fields, run: context.run, at: now() },
    byHand: `${UNDO_OF}run ${whole.run}`,
  };
}

/** What the record held: enough to undo the undo. */
function journalOf(session: Session, { whole, pair, record }: Doomed): JournalEntry[] {
  return Object.entries(record.fields).map(([field, before]) => ({
    ...{ run: session.context.run, revision: session.context.revision, at: session.now(), pair: pair.id },
    ...{ side: whole.side, record: whole.record, kind: "delete", field, before, after: null },
    ...{ origin: `${UNDO_OF}run ${whole.run}`, source: pair[otherSide(whole.side)], sourceVersion: "" },
  }));
}
