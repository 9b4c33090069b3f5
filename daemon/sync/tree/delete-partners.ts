import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../../core/store.ts";
import { keyOf } from "../decide/cascade.ts";
import { hasChanged } from "../decide/detect.ts";
import { fail, say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";
import { inBatches, removeAll, tellWritten, throwIfStopped } from "../writing/write.ts";
import { belowPartners, childrenFirst, mayGo } from "./fallen.ts";
import { baseOf } from "./siblings.ts";

export interface Couple {
  readonly pair: Pair;
  readonly partner: TrackerRecord;
}

const CHUNK = 200;

/** What lies below goes before what it lies in; a record with anything left below it waits (E67). */
export async function deletePartners(session: Session, side: Side, couples: readonly Couple[]): Promise<void> {
  const target = otherSide(side);
  const entity = baseOf(session.link, target);
  const below = await belowPartners(
    session,
    side,
    couples.map(({ pair }) => pair),
  );
  const gone = new Set<string>();
  for (const wave of childrenFirst(target, couples, below)) {
    const due = wave.filter(({ pair, partner }) => {
      if (isKept(session, side, pair, partner)) return false;
      return mayGo(session, side, pair, partner, below.get(partner.id) ?? [], gone);
    });
    for (const chunk of inBatches(due, CHUNK))
      for (const id of await deleteWave(session, side, chunk)) gone.add(keyOf({ entity, id }));
  }
}

/** A partner that somebody edited since both last agreed is not deleted: the edit would be lost (T17). */
function isKept(session: Session, side: Side, pair: Pair, partner: TrackerRecord): boolean {
  const target = otherSide(side);
  if (!hasChanged(partner, pair, session.schemas[target])) return false;
  say(
    session,
    "held",
    target,
    pair[target],
    null,
    `its partner ${endpointOf(session, side)}:${pair[side]} was deleted, but it was edited since both last agreed: it is kept; delete it by hand, or unlink it`,
  );
  return true;
}

/** Answers the ids of records that are gone; in a dry run, of those that would be. */
async function deleteWave(session: Session, side: Side, due: readonly Couple[]): Promise<readonly string[]> {
  const target = otherSide(side);
  const ids = due.map(({ pair }) => pair[target]);
  for (const { pair } of due)
    session.writes.add({ side: target, action: "delete", record: pair[target], source: pair[side], fields: {} });
  if (session.dryRun) {
    session.tally.add(target, "deleted", due.length);
    return ids;
  }
  const intents = due.map((couple) => intentOf(session, target, couple));
  session.store.commit({ intents });
  const outcomes = await removeAll(session, target, ids);
  due.forEach(({ pair, partner }, i) => {
    const outcome = outcomes[i];
    const done = intents[i] === undefined ? [] : [intents[i].id];
    if (outcome?.ok === true) {
      session.tally.add(target, "deleted");
      tellWritten(session, target, pair[target], "delete", `${endpointOf(session, side)}:${pair[side]}`, []);
      session.store.commit({
        removePairs: [pair.id],
        doneRetries: retriesOf([pair]),
        doneIntents: done,
        journal: journalOf(session, target, pair, partner),
      });
    } else {
      const retry = fail(
        session,
        target,
        partner,
        `not deleted: ${outcome?.ok === false ? outcome.error.message : "no answer"}`,
        null,
        outcome?.ok === false ? outcome.error : null,
      );
      session.store.commit({ retries: [retry], doneIntents: done });
    }
  });
  throwIfStopped(outcomes);
  return ids.filter((_, i) => outcomes[i]?.ok === true);
}

function intentOf(session: Session, side: Side, { pair, partner }: Couple): Intent {
  const { context, newId, now } = session;
  return {
    id: newId(),
    kind: "delete",
    side,
    source: pair[otherSide(side)],
    target: pair[side],
    fields: {},
    sourceFields: {},
    before: partner.fields,
    run: context.run,
    at: now(),
  };
}

/** What the deleted record held, field by field: enough to make it again. */
function journalOf(session: Session, side: Side, pair: Pair, record: TrackerRecord): JournalEntry[] {
  const { link, context } = session;
  return Object.entries(record.fields).map(([field, before]) => ({
    ...{
      run: context.run,
      revision: context.revision,
      at: session.now(),
      pair: pair.id,
      side,
      record: record.id,
      kind: "delete" as const,
    },
    ...{
      field,
      before,
      after: null,
      origin: `${link.origin.file}:${link.origin.line}`,
      source: pair[otherSide(side)],
      sourceVersion: "",
    },
  }));
}

/** What waited to be tried again has nothing to be tried on any more. */
export function retriesOf(pairs: readonly Pair[]): readonly { readonly side: Side; readonly record: string }[] {
  return pairs.flatMap(({ left, right }) => [
    { side: "left", record: left },
    { side: "right", record: right },
  ]);
}
