import { otherSide, type Side } from "../../core/snapshot.ts";
import type { Pair } from "../../core/store.ts";
import { say } from "../failure.ts";
import { createPartners } from "../making/create.ts";
import { readAll } from "../read-all.ts";
import { endpointOf, type Session } from "../session.ts";
import { inBatches } from "../writing/write.ts";
import { confirmGone } from "./confirm-gone.ts";
import { type Couple, deletePartners, retriesOf } from "./delete-partners.ts";
import { noteDeadParents } from "./lost-references.ts";
import { baseOf } from "./siblings.ts";

const CHUNK = 200;

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
