import type { Whereabouts } from "../../core/connector.ts";
import type { TrackerRecord } from "../../core/record.ts";
import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Intent, JournalEntry, Pair } from "../../core/store.ts";
import { keyOf } from "../decide/cascade.ts";
import { hasChanged } from "../decide/detect.ts";
import { fail, say } from "../failure.ts";
import { createPartners } from "../making/create.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { inBatches, removeAll, tellWritten, throwIfStopped } from "../writing/write.ts";
import { belowPartners, childrenFirst, mayGo } from "./fallen.ts";
import { noteDeadParents } from "./lost-references.ts";
import { baseOf } from "./siblings.ts";

const PAGE = 1_000;
const CHUNK = 200;

/** Pairs whose record of `side` a complete listing did not bring. Walks the store a page at a time. */
export function* unlisted(session: Session, side: Side, seen: ReadonlySet<string>): Iterable<Pair> {
  let after: string | null = null;
  for (;;) {
    const page = session.store.pairPage(side, after, PAGE);
    yield* page.filter((pair) => !seen.has(pair[side]) && pair.gone === undefined && pair.unlinked === undefined);
    after = page.at(-1)?.[side] ?? null;
    if (page.length < PAGE || after === null) return;
  }
}

/** Of these pairs, those whose record of `side` is deleted: each is asked for by its id. What is hidden or moved is told and kept (T16). */
export async function confirmGone(session: Session, side: Side, pairs: readonly Pair[]): Promise<readonly Pair[]> {
  const { connectors, link, signal } = session;
  const gone: Pair[] = [];
  for (const chunk of inBatches(pairs, CHUNK)) {
    const where = await connectors[side].whereabouts(
      link[side].entity,
      chunk.map((p) => p[side]),
      signal,
    );
    for (const pair of chunk) {
      const found = where.get(pair[side]) ?? "hidden";
      if (found === "gone") gone.push(pair);
      else tellKept(session, side, pair, found);
    }
  }
  return gone;
}

function tellKept(session: Session, side: Side, pair: Pair, found: Exclude<Whereabouts, "gone">): void {
  if (found === "present") return;
  const why = found === "hidden" ? "is not visible to the account any more" : "was moved out of what the link selects";
  say(
    session,
    "held",
    side,
    pair[side],
    null,
    `${endpointOf(session, side)}:${pair[side]} ${why}: the pair is kept, nothing is written or deleted`,
  );
}

/** Does what the link says when a record of `side` was deleted (E31): nothing, delete the partner, or make the record anew from it. */
export async function syncGone(session: Session, side: Side, pairs: readonly Pair[]): Promise<void> {
  const rule = session.link[side].deleted;
  for (const pair of pairs) {
    session.laidToRest.add(pair.id);
    session.references.setDead(side, { entity: baseOf(session.link, side), id: pair[side] });
  }
  const doomed: Couple[] = [];
  for (const chunk of inBatches(pairs, CHUNK)) {
    session.signal.throwIfAborted();
    const partners = await readAll(
      session,
      otherSide(side),
      chunk.map((p) => p[otherSide(side)]),
    );
    const alive = chunk.filter((p) => partners.has(p[otherSide(side)]));
    await forgetBothGone(
      session,
      side,
      chunk.filter((p) => !partners.has(p[otherSide(side)])),
    );
    // Of a frozen pair nothing is written, and nothing deleted either (T21).
    const frozen = alive.filter((pair) => pair.frozen === true);
    leave(session, side, frozen, 'out_of_scope = "freeze"');
    const couples = alive.flatMap((pair) => {
      const partner = partners.get(pair[otherSide(side)]);
      return partner === undefined || frozen.includes(pair) ? [] : [{ pair, partner }];
    });
    if (rule === "nothing")
      leave(
        session,
        side,
        couples.map((c) => c.pair),
        'deleted = "nothing"',
      );
    else if (rule === "delete") doomed.push(...couples);
    else await recreate(session, side, couples);
  }
  await deletePartners(session, side, doomed);
}

async function forgetBothGone(session: Session, side: Side, pairs: readonly Pair[]): Promise<void> {
  const gone = await confirmGone(session, otherSide(side), pairs);
  if (gone.length > 0 && !session.dryRun)
    session.store.commit({ removePairs: gone.map((p) => p.id), doneRetries: retriesOf(gone) });
}

function leave(session: Session, side: Side, pairs: readonly Pair[], rule: string): void {
  if (pairs.length === 0) return;
  for (const pair of pairs) {
    const partner = `${endpointOf(session, otherSide(side))}:${pair[otherSide(side)]}`;
    say(
      session,
      "noted",
      side,
      pair[side],
      null,
      `was deleted; its partner ${partner} stays and is no longer kept in step (${rule})`,
    );
  }
  if (session.dryRun) return;
  session.store.commit({ pairs: pairs.map((pair) => ({ ...pair, gone: side })), doneRetries: retriesOf(pairs) });
}

/** What waited to be tried again has nothing to be tried on any more. */
function retriesOf(pairs: readonly Pair[]): readonly { readonly side: Side; readonly record: string }[] {
  return pairs.flatMap(({ left, right }) => [
    { side: "left", record: left },
    { side: "right", record: right },
  ]);
}

interface Couple {
  readonly pair: Pair;
  readonly partner: TrackerRecord;
}

/** What lies below goes before what it lies in; a record with anything left below it waits (E67). */
async function deletePartners(session: Session, side: Side, couples: readonly Couple[]): Promise<void> {
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

/** The partner counts as new again; the creation takes over the old pair, so that a killed run leaves one of the two and never neither. */
async function recreate(session: Session, side: Side, couples: readonly Couple[]): Promise<void> {
  if (couples.length === 0) return;
  if (!session.link[side].create) {
    for (const { pair } of couples) {
      say(
        session,
        "held",
        side,
        pair[side],
        null,
        `was deleted, and the link says to recreate it, but makes no records in ${endpointOf(session, side)} (E33)`,
      );
    }
    return;
  }
  await noteDeadParents(
    session,
    side,
    couples.map(({ partner }) => partner),
  );
  const replaces = new Map(couples.map(({ pair, partner }) => [partner.id, pair.id]));
  await createPartners(
    session,
    otherSide(side),
    couples.map((c) => c.partner),
    replaces,
  );
}
